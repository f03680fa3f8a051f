/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

static const InlayCommandHelp help = {
    .name = "info",
    .parameters = "",
    .summary = N_("Says which probe and chip are connected. The program on the board runs on."),
    .examples = N_("Example:\n"
                   "  inlay info --adapter usb:1-4\n"),
    .accepts = INLAY_OPTION_BOARD,
};

int
inlay_command_info(int argc, char **argv)
{
    return inlay_command_run_job(&help, INLAY_JOB_INFO, inlay_options_take_board, argc, argv);
}
