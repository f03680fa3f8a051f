/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/target.h"

G_BEGIN_DECLS

/* What is connected, and the way from a name to a board. */
typedef struct {
    char *address;   /* "usb:1-4" */
    char *kind;      /* "ST-LINK/V2-1" */
    char *serial;    /* NULL when it has none or may not be read */
    GError *trouble; /* why it cannot be used now; NULL: it can */
} InlayAdapter;

/* Everything connected, by address; (transfer full) of InlayAdapter, empty when there is nothing.
 * Opens nothing for longer than it takes to read a serial number. */
GPtrArray *inlay_adapters_list(GError **error);

/* An InlayTargetOpenFunc: "usb:1-4"; "serial:066DFF48", of which any unambiguous beginning will do;
 * NULL: the only one. ADAPTER_NOT_FOUND and ADAPTER_AMBIGUOUS list in their detail what is there. */
InlayTarget *
inlay_adapter_open(const InlayAccess *access, GCancellable *cancellable, GError **error);

G_END_DECLS
