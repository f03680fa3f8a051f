/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control-verbs.h"

#include "control.h"
#include "duration.h"
#include "usb-serial.h"

#include <gio/gio.h>
#include <string.h>

#define SCS_DHCSR 0xE000EDF0u /* ARMv7-M ARM (DDI 0403) C1.6.2 */
#define DHCSR_C_DEBUGEN 0x1u
#define DHCSR_S_HALT 0x20000u

/* The words of one request after the verb, and where the answer goes. */
typedef struct {
    BenchHands *hands;
    BenchSeat *seat;       /* of a verb about a board; locked meanwhile */
    BenchDock *dock;       /* of a verb about a probe's port */
    BenchSerialPort *port; /* of a verb about a tty */
    guint n;
    const char *const *words;
    GString *output;
} Request;

static gboolean G_GNUC_PRINTF(2, 3) fail(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, text);
    return FALSE;
}

static gboolean
parse_number(const char *word, guint64 max, guint64 *number, GError **error)
{
    char *end = NULL;
    guint64 value = g_ascii_strtoull(word, &end, 0);
    if (end == word || *end != '\0' || value > max)
        return fail(error, "no number up to %" G_GUINT64_FORMAT ": %s", max, word);
    *number = value;
    return TRUE;
}

static gboolean
parse_switch(const char *word, gboolean *on, GError **error)
{
    *on = g_str_equal(word, "on");
    return *on || g_str_equal(word, "off") || fail(error, "on or off expected, got %s", word);
}

/* -- the world around a board -- */

static gboolean
do_run(Request *request, GError **error)
{
    guint64 ns = 0;
    if (!bench_parse_duration(request->words[1], &ns, error))
        return FALSE;
    bench_board_run_for(request->seat->board, ns);
    return TRUE;
}

static gboolean
do_uart(Request *request, GError **error)
{
    BenchSeat *seat = request->seat;
    bench_seat_drain_uart(seat);
    g_string_append_len(request->output, seat->uart->str + seat->uart_told,
                        (gssize)(seat->uart->len - seat->uart_told));
    seat->uart_told = seat->uart->len;
    return TRUE;
}

static gboolean
do_press(Request *request, GError **error)
{
    bench_board_press(request->seat->board, TRUE);
    return TRUE;
}

static gboolean
do_release(Request *request, GError **error)
{
    bench_board_press(request->seat->board, FALSE);
    return TRUE;
}

static gboolean
do_power(Request *request, GError **error)
{
    gboolean on;
    if (!parse_switch(request->words[1], &on, error))
        return FALSE;
    bench_board_set_power(request->seat->board, on);
    return TRUE;
}

static gboolean
do_supply(Request *request, GError **error)
{
    guint64 supply_mv;
    if (!parse_number(request->words[1], 5500, &supply_mv, error))
        return FALSE;
    bench_board_set_supply_mv(request->seat->board, (guint)supply_mv);
    return TRUE;
}

static gboolean
do_lift(Request *request, GError **error)
{
    bench_board_set_swd_connected(request->seat->board, FALSE);
    return TRUE;
}

static gboolean
do_seat(Request *request, GError **error)
{
    bench_board_set_swd_connected(request->seat->board, TRUE);
    return TRUE;
}

static gboolean
do_led(Request *request, GError **error)
{
    g_string_append(request->output, bench_board_get_led(request->seat->board) ? "on\n" : "off\n");
    return TRUE;
}

static gboolean
do_halted(Request *request, GError **error)
{
    guint32 dhcsr = 0;
    if (!bench_board_has_power(request->seat->board))
        return fail(error, "%s has no power", request->seat->name);
    if (bench_board_debug_read(request->seat->board, SCS_DHCSR, 4, &dhcsr) != BENCH_DEBUG_OK)
        return fail(error, "%s does not answer on SWD", request->seat->name);
    g_string_append_printf(request->output, "%s, debugger %s\n",
                           (dhcsr & DHCSR_S_HALT) != 0 ? "halted" : "running",
                           (dhcsr & DHCSR_C_DEBUGEN) != 0 ? "enabled" : "disabled");
    return TRUE;
}

/* -- faults -- */

