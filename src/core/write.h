/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan.h"
#include "report.h"
#include "target.h"

G_BEGIN_DECLS

/* Executes a plan on a target that has begun: erases and programs sector by sector, and writes back
 * what was preserved (preserve.h). A cancel is honoured between sectors: the one in hand is
 * completed, which `bytes_per_s` of the wire (0: no matter) bounds as well. Returns when the chip has done all, or with an error; the flash is verified by the
 * caller. Errors: CANCELLED, those of the target. */
gboolean inlay_write_plan(InlayTarget *target,
                          const InlayPlan *plan,
                          const GPtrArray *preserved,
                          guint bytes_per_s,
                          const InlayEventSink *sink,
                          GCancellable *cancellable,
                          GError **error);

/* TRUE, or FALSE with CANCELLED. */
gboolean inlay_check_cancelled(GCancellable *cancellable, GError **error);

G_END_DECLS
