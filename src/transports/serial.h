/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * A serial port, open: bytes both ways, a baud rate, two control lines, and a clock. The real one is
 * serial-port.c; the bench has one in process (bench/serial-line.h), whose clock is the board's.
 * Whoever waits for a reply measures with this clock and no other, and sleeps by reading.
 *
 * Errors: ADAPTER_LOST (gone), ADAPTER_MUTE (the driver takes no bytes), ADAPTER_PROTOCOL (a rate or a
 * line that the driver refuses), CANCELLED. Used from one thread.
 */
typedef struct InlaySerial InlaySerial;

typedef enum {
    INLAY_PARITY_NONE,
    INLAY_PARITY_EVEN,
} InlayParity;

typedef struct {
    /* Hands all bytes to the driver, in order; they may still be under way afterwards. */
    gboolean (*write)(InlaySerial *serial,
                      const guint8 *bytes,
                      gsize size,
                      GCancellable *cancellable,
                      GError **error);
    /* What has arrived, up to `size` bytes, as soon as there is any: 0 when nothing has come within
     * `timeout_us` (0: do not wait); -1: error. */
    gssize (*read)(InlaySerial *serial,
                   guint8 *out,
                   gsize size,
                   gint64 timeout_us,
                   GCancellable *cancellable,
                   GError **error);
    /* Waits until what was written has left, then changes the rate; what arrived before is dropped. */
    gboolean (*set_rate)(InlaySerial *serial, guint baud, InlayParity parity, GError **error);
    /* TRUE: asserted, which on TTL adapters is the low level. Open leaves both released. */
    gboolean (*set_lines)(InlaySerial *serial, gboolean dtr, gboolean rts, GError **error);
    gint64 (*now_us)(InlaySerial *serial); /* monotonic */
    void (*free)(InlaySerial *serial);     /* of its own; the strings are freed by then */
} InlaySerialOps;

struct InlaySerial {
    const InlaySerialOps *ops;
    char *path;               /* "tty:/dev/ttyUSB0"; owned */
    char *kind;               /* "FTDI FT232R USB UART"; owned */
    char *serial;             /* the adapter's, as printed; NULL when it has none; owned */
    guint baud;               /* as it was set last */
    gboolean has_low_latency; /* FALSE: the driver may hold back what arrives for its tick, 16 ms */
    guint64 sent, received;   /* bytes so far */
};

void inlay_serial_free(InlaySerial *serial); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InlaySerial, inlay_serial_free)

/* Reads until the line has been quiet for `quiet_us`, and drops it all. */
gboolean
inlay_serial_drain(InlaySerial *serial, gint64 quiet_us, GCancellable *cancellable, GError **error);

G_END_DECLS
