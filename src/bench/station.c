/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "station.h"

#include <gio/gio.h>
#include <string.h>

#define RUNNER_PERIOD_US 1000
#define FOREIGN_FLASH_KIB 1024
/* A host that was not let run for longer has not lived through that either. */
#define MAX_DUE_US 20000

/* -- boards -- */

static gboolean
load_file(const char *path, guint8 *flash, gsize flash_size, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize size;

    if (!g_file_get_contents(path, &bytes, &size, error))
        return FALSE;
    if (size > flash_size) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    "%s: %" G_GSIZE_FORMAT " bytes do not fit into %" G_GSIZE_FORMAT, path, size,
                    flash_size);
        return FALSE;
    }
    memcpy(flash, bytes, size);
    return TRUE;
}

static gboolean
load_flash(BenchBoard *board, const char *path, GError **error)
{
    gsize flash_size;
    guint8 *flash = bench_board_get_flash(board, &flash_size);

    if (!load_file(path, flash, flash_size, error))
        return FALSE;
    bench_board_flash_changed(board);
    return TRUE;
}

static gboolean
load_areas(BenchBoard *board, const BenchBoardSetup *setup, GError **error)
{
    static const char *const names[] = BENCH_AREA_NAMES;

    for (guint i = 0; i < BENCH_N_AREAS; i++) {
        g_autofree char *bytes = NULL;
        gsize size;
        if (setup->areas[i] == NULL)
            continue;
        if (!g_file_get_contents(setup->areas[i], &bytes, &size, error))
            return FALSE;
        if (!bench_board_set_area(board, i, (const guint8 *)bytes, size)) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                        "%s: %" G_GSIZE_FORMAT " bytes are more than it has of %s", setup->areas[i],
                        size, names[i]);
            return FALSE;
        }
    }
    return TRUE;
}

static guint64
real_now_ns(const BenchSeat *seat)
{
    return (guint64)(g_get_monotonic_time() - seat->start_us) * 1000;
}

static gpointer
run_in_real_time(gpointer user_data)
{
    BenchSeat *seat = user_data;
    while (!g_atomic_int_get(&seat->stopping)) {
        g_mutex_lock(&seat->lock);
        guint64 now = bench_board_now_ns(seat->board), real = real_now_ns(seat);
        if (now < real && seat->n_open == 0)
            bench_board_run_for(seat->board, real - now);
        g_mutex_unlock(&seat->lock);
        g_usleep(RUNNER_PERIOD_US);
    }
    return NULL;
}

void
bench_seat_pace(BenchSeat *seat)
{
    if (seat->clock != BENCH_CLOCK_REAL)
        return;
    g_mutex_lock(&seat->lock);
    guint64 now = bench_board_now_ns(seat->board), real = real_now_ns(seat);
    g_mutex_unlock(&seat->lock);
    if (now > real)
        g_usleep((now - real) / 1000);
}

void
bench_seat_drain_uart(BenchSeat *seat)
{
    GString *sent = bench_board_take_uart(seat->board);
    g_string_append_len(seat->uart, sent->str, (gssize)sent->len);
    g_string_free(sent, TRUE);
}

static void
seat_stop(BenchSeat *seat)
{
    g_atomic_int_set(&seat->stopping, TRUE);
    if (seat->runner != NULL)
        g_thread_join(g_steal_pointer(&seat->runner));
}

static void
seat_free(BenchSeat *seat)
{
    bench_board_free(seat->board);
    g_string_free(seat->uart, TRUE);
    g_mutex_clear(&seat->lock);
    g_free(seat->name);
    g_free(seat);
}

static BenchSeat *
seat_new(const BenchBoardSetup *setup, BenchClock clock, GError **error)
{
    BenchBoardConfig config = {
        .name = setup->name,
        .chip = setup->chip,
        .supply_mv = 0, /* until the flash holds what it starts with */
        .hse_hz = setup->hse_hz,
        .button = setup->button,
        .led = setup->led,
        .uart_base = setup->uart_base,
        .seed = setup->seed,
        .instant_flash = clock == BENCH_CLOCK_FREE,
    };
    g_autoptr(BenchBoard) board = bench_board_new(&config, error);
    if (board == NULL || (setup->flash != NULL && !load_flash(board, setup->flash, error)) ||
        !load_areas(board, setup, error)) {
        g_prefix_error(error, "board %s: ", setup->name);
        return NULL;
    }
    bench_board_set_supply_mv(board, setup->supply_mv);
    BenchSeat *seat = g_new0(BenchSeat, 1);
    seat->name = g_strdup(setup->name);
    seat->board = g_steal_pointer(&board);
    seat->uart = g_string_new(NULL);
    seat->clock = clock;
    seat->start_us = g_get_monotonic_time();
    g_mutex_init(&seat->lock);
    if (clock == BENCH_CLOCK_REAL)
        seat->runner = g_thread_new("board", run_in_real_time, seat);
    return seat;
}

