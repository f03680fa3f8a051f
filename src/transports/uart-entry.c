/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/uart-entry.h"

#include <zlib.h>

#include "core/error.h"
#include "transports/bytes.h"

#define RESET_US 20000  /* the reset line is held; NRST of an STM32 needs 20 us (DS8626, 5.3.17) */
#define BUTTON_US 50000 /* the button is held longer than that: the bootloader looks once it runs */
#define QUIET_US ((BOOT_FRAME_PAUSE_MS + 20) * 1000)
#define START_US 20000 /* from a reset to a bootloader that listens: its oscillator takes 2 ms */

const guint inlay_uart_rates[] = {2000000, 1000000, 921600, 460800, 230400, 0};

guint
inlay_uart_get_baud(const InlayAccess *access)
{
    return access->baud != 0 ? access->baud : INLAY_UART_BAUD;
}

/* Drops what comes meanwhile. */
static gboolean
pass_time(InlaySerial *serial, gint64 us, GCancellable *cancellable, GError **error)
{
    gint64 end_us = serial->ops->now_us(serial) + us;
    guint8 dropped[256];
    gint64 left_us;

    while ((left_us = end_us - serial->ops->now_us(serial)) > 0) {
        if (serial->ops->read(serial, dropped, sizeof dropped, left_us, cancellable, error) < 0)
            return FALSE;
    }
    return TRUE;
}

/* -- asking a program to make place -- */

/* Whoever listens has given up what he took for the beginning of a frame. */
static gboolean
send_request(InlaySerial *serial, guint baud, GCancellable *cancellable, GError **error)
{
    guint8 frame[] = {BOOT_MARK_0,           BOOT_MARK_1, 3, 0, BOOT_RESET, 0,
                      BOOT_RESET_BOOTLOADER, 0,           0, 0, 0};

    store32_le(frame + 7, (guint32)crc32_z(0, frame + 2, 5));
    return serial->ops->set_rate(serial, baud, INLAY_PARITY_NONE, error) &&
           pass_time(serial, QUIET_US, cancellable, error) &&
           serial->ops->write(serial, frame, sizeof frame, cancellable, error);
}

static gboolean
ask_program(InlaySerial *serial,
            const InlayAccess *access,
            GCancellable *cancellable,
            GError **error)
{
    return send_request(serial, inlay_uart_get_baud(access), cancellable, error) &&
           pass_time(serial, START_US, cancellable, error);
}

/* A bootloader whose host went away stands at a raised rate, where the same request brings it back. Rates that
 * this adapter does not have are none that it was left at. */
static gboolean
ask_at_all_rates(InlaySerial *serial,
                 const InlayAccess *access,
                 GCancellable *cancellable,
                 GError **error)
{
    for (const guint *rate = inlay_uart_rates; *rate != 0; rate++) {
        g_autoptr(GError) trouble = NULL;
        if (!send_request(serial, *rate, cancellable, &trouble) &&
            !g_error_matches(trouble, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL)) {
            g_propagate_error(error, g_steal_pointer(&trouble));
            return FALSE;
        }
    }
    return ask_program(serial, access, cancellable, error);
}

/* -- wires -- */

static gboolean
has_wire(const InlayAccess *access, InlayWire wire)
{
    return access->dtr_wire == wire || access->rts_wire == wire;
}

static gboolean
set_wires(
    InlaySerial *serial, const InlayAccess *access, gboolean nrst, gboolean button, GError **error)
{
    gboolean asserted[] = {[INLAY_WIRE_NONE] = FALSE,
                           [INLAY_WIRE_NRST] = nrst,
                           [INLAY_WIRE_BOOT0] = FALSE,
                           [INLAY_WIRE_BUTTON] = button};

    return serial->ops->set_lines(serial, asserted[access->dtr_wire], asserted[access->rts_wire],
                                  error);
}

