/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serial-tty.h"

#include "tty-close.h"
#include "tty-settings.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DRIVER_BUFFER 4096  /* bytes that a driver takes before a write blocks */
#define SLICE_NS 10000000u  /* of the board's time, while something is under way */
#define PERIOD_MS 2         /* at which time passes beside the wall clock */
#define YIELD_US 20         /* for who else waits for the board */
#define CLOSING_US 3000000  /* a driver does not wait longer for the last bytes to leave */
#define NOT_EMULATED (-100) /* umockdev: the program makes its own system call */

typedef enum { EVENT_OPENED, EVENT_CLOSED, EVENT_IOCTL } EventKind;

typedef struct {
    EventKind kind;
    UMockdevIoctlClient *client; /* of an ioctl */
    UMockdevIoctlData *data;     /* what its argument points at; NULL: nothing */
    gulong request, value;
} Event;

/* A program's descriptor. */
typedef struct {
    BenchSerialTty *tty;
    gboolean closed; /* before it is gone */
} Opening;

struct BenchSerialTty {
    gatomicrefcount refs; /* the owner, the handler, and each client */
    BenchSerialPort *port;
    char *mark;
    UMockdevIoctlBase *handler;
    GThread *thread;

    GMutex lock; /* guards what follows */
    gboolean closed;
    GQueue events; /* Event * */
    int wake;      /* an eventfd */

    /* the thread's own */
    int master;
    char *slave;
    guint n_open;
    BenchTtySettings settings;
    gboolean host_is_empty; /* all that the program has written is in the line */
    GByteArray *to_host;    /* what the terminal has not taken yet */
    GQueue draining;        /* Event *: until all has left */
};

static void
event_free(Event *event)
{
    g_clear_object(&event->data);
    g_clear_object(&event->client);
    g_free(event);
}

static void
finish(Event *event, int result, int error)
{
    umockdev_ioctl_client_complete(event->client, result, error);
    event_free(event);
}

static void
tty_unref(BenchSerialTty *tty)
{
    if (!g_atomic_ref_count_dec(&tty->refs))
        return;
    close(tty->wake);
    g_byte_array_unref(tty->to_host);
    g_mutex_clear(&tty->lock);
    g_free(tty->mark);
    g_free(tty->slave);
    g_free(tty);
}

/* -- time; the line is used under the port's lock -- */

static gboolean
is_under_way(const BenchSerialPort *port)
{
    return bench_serial_line_get_unsent(port->line) > 0 || !bench_serial_line_is_idle(port->line);
}

static gsize
take_from_line(BenchSerialTty *tty)
{
    guint8 bytes[DRIVER_BUFFER];
    gsize size = 0;

    if (tty->to_host->len < DRIVER_BUFFER) {
        size = bench_serial_line_read(tty->port->line, bytes, sizeof bytes);
        g_byte_array_append(tty->to_host, bytes, (guint)size);
    }
    return size;
}

/* Lets time pass, and takes what has come: all that comes in one slice, so that a program's patience
 * between two packets is not tried by how busy this computer is. TRUE: there is more to do at once. */
static gboolean
advance(BenchSerialTty *tty)
{
    BenchSerialPort *port = tty->port;
    gboolean fast;

    g_mutex_lock(port->lock);
    guint64 due_ns = bench_serial_port_take_due_ns(port);
    guint64 end_ns = bench_serial_line_now_ns(port->line) + SLICE_NS;
    if (port->clock == BENCH_CLOCK_REAL || !is_under_way(port)) {
        bench_serial_line_run(port->line, due_ns);
        take_from_line(tty);
    }
    while ((fast = port->clock != BENCH_CLOCK_REAL && is_under_way(port)) &&
           bench_serial_line_now_ns(port->line) < end_ns) {
        bench_serial_line_run(port->line, end_ns - bench_serial_line_now_ns(port->line));
        if (take_from_line(tty) == 0)
            break;
    }
    g_mutex_unlock(port->lock);
    return fast;
}

/* -- the terminal -- */

static void
give_to_host(BenchSerialTty *tty)
{
    if (tty->to_host->len == 0)
        return;
    gssize size = write(tty->master, tty->to_host->data, tty->to_host->len);
    if (size > 0)
        g_byte_array_remove_range(tty->to_host, 0, (guint)size);
}

static void
take_from_host(BenchSerialTty *tty)
{
    guint8 bytes[DRIVER_BUFFER];
    BenchSerialPort *port = tty->port;

    g_mutex_lock(port->lock);
    gsize unsent = bench_serial_line_get_unsent(port->line);
    tty->host_is_empty = FALSE;
    while (unsent < DRIVER_BUFFER && !tty->host_is_empty) {
        gssize size = read(tty->master, bytes, DRIVER_BUFFER - unsent);
        tty->host_is_empty = size <= 0;
        if (size > 0)
            bench_serial_line_write(port->line, bytes, (gsize)size);
        unsent = bench_serial_line_get_unsent(port->line);
    }
    g_mutex_unlock(port->lock);
}

