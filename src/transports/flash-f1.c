/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/flash.h"
#include "transports/loader-f1.h"
#include "transports/loader-run.h"

/* The F1, and the F3, whose flash controller is the same and takes the same loader. */

/* PM0075, 3.8 FLASH_OBR and 3.9 FLASH_WRPR: the option bytes as loaded at reset. On the F3 RDPRT has
 * a second bit, set at level 2 (RM0316, 4.5.7), where the F1 has WDG_SW. */
#define FLASH_OBR 0x4002201c
#define OBR_RDPRT (1u << 1)
#define OBR_RDPRT_F3(obr) (((obr) >> 1) & 3)
#define RDPRT_F3_LEVEL_2 3
#define FLASH_WRPR 0x40022020
#define WRPR_UNIT \
    4096u /* bytes a bit, active low; bit 31 all the rest (PM0075, 2.5; RM0316, 4.3.2) */
#define WRPR_BITS 32u

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

/* The write protection goes to the identity, FLASH_OBR to *obr. */
static gboolean
read_option_registers(InlayProbe *probe,
                      const InlayChip *chip,
                      InlayIdentity *identity,
                      guint32 *obr,
                      GCancellable *cancellable,
                      GError **error)
{
    guint32 wrpr;

    if (!probe->ops->read_word(probe, FLASH_OBR, obr, cancellable, error) ||
        !probe->ops->read_word(probe, FLASH_WRPR, &wrpr, cancellable, error))
        return FALSE;
    for (guint i = 0; i < inlay_chip_get_n_sectors(chip); i++) {
        guint32 offset = inlay_chip_get_sector(chip, i).range.addr - chip->flash.addr;
        guint bit = MIN(offset / WRPR_UNIT, WRPR_BITS - 1);
        if ((wrpr >> bit & 1) == 0)
            inlay_identity_set_protected(identity, i);
    }
    return TRUE;
}

static gboolean
read_protection_f1(InlayProbe *probe,
                   const InlayChip *chip,
                   InlayIdentity *identity,
                   GCancellable *cancellable,
                   GError **error)
{
    guint32 obr;

    if (!read_option_registers(probe, chip, identity, &obr, cancellable, error))
        return FALSE;
    identity->rdp_level = (obr & OBR_RDPRT) != 0 ? 1 : 0;
    return TRUE;
}

static gboolean
read_protection_f3(InlayProbe *probe,
                   const InlayChip *chip,
                   InlayIdentity *identity,
                   GCancellable *cancellable,
                   GError **error)
{
    guint32 obr;

    if (!read_option_registers(probe, chip, identity, &obr, cancellable, error))
        return FALSE;
    identity->rdp_level = OBR_RDPRT_F3(obr) == RDPRT_F3_LEVEL_2 ? 2 : OBR_RDPRT_F3(obr) != 0;
    return TRUE;
}

const InlayFlash inlay_flash_f1 = {
    .family = "f1",
    INLAY_FLASH_LOADER(inlay_loader_f1_code, INLAY_LOADER_F1_ENTRY),
    .freeze_addr = DBGMCU_CR,
    .freeze_bits = CR_IWDG_STOP,
    .read_protection = read_protection_f1,
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
    .read_protection = read_protection_f3,
    INLAY_FLASH_SR(sr_flags),
    .read_options = inlay_options_f1_read,
    .write_options = inlay_options_f1_write,
};
