/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/flash.h"
#include "transports/loader-f1.h"
#include "transports/loader-run.h"

/* The F1, and the F3, whose flash controller is the same and takes the same loader. */

/* DBG_IWDG_STOP: RM0008, 31.16.3 DBGMCU_CR; RM0316, 33.16.4 DBGMCU_APB1_FZ */
#define DBGMCU_CR 0xe0042004
#define CR_IWDG_STOP (1u << 8)
#define DBGMCU_APB1_FZ 0xe0042008
#define APB1_FZ_IWDG_STOP (1u << 12)

/* PM0075, 3.4 FLASH_SR */
static const InlayFlashFlag sr_flags[] = {
    {1u << 2, "PGERR (not erased)"},
    {1u << 4, "WRPRTERR (write-protected)"},
    {1u << 0, "BSY (busy)"},
};

const InlayFlash inlay_flash_f1 = {
    .family = "f1",
    INLAY_FLASH_LOADER(inlay_loader_f1_code, INLAY_LOADER_F1_ENTRY),
    .freeze_addr = DBGMCU_CR,
    .freeze_bits = CR_IWDG_STOP,
    INLAY_FLASH_SR(sr_flags),
    .read_options = inlay_options_f1_read,
    .write_options = inlay_options_f1_write,
};

const InlayFlash inlay_flash_f3 = {
    .family = "f3",
    INLAY_FLASH_LOADER(inlay_loader_f1_code, INLAY_LOADER_F1_ENTRY),
    .has_parity = TRUE, /* RM0316, 3.3.1: SRAM's, when the option bit SRAM_PE asks for its check */
    .freeze_addr = DBGMCU_APB1_FZ,
    .freeze_bits = APB1_FZ_IWDG_STOP,
    INLAY_FLASH_SR(sr_flags),
    .read_options = inlay_options_f1_read,
    .write_options = inlay_options_f1_write,
};
