/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uart-desk.h"

#include <glib/gstdio.h>
#include <string.h>

#include "transports/bytes.h"
#include "transports/uart-target.h"

#define KIB 1024u
static const guint32 f407[] = {16 * KIB,  16 * KIB,  16 * KIB,  16 * KIB,  64 * KIB,
                               128 * KIB, 128 * KIB, 128 * KIB, 128 * KIB, 128 * KIB,
                               128 * KIB, 128 * KIB, 0};

static UartDesk *current;

/* -- a port that may be unplugged -- */

typedef struct {
    InlaySerial base;
    InlaySerial *inner;
} Plug;

static gboolean
is_there(GError **error)
{
    current->n_operations++;
    if (current->unplug_at == 0 || current->n_operations < current->unplug_at)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_LOST, "unplugged");
    return FALSE;
}

static gboolean
plug_write(
    InlaySerial *serial, const guint8 *bytes, gsize size, GCancellable *cancellable, GError **error)
{
    InlaySerial *inner = ((Plug *)serial)->inner;

    serial->sent += size;
    return is_there(error) && inner->ops->write(inner, bytes, size, cancellable, error);
}

static gssize
plug_read(InlaySerial *serial,
          guint8 *out,
          gsize size,
          gint64 timeout_us,
          GCancellable *cancellable,
          GError **error)
{
    InlaySerial *inner = ((Plug *)serial)->inner;

    return is_there(error) ? inner->ops->read(inner, out, size, timeout_us, cancellable, error)
                           : -1;
}

static gboolean
plug_set_rate(InlaySerial *serial, guint baud, InlayParity parity, GError **error)
{
    InlaySerial *inner = ((Plug *)serial)->inner;

    if (current->adapter_max != 0 && baud > current->adapter_max) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL, "%u baud: no such rate",
                    baud);
        return FALSE;
    }
    if (!is_there(error) || !inner->ops->set_rate(inner, baud, parity, error))
        return FALSE;
    serial->baud = inner->baud;
    return TRUE;
}

static gboolean
plug_set_lines(InlaySerial *serial, gboolean dtr, gboolean rts, GError **error)
{
    InlaySerial *inner = ((Plug *)serial)->inner;

    return is_there(error) && inner->ops->set_lines(inner, dtr, rts, error);
}

static gint64
plug_now_us(InlaySerial *serial)
{
    InlaySerial *inner = ((Plug *)serial)->inner;

    return inner->ops->now_us(inner);
}

static void
plug_free(InlaySerial *serial)
{
    current->sent += serial->sent;
    inlay_serial_free(((Plug *)serial)->inner);
    g_free(serial);
}

static const InlaySerialOps plug_ops = {
    .write = plug_write,
    .read = plug_read,
    .set_rate = plug_set_rate,
    .set_lines = plug_set_lines,
    .now_us = plug_now_us,
    .free = plug_free,
};

static InlaySerial *
open_plug(UartDesk *desk)
{
    Plug *plug = g_new0(Plug, 1);

    plug->inner = desk->open_port(desk->port_data);
    plug->base.ops = &plug_ops;
    plug->base.path = g_strdup(plug->inner->path);
    plug->base.kind = g_strdup(plug->inner->kind);
    plug->base.baud = plug->inner->baud;
    return &plug->base;
}

/* -- a target whose counters are taken before it goes -- */

static InlayTargetOps counted_ops;
static void (*free_target)(InlayTarget *target);

static void
count_and_free(InlayTarget *target)
{
    InlayBootCounters counters = inlay_uart_target_get_counters(target);

    current->counters.frames += counters.frames;
    current->counters.resent_frames += counters.resent_frames;
    current->counters.resent_bytes += counters.resent_bytes;
    free_target(target);
}

InlayTarget *
desk_open(const InlayAccess *access, GCancellable *cancellable, GError **error)
{
    InlayTarget *target = inlay_uart_target_new(open_plug(current), access);

    counted_ops = *target->ops;
    free_target = counted_ops.free;
    counted_ops.free = count_and_free;
    target->ops = &counted_ops;
    return target;
}

/* -- the desk -- */

static InlaySerial *
open_native(gpointer port_data)
{
    return native_board_open(port_data);
}

void
desk_init_port(UartDesk *desk,
               InlaySerial *(*open_port)(gpointer port_data),
               gpointer port_data,
               guint8 *flash)
{
    g_autofree char *rescue = NULL;

    *desk = (UartDesk){.open_port = open_port,
                       .port_data = port_data,
                       .flash = flash,
                       .layout = g_getenv("LAYOUT")};
    /* in memory where that is possible: many runs sync their rescue files */
    desk->folder = g_mkdtemp(g_strdup("/dev/shm/inlay-test-XXXXXX"));
    if (desk->folder == NULL)
        desk->folder = g_dir_make_tmp("inlay-test-XXXXXX", NULL);
    rescue = g_build_filename(desk->folder, "rescue", NULL);
    g_setenv("INLAY_RESCUE_DIR", rescue, TRUE);
    desk->events = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);
    desk_fill_app(flash, DESK_OWN_SIZE, 1);
    current = desk;
}

