/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

static const InlayCommandHelp help = {
    .name = "reset",
    .parameters = "",
    .summary = N_("Resets the board and lets it run."),
    .examples = N_("Example:\n"
                   "  inlay reset\n"),
    .accepts = INLAY_OPTION_BOARD,
};

int
inlay_command_reset(int argc, char **argv)
{
    return inlay_command_run_job(&help, INLAY_JOB_RESET, inlay_options_take_board, argc, argv);
}
