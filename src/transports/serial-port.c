/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/serial-port.h"

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <linux/serial.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "core/budget.h"
#include "core/error.h"
#include "transports/node.h"

#define BAUD 115200
#define SLICE_US (250 * G_TIME_SPAN_MILLISECOND) /* the longest wait that does not look up */
#define DRAIN_STEP_US (2 * G_TIME_SPAN_MILLISECOND)
#define DRIVER_BYTES 8192 /* what a driver holds at most; writable again only once few are left */
#define BITS_A_BYTE 11    /* start, 8, parity, stop */
/* A receiver samples the last bit right when the two clocks are within half a bit of ten: each side may
 * be off by 2.5 %. */
#define RATE_TOLERANCE 25 /* per mille */

typedef struct {
    InlaySerial base;
    struct sp_port *port;
    int fd; /* of the port, for what libserialport 0.1.1 cannot do */
} SerialPort;

/* -- errors -- */

/* What an errno of the system says about a port. */
static void
set_system_error(GError **error, const SerialPort *self, int code, const char *what)
{
    const char *address = self->base.path;
    InlayErrorId id = INLAY_ERROR_ADAPTER_PROTOCOL;

    if (code == EACCES || code == EPERM) {
        inlay_node_set_denied(error, address, address + strlen("tty:"));
        return;
    }
    if (code == EBUSY || code == EWOULDBLOCK) {
        inlay_node_set_busy(error, address, address + strlen("tty:"));
        return;
    }
    if (code == EIO || code == ENODEV || code == ENXIO || code == ENOENT || code == EPIPE)
        id = INLAY_ERROR_ADAPTER_LOST;
    g_set_error(error, INLAY_ERROR, id, "%s: %s: %s", address, what, g_strerror(code));
}

static void
set_lost(GError **error, const SerialPort *self)
{
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_LOST, "%s: it was unplugged",
                self->base.path);
}

/* TRUE for success; the one place that knows what libserialport's codes mean. */
static gboolean
check(const SerialPort *self, enum sp_return code, const char *what, GError **error)
{
    int system = sp_last_error_code(); /* errno */

    switch (code) {
    case SP_OK:
        return TRUE;
    case SP_ERR_FAIL:
        set_system_error(error, self, system, what);
        return FALSE;
    case SP_ERR_SUPP:
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                    "%s: %s: its driver cannot do it", self->base.path, what);
        return FALSE;
    case SP_ERR_ARG: /* its name is not in /sys any more */
        set_lost(error, self);
        return FALSE;
    case SP_ERR_MEM:
        break;
    }
    if (code > 0)
        return TRUE; /* a number of bytes */
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_INTERNAL, "%s: %s: libserialport error %d",
                self->base.path, what, code);
    return FALSE;
}

/* -- waiting -- */

/* What of `events` and of POLLHUP and POLLERR is there, 0 at the end of the time; -1: cancelled. */
static int
wait_for(
    SerialPort *self, short events, gint64 timeout_us, GCancellable *cancellable, GError **error)
{
    gint64 end_us = g_get_monotonic_time() + timeout_us;

    for (;;) {
        gint64 left_us = MAX(end_us - g_get_monotonic_time(), 0);
        gint64 slice_us = MIN(left_us, SLICE_US);
        struct timespec slice = {.tv_sec = slice_us / G_USEC_PER_SEC,
                                 .tv_nsec = slice_us % G_USEC_PER_SEC * 1000};
        struct pollfd port = {.fd = self->fd, .events = events};

        if (g_cancellable_is_cancelled(cancellable)) {
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_CANCELLED, "%s: cancelled",
                        self->base.path);
            return -1;
        }
        if (ppoll(&port, 1, &slice, NULL) > 0)
            return port.revents;
        if (left_us == slice_us)
            return 0;
    }
}

/* How long `bytes` are under way at the rate that is set. */
static gint64
get_line_us(const SerialPort *self, guint bytes)
{
    return (gint64)bytes * BITS_A_BYTE * G_USEC_PER_SEC / self->base.baud;
}

static gint64
get_driver_limit_us(const SerialPort *self)
{
    return inlay_budget_get_ms(INLAY_BUDGET_COMMAND) * G_TIME_SPAN_MILLISECOND +
           get_line_us(self, DRIVER_BYTES);
}

static void
set_mute(GError **error, const SerialPort *self)
{
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_MUTE,
                "%s: its driver has sent nothing for %" G_GINT64_FORMAT " ms", self->base.path,
                get_driver_limit_us(self) / G_TIME_SPAN_MILLISECOND);
}

/* -- the operations -- */

