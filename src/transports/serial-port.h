/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/adapters.h"

G_BEGIN_DECLS

/*
 * A serial port of this machine: 8 data bits, one stop bit, no flow control, for this process alone.
 * Linux asserts DTR and RTS when a port is opened; both are released together as soon as it is set up,
 * and when it is closed.
 *
 * `baud` 0: 115200. Errors: ADAPTER_BUSY (naming who has it), ADAPTER_PERMISSION, ADAPTER_LOST,
 * ADAPTER_PROTOCOL (not this rate).
 */
InlaySerial *inlay_serial_port_open(const InlayAdapter *adapter, guint baud, GError **error);

G_END_DECLS
