/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan.h"
#include "report.h"
#include "target.h"

G_BEGIN_DECLS

/* Warns of each blank sector that a kept partition runs into with bytes right up to its border: a run
 * that was cut on another computer leaves it so, and only that computer can tell, and mend it. A
 * program that ends exactly there looks the same, so it is no more than a warning. Errors: CANCELLED,
 * those of the target. */
gboolean inlay_suspect_cut(InlayTarget *target,
                           const InlayPlan *plan,
                           const InlayEventSink *sink,
                           GCancellable *cancellable,
                           GError **error);

G_END_DECLS
