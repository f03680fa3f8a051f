/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

#include "options.h"
#include "run.h"

static const InlayCommandHelp help = {
    .name = "erase",
    .parameters = N_("LAYOUT.yaml PARTITION… | ADDRESS:SIZE… | --all"),
    .summary = N_("Erases partitions, ranges or the whole flash. Bytes beside them are preserved."),
    .examples = N_("Examples:\n"
                   "  inlay erase product.yaml application2\n"
                   "  inlay erase 0x08020000:128K\n"
                   "  inlay erase --all\n"),
    .accepts = INLAY_OPTION_ADAPTER | INLAY_OPTION_JSON | INLAY_OPTION_DRY_RUN | INLAY_OPTION_ALL,
};

int
inlay_command_erase(int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_ERASE);
    g_autoptr(GError) error = NULL;
    if (!inlay_options_parse(&options, &help, argc, argv, &error) ||
        !inlay_options_take_places(&options, job, &error))
        return inlay_report_error(error, options.json);
    return inlay_run_job(job, options.json);
}
