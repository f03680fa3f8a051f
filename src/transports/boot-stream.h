/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/boot-client.h"

G_BEGIN_DECLS

/*
 * Bytes into blank flash through a window of numbered frames (docs/protocol.md, section 5), compressed
 * when the bootloader inflates and that is shorter. Only what was lost is sent again.
 */

typedef struct {
    guint32 addr; /* multiple of 4 */
    const guint8 *bytes;
    gsize size;     /* multiple of 4; all within one sector */
    gboolean erase; /* the sector first */
    gboolean plain; /* never compressed, also where that is shorter */
    guint limit_ms; /* of the erase and the programming; the line's time comes on top */
    /* How many of the bytes the chip has, as it goes on; NULL: nobody listens. */
    void (*moved)(gsize done, gpointer user_data);
    gpointer user_data;
} InlayBootStream;

/* Returns when the chip has compared what its flash holds with the sums. Errors: as of
 * boot-client.h. */
gboolean inlay_boot_stream(InlayBoot *boot,
                           const InlayBootStream *stream,
                           GCancellable *cancellable,
                           GError **error);

G_END_DECLS
