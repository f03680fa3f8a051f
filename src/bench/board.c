/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/board-private.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#define MAX_EVENTS_BYTES (8u << 20)
/* What listens to the watched UART, with 8N1. */
#define WATCHED_BAUD 115200

static BenchBoard *
board_of(BenchPeripheralHost *host)
{
    return (BenchBoard *)host;
}

void
bench_board_log(BenchBoard *board, const char *format, ...)
{
    guint64 now = bench_clock_now(&board->clock);
    va_list args;

    if (board->events->len > MAX_EVENTS_BYTES)
        return; /* a pin that never rests must not fill the memory */
    g_string_append_printf(board->events, "%" G_GUINT64_FORMAT ".%09u ", now / 1000000000u,
                           (guint)(now % 1000000000u));
    va_start(args, format);
    g_string_append_vprintf(board->events, format, args);
    va_end(args);
    g_string_append_c(board->events, '\n');
}

/* -- what peripherals ask for -- */

static guint64
on_now_ns(BenchPeripheralHost *host)
{
    return bench_clock_now(&board_of(host)->clock);
}

static void
on_set_irq(BenchPeripheralHost *host, guint irq, gboolean level)
{
    if (bench_nvic_set_level(&board_of(host)->nvic, irq, level))
        bench_cpu_attend(board_of(host));
}

static void
on_set_core_hz(BenchPeripheralHost *host, guint32 hz)
{
    bench_clock_set_hz(&board_of(host)->clock, hz);
    bench_cpu_attend(board_of(host));
}

static void
on_event_moved(BenchPeripheralHost *host)
{
    board_of(host)->events_moved = TRUE;
    bench_cpu_attend(board_of(host));
}

static void
on_flash_busy_until(BenchPeripheralHost *host, guint64 ns)
{
    board_of(host)->flash_busy_until = ns;
    bench_board_update_guard(board_of(host));
}

static void
on_flash_changed(BenchPeripheralHost *host, guint32 addr, guint32 size)
{
    BenchBoard *board = board_of(host);
    guint32 from = addr - board->chip->flash_base;

    g_return_if_fail(from <= board->chip->flash_size && size <= board->chip->flash_size - from);
    if (board->flash_view == NULL)
        return; /* not made yet: it will be a copy */
    memcpy(board->flash_view + from, board->parts.flash + from, size);
    board->dirty_from = board->flash_dirty ? MIN(board->dirty_from, from) : from;
    board->dirty_to = board->flash_dirty ? MAX(board->dirty_to, from + size) : from + size;
    board->flash_dirty = TRUE;
    bench_board_update_guard(board);
}

static void
on_request_reset(BenchPeripheralHost *host, BenchResetCause cause)
{
    board_of(host)->reset_wanted = TRUE;
    board_of(host)->reset_wanted_by = cause;
    bench_cpu_attend(board_of(host));
}

static void
on_power_fails(BenchPeripheralHost *host)
{
    board_of(host)->power_failing = TRUE;
    bench_cpu_attend(board_of(host));
}

void
bench_board_set_led(BenchBoard *board, gboolean lit)
{
    if (board->led_lit == lit)
        return;
    board->led_lit = lit;
    bench_board_log(board, "LED %d", lit);
}

static void
on_pin_changed(BenchPeripheralHost *host, guint port, guint pin, gboolean level)
{
    BenchBoard *board = board_of(host);

    bench_board_log(board, "P%c%u %d", 'A' + port, pin, level ? 1 : 0);
    if ((int)port == board->led.port && (int)pin == board->led.pin)
        bench_board_set_led(board, level == board->led.level);
}

static void
on_uart_frame(BenchPeripheralHost *host, guint32 uart_base, const BenchUartFrame *frame)
{
    BenchBoard *board = board_of(host);
    guint64 now = bench_clock_now(&board->clock);
    gboolean stop;

    if (uart_base == board->parts.uart_base)
        g_string_append_c(board->uart,
                          (char)bench_uart_frame_sample(frame, WATCHED_BAUD, 8, &stop));
    for (guint i = 0; i < board->peers->len; i++) {
        BenchUartPeer *peer = board->peers->pdata[i];
        if (peer->uart_base == uart_base)
            peer->hear(peer, frame, now);
    }
}

static gboolean
on_bus_read(BenchPeripheralHost *host, guint32 addr, guint size, guint32 *value)
{
    return bench_bus_read(board_of(host), addr, size, value);
}

