/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

#include "options.h"
#include "run.h"

static const InlayCommandHelp help = {
    .name = "--batch JOB.yaml",
    .parameters = "",
    .summary = N_("Runs a job file on one unit, then exits: for test stations."),
    .examples = N_("The exit code is the result's (`inlay errors` lists them); docs/jobs.md "
                   "describes job files.\n"),
    .accepts = INLAY_OPTION_BOARD | INLAY_OPTION_DRY_RUN | INLAY_OPTION_ACCEPT_LOSS |
               INLAY_OPTION_ACCEPT_CLONE,
};

int
inlay_command_batch(const char *job_path, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(InlayJob) asked = inlay_job_new(INLAY_JOB_INFO);
    g_autoptr(InlayJob) job = NULL;
    g_autoptr(GError) error = NULL;
    if (!inlay_options_parse(&options, &help, argc, argv, &error) ||
        !inlay_options_take_board(&options, asked, &error) ||
        !(job = inlay_job_load(job_path, &error)))
        return inlay_report_error(error, options.json);
    inlay_access_override(&job->access, &asked->access);
    job->dry_run |= asked->dry_run;
    job->accept_loss |= asked->accept_loss;
    job->accept_clone |= asked->accept_clone;
    return inlay_run_job(job, options.json);
}
