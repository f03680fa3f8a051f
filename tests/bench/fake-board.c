/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/fake-board.h"

#include <string.h>

static FakeBoard *
from_host(BenchPeripheralHost *host)
{
    return (FakeBoard *)host;
}

static guint64
now_ns(BenchPeripheralHost *host)
{
    return from_host(host)->now_ns;
}

static void
set_irq(BenchPeripheralHost *host, guint irq, gboolean level)
{
    from_host(host)->irqs[irq] = level;
}

static void
set_core_hz(BenchPeripheralHost *host, guint32 hz)
{
    from_host(host)->core_hz = hz;
}

static void
event_moved(BenchPeripheralHost *host)
{
}

static void
flash_busy_until(BenchPeripheralHost *host, guint64 ns)
{
    from_host(host)->flash_busy_until_ns = ns;
}

static void
flash_changed(BenchPeripheralHost *host, guint32 addr, guint32 size)
{
    FakeBoard *board = from_host(host);
    guint32 offset = addr - board->parts.chip->flash_base;

    g_assert_cmpuint(offset + size, <=, board->parts.chip->flash_size);
    memcpy(board->view + offset, board->parts.flash + offset, size);
}

static void
request_reset(BenchPeripheralHost *host, BenchResetCause cause)
{
    from_host(host)->n_resets++;
}

static void
power_fails(BenchPeripheralHost *host)
{
    from_host(host)->n_power_fails++;
}

static void
pin_changed(BenchPeripheralHost *host, guint port, guint pin, gboolean level)
{
    g_string_append_printf(from_host(host)->pins, "%c%u=%d ", 'A' + port, pin, level);
}

static void
uart_frame(BenchPeripheralHost *host, guint32 uart_base, const BenchUartFrame *frame)
{
    gboolean stop;

    g_string_append_c(from_host(host)->uart,
                      (char)bench_uart_frame_sample(frame, 115200, 8, &stop));
}

/* Core-coupled memory as well: who must not reach it has to know that. */
static guint8 *
find_ram(FakeBoard *board, guint32 addr)
{
    guint32 offset = addr - (addr >> 28 == 1 ? FAKE_CCM : FAKE_RAM);

    return offset < sizeof board->ram ? board->ram + offset : NULL;
}

static gboolean
bus_read(BenchPeripheralHost *host, guint32 addr, guint size, guint32 *value)
{
    FakeBoard *board = from_host(host);

    *value = 0;
    if (find_ram(board, addr) != NULL)
        memcpy(value, find_ram(board, addr), size);
    else if (addr - board->parts.chip->flash_base < board->parts.chip->flash_size)
        memcpy(value, board->view + (addr - board->parts.chip->flash_base), size);
    else if (addr >> 28 == 4)
        *value = fake_board_read(board, addr, size);
    else
        return FALSE;
    return TRUE;
}

static gboolean
bus_write(BenchPeripheralHost *host, guint32 addr, guint size, guint32 value)
{
    FakeBoard *board = from_host(host);

    if (find_ram(board, addr) != NULL)
        memcpy(find_ram(board, addr), &value, size);
    else if (addr >> 28 == 4)
        fake_board_write(board, addr, size, value);
    else
        return FALSE;
    return TRUE;
}

static guint64
bus_free_ns(BenchPeripheralHost *host, guint32 addr)
{
    return addr >> 28 == 0 ? from_host(host)->flash_busy_until_ns : 0;
}

static void
firmware_fault(BenchPeripheralHost *host, const char *what)
{
    g_string_append_printf(from_host(host)->faults, "%s\n", what);
}

static void
free_peripheral(gpointer p)
{
    ((BenchPeripheral *)p)->ops->free(p);
}

FakeBoard *
fake_board_new(const char *chip, guint64 seed, gboolean instant_flash)
{
    FakeBoard *board = g_new0(FakeBoard, 1);

    board->host = (BenchPeripheralHost){
        .supply_mv = 3300,
        .now_ns = now_ns,
        .set_irq = set_irq,
        .set_core_hz = set_core_hz,
        .event_moved = event_moved,
        .flash_busy_until = flash_busy_until,
        .flash_changed = flash_changed,
        .request_reset = request_reset,
        .power_fails = power_fails,
        .pin_changed = pin_changed,
        .uart_frame = uart_frame,
        .bus_read = bus_read,
        .bus_write = bus_write,
        .bus_free_ns = bus_free_ns,
        .firmware_fault = firmware_fault,
    };
    board->uart = g_string_new(NULL);
    board->pins = g_string_new(NULL);
    board->faults = g_string_new(NULL);
    board->parts.chip = bench_chip_find(chip);
    g_assert_nonnull(board->parts.chip);
    board->parts.host = &board->host;
    board->parts.hse_hz = g_str_has_prefix(chip, "STM32F1") ? 8000000 : 25000000;
    board->parts.seed = seed;
    board->parts.instant_flash = instant_flash;
    board->parts.peripherals = g_ptr_array_new();
    board->parts.chip->create(&board->parts);
    board->view = g_memdup2(board->parts.flash, board->parts.chip->flash_size);
    fake_board_reset(board, BENCH_RESET_POWER);
    return board;
}

