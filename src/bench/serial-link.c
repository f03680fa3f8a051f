/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serial-link.h"

#include "core/error.h"

#define DRIVER_BUFFER 4096 /* bytes that Linux takes without waiting */

typedef struct {
    InlaySerial serial; /* first */
    BenchSerialLine *line;
} SerialLink;

static BenchSerialLine *
line_of(InlaySerial *serial)
{
    return ((SerialLink *)serial)->line;
}

static gboolean
may_go_on(GCancellable *cancellable, GError **error)
{
    if (!g_cancellable_is_cancelled(cancellable))
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_CANCELLED, "cancelled by the user or the station");
    return FALSE;
}

static gboolean
link_write(
    InlaySerial *serial, const guint8 *bytes, gsize size, GCancellable *cancellable, GError **error)
{
    BenchSerialLine *line = line_of(serial);

    for (gsize done = 0; done < size;) {
        if (!may_go_on(cancellable, error))
            return FALSE;
        bench_serial_line_drain(line, DRIVER_BUFFER - 1);
        gsize part = MIN(size - done, DRIVER_BUFFER - bench_serial_line_get_unsent(line));
        bench_serial_line_write(line, bytes + done, part);
        done += part;
        serial->sent += part;
    }
    return TRUE;
}

static gssize
link_read(InlaySerial *serial,
          guint8 *out,
          gsize size,
          gint64 timeout_us,
          GCancellable *cancellable,
          GError **error)
{
    BenchSerialLine *line = line_of(serial);
    guint64 end_ns = bench_serial_line_now_ns(line) + (guint64)MAX(timeout_us, 0) * 1000;
    gsize got;

    while ((got = bench_serial_line_read(line, out, size)) == 0) {
        guint64 now_ns = bench_serial_line_now_ns(line);
        if (!may_go_on(cancellable, error))
            return -1;
        if (now_ns >= end_ns)
            return 0;
        bench_serial_line_run(line, end_ns - now_ns);
    }
    serial->received += got;
    return (gssize)got;
}

static gboolean
link_set_rate(InlaySerial *serial, guint baud, InlayParity parity, GError **error)
{
    BenchSerialLine *line = line_of(serial);

    bench_serial_line_drain(line, 0);
    bench_serial_line_set_rate(line, baud, parity == INLAY_PARITY_EVEN);
    bench_serial_line_flush_input(line);
    serial->baud = baud;
    return TRUE;
}

static gboolean
link_set_lines(InlaySerial *serial, gboolean dtr, gboolean rts, GError **error)
{
    bench_serial_line_set_lines(line_of(serial), dtr, rts);
    return TRUE;
}

static gint64
link_now_us(InlaySerial *serial)
{
    return (gint64)(bench_serial_line_now_ns(line_of(serial)) / 1000);
}

static void
link_free(InlaySerial *serial)
{
    g_free(serial);
}

InlaySerial *
bench_serial_link_new(BenchSerialLine *line)
{
    static const InlaySerialOps ops = {
        .write = link_write,
        .read = link_read,
        .set_rate = link_set_rate,
        .set_lines = link_set_lines,
        .now_us = link_now_us,
        .free = link_free,
    };
    const BenchSerialAdapter *adapter = bench_serial_line_get_adapter(line);
    SerialLink *self = g_new0(SerialLink, 1);

    self->serial.ops = &ops;
    self->serial.path = g_strdup("tty:/dev/ttyUSB0");
    self->serial.kind =
        g_strdup_printf("%s (%04x:%04x)", adapter->name, adapter->vendor_id, adapter->product_id);
    self->serial.baud = 115200;
    self->line = line;
    return &self->serial;
}
