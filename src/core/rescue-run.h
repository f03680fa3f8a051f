/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan.h"
#include "report.h"
#include "rescue-store.h"

G_BEGIN_DECLS

/* What one run has to do with rescue, in this order: load, check the pieces of its survey; then, when
 * it writes, save before the first erase and close after the verification. */
typedef struct {
    InlayRescueStore store;
    InlayRescue *open;  /* what a run before left; NULL: none is open */
    gboolean is_stored; /* this run's own */
    guint8 uid[12];
} InlayRescueRun;

/* `accept_loss`: what a missing rescue file had stays as the chip has it. Errors: RESCUE_CORRUPT,
 * FILE. */
gboolean inlay_rescue_run_load(InlayRescueRun *run,
                               const InlayChip *chip,
                               const guint8 *uid,
                               gboolean accept_loss,
                               GError **error);
void inlay_rescue_run_clear(InlayRescueRun *run);

/* Foreign bytes of an open run that nothing can bring back: those of a rescue file that is gone must
 * not be passed over, and those that the run itself was writing are worth a warning.
 * Errors: RESCUE_MISSING. */
gboolean inlay_rescue_run_check_pieces(const InlayRescueRun *run,
                                       const GArray *survey,
                                       const InlayEventSink *sink,
                                       GError **error);

/* Errors: RESCUE_UNWRITABLE, when foreign bytes are at stake; else that is a warning. */
gboolean inlay_rescue_run_save(InlayRescueRun *run,
                               const InlayPlan *plan,
                               const GPtrArray *preserved,
                               const InlayEventSink *sink,
                               GError **error);

/* The whole flash is verified: what was saved is out of date from now on.
 * Errors: RESCUE_UNWRITABLE. */
gboolean inlay_rescue_run_close(const InlayRescueRun *run, GError **error);

/* What reads right in a sector that was left open may not stay so: only writing it again can pass.
 * Errors: VERIFY_FAILED. */
gboolean
inlay_rescue_run_check_closed(const InlayRescueRun *run, const InlayPlan *plan, GError **error);

G_END_DECLS
