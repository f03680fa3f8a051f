/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gstdio.h>
#include <stdio.h>

#include "core/error.h"
#include "manual.h"
#include "run.h"

/* For the installation: `inlay manual -o FOLDER` writes all pages there, `inlay manual` prints the one
 * about all and `inlay manual COMMAND` a command's. */

static gboolean
write_page(const InlayCommand *command, const char *folder, GError **error)
{
    g_autofree char *name = inlay_manual_get_name(command);
    g_autofree char *file = g_strconcat(name, ".1", NULL);
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autofree char *page = inlay_manual_get_page(command);
    g_autoptr(GError) trouble = NULL;

    if (g_file_set_contents_full(path, page, -1, G_FILE_SET_CONTENTS_NONE, 0644, &trouble))
        return TRUE;
    g_set_error_literal(error, INLAY_ERROR, INLAY_ERROR_FILE, trouble->message);
    return FALSE;
}

static gboolean
write_pages(const char *folder, GError **error)
{
    guint n;
    const InlayCommand *const *commands = inlay_commands_get(&n);

    g_mkdir_with_parents(folder, 0755);
    for (guint i = 0; i < n; i++)
        if (commands[i]->brief != NULL && !write_page(commands[i], folder, error))
            return FALSE;
    return write_page(NULL, folder, error);
}

static gboolean
print_page(const char *name, GError **error)
{
    const InlayCommand *command = name != NULL ? inlay_commands_find(name) : NULL;
    g_autofree char *page = NULL;

    if (name != NULL && (command == NULL || command->brief == NULL)) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "no command %s", name);
        return FALSE;
    }
    page = inlay_manual_get_page(command);
    fputs(page, stdout);
    return TRUE;
}

static int
run(const InlayCommand *command, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(GError) error = NULL;

    if (inlay_options_parse(&options, command, argc, argv, &error) &&
        (options.output != NULL ? write_pages(options.output, &error)
                                : print_page(options.arguments[0], &error)))
        return 0;
    return inlay_report_error(error, FALSE);
}

const InlayCommand inlay_command_manual = {
    .name = "manual",
    .parameters = "[COMMAND]",
    .summary = "Prints the man page of a command, or with -o writes all to a folder.",
    .accepts = INLAY_OPTION_OUTPUT,
    .run = run,
};
