/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "station.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

static void
add_number(JsonBuilder *builder, const char *name, guint64 number)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, (gint64)number);
}

static void
add_dock(JsonBuilder *builder, BenchDock *dock)
{
    g_mutex_lock(dock->lock);
    const BenchStlinkCounters *counters = bench_stlink_get_counters(dock->probe);
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "port");
    json_builder_add_string_value(builder, dock->port);
    add_number(builder, "commands", counters->commands);
    add_number(builder, "transfers", counters->transfers);
    add_number(builder, "bytes_out", counters->bytes_out);
    add_number(builder, "bytes_in", counters->bytes_in);
    json_builder_set_member_name(builder, "seconds");
    json_builder_add_double_value(builder, (double)counters->ns / 1e9);
    json_builder_end_object(builder);
    g_mutex_unlock(dock->lock);
}

static void
add_seat(JsonBuilder *builder, BenchSeat *seat)
{
    g_mutex_lock(&seat->lock);
    const BenchBoardCounters *counters = bench_board_get_counters(seat->board);
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "name");
    json_builder_add_string_value(builder, seat->name);
    add_number(builder, "erases", counters->erases);
    json_builder_set_member_name(builder, "sector_erases");
    json_builder_begin_array(builder);
    for (guint i = 0; i < counters->n_sectors; i++)
        json_builder_add_int_value(builder, counters->sector_erases[i]);
    json_builder_end_array(builder);
    add_number(builder, "programs", counters->programs);
    add_number(builder, "option_erases", counters->option_erases);
    add_number(builder, "resets", counters->resets);
    add_number(builder, "power_cycles", counters->power_cycles);
    json_builder_set_member_name(builder, "seconds");
    json_builder_add_double_value(builder, (double)bench_board_now_ns(seat->board) / 1e9);
    json_builder_end_object(builder);
    g_mutex_unlock(&seat->lock);
}

static void
add_port(JsonBuilder *builder, BenchSerialPort *port)
{
    g_mutex_lock(port->lock);
    const BenchSerialCounters *counters = bench_serial_line_get_counters(port->line);
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "tty");
    json_builder_add_string_value(builder, port->tty);
    add_number(builder, "to_board", counters->to_board);
    add_number(builder, "from_board", counters->from_board);
    add_number(builder, "dropped", counters->dropped);
    add_number(builder, "garbled", counters->garbled);
    add_number(builder, "duplicated", counters->duplicated);
    json_builder_end_object(builder);
    g_mutex_unlock(port->lock);
}

char *
bench_station_describe_counters(const BenchStation *station)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "probes");
    json_builder_begin_array(builder);
    for (guint i = 0; i < station->docks->len; i++)
        add_dock(builder, g_ptr_array_index(station->docks, i));
    json_builder_end_array(builder);
    json_builder_set_member_name(builder, "boards");
    json_builder_begin_array(builder);
    for (guint i = 0; i < station->seats->len; i++)
        add_seat(builder, g_ptr_array_index(station->seats, i));
    json_builder_end_array(builder);
    json_builder_set_member_name(builder, "ports");
    json_builder_begin_array(builder);
    for (guint i = 0; i < station->ports->len; i++)
        add_port(builder, g_ptr_array_index(station->ports, i));
    json_builder_end_array(builder);
    json_builder_end_object(builder);

    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    return json_to_string(root, TRUE);
}

static gboolean
save_file(const char *folder,
          const char *name,
          const char *suffix,
          const void *bytes,
          gsize size,
          GError **error)
{
    g_autofree char *file = g_strconcat(name, suffix, NULL);
    g_autofree char *path = g_build_filename(folder, file, NULL);
    return g_file_set_contents(path, bytes, (gssize)size, error);
}

static gboolean
save_areas(BenchSeat *seat, const char *folder, GError **error)
{
    static const char *const names[] = BENCH_AREA_NAMES;

    for (guint i = 0; i < BENCH_N_AREAS; i++) {
        gsize size;
        const guint8 *cells = bench_board_get_area(seat->board, i, &size);
        g_autofree char *suffix = g_strconcat(".", names[i], NULL);
        if (size != 0 && !save_file(folder, seat->name, suffix, cells, size, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
save_seat(BenchSeat *seat, const char *folder, GError **error)
{
    gsize flash_size;
    g_mutex_lock(&seat->lock);
    bench_seat_drain_uart(seat);
    const guint8 *flash = bench_board_get_flash(seat->board, &flash_size);
    const GString *events = bench_board_get_events(seat->board);
    gboolean ok = save_file(folder, seat->name, ".bin", flash, flash_size, error) &&
                  save_areas(seat, folder, error) &&
                  save_file(folder, seat->name, ".uart", seat->uart->str, seat->uart->len, error) &&
                  save_file(folder, seat->name, ".events", events->str, events->len, error);
    g_mutex_unlock(&seat->lock);
    return ok;
}

static gboolean
save_foreign(BenchSerialPort *port, const char *folder, GError **error)
{
    gsize size;

    if (port->foreign == NULL)
        return TRUE;
    g_mutex_lock(port->lock);
    const guint8 *flash = bench_foreign_get_flash(port->foreign, &size);
    gboolean ok = save_file(folder, port->tty, ".bin", flash, size, error);
    g_mutex_unlock(port->lock);
    return ok;
}

gboolean
bench_station_save(const BenchStation *station, const char *folder, GError **error)
{
    if (g_mkdir_with_parents(folder, 0777) != 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "failed to create folder %s", folder);
        return FALSE;
    }
    for (guint i = 0; i < station->seats->len; i++)
        if (!save_seat(g_ptr_array_index(station->seats, i), folder, error))
            return FALSE;
    for (guint i = 0; i < station->ports->len; i++)
        if (!save_foreign(g_ptr_array_index(station->ports, i), folder, error))
            return FALSE;
    g_autofree char *counters = bench_station_describe_counters(station);
    g_autofree char *text = g_strconcat(counters, "\n", NULL);
    return save_file(folder, "counters", ".json", text, strlen(text), error);
}
