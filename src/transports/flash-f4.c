/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/flash.h"
#include "transports/loader-f4.h"
#include "transports/loader-run.h"

/* RM0383, 3.8.6 FLASH_OPTCR; RM0090, 3.9.10. */
#define FLASH_OPTCR 0x40023c14
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
    guint32 optcr, refusing;

    if (!probe->ops->read_word(probe, FLASH_OPTCR, &optcr, cancellable, error))
        return FALSE;
    identity->rdp_level = OPTCR_RDP(optcr) == RDP_LEVEL_0   ? 0
                          : OPTCR_RDP(optcr) == RDP_LEVEL_2 ? 2
                                                            : 1;
    refusing = OPTCR_NWRP((optcr & OPTCR_SPRMOD) != 0 ? optcr : ~optcr);
    for (guint i = 0; i < inlay_chip_get_n_sectors(chip); i++) {
        if ((refusing >> i & 1) != 0)
            inlay_identity_set_protected(identity, i);
    }
    return TRUE;
}

static char *
describe_sr(guint32 sr)
{
    return inlay_flash_describe_flags(sr, sr_flags, G_N_ELEMENTS(sr_flags));
}

const InlayFlash inlay_flash_f4 = {
    .family = "f4",
    .start = inlay_loader_start,
    .loader = inlay_loader_f4_code,
    .loader_words = G_N_ELEMENTS(inlay_loader_f4_code),
    .loader_entry = INLAY_LOADER_F4_ENTRY,
    .freeze_addr = DBGMCU_APB1_FZ,
    .freeze_bits = DBG_IWDG_STOP,
    .read_protection = read_protection,
    .read_options = inlay_options_f4_read,
    .write_options = inlay_options_f4_write,
    .describe_sr = describe_sr,
};
