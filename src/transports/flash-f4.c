/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/flash.h"
#include "transports/loader-f4.h"
#include "transports/loader-run.h"

/* RM0383, 3.8.6 FLASH_OPTCR; RM0090, 3.9.10 to 3.9.12; OPTCR1 has the second bank's nWRP, whose
 * sectors the controller counts from 16 (RM0090, 3.9.8). */
#define FLASH_OPTCR 0x40023c14
#define FLASH_OPTCR1 0x40023c18
#define SECOND_BANK 16u
#define OPTCR_RDP(optcr) (((optcr) >> 8) & 0xff)
#define RDP_LEVEL_0 0xaa
#define RDP_LEVEL_2 0xcc
#define OPTCR_NWRP(optcr) (((optcr) >> 16) & 0xfff)
#define OPTCR_SPRMOD (1u << 31)

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

/* nWRP is active low. With SPRMOD (where it exists) it says instead which sectors cannot be *read*
 * by anything but the core's fetches, active high; those cannot be erased one by one either. */
static gboolean
read_protection(InlayProbe *probe,
                const InlayChip *chip,
                InlayIdentity *identity,
                GCancellable *cancellable,
                GError **error)
{
    gboolean two_banks =
        inlay_chip_get_sector(chip, inlay_chip_get_n_sectors(chip) - 1).number >= SECOND_BANK;
    guint32 optcr, optcr1 = 0, refusing, refusing1;

    if (!probe->ops->read_word(probe, FLASH_OPTCR, &optcr, cancellable, error) ||
        (two_banks && !probe->ops->read_word(probe, FLASH_OPTCR1, &optcr1, cancellable, error)))
        return FALSE;
    identity->rdp_level = OPTCR_RDP(optcr) == RDP_LEVEL_0   ? 0
                          : OPTCR_RDP(optcr) == RDP_LEVEL_2 ? 2
                                                            : 1;
    refusing = OPTCR_NWRP((optcr & OPTCR_SPRMOD) != 0 ? optcr : ~optcr);
    refusing1 = OPTCR_NWRP((optcr & OPTCR_SPRMOD) != 0 ? optcr1 : ~optcr1);
    for (guint i = 0; i < inlay_chip_get_n_sectors(chip); i++) {
        guint number = inlay_chip_get_sector(chip, i).number;
        if (((number >= SECOND_BANK ? refusing1 >> (number - SECOND_BANK) : refusing >> number) &
             1) != 0)
            inlay_identity_set_protected(identity, i);
    }
    return TRUE;
}

const InlayFlash inlay_flash_f4 = {
    .family = "f4",
    INLAY_FLASH_LOADER(inlay_loader_f4_code, INLAY_LOADER_F4_ENTRY),
    .freeze_addr = DBGMCU_APB1_FZ,
    .freeze_bits = DBG_IWDG_STOP,
    .read_protection = read_protection,
    INLAY_FLASH_SR(sr_flags),
    .read_options = inlay_options_f4_read,
    .write_options = inlay_options_f4_write,
};
