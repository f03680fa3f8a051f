/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "core/error.h"
#include "core/layout-export.h"
#include "run.h"

static char *
check(const InlayLayout *layout)
{
    GString *text = g_string_new(NULL);

    g_string_printf(text, "%s: %s, %u partitions\n", layout->path, layout->chip->name,
                    layout->partitions->len);
    for (guint i = 0; i < layout->partitions->len; i++) {
        const InlayPartition *partition = g_ptr_array_index(layout->partitions, i);
        g_string_append_printf(text, "  %-16s 0x%08x-0x%08x  %6.1f KiB\n", partition->name,
                               partition->range.addr, inlay_range_last(partition->range),
                               partition->range.size / 1024.0);
    }
    return g_string_free(text, FALSE);
}

/* Prints what `export` makes of the layout that is the only argument. */
static int
run_export(const InlayCommand *command,
           int argc,
           char **argv,
           char *(*export)(const InlayLayout *layout))
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(InlayLayout) layout = NULL;
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    if (!inlay_options_parse(&options, command, argc, argv, &error))
        return inlay_report_error(error, options.json);
    if (g_strv_length(options.arguments) != 1)
        g_set_error(&error, INLAY_ERROR, INLAY_ERROR_USAGE, "LAYOUT.yaml expected after %s",
                    command->name);
    else if ((layout = inlay_layout_load(options.arguments[0], &error)) != NULL)
        text = export(layout);
    if (text == NULL)
        return inlay_report_error(error, options.json);
    fputs(text, stdout);
    return 0;
}

static int
run_check(const InlayCommand *command, int argc, char **argv)
{
    return run_export(command, argc, argv, check);
}

static int
run_boot_table(const InlayCommand *command, int argc, char **argv)
{
    return run_export(command, argc, argv, inlay_layout_export_boot_table);
}

static char *
export_memory(char **arguments, GError **error)
{
    g_autoptr(InlayLayout) layout = NULL;
    const InlayPartition *partition;

    if (g_strv_length(arguments) != 2) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "PARTITION LAYOUT.yaml expected after layout memory");
        return NULL;
    }
    layout = inlay_layout_load(arguments[1], error);
    if (layout == NULL)
        return NULL;
    partition = inlay_layout_find_partition(layout, arguments[0]);
    if (partition == NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "no partition %s in %s", arguments[0],
                    layout->path);
        return NULL;
    }
    return inlay_layout_export_memory(layout, partition);
}

static int
run_memory(const InlayCommand *command, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    if (!inlay_options_parse(&options, command, argc, argv, &error) ||
        !(text = export_memory(options.arguments, &error)))
        return inlay_report_error(error, options.json);
    fputs(text, stdout);
    return 0;
}

static const InlayCommand verbs[] = {
    {
        .name = "layout check",
        .brief = N_("check it, and print its partitions"),
        .parameters = N_("LAYOUT.yaml"),
        .summary = N_("Checks a layout, and prints its partitions."),
        .accepts = INLAY_OPTION_JSON,
        .completes = INLAY_COMPLETES_YAML,
        .run = run_check,
    },
    {
        .name = "layout memory",
        .brief = N_("the MEMORY block for the linker script of that partition's program"),
        .parameters = N_("PARTITION LAYOUT.yaml"),
        .summary = N_("Prints a MEMORY block for the linker script of that partition's program."),
        .accepts = INLAY_OPTION_JSON,
        .completes = INLAY_COMPLETES_YAML,
        .run = run_memory,
    },
    {
        .name = "layout boot-table",
        .brief = N_("the partitions that a boot selector starts, as a C header"),
        .parameters = N_("LAYOUT.yaml"),
        .summary = N_("Prints the partitions that a boot selector starts, as a C header."),
        .accepts = INLAY_OPTION_JSON,
        .completes = INLAY_COMPLETES_YAML,
        .run = run_boot_table,
    },
    {0},
};

const InlayCommand inlay_command_layout = {
    .name = "layout",
    .brief = N_("check a layout; export it for the firmware's build"),
    .summary = N_("Checks a layout, or prints what the firmware's build takes from it."),
    .examples = N_("Examples:\n"
                   "  inlay layout check product.yaml\n"
                   "  inlay layout memory application1 product.yaml > memory.ld\n"
                   "  inlay layout boot-table product.yaml > boot-table.h\n"),
    .verbs = verbs,
};