static gsize
count_unsent(BenchSerialTty *tty)
{
    int waiting = 0;

    take_from_host(tty);
    if (!tty->host_is_empty && ioctl(tty->master, FIONREAD, &waiting) != 0)
        waiting = 0;
    g_mutex_lock(tty->port->lock);
    gsize unsent = bench_serial_line_get_unsent(tty->port->line);
    g_mutex_unlock(tty->port->lock);
    return unsent + (gsize)waiting;
}

/* What programs did not read is not the next one's. The C library's open() would be umockdev's. */
static void
flush_terminal(BenchSerialTty *tty)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, tty->slave, O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
    if (fd < 0)
        return;
    ioctl(fd, TCFLSH, TCIOFLUSH);
    close(fd);
}

/* -- settings -- */

static void
apply(BenchSerialTty *tty, guint changed)
{
    const BenchTtySettings *settings = &tty->settings;
    BenchSerialLine *line = tty->port->line;

    if ((changed & BENCH_TTY_TERMIOS) != 0)
        ioctl(tty->master, TCSETS2, &settings->termios);
    if ((changed & BENCH_TTY_EXCLUSIVE) != 0) {
        if (settings->exclusive)
            g_file_set_contents(tty->mark, "", 0, NULL);
        else
            g_unlink(tty->mark);
    }
    g_mutex_lock(tty->port->lock);
    if ((changed & BENCH_TTY_RATE) != 0)
        bench_serial_line_set_rate(line, bench_tty_settings_get_baud(settings),
                                   bench_tty_settings_get_even_parity(settings));
    if ((changed & BENCH_TTY_LINES) != 0)
        bench_serial_line_set_lines(line, (settings->lines & TIOCM_DTR) != 0,
                                    (settings->lines & TIOCM_RTS) != 0);
    if ((changed & BENCH_TTY_LATENCY) != 0)
        bench_serial_line_set_low_latency(line, (settings->serial.flags & ASYNC_LOW_LATENCY) != 0);
    g_mutex_unlock(tty->port->lock);
}

/* -- what programs do; on the thread -- */

static void
open_port(BenchSerialTty *tty)
{
    if (tty->n_open++ > 0)
        return;
    g_mutex_lock(tty->port->lock);
    bench_serial_port_set_open(tty->port, TRUE);
    g_mutex_unlock(tty->port->lock);
    tty->settings.lines = TIOCM_DTR | TIOCM_RTS;
    apply(tty, BENCH_TTY_LINES | BENCH_TTY_RATE);
}

/* The last bytes leave, for as long as a driver waits; then the lines drop, unless HUPCL is off. */
static void
close_port(BenchSerialTty *tty)
{
    if (--tty->n_open > 0)
        return;
    gint64 end_us = g_get_monotonic_time() + CLOSING_US;
    while (count_unsent(tty) > 0 && g_get_monotonic_time() < end_us) {
        if (!advance(tty))
            g_usleep(PERIOD_MS * 1000);
        g_byte_array_set_size(tty->to_host, 0);
    }
    flush_terminal(tty);
    g_byte_array_set_size(tty->to_host, 0);
    tty->settings.exclusive = FALSE;
    if ((tty->settings.termios.c_cflag & HUPCL) != 0)
        tty->settings.lines = 0;
    apply(tty, BENCH_TTY_LINES | BENCH_TTY_EXCLUSIVE);
    g_mutex_lock(tty->port->lock);
    bench_serial_port_set_open(tty->port, FALSE);
    g_mutex_unlock(tty->port->lock);
}

static void
close_opening(BenchSerialTty *tty, Event *event)
{
    Opening *opening = g_object_get_data(G_OBJECT(event->client), "opening");

    if (!opening->closed)
        close_port(tty);
    opening->closed = TRUE;
    finish(event, 0, 0);
}

/* The bytes of the adapter's own cannot be called back. The program flushes its terminal itself. */
static void
flush(BenchSerialTty *tty, Event *event)
{
    if (event->value != TCOFLUSH)
        g_byte_array_set_size(tty->to_host, 0);
    finish(event, NOT_EMULATED, 0);
}

static void
tell_unsent(BenchSerialTty *tty, Event *event)
{
    int unsent = (int)count_unsent(tty);
    memcpy(event->data->data, &unsent, sizeof unsent);
    finish(event, 0, 0);
}

