/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/digest.h"

#include <string.h>
#include <zlib.h>

typedef struct {
    guint32 a;
    guint32 b;
} Fletcher;

static void
fletcher_add(Fletcher *sums, guint32 word)
{
    sums->a += word;
    sums->b += sums->a;
}

static guint32
load32_le(const guint8 *p)
{
    return (guint32)p[0] | (guint32)p[1] << 8 | (guint32)p[2] << 16 | (guint32)p[3] << 24;
}

static InlayDigest
make_digest(uLong crc, Fletcher sums)
{
    return (InlayDigest){.crc32 = (guint32)crc, .sum = (guint64)sums.b << 32 | sums.a};
}

InlayDigest
inlay_digest_of(const guint8 *bytes, gsize size)
{
    Fletcher sums = {0};
    gsize n_whole = size & ~(gsize)3;

    for (gsize i = 0; i < n_whole; i += 4)
        fletcher_add(&sums, load32_le(bytes + i));
    if (n_whole < size) {
        guint8 last[4] = {0xff, 0xff, 0xff, 0xff};
        memcpy(last, bytes + n_whole, size - n_whole);
        fletcher_add(&sums, load32_le(last));
    }
    return make_digest(size > 0 ? crc32_z(0, bytes, size) : 0, sums);
}

InlayDigest
inlay_digest_of_blank(gsize size)
{
    guint8 blank[1024];
    Fletcher sums = {0};
    uLong crc = 0;

    memset(blank, 0xff, sizeof blank);
    for (gsize left = size; left > 0;) {
        gsize n = MIN(left, sizeof blank);
        crc = crc32_z(crc, blank, n);
        left -= n;
    }
    for (gsize i = 0; i < size; i += 4)
        fletcher_add(&sums, 0xffffffff);
    return make_digest(crc, sums);
}

InlayDigest
inlay_digest_join(InlayDigest first, gsize first_size, InlayDigest second, gsize second_size)
{
    guint32 first_a = (guint32)first.sum, first_b = (guint32)(first.sum >> 32);
    guint32 second_a = (guint32)second.sum, second_b = (guint32)(second.sum >> 32);
    guint32 n_words = (guint32)((second_size + 3) / 4);
    Fletcher sums = {first_a + second_a, first_b + n_words * first_a + second_b};

    return make_digest(crc32_combine(first.crc32, second.crc32, (z_off_t)second_size), sums);
}