/* -- probes -- */

static void
dock_free(BenchDock *dock)
{
    bench_stlink_free(dock->probe);
    bench_replay_free(dock->replay);
    g_mutex_clear(&dock->own_lock);
    g_free(dock->port);
    g_free(dock);
}

static gboolean
set_manners(BenchStlink *probe, const BenchProbeSetup *setup, GError **error)
{
    const char *manners[][2] = {{"firmware", setup->firmware},
                                {"mode", setup->mode},
                                {"sense", setup->sense},
                                {"nrst", setup->nrst},
                                {"max_clock_khz", setup->max_clock_khz}};

    for (gsize i = 0; i < G_N_ELEMENTS(manners); i++)
        if (manners[i][1] != NULL &&
            !bench_stlink_set_manner(probe, manners[i][0], manners[i][1], error))
            return FALSE;
    return TRUE;
}

static BenchDock *
dock_new(const BenchProbeSetup *setup, BenchSeat *seat, BenchClock clock, GError **error)
{
    g_autoptr(BenchReplay) replay = NULL;
    if (setup->replay != NULL && (replay = bench_replay_load(setup->replay, error)) == NULL)
        return NULL;
    const char *port =
        setup->port != NULL || replay == NULL ? setup->port : bench_replay_get_port(replay);
    BenchStlinkConfig config = {
        .replay = replay,
        .kind = replay != NULL ? bench_replay_get_kind(replay) : setup->kind,
        .serial = replay != NULL ? bench_replay_get_serial(replay) : setup->serial,
        .board = seat != NULL ? seat->board : NULL,
        .timed = clock != BENCH_CLOCK_FREE,
    };
    BenchStlink *probe = bench_stlink_new(&config, error);
    if (probe == NULL || !set_manners(probe, setup, error)) {
        g_prefix_error(error, "probe at %s: ", port);
        bench_stlink_free(probe);
        return NULL;
    }
    BenchDock *dock = g_new0(BenchDock, 1);
    dock->port = g_strdup(port);
    dock->replay = g_steal_pointer(&replay);
    dock->probe = probe;
    dock->denied = setup->denied;
    dock->seat = seat;
    g_mutex_init(&dock->own_lock);
    dock->lock = seat != NULL ? &seat->lock : &dock->own_lock;
    return dock;
}

/* -- serial ports -- */

static void
serial_port_free(BenchSerialPort *port)
{
    bench_serial_line_free(port->line);
    bench_foreign_free(port->foreign);
    g_mutex_clear(&port->own_lock);
    g_free(port->kind);
    g_free(port->tty);
    g_free(port->path);
    g_free(port->serial);
    g_free(port);
}

static BenchForeign *
foreign_new(const BenchPortSetup *setup, GError **error)
{
    gsize size;
    g_autoptr(BenchForeign) foreign = bench_foreign_new(setup->foreign, FOREIGN_FLASH_KIB);
    guint8 *flash = bench_foreign_get_flash(foreign, &size);

    if (setup->flash != NULL && !load_file(setup->flash, flash, size, error))
        return NULL;
    return g_steal_pointer(&foreign);
}

static BenchSerialPort *
serial_port_new(const BenchPortSetup *setup, BenchSeat *seat, BenchClock clock, GError **error)
{
    g_autoptr(BenchForeign) foreign = NULL;
    if (setup->is_foreign && (foreign = foreign_new(setup, error)) == NULL)
        return NULL;
    BenchSerialConfig config = {
        .kind = setup->kind,
        .board = seat != NULL ? seat->board : NULL,
        .uart_base = setup->uart_base,
        .foreign = foreign,
        .dtr = setup->dtr,
        .rts = setup->rts,
        .seed = 1,
    };
    BenchSerialLine *line = bench_serial_line_new(&config, error);
    if (line == NULL) {
        g_prefix_error(error, "port %s: ", setup->tty);
        return NULL;
    }
    bench_serial_line_set_noise(line, &setup->noise);
    bench_serial_line_set_tick(line, setup->tick_us);
    BenchSerialPort *port = g_new0(BenchSerialPort, 1);
    port->kind = g_strdup(setup->kind);
    port->tty = g_strdup(setup->tty);
    port->path = g_strdup(setup->port);
    port->serial = g_strdup(setup->serial);
    port->has_low_latency = g_str_equal(setup->kind, "FTDI");
    port->denied = setup->denied;
    port->foreign = g_steal_pointer(&foreign);
    port->line = line;
    port->seat = seat;
    port->clock = clock;
    g_mutex_init(&port->own_lock);
    port->lock = seat != NULL ? &seat->lock : &port->own_lock;
    return port;
}

