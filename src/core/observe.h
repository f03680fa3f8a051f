/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "error.h"
#include "plan.h"
#include "report.h"
#include "target.h"

G_BEGIN_DECLS

/* What the flash holds, as the chip sums it up, and whether that is what it should hold. */

/* One digest a piece of the survey, all 0 for one that is not observed. (transfer full) NULL with
 * CANCELLED or an error of the target. */
InlayDigest *inlay_observe(InlayTarget *target,
                           const GArray *survey,
                           const char *phase,
                           const InlayEventSink *sink,
                           GCancellable *cancellable,
                           GError **error);

/* Of the owned bytes, or of the foreign ones: fails with `id`, naming each claim that does not hold
 * what it should with its first difference. */
gboolean inlay_observe_check(const InlayPlan *plan,
                             const InlayDigest *found,
                             gboolean owned,
                             InlayErrorId id,
                             GError **error);

/* Whether all of the survey is observed. */
gboolean inlay_observe_is_whole(const GArray *survey);

G_END_DECLS
