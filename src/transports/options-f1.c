/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/error.h"
#include "transports/bytes.h"
#include "transports/flash.h"
#include "transports/loader-run.h"

/*
 * Option bytes of STM32F1 and F3. They are read as the chip has loaded them (PM0075, 3.7 FLASH_OBR,
 * 3.8 FLASH_WRPR; RM0316, 4.5), which works on a locked chip as well. They are written by the loader,
 * in one command: erasing them locks the chip until read protection is programmed again, and nothing
 * on the way from the host shall make that longer.
 */
#define OPTION_BYTES 0x1ffff800 /* half-words: a byte, and its complement above it */
#define N_OPTION_BYTES 8u
#define FLASH_OBR 0x4002201c
#define OBR_ERROR (1u << 0)
#define FLASH_WRPR 0x40022020

/* What OBR tells of read protection: the byte's own value is not to be had. */
static const struct {
    const char *family;
    guint rdp_shift;
    guint32 rdp_mask;
    guint8 rdp_codes[4]; /* by the bits of OBR */
    guint user_shift;    /* USER, DATA0 and DATA1 follow each other */
} layouts[] = {
    {"f1", 1, 1, {0xa5, 0x00}, 2},             /* PM0075, 3.7 */
    {"f3", 1, 3, {0xaa, 0x00, 0x00, 0xcc}, 8}, /* RM0316, 4.5.7 */
};

gboolean
inlay_options_f1_read(InlayProbe *probe,
                      const InlayChip *chip,
                      InlayOptionBytes *bytes,
                      GCancellable *cancellable,
                      GError **error)
{
    guint i = g_str_equal(chip->family->name, layouts[0].family) ? 0 : 1;
    guint32 obr;

    *bytes = (InlayOptionBytes){0};
    if (!probe->ops->read_word(probe, FLASH_OBR, &obr, cancellable, error) ||
        !probe->ops->read_word(probe, FLASH_WRPR, &bytes->words[1], cancellable, error))
        return FALSE;
    bytes->words[0] = layouts[i].rdp_codes[obr >> layouts[i].rdp_shift & layouts[i].rdp_mask] |
                      (obr >> layouts[i].user_shift & 0xffffff) << 8;
    bytes->is_damaged = (obr & OBR_ERROR) != 0;
    return TRUE;
}

gboolean
inlay_options_f1_write(InlayCortexm *core,
                       const InlayChip *chip,
                       const InlayFlash *flash,
                       const InlayOptionBytes *bytes,
                       guint limit_ms,
                       GError **error)
{
    InlayFlasher *loader = flash->start(core, chip, flash, 0, NULL, error);
    guint8 image[2 * N_OPTION_BYTES];
    gboolean ok;

    if (loader == NULL)
        return FALSE;
    for (guint i = 0; i < N_OPTION_BYTES; i++) {
        image[2 * i] = (guint8)(bytes->words[i / 4] >> (8 * (i % 4)));
        image[2 * i + 1] = (guint8)~image[2 * i];
    }
    ok = inlay_loader_write_options(loader, OPTION_BYTES, image, sizeof image, limit_ms, error);
    loader->ops->free(loader);
    return ok;
}