void
bench_serial_port_set_open(BenchSerialPort *port, gboolean open)
{
    gint64 now_us = g_get_monotonic_time();

    port->own_kept_us = now_us;
    if (port->seat == NULL)
        return;
    if (port->seat->n_open == 0)
        port->seat->kept_us = now_us;
    port->seat->n_open += open ? 1 : -1;
}

guint64
bench_serial_port_take_due_ns(BenchSerialPort *port)
{
    gint64 now_us = g_get_monotonic_time();
    gint64 *kept_us = port->seat != NULL ? &port->seat->kept_us : &port->own_kept_us;
    gint64 due_us = now_us - *kept_us;

    *kept_us = now_us;
    if (port->clock == BENCH_CLOCK_REAL && port->seat != NULL) {
        guint64 now = bench_board_now_ns(port->seat->board), real = real_now_ns(port->seat);
        return real > now ? real - now : 0;
    }
    if (port->clock != BENCH_CLOCK_REAL)
        due_us = MIN(due_us, MAX_DUE_US);
    return (guint64)due_us * 1000;
}

/* -- the station -- */

BenchStation *
bench_station_new(const BenchSetup *setup, BenchClock clock, GError **error)
{
    g_autoptr(BenchStation) station = g_new0(BenchStation, 1);
    station->seats = g_ptr_array_new_with_free_func((GDestroyNotify)seat_free);
    station->docks = g_ptr_array_new_with_free_func((GDestroyNotify)dock_free);
    station->ports = g_ptr_array_new_with_free_func((GDestroyNotify)serial_port_free);
    for (guint i = 0; i < setup->boards->len; i++) {
        BenchSeat *seat = seat_new(g_ptr_array_index(setup->boards, i), clock, error);
        if (seat == NULL)
            return NULL;
        g_ptr_array_add(station->seats, seat);
    }
    for (guint i = 0; i < setup->probes->len; i++) {
        const BenchProbeSetup *probe = g_ptr_array_index(setup->probes, i);
        BenchSeat *seat = NULL;
        if (probe->board != NULL &&
            (seat = bench_station_find_seat(station, probe->board, error)) == NULL)
            return NULL;
        BenchDock *dock = dock_new(probe, seat, clock, error);
        if (dock == NULL)
            return NULL;
        g_ptr_array_add(station->docks, dock);
    }
    for (guint i = 0; i < setup->ports->len; i++) {
        const BenchPortSetup *wanted = g_ptr_array_index(setup->ports, i);
        BenchSeat *seat = NULL;
        if (wanted->board != NULL &&
            (seat = bench_station_find_seat(station, wanted->board, error)) == NULL)
            return NULL;
        BenchSerialPort *port = serial_port_new(wanted, seat, clock, error);
        if (port == NULL)
            return NULL;
        g_ptr_array_add(station->ports, port);
    }
    return g_steal_pointer(&station);
}

void
bench_station_free(BenchStation *station)
{
    if (station == NULL)
        return;
    for (guint i = 0; i < station->seats->len; i++)
        seat_stop(g_ptr_array_index(station->seats, i));
    g_ptr_array_unref(station->ports);
    g_ptr_array_unref(station->docks);
    g_ptr_array_unref(station->seats);
    g_free(station);
}

BenchSeat *
bench_station_find_seat(const BenchStation *station, const char *name, GError **error)
{
    for (guint i = 0; i < station->seats->len; i++) {
        BenchSeat *seat = g_ptr_array_index(station->seats, i);
        if (g_str_equal(seat->name, name))
            return seat;
    }
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no board is named %s", name);
    return NULL;
}

BenchDock *
bench_station_find_dock(const BenchStation *station, const char *port, GError **error)
{
    for (guint i = 0; i < station->docks->len; i++) {
        BenchDock *dock = g_ptr_array_index(station->docks, i);
        if (g_str_equal(dock->port, port))
            return dock;
    }
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no probe belongs at port %s", port);
    return NULL;
}

BenchSerialPort *
bench_station_find_port(const BenchStation *station, const char *tty, GError **error)
{
    for (guint i = 0; i < station->ports->len; i++) {
        BenchSerialPort *port = g_ptr_array_index(station->ports, i);
        if (g_str_equal(port->tty, tty))
            return port;
    }
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no port is named %s", tty);
    return NULL;
}

char *
bench_station_describe_deviations(const BenchStation *station)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < station->docks->len; i++) {
        BenchDock *dock = g_ptr_array_index(station->docks, i);
        if (dock->replay == NULL)
            continue;
        g_mutex_lock(dock->lock);
        g_autofree char *trouble = bench_replay_describe_trouble(dock->replay);
        g_mutex_unlock(dock->lock);
        if (trouble != NULL)
            g_string_append_printf(text, "%s%s", text->len > 0 ? "\n" : "", trouble);
    }
    return g_string_free(text, text->len == 0);
}
