/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

#include "options.h"
#include "run.h"

static const InlayCommandHelp help = {
    .name = "read",
    .parameters = N_("-o FILE [LAYOUT.yaml PARTITION | ADDRESS:SIZE | --all]"),
    .summary = N_("Reads flash into a file. The program on the board runs on."),
    .examples = N_("Examples:\n"
                   "  inlay read -o backup.bin --all\n"
                   "  inlay read -o app1.bin product.yaml application1\n"
                   "  inlay read -o vectors.bin 0x08000000:0x200\n"),
    .accepts = INLAY_OPTION_ADAPTER | INLAY_OPTION_JSON | INLAY_OPTION_ALL | INLAY_OPTION_OUTPUT,
};

int
inlay_command_read(int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_READ);
    g_autoptr(GError) error = NULL;
    if (!inlay_options_parse(&options, &help, argc, argv, &error) ||
        !inlay_options_take_places(&options, job, &error))
        return inlay_report_error(error, options.json);
    return inlay_run_job(job, options.json);
}
