/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/image-write.h"

#define MOST_WRITTEN \
    (64 * 1024) /* bytes of an image that is written back: more shows nothing new */

/* What a parser leaves: an error that names the file, or segments that are sorted and apart, can be
 * read, and are the same when they are written in a format of text and read again. */
static inline void
check_image(const InlayImage *image, const GError *error)
{
    guint64 end = 0;

    g_assert_true((image == NULL) == (error != NULL));
    if (image == NULL) {
        g_assert_true(g_str_has_prefix(error->message, "fuzz"));
        return;
    }
    g_assert_cmpuint(inlay_image_get_n_segments(image), >, 0);
    for (guint i = 0; i < inlay_image_get_n_segments(image); i++) {
        const InlaySegment *segment = inlay_image_get_segment(image, i);
        gsize segment_size = g_bytes_get_size(segment->bytes);
        g_assert_true(segment_size > 0 && (i == 0 || segment->addr > end));
        end = (guint64)segment->addr + segment_size;
        g_assert_true(end <= (guint64)G_MAXUINT32 + 1);
        g_autofree guint8 *copy = g_malloc(segment_size);
        inlay_image_read(image, (InlayRange){segment->addr, (guint32)segment_size}, copy);
        g_assert_cmpmem(copy, segment_size, g_bytes_get_data(segment->bytes, NULL), segment_size);
    }
    if (inlay_image_get_size(image) > MOST_WRITTEN)
        return;
    for (InlayFileFormat format = INLAY_FILE_HEX; format <= INLAY_FILE_S19; format++) {
        g_autoptr(GBytes) written = inlay_image_write(image, format);
        g_autoptr(InlayImage) again = inlay_image_parse("fuzz", written, NULL, NULL);
        g_assert_true(again != NULL && inlay_image_equal(image, again));
    }
}
