/* SPDX-License-Identifier: GPL-2.0-or-later */

/* libfyaml 0.7.12 loses a buffer when it refuses a long quoted key; LeakSanitizer asks here which
 * leaks are known. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so\n";
}
