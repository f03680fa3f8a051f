/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <stdio.h>

#include "run.h"

#define RULES "/inlay/70-inlay.rules"

static int
run(const InlayCommand *command, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(GError) error = NULL;
    if (!inlay_options_parse(&options, command, argc, argv, &error))
        return inlay_report_error(error, FALSE);
    g_autoptr(GBytes) rules = g_resources_lookup_data(RULES, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    gsize size;
    const char *text = g_bytes_get_data(rules, &size);
    fwrite(text, 1, size, stdout);
    return 0;
}

const InlayCommand inlay_command_udev = {
    .name = "udev",
    .brief = N_("the rule that lets users open their adapters"),
    .summary = N_("Prints the udev rule that lets the people at this machine use ST-LINKs and "
                  "serial ports without being root, and keeps ModemManager away from ST-LINKs."),
    .examples = N_("  inlay udev | sudo tee /etc/udev/rules.d/70-inlay.rules\n"
                   "  sudo udevadm control --reload && sudo udevadm trigger\n"
                   "What is plugged in need not be plugged in again.\n"),
    .run = run,
};
