/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include "run.h"

int
inlay_command_run_job(
    const InlayCommandHelp *help, InlayJobKind kind, InlayTakeFunc take, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(InlayJob) job = inlay_job_new(kind);
    g_autoptr(GError) error = NULL;

    if (!inlay_options_parse(&options, help, argc, argv, &error) || !take(&options, job, &error))
        return inlay_report_error(error, options.json);
    return inlay_run_job(job, options.json);
}
