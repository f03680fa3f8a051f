/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

#include "options.h"
#include "run.h"

static const InlayCommandHelp help = {
    .name = "reset",
    .parameters = N_(""),
    .summary = N_("Resets the board and lets it run."),
    .examples = N_("Example:\n"
                   "  inlay reset\n"),
    .accepts = INLAY_OPTION_ADAPTER | INLAY_OPTION_JSON,
};

int
inlay_command_reset(int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_RESET);
    g_autoptr(GError) error = NULL;
    if (!inlay_options_parse(&options, &help, argc, argv, &error) ||
        !inlay_options_take_board(&options, job, &error))
        return inlay_report_error(error, options.json);
    return inlay_run_job(job, options.json);
}
