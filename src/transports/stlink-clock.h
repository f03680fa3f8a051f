/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/stlink-command.h"

G_BEGIN_DECLS

/* Finds out which SWD clocks the probe has, and sets the fastest that may be used: max_khz at most, or
 * what is sane. Probes too old for the command keep theirs. Errors: those of inlay_stlink_run. */
gboolean inlay_stlink_choose_clock(InlayStlink *self, GCancellable *cancellable, GError **error);

/* Sets the next lower clock; *slower is FALSE when there is none. */
gboolean inlay_stlink_slow_down(InlayStlink *self,
                                gboolean *slower,
                                GCancellable *cancellable,
                                GError **error);

/* Reads again and again what does not change, as much as the clock lets pass in a few milliseconds.
 * BOARD_LOST when the readings differ or cannot be had. */
gboolean inlay_stlink_check_wires(InlayStlink *self, GCancellable *cancellable, GError **error);

G_END_DECLS