void
desk_init(UartDesk *desk, guint64 seed)
{
    NativeBoardConfig config = {.sector_sizes = f407, .seed = seed};
    NativeBoard *board = native_board_new(&config);

    desk_init_port(desk, open_native, board, native_board_get_flash(board, NULL));
    desk->board = board;
}

static void
remove_folder(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            remove_folder(path);
        else
            g_unlink(path);
    }
    g_rmdir(folder);
}

void
desk_clear(UartDesk *desk)
{
    native_board_free(desk->board);
    remove_folder(desk->folder);
    g_free(desk->folder);
    g_ptr_array_unref(desk->events);
    g_clear_error(&desk->error);
}

/* -- jobs -- */

static void
collect(JsonObject *event, gpointer user_data)
{
    UartDesk *desk = user_data;

    g_ptr_array_add(desk->events, json_object_ref(event));
    if (desk->cancel_in != NULL &&
        g_str_equal(json_object_get_string_member(event, "event"), "progress") &&
        g_str_equal(json_object_get_string_member(event, "phase"), desk->cancel_in))
        g_cancellable_cancel(desk->cancellable);
}

const char *
desk_get_string(const UartDesk *desk, const char *kind, const char *member)
{
    const char *found = NULL;

    for (guint i = 0; i < desk->events->len; i++) {
        JsonObject *event = desk->events->pdata[i];
        if (g_str_equal(json_object_get_string_member(event, "event"), kind))
            found = json_object_get_string_member_with_default(event, member, NULL);
    }
    return found;
}

gboolean
desk_run(UartDesk *desk, InlayJob *job)
{
    InlayEventSink sink = {collect, desk};
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    gboolean ok;

    desk->cancellable = cancellable;

    inlay_access_override(&job->access, &desk->access);
    g_ptr_array_set_size(desk->events, 0);
    g_clear_error(&desk->error);
    desk->n_operations = 0;
    ok = inlay_engine_run(job, desk_open, &sink, cancellable, &desk->error);
    g_assert_cmpint(ok, ==, desk->error == NULL);
    g_assert_cmpstr(desk_get_string(desk, "result", "id"), ==,
                    ok ? "ok" : inlay_error_get_info(desk->error)->id);
    inlay_job_free(job);
    return ok;
}

void
desk_assert_runs(UartDesk *desk, InlayJob *job)
{
    desk_run(desk, job);
    g_assert_no_error(desk->error);
}

void
desk_assert_fails(UartDesk *desk, InlayJob *job, InlayErrorId id)
{
    desk_run(desk, job);
    g_assert_error(desk->error, INLAY_ERROR, (int)id);
}

InlayJob *
desk_new_job(InlayJobKind kind)
{
    InlayJob *job = inlay_job_new(kind);

    job->access.supply_mv = 3300;
    return job;
}

InlayJob *
desk_new_app_job(UartDesk *desk, InlayJobKind kind, const guint8 *bytes, gsize size)
{
    InlayJob *job = desk_new_job(kind);
    g_autofree char *path = g_build_filename(desk->folder, "application.bin", NULL);
    g_autofree char *argument = g_strdup_printf("application=%s", path);

    g_assert_true(g_file_set_contents(path, (const char *)bytes, (gssize)size, NULL));
    job->layout = g_strdup(desk->layout);
    g_ptr_array_add(job->contents, inlay_content_parse(argument, TRUE, NULL));
    return job;
}

/* -- bytes -- */

void
desk_fill_app(guint8 *bytes, gsize size, guint32 seed)
{
    for (gsize i = 0; i < size; i++)
        bytes[i] = (guint8)((i * 7 + (i >> 5) * seed + (i >> 11)) % 251);
    store32_le(bytes, 0x20010000);
    store32_le(bytes + 4, DESK_APP + 0x201);
}

guint8 *
desk_get_app(UartDesk *desk)
{
    return desk->flash + DESK_OWN_SIZE;
}

void
desk_assert_holds(UartDesk *desk, const guint8 *bytes, gsize size)
{
    g_assert_true(memcmp(desk_get_app(desk), bytes, size) == 0);
}

void
desk_assert_own_intact(UartDesk *desk)
{
    static guint8 expected[DESK_OWN_SIZE];

    desk_fill_app(expected, sizeof expected, 1);
    g_assert_true(memcmp(desk->flash, expected, sizeof expected) == 0);
}
