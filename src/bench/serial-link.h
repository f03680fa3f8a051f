/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "serial-line.h"
#include "transports/serial.h"

G_BEGIN_DECLS

/* The product's serial port on a line of the bench, in one process and in the board's time: reading
 * runs the board. `line` outlives it. */
InlaySerial *bench_serial_link_new(BenchSerialLine *line);

G_END_DECLS