/* Returns what the driver took, 0 when it is full, -1 on error. */
static gssize
write_some(SerialPort *self, const guint8 *bytes, gsize size, GError **error)
{
    enum sp_return taken = sp_nonblocking_write(self->port, bytes, size);

    /* 0.1.1 reports a full buffer as a failure. */
    if (taken == SP_ERR_FAIL && sp_last_error_code() == EAGAIN)
        return 0;
    return check(self, taken, "writing", error) ? (gssize)taken : -1;
}

static gboolean
serial_port_write(
    InlaySerial *serial, const guint8 *bytes, gsize size, GCancellable *cancellable, GError **error)
{
    SerialPort *self = (SerialPort *)serial;

    for (gsize done = 0; done < size;) {
        gssize taken = write_some(self, bytes + done, size - done, error);
        int events;

        if (taken < 0)
            return FALSE;
        done += (gsize)taken;
        serial->sent += (guint64)taken;
        if (taken > 0)
            continue;
        events = wait_for(self, POLLOUT, get_driver_limit_us(self), cancellable, error);
        if (events < 0)
            return FALSE;
        if ((events & (POLLHUP | POLLERR | POLLNVAL)) != 0)
            set_lost(error, self);
        else if (events == 0)
            set_mute(error, self);
        else
            continue;
        return FALSE;
    }
    return TRUE;
}

static gssize
serial_port_read(InlaySerial *serial,
                 guint8 *out,
                 gsize size,
                 gint64 timeout_us,
                 GCancellable *cancellable,
                 GError **error)
{
    SerialPort *self = (SerialPort *)serial;
    int events = wait_for(self, POLLIN, timeout_us, cancellable, error);
    enum sp_return got = SP_OK;

    if (events <= 0)
        return events;
    if ((events & POLLIN) != 0)
        got = sp_nonblocking_read(self->port, out, size);
    if (!check(self, got, "reading", error))
        return -1;
    if (got == 0) { /* readable, and nothing to read: the end of a port is the end of its plug */
        set_lost(error, self);
        return -1;
    }
    serial->received += (guint64)got;
    return (gssize)got;
}

/* tcdrain() alone would wait for ever behind a driver that does not send. */
static gboolean
drain(SerialPort *self, GError **error)
{
    gint64 end_us = g_get_monotonic_time() + get_driver_limit_us(self);
    enum sp_return waiting;

    while ((waiting = sp_output_waiting(self->port)) > 0) {
        if (g_get_monotonic_time() > end_us) {
            set_mute(error, self);
            return FALSE;
        }
        g_usleep((gulong)DRAIN_STEP_US);
    }
    return check(self, waiting, "looking whether all is sent", error) &&
           check(self, sp_drain(self->port), "sending the rest", error);
}

/* What the driver made of the rate that was asked for; -1: it does not say. */
static int
read_rate(SerialPort *self)
{
    struct sp_port_config *config;
    int rate = -1;

    if (sp_new_config(&config) != SP_OK)
        return -1;
    if (sp_get_config(self->port, config) == SP_OK)
        sp_get_config_baudrate(config, &rate);
    sp_free_config(config);
    return rate;
}

static gboolean
apply_rate(SerialPort *self, guint baud, InlayParity parity, GError **error)
{
    g_autofree char *what = g_strdup_printf("%u baud", baud);
    int rate;

    if (!check(self, sp_set_baudrate(self->port, (int)baud), what, error) ||
        !check(self,
               sp_set_parity(self->port,
                             parity == INLAY_PARITY_EVEN ? SP_PARITY_EVEN : SP_PARITY_NONE),
               "parity", error))
        return FALSE;
    rate = read_rate(self);
    if (ABS((gint64)rate - baud) * 1000 > (gint64)baud * RATE_TOLERANCE) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                    "%s: %u baud expected, its driver set %d", self->base.path, baud, rate);
        return FALSE;
    }
    self->base.baud = baud;
    return TRUE;
}

static gboolean
serial_port_set_rate(InlaySerial *serial, guint baud, InlayParity parity, GError **error)
{
    SerialPort *self = (SerialPort *)serial;

    return drain(self, error) && apply_rate(self, baud, parity, error) &&
           check(self, sp_flush(self->port, SP_BUF_INPUT), "dropping what arrived", error);
}

/* Both in one go: a circuit that tells "both" from "one" must not see what is between. */
static gboolean
change_lines(const SerialPort *self, gboolean dtr, gboolean rts)
{
    int lines = 0;

    if (ioctl(self->fd, TIOCMGET, &lines) != 0)
        return FALSE;
    lines &= ~(TIOCM_DTR | TIOCM_RTS);
    lines |= (dtr ? TIOCM_DTR : 0) | (rts ? TIOCM_RTS : 0);
    return ioctl(self->fd, TIOCMSET, &lines) == 0;
}

