/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/target.h"
#include "transports/serial.h"

G_BEGIN_DECLS

/* What is connected, and the way from a name to a board. */
typedef struct {
    char *address;   /* "usb:1-4", "tty:/dev/ttyUSB0" */
    char *kind;      /* "ST-LINK/V2-1", "FTDI FT232R USB UART" */
    char *serial;    /* NULL when it has none or may not be read */
    GError *trouble; /* why it cannot be used now; NULL: it can */

    /* Of a port. */
    gboolean is_port;
    gboolean is_stlink; /* its probe's address is `usb` */
    char *usb;          /* where it is plugged in, "usb:1-6"; NULL: not in USB */
    char **names;       /* its other names, "tty:/dev/serial/by-id/…" */
} InlayAdapter;

void inlay_adapter_free(InlayAdapter *adapter);

/* Everything connected, the probes and then the ports, by address; (transfer full) of InlayAdapter,
 * empty when there is nothing. Opens no port, and no probe for longer than it takes to read its serial
 * number. */
GPtrArray *inlay_adapters_list(GError **error);

/* An InlayTargetOpenFunc: "usb:1-4"; "serial:066DFF48", of which any unambiguous beginning will do;
 * "tty:/dev/ttyUSB0" or a link to it; NULL: the only probe. Where a name fits a probe and a port (an
 * ST-LINK's own), the probe is meant. ADAPTER_NOT_FOUND and ADAPTER_AMBIGUOUS list in their detail what
 * is there. */
InlayTarget *
inlay_adapter_open(const InlayAccess *access, GCancellable *cancellable, GError **error);

/* The port itself: names as above, but no probe is meant by any; NULL: the only port. */
InlaySerial *inlay_adapter_open_serial(const char *name, guint baud, GError **error);

G_END_DECLS
