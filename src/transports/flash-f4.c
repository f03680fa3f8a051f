/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/flash.h"
#include "transports/loader-f4.h"
#include "transports/loader-run.h"

/* RM0383, 23.16.4 DBGMCU_APB1_FZ; DBG_IWDG_STOP */
#define DBGMCU_APB1_FZ 0xe0042008
#define DBG_IWDG_STOP (1u << 12)

/* RM0383, 3.8.4 FLASH_SR */
static const InlayFlashFlag sr_flags[] = {
    {1u << 1, "OPERR (operation)"},  {1u << 4, "WRPERR (write-protected)"},
    {1u << 5, "PGAERR (alignment)"}, {1u << 6, "PGPERR (parallelism)"},
    {1u << 7, "PGSERR (sequence)"},  {1u << 8, "RDERR (read-protected)"},
    {1u << 16, "BSY (busy)"},
};

const InlayFlash inlay_flash_f4 = {
    .family = "f4",
    INLAY_FLASH_LOADER(inlay_loader_f4_code, INLAY_LOADER_F4_ENTRY),
    .freeze_addr = DBGMCU_APB1_FZ,
    .freeze_bits = DBG_IWDG_STOP,
    INLAY_FLASH_SR(sr_flags),
    .read_options = inlay_options_f4_read,
    .write_options = inlay_options_f4_write,
};
