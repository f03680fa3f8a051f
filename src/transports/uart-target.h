/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/target.h"
#include "transports/serial.h"

G_BEGIN_DECLS

/* The board behind a serial port, through the bootloader on its chip: ours, or one of its foreign kin.
 * Identify gets into it (uart-entry.h). Takes the port. */
InlayTarget *inlay_uart_target_new(InlaySerial *serial, const InlayAccess *access);

G_END_DECLS
