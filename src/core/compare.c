/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/compare.h"

#include "core/error.h"
#include "core/report.h"

void
inlay_comparison_add(InlayComparison *comparison, const char *name, const GArray *differences)
{
    for (guint i = 0; i < differences->len; i++) {
        const InlayDifference *difference = &g_array_index(differences, InlayDifference, i);
        if (comparison->n_ranges++ == 0)
            comparison->first = *difference;
        comparison->n_bytes += difference->n_bytes;
        inlay_report_difference(comparison->sink, name, difference);
    }
}

gboolean
inlay_comparison_check(const InlayComparison *comparison, GError **error)
{
    const InlayDifference *first = &comparison->first;

    if (comparison->n_ranges == 0)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_DIFFERENT,
                "%" G_GUINT64_FORMAT " bytes in %u ranges differ, the first at 0x%08x: 0x%02x and "
                "0x%02x",
                comparison->n_bytes, comparison->n_ranges, first->range.addr, first->first[0],
                first->second[0]);
    return FALSE;
}

/* The partition that holds addr, or NULL; *end is where that changes, at `limit` at the latest. */
static const InlayPartition *
find_partition(const InlayLayout *layout, guint64 addr, guint64 limit, guint64 *end)
{
    *end = limit;
    for (guint i = 0; layout != NULL && i < layout->partitions->len; i++) {
        const InlayPartition *partition = g_ptr_array_index(layout->partitions, i);
        if (addr < partition->range.addr) {
            *end = MIN(limit, partition->range.addr);
            return NULL;
        }
        if (addr < inlay_range_end(partition->range)) {
            *end = MIN(limit, inlay_range_end(partition->range));
            return partition;
        }
    }
    return NULL;
}

gboolean
inlay_compare_images(const InlayImage *first,
                     const InlayImage *second,
                     const InlayLayout *layout,
                     const InlayEventSink *sink,
                     GError **error)
{
    InlayComparison comparison = {.sink = sink};
    g_autoptr(GArray) held = inlay_difference_find_held(first, second);

    for (guint i = 0; i < held->len; i++) {
        InlayRange range = g_array_index(held, InlayRange, i);
        guint64 end = inlay_range_end(range), next;
        for (guint64 addr = range.addr; addr < end; addr = next) {
            const InlayPartition *partition = find_partition(layout, addr, end, &next);
            InlayRange part = {(guint32)addr, (guint32)(next - addr)};
            g_autoptr(GArray) differences = inlay_difference_find_in(part, first, second);
            inlay_comparison_add(&comparison, partition != NULL ? partition->name : NULL,
                                 differences);
        }
    }
    return inlay_comparison_check(&comparison, error);
}