static gboolean
on_bus_write(BenchPeripheralHost *host, guint32 addr, guint size, guint32 value)
{
    return bench_bus_write(board_of(host), addr, size, value);
}

static guint64
on_bus_free_ns(BenchPeripheralHost *host, guint32 addr)
{
    return bench_bus_is_flash(board_of(host), addr) ? board_of(host)->flash_busy_until : 0;
}

static void
on_firmware_fault(BenchPeripheralHost *host, const char *what)
{
    bench_board_log(board_of(host), "fault: %s", what);
}

void
bench_board_wires_changed(BenchBoard *board)
{
    GPtrArray *all = board->parts.peripherals;

    board->host.supply_mv = board->powered ? board->supply_mv : 0;
    board->host.core_halted = board->debug.halted;
    for (guint i = 0; i < all->len; i++) {
        BenchPeripheral *p = all->pdata[i];
        if (p->ops->wires_changed != NULL)
            p->ops->wires_changed(p);
    }
    board->events_moved = TRUE;
}

/* -- the world around it -- */

void
bench_board_press(BenchBoard *board, gboolean pressed)
{
    if (board->button.port < 0)
        return;
    BenchPinDrive drive = board->button.level ? BENCH_PIN_HIGH : BENCH_PIN_LOW;
    bench_parts_drive_pin(&board->parts, (guint)board->button.port, (guint)board->button.pin,
                          pressed ? drive : BENCH_PIN_FLOATING);
    board->events_moved = TRUE;
    bench_board_stir(board);
}

gboolean
bench_board_get_led(const BenchBoard *board)
{
    return board->led_lit;
}

GString *
bench_board_take_uart(BenchBoard *board)
{
    GString *taken = board->uart;

    board->uart = g_string_new(NULL);
    return taken;
}

void
bench_board_attach(BenchBoard *board, BenchUartPeer *peer)
{
    g_ptr_array_add(board->peers, peer);
    board->events_moved = TRUE;
}

void
bench_board_detach(BenchBoard *board, BenchUartPeer *peer)
{
    g_ptr_array_remove(board->peers, peer);
    board->events_moved = TRUE;
}

void
bench_board_peer_moved(BenchBoard *board)
{
    on_event_moved(&board->host);
}

gboolean
bench_board_has_uart(const BenchBoard *board, guint32 uart_base)
{
    return bench_parts_has_uart(&board->parts, uart_base);
}

void
bench_board_uart_receive(BenchBoard *board,
                         guint32 uart_base,
                         const BenchUartFrame *frame,
                         guint64 start_ns)
{
    if (board->powered && !board->nrst_low)
        bench_parts_uart_receive(&board->parts, uart_base, frame, start_ns);
}

const GString *
bench_board_get_events(const BenchBoard *board)
{
    return board->events;
}

guint8 *
bench_board_get_flash(BenchBoard *board, gsize *size)
{
    *size = board->chip->flash_size;
    return board->parts.flash;
}

void
bench_board_flash_changed(BenchBoard *board)
{
    on_flash_changed(&board->host, board->chip->flash_base, board->chip->flash_size);
    bench_board_stir(board);
}

const guint8 *
bench_board_get_area(BenchBoard *board, BenchFlashArea area, gsize *size)
{
    return bench_parts_get_area(&board->parts, area, size);
}

gboolean
bench_board_set_area(BenchBoard *board, BenchFlashArea area, const guint8 *bytes, gsize size)
{
    gsize has;
    guint8 *cells = bench_parts_get_area(&board->parts, area, &has);

    if (size > has)
        return FALSE;
    memcpy(cells, bytes, size);
    bench_parts_load_options(&board->parts);
    bench_board_update_guard(board);
    return TRUE;
}

char *
bench_board_describe_options(BenchBoard *board)
{
    return bench_parts_describe_options(&board->parts);
}

void
bench_board_cut_power_at(BenchBoard *board, guint n, gboolean erases_only)
{
    bench_parts_cut_power_at(&board->parts, n, erases_only);
}

void
bench_board_stick_busy(BenchBoard *board, gboolean stuck)
{
    bench_parts_stick_busy(&board->parts, stuck);
    board->events_moved = TRUE;
    bench_board_stir(board);
}

void
bench_board_protect(BenchBoard *board, guint rdp_level, guint32 wrp_sectors)
{
    bench_parts_protect(&board->parts, rdp_level, wrp_sectors);
    bench_board_update_guard(board);
}

