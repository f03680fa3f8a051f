/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

const InlayCommand inlay_command_reset = {
    .name = "reset",
    .brief = N_("reset the board and let it run"),
    .summary = N_("Resets the board and lets it run."),
    .examples = N_("Example:\n"
                   "  inlay reset\n"),
    .accepts = INLAY_OPTION_BOARD,
    .run = inlay_command_run_job,
    .kind = INLAY_JOB_RESET,
    .take = inlay_options_take_board,
};