static gboolean
do_cut(Request *request, GError **error)
{
    guint64 n;
    gboolean erases = request->n > 2;
    if (!parse_number(request->words[1], G_MAXUINT, &n, error))
        return FALSE;
    if (erases && !g_str_equal(request->words[2], "erases"))
        return fail(error, "erases or nothing expected, got %s", request->words[2]);
    bench_board_cut_power_at(request->seat->board, (guint)n, erases);
    return TRUE;
}

static gboolean
do_stick(Request *request, GError **error)
{
    bench_board_stick_busy(request->seat->board, TRUE);
    return TRUE;
}

static gboolean
do_unstick(Request *request, GError **error)
{
    bench_board_stick_busy(request->seat->board, FALSE);
    return TRUE;
}

static gboolean
do_protect(Request *request, GError **error)
{
    guint64 level, sectors;
    if (!parse_number(request->words[1], 2, &level, error) ||
        !parse_number(request->words[2], G_MAXUINT32, &sectors, error))
        return FALSE;
    bench_board_protect(request->seat->board, (guint)level, (guint32)sectors);
    return TRUE;
}

static gboolean
do_options(Request *request, GError **error)
{
    g_autofree char *text = bench_board_describe_options(request->seat->board);
    g_string_append(request->output, text);
    return TRUE;
}

static gboolean
do_fault(Request *request, GError **error)
{
    static const char *const names[] = {"unplug", "stall", "hang", "mute", "drop", NULL};
    static const BenchFault faults[] = {BENCH_FAULT_UNPLUG, BENCH_FAULT_STALL, BENCH_FAULT_HANG,
                                        BENCH_FAULT_MUTE, BENCH_FAULT_DROP};
    guint64 n;
    if (!parse_number(request->words[1], G_MAXUINT, &n, error))
        return FALSE;
    for (gsize i = 0; names[i] != NULL; i++) {
        if (!g_str_equal(names[i], request->words[2]))
            continue;
        g_mutex_lock(request->dock->lock);
        bench_stlink_fault_at(request->dock->probe, (guint)n, faults[i]);
        g_mutex_unlock(request->dock->lock);
        return TRUE;
    }
    return fail(error, "unplug, stall, hang, mute or drop expected, got %s", request->words[2]);
}

/* -- plugs -- */

/* Also into a port that it is in: out, and in again. */
static gboolean
do_plug(Request *request, GError **error)
{
    BenchUsbBus *bus = request->hands->bus;
    if (request->port != NULL) {
        bench_usb_serial_unplug(bus, request->port);
        return bench_usb_serial_plug(bus, request->port, error);
    }
    BenchUsbPort *port = bench_usb_bus_find_port(bus, request->words[0]);
    bench_usb_port_unplug(port);
    return bench_usb_port_plug(port, error);
}

static gboolean
do_unplug(Request *request, GError **error)
{
    BenchUsbBus *bus = request->hands->bus;
    if (request->port != NULL)
        bench_usb_serial_unplug(bus, request->port);
    else
        bench_usb_port_unplug(bench_usb_bus_find_port(bus, request->words[0]));
    return TRUE;
}

/* -- what is wrong with a probe -- */

static gboolean
do_probe(Request *request, GError **error)
{
    const char *name = request->words[1], *value = request->words[2];
    BenchUsbPort *port = bench_usb_bus_find_port(request->hands->bus, request->words[0]);

    if (g_str_equal(name, "access")) {
        gboolean denied = g_str_equal(value, "denied");
        if (!denied && !g_str_equal(value, "allowed"))
            return fail(error, "access: allowed or denied expected, got %s", value);
        return bench_usb_port_set_denied(port, denied, error);
    }
    g_mutex_lock(request->dock->lock);
    gboolean ok = bench_stlink_set_manner(request->dock->probe, name, value, error);
    g_mutex_unlock(request->dock->lock);
    return ok;
}

/* -- what is wrong with a port -- */

/* "drop=10000" */
static gboolean
parse_noise(const char *word, BenchSerialNoise *noise, GError **error)
{
    const struct {
        const char *name;
        guint *one_in;
    } kinds[] = {
        {"drop=", &noise->drop}, {"garble=", &noise->garble}, {"duplicate=", &noise->duplicate}};

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        guint64 one_in;
        if (!g_str_has_prefix(word, kinds[i].name))
            continue;
        if (!parse_number(word + strlen(kinds[i].name), G_MAXUINT, &one_in, error))
            return FALSE;
        *kinds[i].one_in = (guint)one_in;
        return TRUE;
    }
    return fail(error, "drop=N, garble=N or duplicate=N expected, got %s", word);
}