gboolean
inlay_uart_reset(InlaySerial *serial,
                 const InlayAccess *access,
                 gboolean with_button,
                 GCancellable *cancellable,
                 GError **error)
{
    if (!has_wire(access, INLAY_WIRE_NRST))
        return FALSE;
    return set_wires(serial, access, TRUE, with_button, error) &&
           pass_time(serial, RESET_US, cancellable, error) &&
           set_wires(serial, access, FALSE, with_button, error) &&
           pass_time(serial, with_button ? BUTTON_US : START_US, cancellable, error) &&
           set_wires(serial, access, FALSE, FALSE, error);
}

/* -- the ladder -- */

static gboolean
do_nothing(InlaySerial *serial,
           const InlayAccess *access,
           GCancellable *cancellable,
           GError **error)
{
    return TRUE;
}

static gboolean
reset_with_button(InlaySerial *serial,
                  const InlayAccess *access,
                  GCancellable *cancellable,
                  GError **error)
{
    return inlay_uart_reset(serial, access, has_wire(access, INLAY_WIRE_BUTTON), cancellable,
                            error);
}

/* Without the button the program runs again, and may listen now. */
static gboolean
reset_and_ask(InlaySerial *serial,
              const InlayAccess *access,
              GCancellable *cancellable,
              GError **error)
{
    return inlay_uart_reset(serial, access, FALSE, cancellable, error) &&
           ask_program(serial, access, cancellable, error);
}

static const struct {
    gboolean (*take)(InlaySerial *serial,
                     const InlayAccess *access,
                     GCancellable *cancellable,
                     GError **error);
    gboolean needs_nrst, is_quick; /* is_quick: most boards are in by then, or never by this step */
    const char *connected;         /* how, when this was it */
    const char *tried;             /* for who gets no answer */
} steps[] = {
    {do_nothing, FALSE, TRUE, NULL, "asked the bootloader"},
    {ask_program, FALSE, TRUE, "its program made place", "asked a running program to make place"},
    {ask_at_all_rates, FALSE, FALSE, "left at another rate", "asked at other rates"},
    {reset_with_button, TRUE, FALSE, "through a reset", "reset the board"},
    {reset_and_ask, TRUE, FALSE, "through a reset; its program made place",
     "asked the program again after a reset"},
};

/* The last answer, or what came in its place, and all that was tried. */
static void
fail(InlaySerial *serial, const InlayAccess *access, const GError *last, GError **error)
{
    gboolean has_nrst = has_wire(access, INLAY_WIRE_NRST);
    g_autoptr(GString) tried = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        if (has_nrst || !steps[i].needs_nrst)
            g_string_append_printf(tried, "%s%s", tried->len > 0 ? ", " : "", steps[i].tried);
    }
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_NOT_FOUND,
                "%s at %u baud: %s; tried: %s%s", serial->path, inlay_uart_get_baud(access),
                last->message, tried->str,
                has_nrst ? "" : "; no reset line is wired (--wire nrst=dtr)");
}

InlayBoot *
inlay_uart_enter(InlaySerial *serial,
                 const InlayAccess *access,
                 const char **connected,
                 GCancellable *cancellable,
                 GError **error)
{
    g_autoptr(GError) last = NULL;

    if (!serial->ops->set_rate(serial, inlay_uart_get_baud(access), INLAY_PARITY_NONE, error))
        return NULL;
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        InlayBoot *boot;
        if (steps[i].needs_nrst && !has_wire(access, INLAY_WIRE_NRST))
            continue;
        if (!steps[i].take(serial, access, cancellable, error))
            return NULL;
        g_clear_error(&last);
        boot = (steps[i].is_quick ? inlay_boot_new_quickly : inlay_boot_new)(serial, cancellable,
                                                                             &last);
        *connected = steps[i].connected;
        if (boot != NULL)
            return boot;
        if (!g_error_matches(last, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_NOT_FOUND)) {
            g_propagate_error(error, g_steal_pointer(&last));
            return NULL;
        }
    }
    fail(serial, access, last, error);
    return NULL;
}
