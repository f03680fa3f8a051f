/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>

#include "command.h"
#include "core/error.h"
#include "help.h"
#include "run.h"

int
main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    bindtextdomain("inlay", INLAY_LOCALE_DIR);
    bind_textdomain_codeset("inlay", "UTF-8");
    textdomain("inlay");
    g_set_prgname("inlay");
    const char *name = argc > 1 ? argv[1] : "--help";
    if (g_str_equal(name, "--help") || g_str_equal(name, "-h") || g_str_equal(name, "help")) {
        inlay_help_print();
        return 0;
    }
    if (g_str_equal(name, "--version")) {
        printf("inlay %s\n", INLAY_VERSION);
        return 0;
    }
    const InlayCommand *command = inlay_commands_find(name);
    if (command != NULL)
        return inlay_command_run(command, argc - 1, argv + 1);
    g_autoptr(GError) error = g_error_new(INLAY_ERROR, INLAY_ERROR_USAGE, "no command %s", name);
    return inlay_report_error(error, FALSE);
}
