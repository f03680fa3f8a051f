/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <zlib.h>

#include "core/image-gzip.h"
#include "fuzz.h"

#define LIMIT (1024 * 1024)

/* What zlib has packed comes out again. */
static void
check_packed(const uint8_t *bytes, size_t size)
{
    z_stream stream = {.next_in = (Bytef *)(gpointer)bytes, .avail_in = (uInt)size};

    g_assert_cmpint(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), ==, Z_OK);
    guint8 *packed = g_malloc(deflateBound(&stream, size));
    stream.next_out = packed;
    stream.avail_out = (uInt)deflateBound(&stream, size);
    g_assert_cmpint(deflate(&stream, Z_FINISH), ==, Z_STREAM_END);
    g_autoptr(GBytes) file = g_bytes_new_take(packed, stream.total_out);
    deflateEnd(&stream);
    g_autoptr(GBytes) unpacked = inlay_gzip_unpack("fuzz", file, LIMIT, NULL);
    g_assert_nonnull(unpacked);
    g_assert_cmpmem(g_bytes_get_data(unpacked, NULL), g_bytes_get_size(unpacked), bytes, size);
}

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
    check_packed(bytes, size);
    return 0;
}
