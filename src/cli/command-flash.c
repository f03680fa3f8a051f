/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

const InlayCommand inlay_command_flash = {
    .name = "flash",
    .brief = N_("write images, verify them, start the board"),
    .parameters = N_("LAYOUT.yaml PARTITION=IMAGE… | FILE[@ADDRESS]…"),
    .summary = N_("Writes images to flash: only what differs, everything verified, nothing else "
                  "touched; then starts the board."),
    .examples =
        N_("Examples:\n"
           "  inlay flash product.yaml selector=selector.elf application1=app.bin\n"
           "      Each image into its partition; the rest of the partition becomes blank.\n"
           "  inlay flash app.elf\n"
           "      No layout: the chip is detected, the file has its own addresses.\n"
           "  inlay flash boot.bin@0x08000000 app.bin@0x08004000\n"
           "      A raw binary needs an address. Bytes beside the images are preserved.\n"
           "  inlay flash --dry-run product.yaml application1=app.bin\n"
           "      The plan: what is erased, written and preserved, and how long it takes.\n"),
    .accepts = INLAY_OPTION_ACCEPT_LOSS | INLAY_OPTION_ACCEPT_CLONE | INLAY_OPTION_PARANOID |
               INLAY_OPTION_BOARD | INLAY_OPTION_DRY_RUN,
    .completes = INLAY_COMPLETES_CONTENTS,
    .run = inlay_command_run_job,
    .kind = INLAY_JOB_FLASH,
    .take = inlay_options_take_contents,
};