const BenchBoardCounters *
bench_board_get_counters(const BenchBoard *board)
{
    BenchBoard *own = (BenchBoard *)board;

    bench_parts_get_counters(&own->parts, &own->counters.erases, &own->counters.programs,
                             own->counters.sector_erases);
    own->counters.option_erases = bench_parts_get_option_erases(&own->parts);
    return &own->counters;
}

/* -- making one -- */

static gboolean
parse_pin(const char *text, BenchPinWire *wire, GError **error)
{
    char port, level[5];
    guint pin;

    wire->port = -1;
    if (text == NULL)
        return TRUE;
    if (sscanf(text, "P%c%u %4s", &port, &pin, level) != 3 || port < 'A' || port > 'K' ||
        pin > 15 || (strcmp(level, "low") != 0 && strcmp(level, "high") != 0)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    "expected a pin and its level like \"PA0 low\", got \"%s\"", text);
        return FALSE;
    }
    *wire = (BenchPinWire){port - 'A', (int)pin, strcmp(level, "high") == 0};
    return TRUE;
}

static void
create_parts(BenchBoard *board, const BenchBoardConfig *config)
{
    board->host.now_ns = on_now_ns;
    board->host.set_irq = on_set_irq;
    board->host.set_core_hz = on_set_core_hz;
    board->host.event_moved = on_event_moved;
    board->host.flash_busy_until = on_flash_busy_until;
    board->host.flash_changed = on_flash_changed;
    board->host.request_reset = on_request_reset;
    board->host.power_fails = on_power_fails;
    board->host.pin_changed = on_pin_changed;
    board->host.uart_frame = on_uart_frame;
    board->host.bus_read = on_bus_read;
    board->host.bus_write = on_bus_write;
    board->host.bus_free_ns = on_bus_free_ns;
    board->host.firmware_fault = on_firmware_fault;

    board->parts.chip = board->chip;
    board->parts.host = &board->host;
    board->parts.hse_hz = config->hse_hz;
    board->parts.uart_base = config->uart_base;
    board->parts.seed = config->seed;
    board->parts.instant_flash = config->instant_flash;
    board->parts.peripherals = g_ptr_array_new();
    board->chip->create(&board->parts);

    board->timed = g_ptr_array_new();
    for (guint i = 0; i < board->parts.peripherals->len; i++) {
        BenchPeripheral *p = board->parts.peripherals->pdata[i];
        if (p->ops->next_event_ns != NULL)
            g_ptr_array_add(board->timed, p);
    }
    board->events_moved = TRUE;
}

BenchBoard *
bench_board_new(const BenchBoardConfig *config, GError **error)
{
    g_autoptr(BenchBoard) board = g_new0(BenchBoard, 1);

    board->uart = g_string_new(NULL);
    board->events = g_string_new(NULL);
    board->peers = g_ptr_array_new();
    board->swd_connected = TRUE;
    board->seed = config->seed;
    board->supply_mv = config->supply_mv;
    board->chip = bench_chip_find(config->chip);
    if (board->chip == NULL) {
        g_autofree char *known = g_strjoinv(", ", (char **)bench_chip_names());
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    "the bench has no chip \"%s\", only %s", config->chip, known);
        return NULL;
    }
    if (!parse_pin(config->button, &board->button, error) ||
        !parse_pin(config->led, &board->led, error))
        return NULL;
    board->clock.hz = board->chip->reset_hz;
    board->counters.n_sectors = board->chip->n_sectors;
    board->counters.sector_erases = g_new0(guint32, board->chip->n_sectors);
    create_parts(board, config);
    bench_bus_init(board);
    if (!bench_cpu_init(board, error))
        return NULL;
    if (board->supply_mv != 0)
        bench_board_power_on(board);
    return g_steal_pointer(&board);
}

void
bench_board_free(BenchBoard *board)
{
    if (board == NULL)
        return;
    bench_cpu_clear(board);
    for (guint i = 0; i < board->n_memories; i++) {
        if (!board->memories[i].is_flash)
            g_free(board->memories[i].bytes);
    }
    g_free(board->flash_view);
    for (guint i = board->parts.peripherals != NULL ? board->parts.peripherals->len : 0; i > 0;
         i--) {
        BenchPeripheral *p = board->parts.peripherals->pdata[i - 1];
        p->ops->free(p);
    }
    g_clear_pointer(&board->parts.peripherals, g_ptr_array_unref);
    g_clear_pointer(&board->timed, g_ptr_array_unref);
    g_ptr_array_unref(board->peers);
    g_free(board->counters.sector_erases);
    g_string_free(board->uart, TRUE);
    g_string_free(board->events, TRUE);
    g_free(board);
}
