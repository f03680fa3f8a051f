/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

#include "core/error.h"
#include "run.h"

/* The job of the file, with what the command line says besides. */
static InlayJob *
load(InlayOptions *options, GError **error)
{
    g_autoptr(InlayJob) asked = inlay_job_new(INLAY_JOB_INFO);
    InlayJob *job;

    if (g_strv_length(options->arguments) != 1) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "one job file expected after --batch, got %u",
                    g_strv_length(options->arguments));
        return NULL;
    }
    job = inlay_job_load(options->arguments[0], error);
    if (job == NULL)
        return NULL;
    inlay_options_take_common(options, asked);
    inlay_access_override(&job->access, &asked->access);
    job->dry_run |= asked->dry_run;
    job->accept_loss |= asked->accept_loss;
    job->accept_clone |= asked->accept_clone;
    return job;
}

static int
run(const InlayCommand *command, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(InlayJob) job = NULL;
    g_autoptr(GError) error = NULL;

    if (!inlay_options_parse(&options, command, argc, argv, &error) ||
        !(job = load(&options, &error)))
        return inlay_report_error(error, options.json);
    return inlay_run_job(job, options.json);
}

const InlayCommand inlay_command_batch = {
    .name = "--batch",
    .brief = N_("do what a job file says on one unit, then exit: for stations"),
    .parameters = N_("JOB.yaml"),
    .summary = N_("Runs a job file on one unit, then exits: for test stations."),
    .examples = N_("The exit code is the result's (`inlay errors` lists them); docs/jobs.md "
                   "describes job files.\n"),
    .accepts = INLAY_OPTION_BOARD | INLAY_OPTION_DRY_RUN | INLAY_OPTION_ACCEPT_LOSS |
               INLAY_OPTION_ACCEPT_CLONE,
    .completes = INLAY_COMPLETES_YAML,
    .run = run,
};
