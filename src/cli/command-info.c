/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

const InlayCommand inlay_command_info = {
    .name = "info",
    .brief = N_("which probe and chip; the program runs on"),
    .summary = N_("Says which probe and chip are connected. The program on the board runs on."),
    .examples = N_("Example:\n"
                   "  inlay info --adapter usb:1-4\n"),
    .accepts = INLAY_OPTION_BOARD,
    .run = inlay_command_run_job,
    .kind = INLAY_JOB_INFO,
    .take = inlay_options_take_board,
};