static gboolean
set_noise(Request *request, GError **error)
{
    BenchSerialNoise noise = {0};

    for (guint i = 2; i < request->n; i++)
        if (!parse_noise(request->words[i], &noise, error))
            return FALSE;
    g_mutex_lock(request->port->lock);
    bench_serial_line_set_noise(request->port->line, &noise);
    g_mutex_unlock(request->port->lock);
    return TRUE;
}

static gboolean
set_tick(Request *request, GError **error)
{
    guint64 ns;

    if (!bench_parse_duration(request->words[2], &ns, error))
        return FALSE;
    g_mutex_lock(request->port->lock);
    bench_serial_line_set_tick(request->port->line, (guint)(ns / 1000));
    g_mutex_unlock(request->port->lock);
    return TRUE;
}

static gboolean
do_port(Request *request, GError **error)
{
    const char *name = request->words[1], *value = request->words[2];

    if (g_str_equal(name, "noise"))
        return set_noise(request, error);
    if (g_str_equal(name, "tick"))
        return set_tick(request, error);
    if (!g_str_equal(name, "access"))
        return fail(error, "noise, tick or access expected, got %s", name);
    gboolean denied = g_str_equal(value, "denied");
    if (!denied && !g_str_equal(value, "allowed"))
        return fail(error, "access: allowed or denied expected, got %s", value);
    return bench_usb_serial_set_denied(request->hands->bus, request->port, denied, error);
}

/* -- flash contents and counters -- */

static gboolean
do_flash(Request *request, GError **error)
{
    gsize size;
    const guint8 *flash = bench_board_get_flash(request->seat->board, &size);
    return g_file_set_contents(request->words[1], (const char *)flash, (gssize)size, error);
}

static gboolean
do_load(Request *request, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize size, flash_size;
    guint64 offset = 0;
    guint8 *flash = bench_board_get_flash(request->seat->board, &flash_size);

    if (request->n > 2 && !parse_number(request->words[2], flash_size, &offset, error))
        return FALSE;
    if (!g_file_get_contents(request->words[1], &bytes, &size, error))
        return FALSE;
    if (size > flash_size - offset)
        return fail(error,
                    "%s does not fit: %" G_GSIZE_FORMAT " bytes at offset 0x%" G_GINT64_MODIFIER
                    "x of %" G_GSIZE_FORMAT,
                    request->words[1], size, offset, flash_size);
    memcpy(flash + offset, bytes, size);
    bench_board_flash_changed(request->seat->board);
    return TRUE;
}

static gboolean
do_counters(Request *request, GError **error)
{
    g_autofree char *counters = bench_station_describe_counters(request->hands->station);
    g_string_append_printf(request->output, "%s\n", counters);
    return TRUE;
}

/* -- the table -- */

typedef enum { ABOUT_BOARD, ABOUT_PORT, ABOUT_CABLE, ABOUT_TTY, ABOUT_ALL } About;