static gboolean
serial_port_set_lines(InlaySerial *serial, gboolean dtr, gboolean rts, GError **error)
{
    SerialPort *self = (SerialPort *)serial;

    if (change_lines(self, dtr, rts))
        return TRUE;
    set_system_error(error, self, errno, "setting DTR and RTS");
    return FALSE;
}

static gint64
serial_port_now_us(InlaySerial *serial)
{
    (void)serial;
    return g_get_monotonic_time();
}

static void
serial_port_free(InlaySerial *serial)
{
    SerialPort *self = (SerialPort *)serial;

    if (self->fd >= 0) {
        /* A job that failed must not leave a board held in reset. */
        change_lines(self, FALSE, FALSE);
        ioctl(self->fd, TIOCNXCL);
        sp_close(self->port);
    }
    sp_free_port(self->port);
    g_free(self);
}

static const InlaySerialOps serial_port_ops = {
    .write = serial_port_write,
    .read = serial_port_read,
    .set_rate = serial_port_set_rate,
    .set_lines = serial_port_set_lines,
    .now_us = serial_port_now_us,
    .free = serial_port_free,
};

/* -- opening -- */

/* Two that read one port each get half of what arrives. Not every program locks its port, so who has it
 * open is looked for as well. */
static gboolean
take_alone(SerialPort *self, GError **error)
{
    if (flock(self->fd, LOCK_EX | LOCK_NB) == 0 && ioctl(self->fd, TIOCEXCL) == 0)
        return TRUE;
    set_system_error(error, self, errno, "taking it alone");
    return FALSE;
}

/* libserialport 0.1.1 leaves flow control as it finds it (what it does about RTS/CTS is broken) and sets
 * HUPCL: the next close would change the lines. */
static gboolean
set_raw(SerialPort *self, GError **error)
{
    struct termios settings;

    if (tcgetattr(self->fd, &settings) == 0) {
        settings.c_iflag &= (tcflag_t) ~(IXON | IXOFF | IXANY);
        settings.c_cflag &= (tcflag_t) ~(HUPCL | CRTSCTS | CSIZE | CSTOPB);
        settings.c_cflag |= CS8;
        if (tcsetattr(self->fd, TCSANOW, &settings) == 0)
            return TRUE;
    }
    set_system_error(error, self, errno, "setting 8 bits without flow control");
    return FALSE;
}

/* An FTDI holds back what it receives for 16 ms otherwise. Many drivers have no such thing. */
static void
lower_latency(SerialPort *self)
{
    struct serial_struct settings = {0};

    if (ioctl(self->fd, TIOCGSERIAL, &settings) != 0)
        return;
    settings.flags |= ASYNC_LOW_LATENCY;
    if (ioctl(self->fd, TIOCSSERIAL, &settings) != 0)
        return;
    self->base.has_low_latency =
        ioctl(self->fd, TIOCGSERIAL, &settings) == 0 && (settings.flags & ASYNC_LOW_LATENCY) != 0;
}

static gboolean
open_port(SerialPort *self, guint baud, GError **error)
{
    const char *node = self->base.path + strlen("tty:");
    g_autofree char *holder = inlay_node_find_holder(node);

    if (holder != NULL) {
        inlay_node_set_busy(error, self->base.path, node);
        return FALSE;
    }
    if (!check(self, sp_get_port_by_name(node, &self->port), "finding it", error) ||
        !check(self, sp_open(self->port, SP_MODE_READ_WRITE), "opening it", error))
        return FALSE;
    sp_get_port_handle(self->port, &self->fd);
    fcntl(self->fd, F_SETFD, FD_CLOEXEC);
    if (!take_alone(self, error) || !set_raw(self, error) ||
        !apply_rate(self, baud, INLAY_PARITY_NONE, error))
        return FALSE;
    lower_latency(self);
    /* Last: a board that they held in reset starts once it is listened to. */
    return serial_port_set_lines(&self->base, FALSE, FALSE, error);
}

InlaySerial *
inlay_serial_port_open(const InlayAdapter *adapter, guint baud, GError **error)
{
    SerialPort *self = g_new0(SerialPort, 1);

    self->base.ops = &serial_port_ops;
    self->base.path = g_strdup(adapter->address);
    self->base.kind = g_strdup(adapter->kind);
    self->base.serial = g_strdup(adapter->serial);
    self->fd = -1;
    if (open_port(self, baud != 0 ? baud : BAUD, error))
        return &self->base;
    inlay_serial_free(&self->base);
    return NULL;
}
