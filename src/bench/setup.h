/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "flash-area.h"
#include "foreign.h"
#include "serial-line.h"

#include <glib.h>

G_BEGIN_DECLS

/*
 * A setup: the YAML description of a virtual station, its boards and what they are wired to.
 * docs/bench.md is its reference. Plain values: what a chip or a probe makes of them, station.c
 * finds out.
 */
typedef struct {
    char *name;
    char *chip;
    guint supply_mv;
    guint32 hse_hz;
    char *button; /* NULL: none */
    char *led;    /* NULL: none */
    guint32 uart_base;
    char *flash;                /* path of the initial contents; NULL: blank */
    char *areas[BENCH_N_AREAS]; /* the same of option bytes and OTP; NULL: as delivered */
    guint64 seed;
} BenchBoardSetup;

typedef struct {
    char *kind;
    char *port;
    char *serial;
    char *board;  /* NULL: nothing wired */
    char *replay; /* a trace it answers from; kind, serial and board are NULL then, and the port may
                      * be: as traced; NULL: it is alive */
    gboolean denied; /* its device node may not be opened */
    /* what is not as it should be with it: bench_stlink_set_manner(); NULL: all is */
    char *firmware, *mode, *sense, *nrst, *max_clock_khz;
} BenchProbeSetup;

typedef struct {
    char *kind;
    char *tty;    /* "ttyUSB0" */
    char *port;   /* of the USB, as a probe's */
    char *serial; /* NULL: it has none */
    char *board;  /* NULL: nothing wired, or a foreign bootloader */
    guint32 uart_base;
    gboolean is_foreign;
    BenchForeignKind foreign;
    char *flash;     /* what the foreign one's holds at first; NULL: blank */
    char *dtr, *rts; /* what they are wired to; NULL: nothing */
    guint32 tick_us; /* 0: the adapter's own */
    BenchSerialNoise noise;
    gboolean denied;
} BenchPortSetup;

typedef struct {
    GPtrArray *boards; /* BenchBoardSetup * */
    GPtrArray *probes; /* BenchProbeSetup * */
    GPtrArray *ports;  /* BenchPortSetup * */
} BenchSetup;

/* One probe that answers from this trace. */
BenchSetup *bench_setup_new_replay(const char *path);

/* Messages begin with file, line and column. */
BenchSetup *bench_setup_load(const char *path, GError **error);
void bench_setup_free(BenchSetup *setup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchSetup, bench_setup_free)

G_END_DECLS
