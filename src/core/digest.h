/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Two independent sums of the same bytes: a difference that one misses, the other shows, so equal
 * digests mean equal bytes for every error that flash and wires make. The loader computes both on
 * the chip; firmware/proto/loader.h defines them to the bit.
 */
typedef struct {
    guint32 crc32; /* zlib's CRC-32 */
    guint64 sum;   /* Fletcher sums of the little-endian words: first in the low half, second in the
                      high half */
} InlayDigest;

InlayDigest inlay_digest_of(const guint8 *bytes, gsize size);
InlayDigest inlay_digest_of_blank(gsize size); /* of `size` bytes 0xFF */

/* Of two runs of bytes, one behind the other. Where the first is no multiple of 4 bytes long, only
 * crc32 means something: the sum goes by words. */
InlayDigest
inlay_digest_join(InlayDigest first, gsize first_size, InlayDigest second, gsize second_size);

static inline gboolean
inlay_digest_equal(InlayDigest a, InlayDigest b)
{
    return a.crc32 == b.crc32 && a.sum == b.sum;
}

G_END_DECLS
