/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/boot-client.h"

G_BEGIN_DECLS

/*
 * Bytes into blank flash through a window of numbered frames (docs/protocol.md, section 5), compressed
 * when the bootloader inflates and that is shorter. Only what was lost is sent again.
 */

/* Programs `bytes` from `addr` (multiple of 4, within one sector; `size` too), erasing the sector first when
 * asked. Returns when the chip has compared what its flash holds with the sums. limit_ms: of the erase and the
 * programming. Errors: as of boot-client.h. */
gboolean inlay_boot_stream(InlayBoot *boot,
                           guint32 addr,
                           const guint8 *bytes,
                           gsize size,
                           gboolean erase,
                           guint limit_ms,
                           GCancellable *cancellable,
                           GError **error);

G_END_DECLS
