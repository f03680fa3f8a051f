/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "board.h"
#include "foreign.h"
#include "serial-adapter.h"

G_BEGIN_DECLS

/*
 * A serial adapter and its wires, in the board's own time: from the bytes that a host's driver hands
 * to the adapter, over the line, to a UART of a board and back. It knows nothing of ttys: serial-tty.c
 * gives it to real programs, serial-link.c to the product's code in the same process.
 *
 * Bytes to the board leave one after the other at the adapter's rate, 10 bits each (11 with parity),
 * and arrive at the UART as bits at that rate: a UART set to another samples garbage. Bytes from the
 * board come to the adapter likewise, wait there for the adapter's tick, and are then the host's.
 */
typedef struct BenchSerialLine BenchSerialLine;

typedef struct {
    const char *kind;      /* of the adapter */
    BenchBoard *board;     /* not owned; NULL: nothing is wired, or a foreign bootloader */
    guint32 uart_base;     /* 0x40004400: USART2 */
    BenchForeign *foreign; /* in the place of a board (foreign.h); not owned; NULL: none */
    const char *dtr; /* what it is wired to: "nrst", "boot0", "button"; NULL: nothing. Asserted */
    const char *rts; /* pulls NRST low, takes BOOT0 high, presses the button */
    guint64 seed;
} BenchSerialConfig;

BenchSerialLine *bench_serial_line_new(const BenchSerialConfig *config, GError **error);
void bench_serial_line_free(BenchSerialLine *line);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchSerialLine, bench_serial_line_free)

/* What is wrong with the wires: one in so many bytes, each way; 0: none. */
typedef struct {
    guint drop, garble, duplicate;
} BenchSerialNoise;
void bench_serial_line_set_noise(BenchSerialLine *line, const BenchSerialNoise *noise);
/* Microseconds between two ticks at which the adapter hands over what it has; a full packet goes at
 * once. 0: the adapter's own, which its low latency changes. */
void bench_serial_line_set_tick(BenchSerialLine *line, guint tick_us);

/* The host's side; each moves no time. */
/* A rate beyond the adapter's is its highest. What has not left yet leaves at the new one. */
void bench_serial_line_set_rate(BenchSerialLine *line, guint baud, gboolean even_parity);
void bench_serial_line_set_lines(BenchSerialLine *line, gboolean dtr, gboolean rts);
void bench_serial_line_set_low_latency(BenchSerialLine *line, gboolean on);
void bench_serial_line_write(BenchSerialLine *line, const guint8 *bytes, gsize size);
gsize bench_serial_line_read(BenchSerialLine *line, guint8 *out, gsize size);
/* What has come in and has not been read is lost. */
void bench_serial_line_flush_input(BenchSerialLine *line);
/* Bytes that were written and have not left yet. */
gsize bench_serial_line_get_unsent(const BenchSerialLine *line);
/* Runs the board, and the line with it, until there is something to read or `ns` have passed. */
void bench_serial_line_run(BenchSerialLine *line, guint64 ns);
/* The same, until at most so many bytes are unsent. */
void bench_serial_line_drain(BenchSerialLine *line, gsize unsent);
/* The board's clock. */
guint64 bench_serial_line_now_ns(const BenchSerialLine *line);
/* Nothing is under way, the flash is idle and the core sleeps: only the clock would move. */
gboolean bench_serial_line_is_idle(const BenchSerialLine *line);

typedef struct {
    guint64 to_board, from_board; /* bytes handed over by either side */
    guint64 dropped, garbled, duplicated;
} BenchSerialCounters;
const BenchSerialCounters *bench_serial_line_get_counters(const BenchSerialLine *line);
const BenchSerialAdapter *bench_serial_line_get_adapter(const BenchSerialLine *line);

G_END_DECLS
