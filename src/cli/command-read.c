/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

const InlayCommand inlay_command_read = {
    .name = "read",
    .brief = N_("read flash into a file; the program runs on"),
    .parameters = N_("-o FILE [LAYOUT.yaml PARTITION | ADDRESS:SIZE | --all]"),
    .summary = N_("Reads flash into a file: binary, Intel HEX (.hex) or S-record (.s19), by its "
                  "name. The program on the board runs on."),
    .examples = N_("Examples:\n"
                   "  inlay read -o backup.bin --all\n"
                   "  inlay read -o app1.hex product.yaml application1\n"
                   "  inlay read -o vectors.bin 0x08000000:0x200\n"),
    .accepts = INLAY_OPTION_BOARD | INLAY_OPTION_ALL | INLAY_OPTION_OUTPUT | INLAY_OPTION_FORMAT,
    .completes = INLAY_COMPLETES_PARTITIONS,
    .run = inlay_command_run_job,
    .kind = INLAY_JOB_READ,
    .take = inlay_options_take_places,
};
