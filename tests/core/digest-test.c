/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/digest.h"

#include <string.h>

static void
test_vectors(void)
{
    static const struct {
        const char *bytes;
        guint32 crc32;
        guint64
            sum; /* worked out apart from this code, from the definition in firmware/proto/loader.h */
    } cases[] = {
        {"", 0x00000000, 0},
        {"123456789", 0xcbf43926, 0x0d0802366c6a679fULL},
        {"a", 0xe8b7be43, 0xffffff61ffffff61ULL},
        {"abcd", 0xed82cd11, 0x6463626164636261ULL},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        InlayDigest digest =
            inlay_digest_of((const guint8 *)cases[i].bytes, strlen(cases[i].bytes));
        g_assert_cmphex(digest.crc32, ==, cases[i].crc32);
        g_assert_cmphex(digest.sum, ==, cases[i].sum);
    }
}

static void
test_blank_is_a_digest_of_erased_bytes(void)
{
    static const gsize sizes[] = {0, 1, 2, 3, 4, 5, 1023, 1024, 1025, 4099};
    guint8 blank[4099];

    memset(blank, 0xff, sizeof blank);
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        InlayDigest expected = inlay_digest_of(blank, sizes[i]);
        g_assert_true(inlay_digest_equal(inlay_digest_of_blank(sizes[i]), expected));
    }
}

/* What a CRC cannot see, the sum does: xor with a multiple of the polynomial. */
static void
test_a_crc_collision_is_not_equal(void)
{
    guint8 a[16] = {0}, b[16] = {0};
    guint64 polynomial = (guint64)0xedb88320 << 1 | 1; /* reflected, with its leading bit */

    for (guint i = 0; i < 5; i++)
        b[4 + i] ^= (guint8)(polynomial >> (8 * i));
    InlayDigest of_a = inlay_digest_of(a, sizeof a), of_b = inlay_digest_of(b, sizeof b);
    g_assert_cmphex(of_a.crc32, ==, of_b.crc32);
    g_assert_false(inlay_digest_equal(of_a, of_b));
}

/* Digests of neighbours make the digest of both, so that a partition can be named as one. */
static void
test_join(void)
{
    static const gsize cuts[] = {0, 4, 8, 500, 1000};
    guint8 bytes[1003];

    for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = (guint8)(i * 37 + (i >> 3));
    InlayDigest whole = inlay_digest_of(bytes, sizeof bytes);
    for (guint i = 0; i < G_N_ELEMENTS(cuts); i++) {
        gsize rest = sizeof bytes - cuts[i];
        InlayDigest low = inlay_digest_of(bytes, cuts[i]);
        InlayDigest high = inlay_digest_of(bytes + cuts[i], rest);
        g_assert_true(inlay_digest_equal(inlay_digest_join(low, cuts[i], high, rest), whole));
    }
    InlayDigest odd =
        inlay_digest_join(inlay_digest_of(bytes, 7), 7, inlay_digest_of(bytes + 7, 996), 996);
    g_assert_cmphex(odd.crc32, ==, whole.crc32);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/core/digest/vectors", test_vectors);
    g_test_add_func("/core/digest/blank", test_blank_is_a_digest_of_erased_bytes);
    g_test_add_func("/core/digest/crc-collision", test_a_crc_collision_is_not_equal);
    g_test_add_func("/core/digest/join", test_join);
    return g_test_run();
}
