/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/flash.h"
#include "transports/loader-f1.h"
#include "transports/loader-run.h"

/* PM0075, 3.8 FLASH_OBR and 3.9 FLASH_WRPR: the option bytes as loaded at reset. */
#define FLASH_OBR 0x4002201c
#define OBR_RDPRT (1u << 1)
#define FLASH_WRPR 0x40022020
#define WRPR_UNIT 4096u /* bytes a bit, active low; bit 31 is all the rest (PM0075, 2.5) */
#define WRPR_BITS 32u

/* RM0008, 31.16.3 DBGMCU_CR; DBG_IWDG_STOP */
#define DBGMCU_CR 0xe0042004
#define DBG_IWDG_STOP (1u << 8)

/* PM0075, 3.4 FLASH_SR */
static const InlayFlashFlag sr_flags[] = {
    {1u << 2, "PGERR (not erased)"},
    {1u << 4, "WRPRTERR (write-protected)"},
    {1u << 0, "BSY (busy)"},
};

static gboolean
read_protection(InlayProbe *probe,
                const InlayChip *chip,
                InlayIdentity *identity,
                GCancellable *cancellable,
                GError **error)
{
    guint32 obr, wrpr;

    if (!probe->ops->read_word(probe, FLASH_OBR, &obr, cancellable, error) ||
        !probe->ops->read_word(probe, FLASH_WRPR, &wrpr, cancellable, error))
        return FALSE;
    identity->rdp_level = (obr & OBR_RDPRT) != 0 ? 1 : 0;
    for (guint i = 0; i < inlay_chip_get_n_sectors(chip); i++) {
        guint32 offset = inlay_chip_get_sector(chip, i).range.addr - chip->flash.addr;
        guint bit = MIN(offset / WRPR_UNIT, WRPR_BITS - 1);
        if ((wrpr >> bit & 1) == 0)
            inlay_identity_set_protected(identity, i);
    }
    return TRUE;
}

static char *
describe_sr(guint32 sr)
{
    return inlay_flash_describe_flags(sr, sr_flags, G_N_ELEMENTS(sr_flags));
}

const InlayFlash inlay_flash_f1 = {
    .family = "f1",
    .start = inlay_loader_start,
    .loader = inlay_loader_f1_code,
    .loader_words = G_N_ELEMENTS(inlay_loader_f1_code),
    .loader_entry = INLAY_LOADER_F1_ENTRY,
    .freeze_addr = DBGMCU_CR,
    .freeze_bits = DBG_IWDG_STOP,
    .read_protection = read_protection,
    .read_options = inlay_options_f1_read,
    .write_options = inlay_options_f1_write,
    .describe_sr = describe_sr,
};
