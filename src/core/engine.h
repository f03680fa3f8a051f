/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "event.h"
#include "job.h"
#include "target.h"

G_BEGIN_DECLS

/*
 * Runs a job on one board and tells the sink everything, the result included: exactly one "result"
 * event, the last. All that can be known to be wrong without the board (files, layout, claims) is
 * found before an adapter is opened; all that can be known with it (chip, voltage, protection)
 * before the first erase. A cancel is honoured between flash operations: the sector in hand is
 * completed, the rest left, the board released running.
 *
 * Returns FALSE with the error that the result event told.
 */
gboolean inlay_engine_run(const InlayJob *job,
                          InlayTargetOpenFunc open_target,
                          const InlayEventSink *sink,
                          GCancellable *cancellable,
                          GError **error);

G_END_DECLS
