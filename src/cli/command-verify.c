/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

#include "options.h"
#include "run.h"

static const InlayCommandHelp help = {
    .name = "verify",
    .parameters = N_("LAYOUT.yaml PARTITION=IMAGE… | FILE[@ADDRESS]…"),
    .summary = N_("Checks on the chip that the flash holds these images. Changes no flash; the "
                  "board is reset."),
    .examples = N_("Examples:\n"
                   "  inlay verify product.yaml application1=app.bin\n"
                   "  inlay verify app.elf\n"),
    .accepts = INLAY_OPTION_ADAPTER | INLAY_OPTION_JSON,
};

int
inlay_command_verify(int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_VERIFY);
    g_autoptr(GError) error = NULL;
    if (!inlay_options_parse(&options, &help, argc, argv, &error) ||
        !inlay_options_take_contents(&options, job, &error))
        return inlay_report_error(error, options.json);
    return inlay_run_job(job, options.json);
}
