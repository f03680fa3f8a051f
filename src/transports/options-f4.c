/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/budget.h"
#include "core/error.h"
#include "transports/flash.h"

/*
 * Option bytes of STM32F4: registers that the host writes, with the core halted (RM0383, 3.6.2;
 * RM0090, 3.6.2). The words of InlayOptionBytes are FLASH_OPTCR and FLASH_OPTCR1.
 */
#define FLASH_OPTKEYR 0x40023c08
#define OPTKEY1 0x08192a3b
#define OPTKEY2 0x4c5d6e7f
#define FLASH_SR 0x40023c0c
#define SR_ERRORS 0x1f2u
#define SR_BSY (1u << 16)
#define FLASH_OPTCR 0x40023c14
#define OPTCR_LOCK (1u << 0)
#define OPTCR_START (1u << 1)
#define FLASH_OPTCR1 0x40023c18

gboolean
inlay_options_f4_read(InlayProbe *probe,
                      const InlayChip *chip,
                      InlayOptionBytes *bytes,
                      GCancellable *cancellable,
                      GError **error)
{
    guint32 *words = bytes->words;

    *bytes = (InlayOptionBytes){0};
    if (!probe->ops->read_word(probe, FLASH_OPTCR, &words[0], cancellable, error))
        return FALSE;
    words[0] &= ~(OPTCR_LOCK | OPTCR_START);
    return (chip->features & INLAY_CHIP_HAS_BANKS) == 0 ||
           probe->ops->read_word(probe, FLASH_OPTCR1, &words[1], cancellable, error);
}

static gboolean
wait_ready(
    InlayProbe *probe, const InlayFlash *flash, const char *what, guint limit_ms, GError **error)
{
    guint limit = limit_ms + inlay_budget_get_ms(INLAY_BUDGET_COMMAND);
    gint64 deadline_us = g_get_monotonic_time() + limit * G_TIME_SPAN_MILLISECOND;
    guint32 sr;

    do {
        if (!probe->ops->read_word(probe, FLASH_SR, &sr, NULL, error))
            return FALSE;
    } while ((sr & SR_BSY) != 0 && g_get_monotonic_time() < deadline_us);
    if ((sr & (SR_BSY | SR_ERRORS)) == 0)
        return TRUE;
    g_autofree char *flags = inlay_flash_describe_sr(flash, sr);
    if ((sr & SR_BSY) != 0)
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_FLASH_TIMEOUT,
                    "%s: done within %u ms expected, got flash status 0x%08x: %s", what, limit, sr,
                    flags);
    else
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_OPTIONS_FAILED, "%s: flash status 0x%08x: %s",
                    what, sr, flags);
    return FALSE;
}

static gboolean
open_options(InlayProbe *probe, GError **error)
{
    guint32 optcr;

    if (!probe->ops->read_word(probe, FLASH_OPTCR, &optcr, NULL, error))
        return FALSE;
    if ((optcr & OPTCR_LOCK) != 0 &&
        (!probe->ops->write_word(probe, FLASH_OPTKEYR, OPTKEY1, NULL, error) ||
         !probe->ops->write_word(probe, FLASH_OPTKEYR, OPTKEY2, NULL, error) ||
         !probe->ops->read_word(probe, FLASH_OPTCR, &optcr, NULL, error)))
        return FALSE;
    if ((optcr & OPTCR_LOCK) == 0)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_OPTIONS_FAILED,
                "flash option control 0x%08x: expected to open with its keys, found 0x%08x",
                FLASH_OPTCR, optcr);
    return FALSE;
}

gboolean
inlay_options_f4_write(InlayCortexm *core,
                       const InlayChip *chip,
                       const InlayFlash *flash,
                       const InlayOptionBytes *bytes,
                       guint limit_ms,
                       GError **error)
{
    InlayProbe *probe = core->probe;
    guint32 optcr = bytes->words[0] & ~(OPTCR_LOCK | OPTCR_START);
    gboolean ok;

    /* flags of an operation before are not this one's */
    if (!probe->ops->write_word(probe, FLASH_SR, SR_ERRORS, NULL, error) ||
        !wait_ready(probe, flash, "before writing", limit_ms, error) || !open_options(probe, error))
        return FALSE;
    ok = ((chip->features & INLAY_CHIP_HAS_BANKS) == 0 ||
          probe->ops->write_word(probe, FLASH_OPTCR1, bytes->words[1], NULL, error)) &&
         probe->ops->write_word(probe, FLASH_OPTCR, optcr, NULL, error) &&
         probe->ops->write_word(probe, FLASH_OPTCR, optcr | OPTCR_START, NULL, error) &&
         wait_ready(probe, flash, "option bytes", limit_ms, error);
    /* closed whatever happened; a reset, which follows, does so as well */
    probe->ops->write_word(probe, FLASH_OPTCR, optcr | OPTCR_LOCK, NULL, NULL);
    return ok;
}
