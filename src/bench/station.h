/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "serial-line.h"
#include "setup.h"
#include "stlink.h"

G_BEGIN_DECLS

/*
 * The boards and probes of a setup, alive. Board and probe together are used under the board's
 * lock, as the probe's USB side has a thread of its own.
 */
typedef enum {
    BENCH_CLOCK_VIRTUAL, /* boards live in modelled time, which only transfers and ctl advance */
    BENCH_CLOCK_FREE,    /* transfers and flash operations take no time */
    BENCH_CLOCK_REAL,    /* modelled time keeps up with the wall clock, and never runs ahead */
} BenchClock;

typedef struct BenchStation BenchStation;

/* A board in its place. */
typedef struct {
    char *name;
    GMutex lock;
    BenchBoard *board; /* guarded by the lock, as all below */
    GString *uart;     /* all it has sent */
    gsize uart_told;   /* so much of that has been asked for */
    BenchClock clock;
    gint64 start_us; /* monotonic; of a board on the real clock */
    guint n_open;    /* ports that programs have open: they move its time */
    gint64 kept_us;  /* monotonic: until when its ports have done so */
    GThread *runner; /* of a board on the real clock */
    gint stopping;   /* atomic */
} BenchSeat;

/* A probe in its place. */
typedef struct {
    char *port;
    BenchStlink *probe;
    BenchReplay *replay; /* what it answers from; NULL: it is alive */
    gboolean denied;     /* its device node may not be opened, as it is plugged in first */
    BenchSeat *seat;     /* NULL: nothing wired */
    GMutex own_lock;
    GMutex *lock; /* the seat's, or its own */
} BenchDock;

/* A serial port in its place. */
typedef struct {
    char *kind, *tty, *path, *serial; /* as in BenchPortSetup; path: the USB port */
    gboolean has_low_latency;         /* its driver knows it */
    gboolean denied;
    BenchForeign *foreign; /* NULL: a board, or nothing */
    BenchSerialLine *line; /* guarded by the lock, as all below */
    BenchSeat *seat;       /* NULL: no board wired */
    BenchClock clock;
    gint64 own_kept_us; /* as the seat's, without one */
    GMutex own_lock;
    GMutex *lock; /* the seat's, or its own */
} BenchSerialPort;

struct BenchStation {
    GPtrArray *seats; /* BenchSeat * */
    GPtrArray *docks; /* BenchDock * */
    GPtrArray *ports; /* BenchSerialPort * */
};

BenchStation *bench_station_new(const BenchSetup *setup, BenchClock clock, GError **error);
void bench_station_free(BenchStation *station);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchStation, bench_station_free)

BenchSeat *bench_station_find_seat(const BenchStation *station, const char *name, GError **error);
BenchDock *bench_station_find_dock(const BenchStation *station, const char *port, GError **error);
BenchSerialPort *
bench_station_find_port(const BenchStation *station, const char *tty, GError **error);

/* Takes what the board has sent since into seat->uart. Under the lock. */
void bench_seat_drain_uart(BenchSeat *seat);
/* On the real clock: waits, without the lock, until the wall clock is where the board is. */
void bench_seat_pace(BenchSeat *seat);

/* A program has opened the port, or the last one has closed it. Under its lock. */
void bench_serial_port_set_open(BenchSerialPort *port, gboolean open);
/* What the wall clock says that the line has to make up for, from now on asked for. Under its lock. */
guint64 bench_serial_port_take_due_ns(BenchSerialPort *port);

/* Where the hosts have left the traces that probes answered from, one a line; NULL: nowhere. (transfer
 * full) */
char *bench_station_describe_deviations(const BenchStation *station);

/* What the probes and boards have counted, as JSON text. (transfer full) */
char *bench_station_describe_counters(const BenchStation *station);
/* Leaves NAME.bin, NAME.uart, NAME.events and what there is of option bytes and OTP of each board, and counters.json. */
gboolean bench_station_save(const BenchStation *station, const char *folder, GError **error);

G_END_DECLS
