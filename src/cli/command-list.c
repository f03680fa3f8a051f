/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/event.h"
#include "options.h"
#include "run.h"
#include "transports/adapters.h"

static void
print_json(const InlayAdapter *adapter)
{
    JsonObject *event = inlay_event_new("adapter");
    json_object_set_string_member(event, "adapter", adapter->address);
    json_object_set_string_member(event, adapter->is_port ? "port" : "probe", adapter->kind);
    if (adapter->serial)
        json_object_set_string_member(event, "serial", adapter->serial);
    if (adapter->usb)
        json_object_set_string_member(event, "usb", adapter->usb);
    if (adapter->names && adapter->names[0]) {
        JsonArray *names = json_array_new();
        for (char **name = adapter->names; *name; name++)
            json_array_add_string_element(names, *name);
        json_object_set_array_member(event, "names", names);
    }
    if (adapter->trouble) {
        JsonObject *trouble = json_object_new();
        inlay_event_set_error(trouble, adapter->trouble);
        json_object_set_object_member(event, "trouble", trouble);
    }
    inlay_command_print_event(event);
}

typedef struct {
    int address, kind;
} Widths;

static char *
describe_kind(const InlayAdapter *adapter)
{
    return adapter->is_stlink
               ? g_strdup_printf(_("%s, the port of %s"), adapter->kind, adapter->usb)
               : g_strdup(adapter->kind);
}

static Widths
get_widths(const GPtrArray *adapters)
{
    Widths widths = {.address = 12};
    for (guint i = 0; i < adapters->len; i++) {
        const InlayAdapter *adapter = g_ptr_array_index(adapters, i);
        g_autofree char *kind = describe_kind(adapter);
        widths.address = MAX(widths.address, (int)strlen(adapter->address));
        if (adapter->serial)
            widths.kind = MAX(widths.kind, (int)strlen(kind));
    }
    return widths;
}

static void
print_line(const InlayAdapter *adapter, Widths widths)
{
    g_autofree char *kind = describe_kind(adapter);
    int width = widths.address;
    if (adapter->serial)
        printf("%-*s %-*s  serial:%s\n", width, adapter->address, widths.kind, kind,
               adapter->serial);
    else
        printf("%-*s %s\n", width, adapter->address, kind);
    if (adapter->trouble) {
        const InlayErrorInfo *info = inlay_error_get_info(adapter->trouble);
        printf("%-*s %s  [%s]\n%-*s %s\n%-*s %s %s\n", width, "", _(info->sentence), info->id,
               width, "", adapter->trouble->message, width, "", _("Do this:"), _(info->remedy));
    }
}

static int
run(const InlayCommand *command, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(GPtrArray) adapters = NULL;
    g_autoptr(GError) error = NULL;
    if (!inlay_options_parse(&options, command, argc, argv, &error) ||
        !(adapters = inlay_adapters_list(&error)))
        return inlay_report_error(error, options.json);
    for (guint i = 0; i < adapters->len; i++) {
        if (options.json)
            print_json(g_ptr_array_index(adapters, i));
        else
            print_line(g_ptr_array_index(adapters, i), get_widths(adapters));
    }
    if (options.json)
        inlay_command_print_event(inlay_event_new_result(NULL, 0));
    else if (adapters->len == 0)
        printf("%s\n",
               _("No adapter is connected. Plug in an ST-LINK or a USB serial port; `lsusb` should "
                 "show it, an ST-LINK as 0483:37xx."));
    return 0;
}

const InlayCommand inlay_command_list = {
    .name = "list",
    .brief = N_("the adapters that are connected"),
    .summary =
        N_("Lists the probes and then the serial ports that are connected, and why one cannot "
           "be used. Touches no board, and opens no port."),
    .examples = N_("What is in the first column goes after --adapter.\n"),
    .accepts = INLAY_OPTION_JSON,
    .run = run,
};
