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
    .accepts =
        INLAY_OPTION_ADAPTER | INLAY_OPTION_JSON | INLAY_OPTION_DRY_RUN | INLAY_OPTION_ACCEPT_LOSS,
};

int
inlay_command_batch(const char *job_path, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(InlayJob) none = inlay_job_new(INLAY_JOB_INFO);
    g_autoptr(InlayJob) job = NULL;
    g_autoptr(GError) error = NULL;
    if (!inlay_options_parse(&options, &help, argc, argv, &error) ||
        !inlay_options_take_board(&options, none, &error) ||
        !(job = inlay_job_load(job_path, &error)))
        return inlay_report_error(error, options.json);
    if (options.adapter) {
        g_free(job->adapter);
        job->adapter = g_strdup(options.adapter);
    }
    job->dry_run |= options.dry_run;
    job->accept_loss |= options.accept_loss;
    return inlay_run_job(job, options.json);
}
