/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/serial.h"

void
inlay_serial_free(InlaySerial *serial)
{
    if (serial == NULL)
        return;
    g_free(serial->path);
    g_free(serial->kind);
    g_free(serial->serial);
    serial->ops->free(serial);
}

gboolean
inlay_serial_drain(InlaySerial *serial, gint64 quiet_us, GCancellable *cancellable, GError **error)
{
    guint8 dropped[256];
    gssize n;

    while ((n = serial->ops->read(serial, dropped, sizeof dropped, quiet_us, cancellable, error)) >
           0)
        ;
    return n == 0;
}
