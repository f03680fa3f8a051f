/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/target.h"
#include "transports/link.h"

G_BEGIN_DECLS

/* The board behind an ST-LINK. Takes the link, also on failure. Waits at most OPEN_ADAPTER.
 * With access->trace every exchange is written down. Errors: those of a link; FILE of the trace. */
InlayTarget *inlay_stlink_target_new(InlayLink *link,
                                     const InlayAccess *access,
                                     GCancellable *cancellable,
                                     GError **error);

G_END_DECLS
