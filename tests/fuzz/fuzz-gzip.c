/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/image-gzip.h"
#include "fuzz.h"

#define LIMIT (1024 * 1024)

/* Whatever the file holds: an error that names it, or bytes within the limit. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    g_autoptr(GBytes) file = g_bytes_new_static(bytes, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) unpacked = inlay_gzip_unpack("fuzz", file, LIMIT, &error);

    g_assert_true((unpacked == NULL) == (error != NULL));
    g_assert_true(error == NULL || g_str_has_prefix(error->message, "fuzz: gzip: offset 0x"));
    g_assert_true(unpacked == NULL || (inlay_gzip_is(file) && g_bytes_get_size(unpacked) <= LIMIT));
    return 0;
}
