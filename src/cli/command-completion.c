/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <stdio.h>

#include "core/error.h"
#include "run.h"

#define SHELLS "bash zsh fish"

/* (transfer full) The shell's script; NULL with USAGE. */
static GBytes *
find_script(char **arguments, GError **error)
{
    g_auto(GStrv) shells = g_strsplit(SHELLS, " ", -1);
    g_autofree char *path = NULL;

    if (g_strv_length(arguments) != 1 ||
        !g_strv_contains((const char *const *)shells, arguments[0])) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "bash, zsh or fish expected after completion, got %s",
                    arguments[0] != NULL ? arguments[0] : "nothing");
        return NULL;
    }
    path = g_strconcat("/inlay/completions/inlay.", arguments[0], NULL);
    return g_resources_lookup_data(path, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
}

static int
run(const InlayCommand *command, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(GBytes) script = NULL;
    g_autoptr(GError) error = NULL;

    if (!inlay_options_parse(&options, command, argc, argv, &error) ||
        !(script = find_script(options.arguments, &error)))
        return inlay_report_error(error, FALSE);
    fwrite(g_bytes_get_data(script, NULL), 1, g_bytes_get_size(script), stdout);
    return 0;
}

const InlayCommand inlay_command_completion = {
    .name = "completion",
    .brief = N_("the script that completes commands in bash, zsh or fish"),
    .parameters = "bash | zsh | fish",
    .summary = N_("Prints the script with which a shell completes commands, options, adapters, "
                  "partitions and files of Inlay. Installed packages have it in place."),
    .examples = N_("Examples:\n"
                   "  source <(inlay completion bash)      for this shell; or into ~/.bashrc\n"
                   "  inlay completion zsh > ~/.zfunc/_inlay\n"
                   "  inlay completion fish > ~/.config/fish/completions/inlay.fish\n"),
    .words = SHELLS,
    .run = run,
};
