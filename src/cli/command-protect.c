/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gi18n.h>

#include "command.h"
#include "confirm.h"
#include "core/error.h"
#include "run.h"

/* "SECTORS", or "LAYOUT.yaml PARTITION…". */
static gboolean
take_sectors(InlayOptions *options, InlayJob *job, GError **error)
{
    char **argument = options->arguments;

    if (*argument != NULL && inlay_argument_is_layout(*argument)) {
        job->layout = g_strdup(*argument++);
        for (; *argument != NULL; argument++)
            g_ptr_array_add(job->names, g_strdup(*argument));
        if (job->names->len > 0)
            return TRUE;
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "a partition expected after %s",
                    job->layout);
        return FALSE;
    }
    if (*argument != NULL)
        job->sectors = g_strjoinv(",", argument);
    return TRUE;
}

static gboolean
take_protect(InlayOptions *options, InlayJob *job, GError **error)
{
    inlay_options_take_common(options, job);
    job->read = options->read;
    job->for_ever = options->for_ever;
    job->all = options->all;
    if (!take_sectors(options, job, error))
        return FALSE;
    gboolean has_places = job->all || job->sectors != NULL || job->names->len > 0;
    if (options->write != has_places || !(options->write || job->read || job->for_ever)) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "--read, --write with SECTORS, LAYOUT.yaml PARTITION… or --all, or --for-ever "
                    "expected");
        return FALSE;
    }
    return TRUE;
}

static int
run_protect(const InlayCommand *command, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_PROTECT);
    g_autoptr(GError) error = NULL;

    if (!inlay_options_parse(&options, command, argc, argv, &error) ||
        !take_protect(&options, job, &error))
        return inlay_report_error(error, options.json);
    return job->for_ever ? inlay_run_confirmed(job, &options, INLAY_CONFIRMED_FOR_EVER)
                         : inlay_run_job(job, options.json);
}

const InlayCommand inlay_command_protect = {
    .name = "protect",
    .brief = N_("protect the chip against reading, sectors against writing"),
    .parameters = N_("[--read] [--write SECTORS | LAYOUT.yaml PARTITION… | --all]"),
    .summary =
        N_("Protects the chip against reading or sectors against writing, besides those that "
           "are. `inlay unlock` takes it off; read protection only with the whole flash."),
    .examples = N_("Examples:\n"
                   "  inlay protect --write 0-3,7\n"
                   "  inlay protect --write product.yaml bootloader\n"
                   "  inlay protect --read\n"
                   "  inlay protect --for-ever\n"
                   "      Level 2. Nobody can open such a chip again; it asks for a sentence.\n"),
    .accepts = INLAY_OPTION_BOARD | INLAY_OPTION_DRY_RUN | INLAY_OPTION_ALL | INLAY_OPTION_READ |
               INLAY_OPTION_WRITE | INLAY_OPTION_FOR_EVER | INLAY_OPTION_REALLY_FOR_EVER |
               INLAY_OPTION_ACCEPT_CLONE,
    .completes = INLAY_COMPLETES_PARTITIONS,
    .run = run_protect,
};

static int
run_unlock(const InlayCommand *command, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_UNLOCK);
    g_autoptr(GError) error = NULL;

    if (!inlay_options_parse(&options, command, argc, argv, &error))
        return inlay_report_error(error, options.json);
    inlay_options_take_common(&options, job);
    job->write = options.write;
    if (!take_sectors(&options, job, &error))
        return inlay_report_error(error, options.json);
    if (!job->write && (job->layout != NULL || job->sectors != NULL)) {
        error = g_error_new(INLAY_ERROR, INLAY_ERROR_USAGE,
                            "--write expected, for sectors are named, found none");
        return inlay_report_error(error, options.json);
    }
    return inlay_run_confirmed(job, &options, INLAY_CONFIRMED_ERASE);
}

const InlayCommand inlay_command_unlock = {
    .name = "unlock",
    .brief = N_("take read and write protection off; the former erases the flash"),
    .parameters = N_("[--write [SECTORS | LAYOUT.yaml PARTITION…]]"),
    .summary = N_("Takes all protection off the chip. Where it is protected against reading, that "
                  "erases its whole flash: it says so and asks, or wants --yes. With --write only "
                  "write protection goes, and nothing is erased."),
    .examples = N_("Examples:\n"
                   "  inlay unlock\n"
                   "  inlay unlock --yes\n"
                   "  inlay unlock --write 0-3\n"),
    .accepts = INLAY_OPTION_BOARD | INLAY_OPTION_DRY_RUN | INLAY_OPTION_WRITE | INLAY_OPTION_YES |
               INLAY_OPTION_ACCEPT_CLONE,
    .completes = INLAY_COMPLETES_PARTITIONS,
    .run = run_unlock,
};
