/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <asm/termbits.h> /* not with termios.h, which has another struct termios */
#include <glib.h>
#include <linux/serial.h>

G_BEGIN_DECLS

/*
 * What a driver of a USB serial adapter keeps of its tty, and the ioctls that read and change it. The
 * requests are Linux's: tty_ioctl(4).
 */
typedef struct {
    struct termios2 termios;
    int lines; /* TIOCM_DTR, TIOCM_RTS, as asserted */
    struct serial_struct serial;
    gboolean has_low_latency; /* its driver takes ASYNC_LOW_LATENCY; others ignore it */
    gboolean exclusive;
} BenchTtySettings;

enum {
    BENCH_TTY_RATE = 1 << 0, /* or parity */
    BENCH_TTY_LINES = 1 << 1,
    BENCH_TTY_LATENCY = 1 << 2,
    BENCH_TTY_EXCLUSIVE = 1 << 3,
    BENCH_TTY_TERMIOS = 1 << 4, /* anything of it */
};

/* As the driver begins: 9600 baud, cooked, DTR and RTS drop at the last close. */
void bench_tty_settings_init(BenchTtySettings *settings, gboolean has_low_latency);

/* One of the requests that the driver answers. */
gboolean bench_tty_is_known(gulong request);
/* Bytes that its argument points at; 0: the argument is a number, or nothing. */
gsize bench_tty_get_argument_size(gulong request);
/* Runs it: `bytes` are read or filled. Returns what has changed. */
guint bench_tty_settings_run(BenchTtySettings *settings, gulong request, guint8 *bytes);

guint bench_tty_settings_get_baud(const BenchTtySettings *settings); /* 0: hung up */
gboolean bench_tty_settings_get_even_parity(const BenchTtySettings *settings);

G_END_DECLS
