/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/target.h"
#include "transports/cortexm.h"
#include "transports/flash.h"

G_BEGIN_DECLS

/*
 * The flash loader, running on the chip, seen from here: commands are put into its ring
 * (firmware/proto/loader.h) and data into the buffers behind it, while it erases and programs what
 * came before. Nothing here sleeps: waiting is reading one mailbox line again.
 *
 * A command that is posted may fail later: every call may tell the failure of an earlier one, with
 * the address of that. Errors: FLASH_TIMEOUT, FLASH_FAILED, BOARD_LOST (the loader stopped), and the
 * probe's; after one the loader takes nothing more.
 */

/* Places and starts it on a core that was just reset and halted. core, chip and flash must outlive
 * it. */
InlayFlasher *inlay_loader_start(InlayCortexm *core,
                                 const InlayChip *chip,
                                 const InlayFlash *flash,
                                 guint voltage_row,
                                 GCancellable *cancellable,
                                 GError **error);

/* Erases the option bytes at `addr` and programs these, a multiple of 4 of them, on families whose
 * loader can (F1, F3); done within `limit_ms` or an error. `flasher` is inlay_loader_start's. */
gboolean inlay_loader_write_options(InlayFlasher *flasher,
                                    guint32 addr,
                                    const guint8 *bytes,
                                    gsize size,
                                    guint limit_ms,
                                    GError **error);

G_END_DECLS