static gboolean
waits_for_drain(gulong request)
{
    return request == TCSBRK || request == TCSBRKP || request == TCSETSW || request == TCSETSF ||
           request == TCSETSW2 || request == TCSETSF2;
}

static void
run_ioctl(BenchSerialTty *tty, Event *event)
{
    if (bench_tty_is_known(event->request))
        apply(tty, bench_tty_settings_run(&tty->settings, event->request,
                                          event->data != NULL ? event->data->data : NULL));
    finish(event, 0, 0);
}

static void
handle(BenchSerialTty *tty, Event *event)
{
    if (event->kind == EVENT_IOCTL && waits_for_drain(event->request))
        g_queue_push_tail(&tty->draining, event);
    else if (event->kind == EVENT_IOCTL && event->request == TCFLSH)
        flush(tty, event);
    else if (event->kind == EVENT_IOCTL && event->request == BENCH_TTY_CLOSE)
        close_opening(tty, event);
    else if (event->kind == EVENT_IOCTL && event->request == TIOCOUTQ)
        tell_unsent(tty, event);
    else if (event->kind == EVENT_IOCTL)
        run_ioctl(tty, event);
    else {
        if (event->kind == EVENT_OPENED)
            open_port(tty);
        else
            close_port(tty);
        event_free(event);
    }
}

static void
handle_events(BenchSerialTty *tty)
{
    Event *event;
    guint64 count;

    if (read(tty->wake, &count, sizeof count) < 0 && errno != EAGAIN)
        g_warning("failed to read an eventfd: %s", g_strerror(errno));
    do {
        g_mutex_lock(&tty->lock);
        event = g_queue_pop_head(&tty->events);
        g_mutex_unlock(&tty->lock);
        if (event != NULL)
            handle(tty, event);
    } while (event != NULL);
}

static void
finish_draining(BenchSerialTty *tty)
{
    if (g_queue_is_empty(&tty->draining) || count_unsent(tty) > 0)
        return;
    for (Event *event; (event = g_queue_pop_head(&tty->draining)) != NULL;)
        run_ioctl(tty, event);
}

static void
wait_for_work(BenchSerialTty *tty)
{
    struct pollfd files[] = {
        {.fd = tty->wake, .events = POLLIN},
        {.fd = tty->master, .events = (short)(POLLIN | (tty->to_host->len > 0 ? POLLOUT : 0))},
    };
    poll(files, tty->n_open > 0 ? 2 : 1, tty->n_open > 0 ? PERIOD_MS : -1);
}

static gpointer
run_thread(gpointer user_data)
{
    BenchSerialTty *tty = user_data;

    for (;;) {
        g_mutex_lock(&tty->lock);
        gboolean closed = tty->closed;
        g_mutex_unlock(&tty->lock);
        if (closed)
            return NULL;
        handle_events(tty);
        gboolean more = FALSE;
        if (tty->n_open > 0) {
            take_from_host(tty);
            more = advance(tty);
            give_to_host(tty);
            finish_draining(tty);
        }
        if (more)
            g_usleep(YIELD_US);
        else
            wait_for_work(tty);
    }
}

/* -- what umockdev tells; on its thread -- */

/* FALSE: the port is gone, and the event is still the caller's. */
static gboolean
post(BenchSerialTty *tty, Event *event)
{
    const guint64 one = 1;

    g_mutex_lock(&tty->lock);
    gboolean closed = tty->closed;
    if (!closed) {
        g_queue_push_tail(&tty->events, event);
        if (write(tty->wake, &one, sizeof one) < 0)
            g_warning("failed to write an eventfd: %s", g_strerror(errno));
    }
    g_mutex_unlock(&tty->lock);
    return !closed;
}

static void
post_opening(BenchSerialTty *tty, EventKind kind)
{
    Event *event = g_new0(Event, 1);
    event->kind = kind;
    if (!post(tty, event))
        event_free(event);
}

/* The program has closed its descriptor or is gone. */
static void
on_client_gone(gpointer user_data)
{
    Opening *opening = user_data;
    if (!opening->closed)
        post_opening(opening->tty, EVENT_CLOSED);
    tty_unref(opening->tty);
    g_free(opening);
}

static void
on_client_connected(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer user_data)
{
    Opening *opening = g_new0(Opening, 1);

    opening->tty = user_data;
    g_atomic_ref_count_inc(&opening->tty->refs);
    g_object_set_data_full(G_OBJECT(client), "opening", opening, on_client_gone);
    post_opening(opening->tty, EVENT_OPENED);
}

/* Here; all others are the pseudo terminal's. */
static gboolean
is_answered(gulong request)
{
    return bench_tty_is_known(request) || waits_for_drain(request) || request == TCFLSH ||
           request == TIOCOUTQ || request == BENCH_TTY_CLOSE;
}

