/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/access.h"
#include "core/target.h"
#include "transports/cortexm.h"

G_BEGIN_DECLS

/*
 * Getting at a chip whose program may not want it (docs/connecting.md). Each way leaves the core
 * attached; all but the first leave it taken and halted before its program has run.
 *
 *   normal       as it runs: nothing is halted, nothing reset
 *   under-reset  with the reset line held; through the debug port when the line does not reach it
 *   race         again and again while its power comes up, at most INLAY_BUDGET_RACE
 *   auto         normal, then under-reset when nothing answers
 *
 * Sets core->connected. What a person should know or do meanwhile is told as a note of `target`. Errors:
 * BOARD_NOT_FOUND, BOARD_NO_VOLTAGE, BOARD_LOST (it answers and does not halt), those of the link.
 */
gboolean inlay_connect(InlayCortexm *core,
                       InlayConnect how,
                       InlayTarget *target,
                       GCancellable *cancellable,
                       GError **error);

/* Resets and halts a chip that was connected to, as inlay_cortexm_reset_and_halt. When it does not
 * obey and `how` leaves the choice, it is reset by the line. */
gboolean inlay_connect_take(InlayCortexm *core,
                            InlayConnect how,
                            guint32 freeze_addr,
                            guint32 freeze_bits,
                            InlayTarget *target,
                            GCancellable *cancellable,
                            GError **error);

G_END_DECLS
