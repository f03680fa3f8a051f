/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "serial-line.h"
#include "station.h"

#include <umockdev.h>

G_BEGIN_DECLS

/*
 * The tty of one plugged-in serial port: a pseudo terminal for real programs, whose other end is a
 * serial line, and the ioctls that a pseudo terminal does not know. A new plug is a new tty.
 *
 * While a program has it open, a thread of its own moves the time of the line and of the board
 * behind it; docs/bench.md says how. umockdev's own thread only queues.
 */
typedef struct BenchSerialTty BenchSerialTty;

typedef struct {
    BenchSerialPort *port; /* not owned */
    const char *path;      /* of the node, in the testbed; must not exist */
    const char *mark;      /* a file that is there while the port is in exclusive use */
} BenchSerialTtyConfig;

BenchSerialTty *bench_serial_tty_new(const BenchSerialTtyConfig *config, GError **error);
/* What umockdev is to ask. (transfer none) */
UMockdevIoctlBase *bench_serial_tty_get_handler(BenchSerialTty *tty);
/* Whether users may open it; root may, as everywhere. */
gboolean bench_serial_tty_set_denied(BenchSerialTty *tty, gboolean denied, GError **error);
/* The cable is pulled: programs that have it open see a terminal that has hung up. Ends its thread. */
void bench_serial_tty_close(BenchSerialTty *tty);

G_END_DECLS
