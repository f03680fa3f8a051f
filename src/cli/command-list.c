/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>
#include <stdio.h>

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
    json_object_set_string_member(event, "probe", adapter->kind);
    if (adapter->serial)
        json_object_set_string_member(event, "serial", adapter->serial);
    if (adapter->trouble) {
        JsonObject *trouble = json_object_new();
        inlay_event_set_error(trouble, adapter->trouble);
        json_object_set_object_member(event, "trouble", trouble);
    }
    inlay_command_print_event(event);
}

static void
print_line(const InlayAdapter *adapter)
{
    printf("%-12s %s", adapter->address, adapter->kind);
    if (adapter->serial)
        printf("  serial:%s", adapter->serial);
    printf("\n");
    if (adapter->trouble) {
        const InlayErrorInfo *info = inlay_error_get_info(adapter->trouble);
        printf("%-12s %s  [%s]\n%-12s %s\n%-12s %s %s\n", "", _(info->sentence), info->id, "",
               adapter->trouble->message, "", _("Do this:"), _(info->remedy));
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
    for (guint i = 0; i < adapters->len; i++)
        (options.json ? print_json : print_line)(g_ptr_array_index(adapters, i));
    if (options.json)
        inlay_command_print_event(inlay_event_new_result(NULL, 0));
    else if (adapters->len == 0)
        printf("%s\n",
               _("No adapter is connected. Plug in an ST-LINK; if one is plugged in, `lsusb` "
                 "should show 0483:37xx."));
    return 0;
}

const InlayCommand inlay_command_list = {
    .name = "list",
    .brief = N_("the adapters that are connected"),
    .summary = N_("Lists the adapters that are connected, and why one cannot be used. Touches no "
                  "board."),
    .examples = N_("What is in the first column goes after --adapter.\n"),
    .accepts = INLAY_OPTION_JSON,
    .run = run,
};
