/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/stlink-command.h"

G_BEGIN_DECLS

/* Sets the SWD clock: the fastest that the probe has and that is not above what every STM32 can
 * do. Probes too old for the command keep theirs. Errors: those of inlay_stlink_run. */
gboolean inlay_stlink_set_clock(InlayStlink *self, GCancellable *cancellable, GError **error);

G_END_DECLS
