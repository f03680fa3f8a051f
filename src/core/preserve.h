/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan.h"
#include "report.h"
#include "target.h"

G_BEGIN_DECLS

/* The bytes that a plan writes back: one entry a piece of its survey, NULL where there are none.
 * They are read from the chip, or taken from the plan's rescue. What was left unfinished may read
 * differently each time: there the plan's digests become those of what is kept.
 * (transfer full) of GBytes. Errors: CANCELLED, ADAPTER_PROTOCOL (bytes came back wrong), those of
 * the target. */
GPtrArray *inlay_preserve_read(InlayTarget *target,
                               InlayPlan *plan,
                               const InlayEventSink *sink,
                               GCancellable *cancellable,
                               GError **error);

/* (transfer full) What has to be known of the run should it be cut. */
InlayRescue *inlay_preserve_to_rescue(const InlayPlan *plan,
                                      const GPtrArray *preserved,
                                      const guint8 *uid,
                                      GDateTime *now);

G_END_DECLS
