/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "core/error.h"
#include "run.h"

/* docs/errors.md is this output. */
/* A bar would end the cell: Markdown wants it escaped. */
static char *
to_cell(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "|", -1);
    return g_strjoinv("\\|", parts);
}

static int
run(const InlayCommand *command, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(GError) error = NULL;
    if (!inlay_options_parse(&options, command, argc, argv, &error))
        return inlay_report_error(error, FALSE);
    printf(
        "<!-- SPDX-License-Identifier: GPL-2.0-or-later -->\n"
        "# Errors\n\n"
        "Each failure has one id, one exit code and one remedy, the same on the screen, in the "
        "event stream, in the record and for the shell. The numbers never change their meaning.\n"
        "`inlay errors` prints this page.\n\n"
        "| exit | id | what | what to do |\n|---|---|---|---|\n"
        "| 0 | ok | It succeeded. | |\n");
    for (InlayErrorId id = 0; id < INLAY_N_ERRORS; id++) {
        const InlayErrorInfo *info = inlay_error_info_by_id(id);
        g_autofree char *sentence = to_cell(_(info->sentence));
        g_autofree char *remedy = to_cell(_(info->remedy));
        printf("| %d | %s | %s | %s |\n", info->exit_code, info->id, sentence, remedy);
    }
    return 0;
}

const InlayCommand inlay_command_errors = {
    .name = "errors",
    .brief = N_("the table of ids, exit codes and remedies"),
    .summary = N_("Prints every failure with its id, its exit code and what to do, as Markdown."),
    .run = run,
};
