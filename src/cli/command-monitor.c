/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>

#include "core/error.h"
#include "core/event.h"
#include "lines.h"
#include "run.h"
#include "transports/adapters.h"

#define RETRY_MS 250 /* between two looks for a port that was unplugged */

typedef struct {
    GMutex mutex; /* of standard output, and of what follows */
    GMainLoop *loop;
    GCancellable *cancellable;
    gint64 start_us;
    gboolean json;
    gboolean reconnect;
    gboolean is_one; /* port: its name need not be said in each line */
    guint n_running;
} Monitor;

typedef struct {
    Monitor *monitor;
    const char *asked; /* its name on the command line; NULL: the only one */
    char *address;     /* "tty:/dev/ttyUSB0", as it was opened */
    guint baud;
    InlaySerial *serial; /* NULL while it is unplugged */
    guint64 n_bytes, n_lines;
    GError *trouble; /* why it ended; NULL: it was told to */
    GThread *thread;
} Port;

static double
get_seconds(const Monitor *monitor, gint64 time_us)
{
    return (double)(time_us - monitor->start_us) / G_USEC_PER_SEC;
}

/* Shows one thing about a port: an event with `member` for programs, a line for people. */
static void
show(Port *port, gint64 time_us, const char *kind, const char *member, const char *text)
{
    Monitor *monitor = port->monitor;
    double seconds = get_seconds(monitor, time_us);
    gboolean is_line = g_str_equal(kind, "line");

    g_mutex_lock(&monitor->mutex);
    if (monitor->json) {
        JsonObject *event = inlay_event_new(kind);
        json_object_set_double_member(event, "time", seconds);
        json_object_set_string_member(event, "port", port->address);
        json_object_set_string_member(event, member, text);
        inlay_command_print_event(event);
    } else {
        printf("%10.3f  ", seconds);
        if (!monitor->is_one || !is_line)
            printf("%s%s  ", is_line ? "" : "-- ", port->address);
        puts(text);
    }
    fflush(stdout);
    g_mutex_unlock(&monitor->mutex);
}

static void
on_line_cb(gint64 time_us, const char *text, gpointer user_data)
{
    Port *port = user_data;

    port->n_lines++;
    show(port, time_us, "line", "text", text);
}

static void
show_state(Port *port, const char *state, const char *text)
{
    show(port, g_get_monotonic_time(), "port", "state", port->monitor->json ? state : text);
}

/* Until it is unplugged or the end. */
static void
listen_to(Port *port)
{
    GCancellable *cancellable = port->monitor->cancellable;
    InlayLines lines;
    guint8 bytes[4096];
    gssize n;

    inlay_lines_init(&lines, on_line_cb, port);
    while ((n = port->serial->ops->read(port->serial, bytes, sizeof bytes, INLAY_LINES_QUIET_US,
                                        cancellable, &port->trouble)) >= 0) {
        port->n_bytes += (guint64)n;
        inlay_lines_take(&lines, bytes, (gsize)n, g_get_monotonic_time());
    }
    inlay_lines_end(&lines);
    inlay_lines_clear(&lines);
    g_clear_pointer(&port->serial, inlay_serial_free);
    if (g_error_matches(port->trouble, INLAY_ERROR, INLAY_ERROR_CANCELLED))
        g_clear_error(&port->trouble);
}

/* FALSE when the end came before the port. Whatever is wrong with it may pass: a port that has just
 * come is not yet its user's. */
static gboolean
wait_for_port(Port *port)
{
    GCancellable *cancellable = port->monitor->cancellable;
    const char *name = port->asked != NULL ? port->asked : port->address;
    GPollFD end;
    gboolean can_poll = g_cancellable_make_pollfd(cancellable, &end);

    while (port->serial == NULL && !g_cancellable_is_cancelled(cancellable)) {
        g_poll(&end, can_poll ? 1 : 0, RETRY_MS);
        port->serial = inlay_adapter_open_serial(name, port->baud, NULL);
    }
    if (can_poll)
        g_cancellable_release_fd(cancellable);
    if (port->serial == NULL)
        return FALSE;
    g_free(port->address);
    port->address = g_strdup(port->serial->path);
    return TRUE;
}

static gboolean
on_ended_cb(gpointer user_data)
{
    Monitor *monitor = user_data;

    monitor->n_running--;
    if (monitor->n_running == 0)
        g_main_loop_quit(monitor->loop);
    return G_SOURCE_REMOVE;
}

static gpointer
watch(gpointer user_data)
{
    Port *port = user_data;

    listen_to(port);
    while (port->trouble != NULL && port->monitor->reconnect) {
        show_state(port, "lost", _("unplugged; it is waited for"));
        g_clear_error(&port->trouble);
        if (!wait_for_port(port))
            break;
        show_state(port, "open", _("here again"));
        listen_to(port);
    }
    if (port->trouble != NULL)
        show_state(port, "lost",
                   g_error_matches(port->trouble, INLAY_ERROR, INLAY_ERROR_ADAPTER_LOST)
                       ? _("unplugged")
                       : port->trouble->message);
    g_idle_add(on_ended_cb, port->monitor);
    return NULL;
}

