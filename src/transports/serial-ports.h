/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/adapters.h"

G_BEGIN_DECLS

/* The serial ports that are connected. They are read from /sys and /dev/serial: libserialport 0.1.1
 * opens some to list them, and knows neither the physical place nor the links that udev makes. */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(InlayAdapter, inlay_adapter_free)

/* Those of USB adapters, by name; (transfer full) of InlayAdapter. `look`: also finds out whether they
 * can be used. */
GPtrArray *inlay_serial_ports_find(gboolean look);

/* The port at "/dev/ttyUSB0", or whatever a link such as "/dev/serial/by-id/…" leads to; it need not be
 * of a USB adapter. NULL: there is none. (transfer full) */
InlayAdapter *inlay_serial_port_find(const char *path);

G_END_DECLS
