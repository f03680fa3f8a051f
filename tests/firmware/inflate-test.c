/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware's inflate against zlib: what zlib packs comes out again; what is no DEFLATE ends, and never with
 * more than was asked for. */
#include <string.h>
#include <zlib.h>

#include <glib.h>

#include "firmware/bootloader/inflate.h"
#include "firmware/proto/boot.h"

#define LIMIT (256 * 1024)

static const guint8 *input;
static gsize n_input, n_output, output_limit;
static guint8 output[LIMIT];

static int
pull(void)
{
    if (n_input == 0)
        return -1;
    n_input--;
    return *input++;
}

static uint8_t
put(uint8_t byte)
{
    if (n_output == output_limit)
        return BOOT_BAD_ADDRESS;
    output[n_output++] = byte;
    return BOOT_OK;
}

static int
look_back(uint32_t distance)
{
    return distance <= n_output ? output[n_output - distance] : -1;
}

static uint8_t
unpack(const guint8 *bytes, gsize size, gsize limit)
{
    static const struct inflate_io io = {pull, put, look_back};

    input = bytes;
    n_input = size;
    n_output = 0;
    output_limit = limit;
    return inflate_run(&io);
}

static GByteArray *
pack(const guint8 *bytes, gsize size, int level, int window, int strategy)
{
    z_stream z = {.next_in = (Bytef *)(gpointer)bytes, .avail_in = (uInt)size};
    GByteArray *packed = g_byte_array_new();

    g_assert_cmpint(deflateInit2(&z, level, Z_DEFLATED, -window, 9, strategy), ==, Z_OK);
    g_byte_array_set_size(packed, (guint)deflateBound(&z, size) + 64);
    z.next_out = packed->data;
    z.avail_out = packed->len;
    g_assert_cmpint(deflate(&z, Z_FINISH), ==, Z_STREAM_END);
    g_byte_array_set_size(packed, (guint)z.total_out);
    deflateEnd(&z);
    return packed;
}

enum { RANDOM, ZEROS, WORDS, REPEATS, N_KINDS };

static void
fill(guint8 *bytes, gsize size, guint kind, GRand *rand)
{
    for (gsize i = 0; i < size; i++)
        switch (kind) {
        case RANDOM:
            bytes[i] = (guint8)g_rand_int(rand);
            break;
        case ZEROS:
            bytes[i] = 0;
            break;
        case WORDS:
            bytes[i] = i % 4 < 2 ? (guint8)(g_rand_int(rand) % 5) : (guint8)(i >> 6);
            break;
        default: /* repeats from as far as a window reaches */
            bytes[i] = i < 32000 ? (guint8)g_rand_int(rand) : bytes[i - 32000];
        }
}

static void
test_zlib(void)
{
    static const gsize sizes[] = {0, 1, 2, 3, 257, 4096, 70000};
    static guint8 bytes[70000];
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);

    for (guint kind = 0; kind < N_KINDS; kind++)
        for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
            fill(bytes, sizes[i], kind, rand);
            for (int strategy = Z_DEFAULT_STRATEGY; strategy <= Z_FIXED; strategy++)
                for (int level = 0; level <= 9; level += level < 1 ? 1 : 4)
                    for (int window = 9; window <= 15; window += 2) {
                        g_autoptr(GByteArray) packed =
                            pack(bytes, sizes[i], level, window, strategy);
                        g_assert_cmpuint(unpack(packed->data, packed->len, LIMIT), ==, BOOT_OK);
                        g_assert_cmpuint(n_input, ==, 0);
                        g_assert_cmpmem(output, n_output, bytes, sizes[i]);
                    }
        }
}

static void
test_truncated(void)
{
    static guint8 bytes[3000];
    g_autoptr(GRand) rand = g_rand_new_with_seed(2);

    for (guint kind = 0; kind < N_KINDS; kind++)
        for (int strategy = Z_DEFAULT_STRATEGY; strategy <= Z_FIXED; strategy++) {
            fill(bytes, sizeof bytes, kind, rand);
            g_autoptr(GByteArray) packed = pack(bytes, sizeof bytes, 9, 15, strategy);
            for (gsize cut = 0; cut < packed->len; cut++) {
                g_assert_cmpuint(unpack(packed->data, cut, LIMIT), ==, INFLATE_CUT);
                g_assert_cmpmem(output, n_output, bytes, n_output);
            }
            g_assert_cmpuint(unpack(packed->data, packed->len, sizeof bytes - 1), ==,
                             BOOT_BAD_ADDRESS);
        }
}

/* What zlib takes gives the same bytes; what it refuses is refused. */
static void
test_corrupted(void)
{
    static guint8 bytes[600], expected[LIMIT];
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    guint n_refused = 0;

    for (guint kind = 0; kind < N_KINDS; kind++)
        for (int strategy = Z_DEFAULT_STRATEGY; strategy <= Z_FIXED; strategy++) {
            fill(bytes, sizeof bytes, kind, rand);
            g_autoptr(GByteArray) packed = pack(bytes, sizeof bytes, 9, 15, strategy);
            for (gsize at = 0; at < packed->len; at++)
                for (guint bit = 0; bit < 8; bit++) {
                    z_stream z = {.next_in = packed->data,
                                  .avail_in = packed->len,
                                  .next_out = expected,
                                  .avail_out = sizeof expected};

                    packed->data[at] ^= (guint8)(1u << bit);
                    g_assert_cmpint(inflateInit2(&z, -15), ==, Z_OK);
                    const int said = inflate(&z, Z_FINISH);
                    const uint8_t status = unpack(packed->data, packed->len, LIMIT);
                    g_assert_true((said == Z_STREAM_END) == (status == BOOT_OK));
                    if (said == Z_STREAM_END)
                        g_assert_cmpmem(output, n_output, expected, z.total_out);
                    n_refused += status == BOOT_BAD_STREAM;
                    inflateEnd(&z);
                    packed->data[at] ^= (guint8)(1u << bit);
                }
        }
    g_assert_cmpuint(n_refused, >, 100);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/firmware/inflate/zlib", test_zlib);
    g_test_add_func("/firmware/inflate/truncated", test_truncated);
    g_test_add_func("/firmware/inflate/corrupted", test_corrupted);
    return g_test_run();
}
