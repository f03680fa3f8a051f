/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

const InlayCommand inlay_command_erase = {
    .name = "erase",
    .brief = N_("erase partitions, ranges or everything"),
    .parameters = N_("LAYOUT.yaml PARTITION… | ADDRESS:SIZE… | --all"),
    .summary = N_("Erases partitions, ranges or the whole flash. Bytes beside them are preserved."),
    .examples = N_("Examples:\n"
                   "  inlay erase product.yaml application2\n"
                   "  inlay erase 0x08020000:128K\n"
                   "  inlay erase --all\n"),
    .accepts = INLAY_OPTION_ACCEPT_LOSS | INLAY_OPTION_ACCEPT_CLONE | INLAY_OPTION_PARANOID |
               INLAY_OPTION_BOARD | INLAY_OPTION_DRY_RUN | INLAY_OPTION_ALL,
    .completes = INLAY_COMPLETES_PARTITIONS,
    .run = inlay_command_run_job,
    .kind = INLAY_JOB_ERASE,
    .take = inlay_options_take_places,
};
