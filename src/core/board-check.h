/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "event.h"
#include "job.h"
#include "layout.h"
#include "plan.h"
#include "target.h"

G_BEGIN_DECLS

/* What can be wrong with the board that was found, each found before anything on it is changed.
 * `layout` may be NULL in all of them: the job has none. */

/* The chip is the layout's, the one that was confirmed, known, open (for option bytes: not for ever
 * locked; for a bootloader inside: open to what it may do), and no copy that was not accepted. Says in a warning what is gone on with.
 * Errors: CHIP_WRONG (naming the layouts beside the job's that would fit),
 * CHIP_UNKNOWN, CHIP_CLONE, CHIP_LOCKED, CHIP_SEALED, BOOTLOADER_REFUSED. */
gboolean inlay_board_check_chip(const InlayIdentity *identity,
                                const InlayJob *job,
                                const InlayLayout *layout,
                                const InlayEventSink *sink,
                                GError **error);

/* How wide the flash may be driven: by the lower of the supply measured and the one declared. What is
 * measured and cannot be is an error, unless the supply is declared (0: it is not): then that counts alone,
 * and a warning says so. Errors: BOARD_VOLTAGE. */
gboolean inlay_board_choose_voltage_row(const InlayIdentity *identity,
                                        guint declared_mv,
                                        const InlayEventSink *sink,
                                        guint *row,
                                        GError **error);

/* A chip that is protected against reading sums up whole sectors only. Errors: CHIP_LOCKED. */
gboolean
inlay_board_check_survey(const InlayIdentity *identity, const GArray *survey, GError **error);

/* No sector that the plan erases or programs is write-protected, or a bootloader's own; and what it
 * preserves can be read, and kept under the chip's name. Errors: SECTOR_PROTECTED, naming the sectors and
 * what lies in them; CHIP_LOCKED; RESCUE_UNWRITABLE. */
gboolean
inlay_board_check_plan(const InlayIdentity *identity, const InlayPlan *plan, GError **error);

G_END_DECLS
