/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>

#include "fuzz.h"

/* Calls the target with each file of a folder, and with each beginning of it: the corpus as an
 * ordinary test, for compilers without libFuzzer. */

#define LONGEST_CUT 2048 /* bytes; a longer file is cut at so many places only */

static void
replay_file(const char *path)
{
    g_autofree char *bytes = NULL;
    gsize size;

    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    gsize step = size / LONGEST_CUT + 1;
    for (gsize cut = 0; cut < size; cut += step) {
        /* an allocation of exactly this size, so that a sanitizer sees a read past it */
        g_autofree guint8 *part = g_memdup2(bytes, cut);
        LLVMFuzzerTestOneInput(cut > 0 ? part : (const uint8_t *)"", cut);
    }
    LLVMFuzzerTestOneInput((const uint8_t *)bytes, size);
}

static void
test_corpus(gconstpointer folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    guint n = 0;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        replay_file(path);
        n++;
    }
    g_assert_cmpuint(n, >, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 2);
    g_test_add_data_func("/fuzz/corpus", argv[1], test_corpus);
    return g_test_run();
}
