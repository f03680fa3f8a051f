/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

static const InlayCommandHelp help = {
    .name = "read",
    .parameters = N_("-o FILE [LAYOUT.yaml PARTITION | ADDRESS:SIZE | --all]"),
    .summary = N_("Reads flash into a file. The program on the board runs on."),
    .examples = N_("Examples:\n"
                   "  inlay read -o backup.bin --all\n"
                   "  inlay read -o app1.bin product.yaml application1\n"
                   "  inlay read -o vectors.bin 0x08000000:0x200\n"),
    .accepts = INLAY_OPTION_BOARD | INLAY_OPTION_ALL | INLAY_OPTION_OUTPUT,
};

int
inlay_command_read(int argc, char **argv)
{
    return inlay_command_run_job(&help, INLAY_JOB_READ, inlay_options_take_places, argc, argv);
}
