/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/layout-export.h"

char *
inlay_layout_export_memory(const InlayLayout *layout, const InlayPartition *partition)
{
    InlayRange ram = partition->ram.size > 0 ? partition->ram : layout->chip->ram;
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "/* Made from the layout, partition %s: do not edit. */\n",
                           partition->name);
    g_string_append(text, "MEMORY\n{\n");
    g_string_append_printf(text, "    FLASH (rx) : ORIGIN = 0x%08x, LENGTH = 0x%08x\n",
                           partition->range.addr, partition->range.size);
    g_string_append_printf(text, "    RAM (rwx) : ORIGIN = 0x%08x, LENGTH = 0x%08x\n}\n", ram.addr,
                           ram.size);
    if (layout->mailbox != 0)
        g_string_append_printf(text, "__mailbox = 0x%08x;\n", layout->mailbox);
    return g_string_free(text, FALSE);
}

static void
append_row(GString *text, const InlayPartition *partition)
{
    g_string_append_printf(text, " \\\n    X(\"%s\", 0x%08xu, 0x%08xu, 0x%08xu)", partition->name,
                           partition->magic, partition->range.addr, partition->range.size);
}

char *
inlay_layout_export_boot_table(const InlayLayout *layout)
{
    GString *text = g_string_new("/* Made from the layout: do not edit. */\n");

    g_string_append_printf(text, "#define BOOT_MAILBOX 0x%08xu\n", layout->mailbox);
    g_string_append_printf(text, "#define BOOT_RAM_BASE 0x%08xu\n", layout->chip->ram.addr);
    g_string_append_printf(text, "#define BOOT_RAM_SIZE 0x%08xu\n", layout->chip->ram.size);
    if (layout->uart.starts != NULL) {
        const InlayRange *range = &layout->uart.starts->range;
        g_string_append_printf(text, "#define BOOT_UART_APP_BASE 0x%08xu\n", range->addr);
        g_string_append_printf(text, "#define BOOT_UART_APP_SIZE 0x%08xu\n", range->size);
    }
    g_string_append(text, "#define BOOT_TABLE(X)");
    if (layout->boot_default != NULL)
        append_row(text, layout->boot_default);
    for (guint i = 0; i < layout->partitions->len; i++) {
        const InlayPartition *partition = g_ptr_array_index(layout->partitions, i);
        if (partition->has_magic && partition != layout->boot_default)
            append_row(text, partition);
    }
    g_string_append_c(text, '\n');
    return g_string_free(text, FALSE);
}
