/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/layout-export.h"
#include "fuzz.h"

/* Whatever the text says: an error that says where, or partitions inside the flash, apart, that can
 * be exported. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(InlayLayout) layout = inlay_layout_parse("fuzz", (const char *)bytes, size, &error);
    guint64 end = 0;

    g_assert_true((layout == NULL) == (error != NULL));
    g_assert_true(layout != NULL || g_str_has_prefix(error->message, "fuzz:"));
    for (guint i = 0; layout != NULL && i < layout->partitions->len; i++) {
        const InlayPartition *partition = g_ptr_array_index(layout->partitions, i);
        g_assert_true(partition->range.addr >= end);
        g_assert_true(inlay_range_contains(layout->chip->flash, partition->range));
        g_assert_true(inlay_layout_find_partition(layout, partition->name) == partition);
        end = inlay_range_end(partition->range);
        g_autofree char *memory = inlay_layout_export_memory(layout, partition);
        g_assert_nonnull(memory);
    }
    if (layout != NULL) {
        g_autofree char *table = inlay_layout_export_boot_table(layout);
        g_assert_nonnull(table);
    }
    return 0;
}
