/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "board.h"

G_BEGIN_DECLS

/*
 * A virtual ST-LINK in front of a board (or of none): the device end of its bulk endpoints. Both
 * fronts drive it: umockdev for real programs, an in-process link for exhaustive tests. Each
 * transfer advances the board's clock by its modelled time.
 */
typedef struct BenchStlink BenchStlink;

typedef struct {
    const char *kind;   /* "V2", "V2-1", "V3" */
    const char *serial; /* as printed: 24 hex digits */
    BenchBoard *board;  /* NULL: nothing wired; not owned */
    gboolean
        timed; /* transfers cost modelled time; else each command lets the board run for 100 us */
} BenchStlinkConfig;

BenchStlink *bench_stlink_new(const BenchStlinkConfig *config, GError **error);
void bench_stlink_free(BenchStlink *probe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchStlink, bench_stlink_free)

typedef enum {
    BENCH_TRANSFER_OK,
    BENCH_TRANSFER_NAK, /* nothing to say yet (an IN without a command: for ever) */
    BENCH_TRANSFER_STALL,
    BENCH_TRANSFER_GONE, /* unplugged */
} BenchTransferStatus;

/* Host to probe on the command endpoint; a command or the data phase of one. */
BenchTransferStatus bench_stlink_out(BenchStlink *probe, const guint8 *bytes, gsize size);
/* Probe to host; *size is the room on entry and the bytes given on return. */
BenchTransferStatus bench_stlink_in(BenchStlink *probe, guint8 *bytes, gsize *size);

/* -- faults: at the n-th transfer from now, counted over both directions (0: the next) -- */
typedef enum {
    BENCH_FAULT_UNPLUG,
    BENCH_FAULT_STALL,
    BENCH_FAULT_MUTE,
    BENCH_FAULT_DROP
} BenchFault;
void bench_stlink_fault_at(BenchStlink *probe, guint n, BenchFault fault);
void bench_stlink_plug(BenchStlink *probe); /* as new after unplug, mute or stall */

typedef struct {
    guint64 commands;
    guint64 transfers;
    guint64 bytes_out;
    guint64 bytes_in;
    guint64 ns; /* modelled time of its transfers and of what it waited for */
} BenchStlinkCounters;
const BenchStlinkCounters *bench_stlink_get_counters(const BenchStlink *probe);

G_END_DECLS
