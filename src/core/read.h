/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "report.h"
#include "target.h"

G_BEGIN_DECLS

/* Reads a range, however large, in blocks, so that progress is seen and a cancel is heard between
 * them; `progress` is begun by the caller. Errors: CANCELLED, those of the target. */
gboolean inlay_read_range(InlayTarget *target,
                          InlayRange range,
                          guint8 *out,
                          InlayProgress *progress,
                          GCancellable *cancellable,
                          GError **error);

G_END_DECLS
