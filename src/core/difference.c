/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/difference.h"

#include <string.h>

#define GAP 16 /* equal bytes that end a difference */

static void
append(GArray *differences,
       guint32 addr,
       const guint8 *first,
       const guint8 *second,
       gsize from,
       gsize to,
       guint32 n_bytes)
{
    InlayDifference difference = {
        .range = {(guint32)(addr + from), (guint32)(to - from)},
        .n_bytes = n_bytes,
        .n_shown = (guint)MIN(to - from, INLAY_DIFFERENCE_SHOWN),
    };

    memcpy(difference.first, first + from, difference.n_shown);
    memcpy(difference.second, second + from, difference.n_shown);
    g_array_append_val(differences, difference);
}

GArray *
inlay_difference_find(guint32 addr, const guint8 *first, const guint8 *second, gsize size)
{
    GArray *differences = g_array_new(FALSE, FALSE, sizeof(InlayDifference));
    gsize from = 0, to = 0; /* of the one in hand; to 0: none */
    guint32 n_bytes = 0;

    for (gsize i = 0; i < size; i++) {
        if (first[i] == second[i])
            continue;
        if (to > 0 && i - to >= GAP) {
            append(differences, addr, first, second, from, to, n_bytes);
            to = 0;
        }
        if (to == 0) {
            from = i;
            n_bytes = 0;
        }
        to = i + 1;
        n_bytes++;
    }
    if (to > 0)
        append(differences, addr, first, second, from, to, n_bytes);
    return differences;
}

GArray *
inlay_difference_find_in(InlayRange range, const InlayImage *first, const InlayImage *second)
{
    g_autofree guint8 *of_first = g_malloc(range.size);
    g_autofree guint8 *of_second = g_malloc(range.size);

    inlay_image_read(first, range, of_first);
    inlay_image_read(second, range, of_second);
    return inlay_difference_find(range.addr, of_first, of_second, range.size);
}

static void
append_held(GArray *held, const InlayImage *image)
{
    for (guint i = 0; i < inlay_image_get_n_segments(image); i++) {
        const InlaySegment *segment = inlay_image_get_segment(image, i);
        InlayRange range = {segment->addr, (guint32)g_bytes_get_size(segment->bytes)};
        g_array_append_val(held, range);
    }
}

static int
compare_ranges(gconstpointer a, gconstpointer b)
{
    const InlayRange *first = a, *second = b;

    return (first->addr > second->addr) - (first->addr < second->addr);
}

GArray *
inlay_difference_find_held(const InlayImage *first, const InlayImage *second)
{
    GArray *held = g_array_new(FALSE, FALSE, sizeof(InlayRange));
    guint n = 0; /* joined so far */

    append_held(held, first);
    append_held(held, second);
    g_array_sort(held, compare_ranges);
    for (guint i = 0; i < held->len; i++) {
        InlayRange range = g_array_index(held, InlayRange, i);
        InlayRange *last = n > 0 ? &g_array_index(held, InlayRange, n - 1) : NULL;
        if (last != NULL && range.addr <= inlay_range_end(*last))
            last->size =
                (guint32)(MAX(inlay_range_end(*last), inlay_range_end(range)) - last->addr);
        else
            g_array_index(held, InlayRange, n++) = range;
    }
    g_array_set_size(held, n);
    return held;
}
