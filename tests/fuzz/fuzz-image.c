/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/image.h"
#include "fuzz.h"

/* Whatever the file holds: an error, or segments that are sorted, apart and readable. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    guint32 base = 0xfffff000;
    g_autoptr(GBytes) file = g_bytes_new_static(bytes, size);
    g_autoptr(InlayImage) image = inlay_image_parse("fuzz", file, &base, NULL);
    guint64 end = 0;

    for (guint i = 0; image != NULL && i < inlay_image_get_n_segments(image); i++) {
        const InlaySegment *segment = inlay_image_get_segment(image, i);
        gsize segment_size = g_bytes_get_size(segment->bytes);
        g_assert_true(segment_size > 0 && (i == 0 || segment->addr > end));
        end = (guint64)segment->addr + segment_size;
        g_assert_true(end <= (guint64)G_MAXUINT32 + 1);
        g_autofree guint8 *copy = g_malloc(segment_size);
        inlay_image_read(image, (InlayRange){segment->addr, (guint32)segment_size}, copy);
    }
    return 0;
}