/* -- from the command line to the ports -- */

static void
port_free(Port *port)
{
    g_free(port->address);
    inlay_serial_free(port->serial);
    g_clear_error(&port->trouble);
    g_free(port);
}

static gboolean
add_port(GPtrArray *ports, Monitor *monitor, const char *name, guint baud, GError **error)
{
    InlaySerial *serial = inlay_adapter_open_serial(name, baud, error);
    Port *port;

    if (serial == NULL)
        return FALSE;
    port = g_new0(Port, 1);
    port->monitor = monitor;
    port->asked = name;
    port->baud = baud;
    port->address = g_strdup(serial->path);
    port->serial = serial;
    g_ptr_array_add(ports, port);
    return TRUE;
}

static gboolean
open_ports(GPtrArray *ports, Monitor *monitor, const InlayOptions *options, GError **error)
{
    char **names = options->adapters;

    if (names == NULL)
        return add_port(ports, monitor, NULL, options->access.baud, error);
    for (; *names != NULL; names++)
        if (!add_port(ports, monitor, *names, options->access.baud, error))
            return FALSE;
    return TRUE;
}

static gboolean
on_interrupt_cb(gpointer user_data)
{
    g_cancellable_cancel(user_data);
    return G_SOURCE_CONTINUE;
}

static void
show_totals(Port *port)
{
    Monitor *monitor = port->monitor;
    gint64 us = g_get_monotonic_time() - monitor->start_us;

    if (monitor->json) {
        JsonObject *event = inlay_event_new("monitored");
        json_object_set_string_member(event, "port", port->address);
        json_object_set_int_member(event, "bytes", (gint64)port->n_bytes);
        json_object_set_int_member(event, "lines", (gint64)port->n_lines);
        json_object_set_int_member(event, "ms", us / G_TIME_SPAN_MILLISECOND);
        inlay_command_print_event(event);
    } else {
        printf(_("%s: %" G_GUINT64_FORMAT " bytes, %" G_GUINT64_FORMAT " lines in %.1f s\n"),
               port->address, port->n_bytes, port->n_lines, (double)us / G_USEC_PER_SEC);
    }
}

/* Until Ctrl-C, or until no port is left. Returns why the last one that has ended did; NULL. */
static const GError *
monitor_all(Monitor *monitor, GPtrArray *ports)
{
    const GError *trouble = NULL;

    monitor->n_running = ports->len;
    for (guint i = 0; i < ports->len; i++) {
        Port *port = g_ptr_array_index(ports, i);
        port->thread = g_thread_new("port", watch, port);
    }
    g_main_loop_run(monitor->loop);
    for (guint i = 0; i < ports->len; i++) {
        Port *port = g_ptr_array_index(ports, i);
        g_thread_join(port->thread);
        show_totals(port);
        if (port->trouble != NULL)
            trouble = port->trouble;
    }
    return trouble;
}

static int
run(const InlayCommand *command, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(GPtrArray) ports = g_ptr_array_new_with_free_func((GDestroyNotify)port_free);
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    Monitor monitor = {.loop = loop, .cancellable = cancellable};
    const GError *trouble;

    g_unix_signal_add(SIGINT, on_interrupt_cb, cancellable);
    g_unix_signal_add(SIGTERM, on_interrupt_cb, cancellable);
    if (!inlay_options_parse(&options, command, argc, argv, &error) ||
        !open_ports(ports, &monitor, &options, &error))
        return inlay_report_error(error, options.json);
    g_mutex_init(&monitor.mutex);
    monitor.start_us = g_get_monotonic_time();
    monitor.json = options.json;
    monitor.reconnect = options.reconnect;
    monitor.is_one = ports->len == 1;
    trouble = monitor_all(&monitor, ports);
    if (trouble != NULL)
        return inlay_report_error(trouble, options.json);
    if (options.json)
        inlay_command_print_event(
            inlay_event_new_result(NULL, (g_get_monotonic_time() - monitor.start_us) / 1000));
    return 0;
}

const InlayCommand inlay_command_monitor = {
    .name = "monitor",
    .brief = N_("show what a board prints on its serial port"),
    .summary = N_("Shows each line that arrives on one or several serial ports, with the seconds "
                  "since the start, until Ctrl-C. Bytes that are no text are shown as \\xNN. It "
                  "sends nothing, and releases DTR and RTS."),
    .examples = N_("  inlay monitor\n"
                   "  inlay monitor -a tty:/dev/ttyUSB0 -a tty:/dev/ttyACM0 --baud 921600\n"
                   "Without --adapter: the only port. --reconnect stays while boards come and "
                   "go.\n"),
    .accepts =
        INLAY_OPTION_ADAPTERS | INLAY_OPTION_JSON | INLAY_OPTION_BAUD | INLAY_OPTION_RECONNECT,
    .run = run,
};