static const struct {
    const char *name;
    About about; /* what the first word names */
    guint min, max;
    gboolean (*run)(Request *request, GError **error);
    const char *usage, *help;
} verbs[] = {
    {"run", ABOUT_BOARD, 2, 2, do_run, "run BOARD 1.5s", "let so much of the board's time pass"},
    {"uart", ABOUT_BOARD, 1, 1, do_uart, "uart BOARD", "print what its UART sent since last asked"},
    {"press", ABOUT_BOARD, 1, 1, do_press, "press BOARD", "press its button, and keep it pressed"},
    {"release", ABOUT_BOARD, 1, 1, do_release, "release BOARD", "let go of its button"},
    {"power", ABOUT_BOARD, 2, 2, do_power, "power BOARD on|off", "switch its power"},
    {"supply", ABOUT_BOARD, 2, 2, do_supply, "supply BOARD MV", "set its supply; 0 is off"},
    {"lift", ABOUT_BOARD, 1, 1, do_lift, "lift BOARD", "take it off its SWD contacts"},
    {"seat", ABOUT_BOARD, 1, 1, do_seat, "seat BOARD", "put it back"},
    {"led", ABOUT_BOARD, 1, 1, do_led, "led BOARD", "print on or off"},
    {"halted", ABOUT_BOARD, 1, 1, do_halted, "halted BOARD",
     "print whether the core is halted and its debugger enabled"},
    {"cut", ABOUT_BOARD, 2, 3, do_cut, "cut BOARD N [erases]",
     "power fails in the flash operation (or erase) after the next N"},
    {"stick", ABOUT_BOARD, 1, 1, do_stick, "stick BOARD", "its next flash operation never ends"},
    {"unstick", ABOUT_BOARD, 1, 1, do_unstick, "unstick BOARD", "its flash works again"},
    {"protect", ABOUT_BOARD, 3, 3, do_protect, "protect BOARD RDP WRPMASK",
     "set its read protection level and write-protected sectors"},
    {"options", ABOUT_BOARD, 1, 1, do_options, "options BOARD",
     "print its option bytes, in force and stored, and its locked OTP blocks"},
    {"flash", ABOUT_BOARD, 2, 2, do_flash, "flash BOARD FILE", "save its flash to a file"},
    {"load", ABOUT_BOARD, 2, 3, do_load, "load BOARD FILE [OFFSET]",
     "put a file's bytes into its flash"},
    {"plug", ABOUT_CABLE, 1, 1, do_plug, "plug PORT|TTY", "plug the probe or port in (again)"},
    {"unplug", ABOUT_CABLE, 1, 1, do_unplug, "unplug PORT|TTY", "pull it out"},
    {"fault", ABOUT_PORT, 3, 3, do_fault, "fault PORT N unplug|stall|hang|mute|drop",
     "the transfer after the next N goes wrong"},
    {"probe", ABOUT_PORT, 3, 3, do_probe, "probe PORT access|firmware|mode|sense VALUE",
     "change what the setup says of it"},
    {"port", ABOUT_TTY, 3, 5, do_port, "port TTY noise drop=N garble=N duplicate=N",
     "one in so many bytes goes wrong; 0: none"},
    {"port", ABOUT_TTY, 3, 3, do_port, "port TTY tick 16ms", "change the adapter's latency"},
    {"port", ABOUT_TTY, 3, 3, do_port, "port TTY access allowed|denied", "change who may open it"},
    {"counters", ABOUT_ALL, 0, 0, do_counters, "counters", "print all counters as JSON"},
};

char *
bench_control_describe_verbs(void)
{
    GString *text = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
        g_string_append_printf(text, "  %-46s %s\n", verbs[i].usage, verbs[i].help);
    return g_string_free(text, FALSE);
}

static gboolean
run_verb(gsize verb, Request *request, GError **error)
{
    BenchStation *station = request->hands->station;
    if (request->n < verbs[verb].min || request->n > verbs[verb].max)
        return fail(error, "usage: inlay-bench ctl %s", verbs[verb].usage);
    if (verbs[verb].about == ABOUT_TTY ||
        (verbs[verb].about == ABOUT_CABLE && g_str_has_prefix(request->words[0], "tty"))) {
        request->port = bench_station_find_port(station, request->words[0], error);
        return request->port != NULL && verbs[verb].run(request, error);
    }
    if (verbs[verb].about == ABOUT_PORT || verbs[verb].about == ABOUT_CABLE) {
        request->dock = bench_station_find_dock(station, request->words[0], error);
        return request->dock != NULL && verbs[verb].run(request, error);
    }
    if (verbs[verb].about == ABOUT_ALL)
        return verbs[verb].run(request, error);
    request->seat = bench_station_find_seat(station, request->words[0], error);
    if (request->seat == NULL)
        return FALSE;
    g_mutex_lock(&request->seat->lock);
    gboolean ok = verbs[verb].run(request, error);
    g_mutex_unlock(&request->seat->lock);
    return ok;
}

gboolean
bench_hands_do(BenchHands *hands, const GPtrArray *words, GString *output, GError **error)
{
    if (words->len == 0)
        return fail(error, "a verb is missing");
    const char *name = g_ptr_array_index(words, 0);
    Request request = {
        .hands = hands,
        .n = words->len - 1,
        .words = (const char *const *)words->pdata + 1,
        .output = output,
    };
    for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (g_str_equal(verbs[i].name, name))
            return run_verb(i, &request, error);
    return fail(error, "no such verb: %s (`inlay-bench ctl --help` lists them)", name);
}
