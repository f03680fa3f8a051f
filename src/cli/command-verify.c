/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

static const InlayCommandHelp help = {
    .name = "verify",
    .parameters = N_("LAYOUT.yaml PARTITION=IMAGE… | FILE[@ADDRESS]…"),
    .summary = N_("Checks on the chip that the flash holds these images. Changes no flash; the "
                  "board is reset."),
    .examples = N_("Examples:\n"
                   "  inlay verify product.yaml application1=app.bin\n"
                   "  inlay verify app.elf\n"),
    .accepts = INLAY_OPTION_BOARD,
};

int
inlay_command_verify(int argc, char **argv)
{
    return inlay_command_run_job(&help, INLAY_JOB_VERIFY, inlay_options_take_contents, argc, argv);
}