void
fake_board_free(FakeBoard *board)
{
    GPtrArray *peripherals = board->parts.peripherals;

    for (guint i = peripherals->len; i > 0; i--)
        free_peripheral(g_ptr_array_index(peripherals, i - 1));
    g_ptr_array_unref(peripherals);
    g_string_free(board->uart, TRUE);
    g_string_free(board->pins, TRUE);
    g_string_free(board->faults, TRUE);
    g_free(board->view);
    g_free(board);
}

void
fake_board_reset(FakeBoard *board, BenchResetCause cause)
{
    board->host.reset_cause = cause;
    for (guint i = 0; i < board->parts.peripherals->len; i++) {
        BenchPeripheral *p = g_ptr_array_index(board->parts.peripherals, i);
        p->ops->reset(p, cause == BENCH_RESET_POWER);
    }
}

void
fake_board_power_off(FakeBoard *board)
{
    for (guint i = 0; i < board->parts.peripherals->len; i++) {
        BenchPeripheral *p = g_ptr_array_index(board->parts.peripherals, i);
        if (p->ops->power_off != NULL)
            p->ops->power_off(p);
    }
}

void
fake_board_set_halted(FakeBoard *board, gboolean halted)
{
    board->host.core_halted = halted;
    for (guint i = 0; i < board->parts.peripherals->len; i++) {
        BenchPeripheral *p = g_ptr_array_index(board->parts.peripherals, i);
        if (p->ops->wires_changed != NULL)
            p->ops->wires_changed(p);
    }
}

/* The peripheral with the earliest event, and when; NULL: none has one. */
static BenchPeripheral *
find_next(FakeBoard *board, guint64 *ns)
{
    BenchPeripheral *next = NULL;

    *ns = G_MAXUINT64;
    for (guint i = 0; i < board->parts.peripherals->len; i++) {
        BenchPeripheral *p = g_ptr_array_index(board->parts.peripherals, i);
        guint64 event = p->ops->next_event_ns != NULL ? p->ops->next_event_ns(p) : G_MAXUINT64;
        if (event < *ns) {
            *ns = event;
            next = p;
        }
    }
    return next;
}

void
fake_board_run(FakeBoard *board, guint64 ns)
{
    guint64 end = board->now_ns + ns, event;

    for (BenchPeripheral *p; (p = find_next(board, &event)) != NULL && event <= end;) {
        board->now_ns = MAX(board->now_ns, event);
        p->ops->advance(p, board->now_ns);
    }
    board->now_ns = end;
}

static BenchPeripheral *
find_peripheral(FakeBoard *board, guint32 addr)
{
    for (guint i = 0; i < board->parts.peripherals->len; i++) {
        BenchPeripheral *p = g_ptr_array_index(board->parts.peripherals, i);
        if (addr - p->base < p->size)
            return p;
    }
    g_error("nothing at 0x%08x", addr);
}

guint32
fake_board_read(FakeBoard *board, guint32 addr, guint size)
{
    BenchPeripheral *p = find_peripheral(board, addr);

    return bench_peripheral_read(p, addr - p->base, size);
}

void
fake_board_write(FakeBoard *board, guint32 addr, guint size, guint32 value)
{
    guint32 offset = addr - board->parts.chip->flash_base;

    if (offset < board->parts.chip->flash_size) {
        bench_parts_flash_write(&board->parts, offset, size, value);
        return;
    }
    BenchPeripheral *p = find_peripheral(board, addr);
    bench_peripheral_write(p, addr - p->base, size, value);
}

guint32
peek(FakeBoard *board, guint32 addr)
{
    return fake_board_read(board, addr, 4);
}

void
poke(FakeBoard *board, guint32 addr, guint32 value)
{
    fake_board_write(board, addr, 4, value);
}
