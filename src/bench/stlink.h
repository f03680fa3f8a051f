/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "board.h"
#include "replay.h"

G_BEGIN_DECLS

/*
 * A virtual ST-LINK in front of a board (or of none): the device end of its bulk endpoints. Both
 * fronts drive it: umockdev for real programs, an in-process link for exhaustive tests. Each
 * transfer advances the board's clock by its modelled time.
 */
typedef struct BenchStlink BenchStlink;

/* What distinguishes the generations, as USB and the timing model see them. */
typedef struct {
    const char *name; /* "V2", "V2-1", "V3", "V1", "V3-loader" */
    guint16 product_id;
    gboolean only_listed; /* it is on the bus, and answers no command that a program knows */
    guint8 endpoint_out, endpoint_in, endpoint_trace; /* addresses */
    guint16 max_packet;                               /* 64: full speed, 512: high speed */
    guint8 version, jtag, swim, msd;                  /* of its firmware */
    guint8 first_mode;        /* what GET_CURRENT_MODE says after plugging */
    guint16 max_byte_access;  /* bytes in one 8 bit access */
    guint32 pair_ns;          /* a command and its reply */
    guint32 bytes_per_second; /* of a data phase */
    guint32 clocks_per_word;  /* SWD clocks one memory access costs */
} BenchStlinkKind;

typedef struct {
    const char *kind; /* a BenchStlinkKind's name */
    const char
        *serial; /* what it says: mostly 24 hex digits; "none"; "raw 48FF6E06…": those 12 bytes,
                         * as old V2s have them */
    BenchBoard *board; /* NULL: nothing wired; not owned */
    BenchReplay
        *replay;    /* answers from a trace, and has the product id that was traced; no board; not
                          * owned; NULL: it is alive */
    gboolean timed; /* transfers cost modelled time; else each command lets the board run for
                         * 1 ms, so that hosts which sleep between polls need not poll often */
} BenchStlinkConfig;

BenchStlink *bench_stlink_new(const BenchStlinkConfig *config, GError **error);
void bench_stlink_free(BenchStlink *probe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchStlink, bench_stlink_free)

/* What is not as it should be with this one: `name` and `value` as docs/bench.md lists them
 * ("firmware", "J11"). From the next command on; unplugging changes nothing of it. */
gboolean
bench_stlink_set_manner(BenchStlink *probe, const char *name, const char *value, GError **error);

const BenchStlinkKind *bench_stlink_get_kind(const BenchStlink *probe);
const char *bench_stlink_get_serial(const BenchStlink *probe);
/* The same as the units of its string descriptor, of which there is room for BENCH_SERIAL_MAX; returns
 * how many, 0: it has none. */
#define BENCH_SERIAL_MAX 126
guint bench_stlink_get_serial_units(const BenchStlink *probe, guint16 *units);

typedef enum {
    BENCH_TRANSFER_OK,
    BENCH_TRANSFER_NAK, /* nothing to say yet (an IN without a command: for ever) */
    BENCH_TRANSFER_STALL,
    BENCH_TRANSFER_OVERFLOW, /* the reply does not fit into the room given */
    BENCH_TRANSFER_GONE,     /* unplugged */
} BenchTransferStatus;

/* Host to probe on the command endpoint; a command or the data phase of one. */
BenchTransferStatus bench_stlink_out(BenchStlink *probe, const guint8 *bytes, gsize size);
/* Probe to host; *size is the room on entry and the bytes given on return. */
BenchTransferStatus bench_stlink_in(BenchStlink *probe, guint8 *bytes, gsize *size);
/* What the host's CLEAR_HALT does after a stall, on either endpoint. */
void bench_stlink_clear_halt(BenchStlink *probe);
/* A USB port reset: the probe starts anew, as after a power cycle of its own. */
void bench_stlink_reset_port(BenchStlink *probe);

/* -- faults: at the n-th transfer from now, counted over both directions (0: the next) -- */
typedef enum {
    BENCH_FAULT_UNPLUG,
    BENCH_FAULT_STALL, /* this transfer stalls, and all others until CLEAR_HALT */
    BENCH_FAULT_HANG,  /* nothing is taken or given any more, until a port reset or a new plug */
    BENCH_FAULT_MUTE,  /* the same, and a port reset does not help */
    BENCH_FAULT_DROP,  /* this transfer is lost: bytes out go nowhere, a reply never comes */
} BenchFault;
void bench_stlink_fault_at(BenchStlink *probe, guint n, BenchFault fault);
void bench_stlink_unplug(BenchStlink *probe);
void bench_stlink_plug(BenchStlink *probe); /* as new after unplug, mute or stall */
gboolean bench_stlink_is_plugged(const BenchStlink *probe);

typedef struct {
    guint64 commands;
    guint64 transfers;
    guint64 bytes_out;
    guint64 bytes_in;
    guint64 ns; /* modelled time of its transfers and of what it waited for */
} BenchStlinkCounters;
const BenchStlinkCounters *bench_stlink_get_counters(const BenchStlink *probe);

G_END_DECLS
