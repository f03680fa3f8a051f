/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * A link carries one command at a time, with a deadline: a command block out, then data out, or a
 * reply in, or neither. The USB one is usb-link.c. Nothing above it knows what a transfer is.
 *
 * Errors: ADAPTER_LOST (gone), ADAPTER_MUTE (deadline), ADAPTER_PROTOCOL (stall, short reply),
 * CANCELLED. After a deadline or a cancel the link has taken its transfers back, reads away what
 * is left of the reply before the next command, and may be used again.
 */
typedef struct InlayLink InlayLink;

typedef struct {
    gboolean (*exchange)(InlayLink *link,
                         const guint8 *command,
                         gsize command_size,
                         const guint8 *out,
                         gsize out_size,
                         guint8 *in,
                         gsize in_size,
                         guint timeout_ms,
                         GCancellable *cancellable,
                         GError **error);
    /* The last resort against a mute adapter; NULL when there is none. */
    gboolean (*reset)(InlayLink *link, GError **error);
    void (*free)(InlayLink *link);
} InlayLinkOps;

struct InlayLink {
    const InlayLinkOps *ops;
    guint16 product_id; /* USB, says which generation of ST-LINK is behind it */
    char *path;         /* "usb:1-4"; owned */
    char *serial;       /* printable; NULL when it has none; owned */
};

G_END_DECLS