static gboolean
on_handle_ioctl(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer user_data)
{
    BenchSerialTty *tty = user_data;
    gulong request = umockdev_ioctl_client_get_request(client);
    UMockdevIoctlData *arg = umockdev_ioctl_client_get_arg(client);
    gsize size = request == TIOCOUTQ ? sizeof(int) : bench_tty_get_argument_size(request);

    if (!is_answered(request)) {
        umockdev_ioctl_client_complete(client, NOT_EMULATED, 0);
        return TRUE;
    }
    Event *event = g_new0(Event, 1);
    event->kind = EVENT_IOCTL;
    event->client = g_object_ref(client);
    event->request = request;
    memcpy(&event->value, arg->data, sizeof event->value);
    if (size > 0 && (event->data = umockdev_ioctl_data_resolve(arg, 0, size, NULL)) == NULL)
        finish(event, -1, EFAULT);
    else if (!post(tty, event))
        finish(event, -1, EIO);
    return TRUE;
}

/* -- life -- */

static void
on_handler_gone(gpointer user_data, GClosure *closure)
{
    tty_unref(user_data);
}

static gboolean
open_terminal(BenchSerialTty *tty, const char *path, GError **error)
{
    char slave[64];
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *marks = g_path_get_dirname(tty->mark);

    tty->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (tty->master >= 0 && grantpt(tty->master) == 0 && unlockpt(tty->master) == 0 &&
        ptsname_r(tty->master, slave, sizeof slave) == 0 &&
        g_mkdir_with_parents(folder, 0755) == 0 && g_mkdir_with_parents(marks, 0755) == 0 &&
        g_chmod(slave, 0666) == 0 && symlink(slave, path) == 0) {
        tty->slave = g_strdup(slave);
        return TRUE;
    }
    int saved = errno;
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(saved), "failed to create %s: %s", path,
                g_strerror(saved));
    return FALSE;
}

BenchSerialTty *
bench_serial_tty_new(const BenchSerialTtyConfig *config, GError **error)
{
    BenchSerialTty *tty = g_new0(BenchSerialTty, 1);
    g_atomic_ref_count_init(&tty->refs);
    tty->port = config->port;
    tty->mark = g_strdup(config->mark);
    tty->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    tty->to_host = g_byte_array_new();
    g_mutex_init(&tty->lock);
    bench_tty_settings_init(&tty->settings, config->port->has_low_latency);
    if (!open_terminal(tty, config->path, error)) {
        if (tty->master >= 0)
            close(tty->master);
        tty_unref(tty);
        return NULL;
    }
    apply(tty, BENCH_TTY_TERMIOS);
    tty->handler = umockdev_ioctl_base_new();
    g_signal_connect(tty->handler, "client-connected", G_CALLBACK(on_client_connected), tty);
    /* umockdev may hold on to the handler while a program has the tty open. */
    g_atomic_ref_count_inc(&tty->refs);
    g_signal_connect_data(tty->handler, "handle-ioctl", G_CALLBACK(on_handle_ioctl), tty,
                          on_handler_gone, 0);
    tty->thread = g_thread_new("serial-tty", run_thread, tty);
    return tty;
}

UMockdevIoctlBase *
bench_serial_tty_get_handler(BenchSerialTty *tty)
{
    return tty->handler;
}

gboolean
bench_serial_tty_set_denied(BenchSerialTty *tty, gboolean denied, GError **error)
{
    if (g_chmod(tty->slave, denied ? 0 : 0666) == 0)
        return TRUE;
    int saved = errno;
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(saved), "failed to change %s: %s",
                tty->slave, g_strerror(saved));
    return FALSE;
}

void
bench_serial_tty_close(BenchSerialTty *tty)
{
    const guint64 one = 1;
    Event *event;

    g_mutex_lock(&tty->lock);
    tty->closed = TRUE;
    g_mutex_unlock(&tty->lock);
    if (write(tty->wake, &one, sizeof one) < 0)
        g_warning("failed to write an eventfd: %s", g_strerror(errno));
    g_thread_join(tty->thread);
    close(tty->master);
    g_unlink(tty->mark);
    while ((event = g_queue_pop_head(&tty->draining)) != NULL ||
           (event = g_queue_pop_head(&tty->events)) != NULL) {
        if (event->kind == EVENT_IOCTL)
            finish(event, -1, EIO);
        else
            event_free(event);
    }
    /* Nothing drives the lines any more. */
    g_mutex_lock(tty->port->lock);
    bench_serial_line_set_lines(tty->port->line, FALSE, FALSE);
    if (tty->n_open > 0)
        bench_serial_port_set_open(tty->port, FALSE);
    g_mutex_unlock(tty->port->lock);
    g_clear_object(&tty->handler);
    tty_unref(tty);
}
