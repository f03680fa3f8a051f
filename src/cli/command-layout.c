/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "core/error.h"
#include "core/layout-export.h"
#include "options.h"
#include "run.h"

static const InlayCommandHelp help = {
    .name = "layout",
    .parameters = N_("check | memory PARTITION | boot-table  LAYOUT.yaml"),
    .summary = N_("Checks a layout, or prints what the firmware's build takes from it."),
    .examples = N_("Examples:\n"
                   "  inlay layout check product.yaml\n"
                   "  inlay layout memory application1 product.yaml > memory.ld\n"
                   "      A MEMORY block for the linker script of that partition's program.\n"
                   "  inlay layout boot-table product.yaml > boot-table.h\n"
                   "      The partitions that a boot selector starts, as a C header.\n"),
    .accepts = INLAY_OPTION_JSON,
};

static void
print_layout(const InlayLayout *layout)
{
    printf("%s: %s, %u partitions\n", layout->path, layout->chip->name, layout->partitions->len);
    for (guint i = 0; i < layout->partitions->len; i++) {
        const InlayPartition *partition = g_ptr_array_index(layout->partitions, i);
        printf("  %-16s 0x%08x-0x%08x  %6.1f KiB\n", partition->name, partition->range.addr,
               (guint)(inlay_range_end(partition->range) - 1), partition->range.size / 1024.0);
    }
}

/* The text that the verb asks for; NULL with USAGE or LAYOUT. */
static char *export(char **arguments, GError **error)
{
    guint n = g_strv_length(arguments);
    gboolean memory = n == 3 && g_str_equal(arguments[0], "memory");
    gboolean table = n == 2 && g_str_equal(arguments[0], "boot-table");
    gboolean check = n == 2 && g_str_equal(arguments[0], "check");
    if (!memory && !table && !check) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "check, memory PARTITION or boot-table, then LAYOUT.yaml expected");
        return NULL;
    }
    g_autoptr(InlayLayout) layout = inlay_layout_load(arguments[n - 1], error);
    if (!layout)
        return NULL;
    if (table)
        return inlay_layout_export_boot_table(layout);
    if (check) {
        print_layout(layout);
        return g_strdup("");
    }
    const InlayPartition *partition = inlay_layout_find_partition(layout, arguments[1]);
    if (!partition) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "no partition %s in %s", arguments[1],
                    layout->path);
        return NULL;
    }
    return inlay_layout_export_memory(layout, partition);
}

int
inlay_command_layout(int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    if (!inlay_options_parse(&options, &help, argc, argv, &error) ||
        !(text = export(options.arguments, &error)))
        return inlay_report_error(error, options.json);
    fputs(text, stdout);
    return 0;
}
