/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

const InlayCommand inlay_command_verify = {
    .name = "verify",
    .brief = N_("check that the flash holds these images"),
    .parameters = N_("LAYOUT.yaml PARTITION=IMAGE… | FILE[@ADDRESS]…"),
    .summary = N_("Checks on the chip that the flash holds these images. Changes no flash; the "
                  "board is reset."),
    .examples = N_("Examples:\n"
                   "  inlay verify product.yaml application1=app.bin\n"
                   "  inlay verify app.elf\n"),
    .accepts = INLAY_OPTION_BOARD,
    .completes = INLAY_COMPLETES_CONTENTS,
    .run = inlay_command_run_job,
    .kind = INLAY_JOB_VERIFY,
    .take = inlay_options_take_contents,
};
