/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/target.h"
#include "transports/boot-client.h"

G_BEGIN_DECLS

/* The board behind a serial port, through the bootloader on its chip: ours, or one of its foreign kin.
 * Identify gets into it (uart-entry.h). Takes the port. */
InlayTarget *inlay_uart_target_new(InlaySerial *serial, const InlayAccess *access);

/* What went over its line so far; zero before it was identified. */
InlayBootCounters inlay_uart_target_get_counters(const InlayTarget *target);

G_END_DECLS
