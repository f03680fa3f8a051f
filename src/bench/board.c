/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "board-private.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#define MAX_EVENTS_BYTES (8u << 20)

static BenchBoard *
board_of(BenchPeripheralHost *host)
{
    return (BenchBoard *)host;
}

G_GNUC_PRINTF(2, 3)
static void
log_event(BenchBoard *board, const char *format, ...)
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
    bench_nvic_set_level(&board_of(host)->nvic, irq, level);
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
on_request_reset(BenchPeripheralHost *host)
{
    board_of(host)->reset_wanted = TRUE;
    board_of(host)->reset_wanted_by = BENCH_RESET_WATCHDOG;
    bench_cpu_attend(board_of(host));
}

static void
on_power_fails(BenchPeripheralHost *host)
{
    board_of(host)->power_failing = TRUE;
    bench_cpu_attend(board_of(host));
}

static void
set_led(BenchBoard *board, gboolean lit)
{
    if (board->led_lit == lit)
        return;
    board->led_lit = lit;
    log_event(board, "LED %d", lit);
}

static void
on_pin_changed(BenchPeripheralHost *host, guint port, guint pin, gboolean level)
{
    BenchBoard *board = board_of(host);

    log_event(board, "P%c%u %d", 'A' + port, pin, level ? 1 : 0);
    if ((int)port == board->led.port && (int)pin == board->led.pin)
        set_led(board, level == board->led.level);
}

static void
on_uart_byte(BenchPeripheralHost *host, guint32 uart_base, guint8 byte)
{
    if (uart_base == board_of(host)->parts.uart_base)
        g_string_append_c(board_of(host)->uart, (char)byte);
}

static void
on_firmware_fault(BenchPeripheralHost *host, const char *what)
{
    log_event(board_of(host), "fault: %s", what);
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

/* -- time -- */

void
bench_board_stir(BenchBoard *board)
{
    board->cpu.spinning = FALSE;
    bench_spin_reset(&board->cpu.spin);
}

void
bench_board_update_guard(BenchBoard *board)
{
    board->cpu.guard_flash =
        board->flash_busy_until != 0 || board->flash_dirty || bench_bus_flash_is_blocked(board);
}

guint64
bench_board_next_event(BenchBoard *board)
{
    if (!board->events_moved)
        return board->next_event;
    board->events_moved = FALSE;
    board->next_event = G_MAXUINT64;
    for (guint i = 0; i < board->timed->len; i++) {
        BenchPeripheral *p = board->timed->pdata[i];
        board->next_event = MIN(board->next_event, p->ops->next_event_ns(p));
    }
    return board->next_event;
}

void
bench_board_advance_due(BenchBoard *board)
{
    guint64 now = bench_clock_now(&board->clock);

    for (guint i = 0; i < board->timed->len; i++) {
        BenchPeripheral *p = board->timed->pdata[i];
        if (p->ops->next_event_ns(p) <= now)
            p->ops->advance(p, now);
    }
    board->events_moved = TRUE;
    bench_board_stir(board);
}

void
bench_board_stall(BenchBoard *board)
{
    while (board->flash_busy_until > bench_clock_now(&board->clock) && !board->power_failing &&
           !board->reset_wanted) {
        guint64 next = MIN(board->flash_busy_until, bench_board_next_event(board));
        if (next == G_MAXUINT64)
            return; /* stuck for good: the run loop keeps the core where it is */
        bench_clock_sleep_until(&board->clock, next);
        bench_board_advance_due(board);
    }
}

static gboolean
wakes(BenchBoard *board)
{
    const guint32 sevonpend = 1u << 4;

    if (board->nvic.n_pending == 0)
        return FALSE;
    if (board->cpu.wfe && (board->scs.scr & sevonpend) != 0)
        return TRUE;
    return bench_exception_is_due(board, !board->cpu.wfe);
}

static void
fall_asleep(BenchBoard *board, gboolean wfe)
{
    if (wfe && board->cpu.event) {
        board->cpu.event = FALSE;
        return;
    }
    board->cpu.asleep = TRUE;
    board->cpu.wfe = wfe;
}

static void
handle_breakpoint(BenchBoard *board)
{
    if (board->debug.enabled)
        bench_debug_halt(board, BENCH_DFSR_BKPT);
    else
        bench_exception_debug_event(board);
}

void
bench_board_handle_stop(BenchBoard *board, BenchStop why)
{
    switch (why) {
    case BENCH_STOP_LIMIT:
    case BENCH_STOP_YIELD:
        break;
    case BENCH_STOP_SPIN:
        board->cpu.spinning = TRUE;
        break;
    case BENCH_STOP_WFI:
    case BENCH_STOP_WFE:
        fall_asleep(board, why == BENCH_STOP_WFE);
        break;
    case BENCH_STOP_BREAKPOINT:
    case BENCH_STOP_BKPT:
        handle_breakpoint(board);
        break;
    case BENCH_STOP_SVC:
        bench_exception_svc(board);
        break;
    case BENCH_STOP_EXC_RETURN:
        bench_exception_return(board);
        break;
    case BENCH_STOP_UNDEFINED:
        bench_exception_fault(board, BENCH_CFSR_UNDEFINSTR);
        break;
    case BENCH_STOP_NO_COPROCESSOR:
        bench_exception_fault(board, BENCH_CFSR_NOCP);
        break;
    case BENCH_STOP_INVALID_STATE:
        bench_exception_fault(board, BENCH_CFSR_INVSTATE);
        break;
    case BENCH_STOP_NO_CODE:
        bench_exception_fault(board, BENCH_CFSR_IBUSERR);
        break;
    }
    if (board->cpu.bus_fault) {
        board->cpu.bus_fault = FALSE;
        board->scs.bfar = board->cpu.bus_fault_addr;
        bench_exception_fault(board, BENCH_CFSR_PRECISERR | BENCH_CFSR_BFARVALID);
    }
}

static gboolean
executes_from_flash(BenchBoard *board)
{
    BenchMemory *memory = NULL;
    guint32 pc = bench_cpu_get(board, UC_ARM_REG_PC);

    return bench_bus_memory(board, pc, 2, &memory) != NULL && memory->is_flash;
}

/* The core's part of the time until `until`, or less. */
static void
run_core(BenchBoard *board, guint64 until)
{
    BenchClock *clock = &board->clock;

    bench_systick_update(board);
    guint64 limit =
        MIN(bench_systick_next(board), clock->cycles + bench_clock_cycles_until(clock, until));
    if (board->cpu.lockup || (board->cpu.asleep && !wakes(board))) {
        clock->cycles = limit;
        return;
    }
    board->cpu.asleep = FALSE;
    if (bench_exception_take_pending(board))
        return;
    if (board->cpu.spinning) {
        clock->cycles = limit;
    } else if (board->cpu.guard_flash && executes_from_flash(board)) {
        if (bench_bus_flash_is_blocked(board))
            bench_exception_fault(board, BENCH_CFSR_IBUSERR);
        else
            bench_clock_sleep_until(clock, MIN(until, board->flash_busy_until));
    } else {
        board->debug.retired = TRUE;
        bench_board_handle_stop(board, bench_cpu_run(board, limit));
    }
}

static void
run_until(BenchBoard *board, guint64 target)
{
    bench_board_settle(board);
    while (bench_clock_now(&board->clock) < target) {
        if (!board->powered || board->nrst_low) {
            bench_clock_freeze_until(&board->clock, target);
            return;
        }
        guint64 next = bench_board_next_event(board);
        if (next <= bench_clock_now(&board->clock))
            bench_board_advance_due(board);
        else if (board->debug.halted)
            bench_clock_freeze_until(&board->clock, MIN(target, next));
        else
            run_core(board, MIN(target, next));
        bench_board_settle(board);
    }
}

void
bench_board_run_for(BenchBoard *board, guint64 ns)
{
    board->world_ns += ns;
    run_until(board, board->world_ns);
}

guint64
bench_board_now_ns(const BenchBoard *board)
{
    return board->world_ns;
}

guint64
bench_board_flash_busy_until_ns(const BenchBoard *board)
{
    return board->flash_busy_until;
}

/* -- reset and power -- */

static void
forget_flash_code(BenchBoard *board)
{
    guint32 size = board->dirty_to - board->dirty_from;

    if (!board->flash_dirty)
        return;
    board->flash_dirty = FALSE;
    bench_cpu_forget_code(board, board->chip->flash_base + board->dirty_from, size);
    bench_cpu_forget_code(board, board->dirty_from, size);
    bench_board_update_guard(board);
}

static void
leave_reset(BenchBoard *board)
{
    forget_flash_code(board);
    bench_exception_reset(board);
    board->debug.reset_seen = TRUE;
    board->debug.halted = FALSE;
    if (board->debug.enabled && (board->debug.demcr & BENCH_DEMCR_VC_CORERESET) != 0)
        bench_debug_halt(board, BENCH_DFSR_VCATCH);
    bench_board_wires_changed(board);
}

static void
enter_reset(BenchBoard *board, BenchResetCause cause)
{
    GPtrArray *all = board->parts.peripherals;

    bench_board_stir(board);
    board->reset_wanted = FALSE;
    board->cpu.asleep = FALSE;
    board->cpu.event = FALSE;
    board->cpu.lockup = FALSE;
    board->cpu.bus_fault = FALSE;
    board->cpu.masked_pending = FALSE;
    board->debug.halted = FALSE;
    board->debug.reset_seen = TRUE;
    board->host.core_halted = FALSE;
    board->host.reset_cause = cause;
    bench_clock_set_hz(&board->clock, board->chip->reset_hz);
    for (guint i = 0; i < all->len; i++) {
        BenchPeripheral *p = all->pdata[i];
        p->ops->reset(p, cause == BENCH_RESET_POWER);
    }
    bench_scs_reset(board);
    board->events_moved = TRUE;
    set_led(board, FALSE);
    if (cause != BENCH_RESET_POWER) {
        static const char *const causes[] = {"power", "pin", "software", "watchdog"};
        board->counters.resets++;
        log_event(board, "reset: %s", causes[cause]);
    }
}

static void
fill_ram(BenchBoard *board)
{
    guint64 state = board->seed + board->counters.power_cycles;

    for (guint i = 0; i < board->n_memories; i++) {
        BenchMemory *m = &board->memories[i];
        for (guint32 at = 0; !m->is_flash && at + 8 <= m->size; at += 8) {
            /* SplitMix64 (Steele, Lea, Flood, 2014). */
            guint64 z = state += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
            z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
            z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
            z ^= z >> 31;
            memcpy(m->bytes + at, &z, sizeof z);
        }
        if (!m->is_flash)
            bench_cpu_forget_code(board, m->base, m->size);
    }
}

static void
power_on(BenchBoard *board)
{
    board->powered = TRUE;
    log_event(board, "power 1");
    fill_ram(board);
    board->counters.power_cycles++;
    bench_debug_power_on(board);
    bench_board_flash_changed(board);
    board->host.supply_mv = board->supply_mv;
    enter_reset(board, BENCH_RESET_POWER);
    if (!board->nrst_low)
        leave_reset(board);
}

static void
power_off(BenchBoard *board)
{
    GPtrArray *all = board->parts.peripherals;

    for (guint i = 0; i < all->len; i++) {
        BenchPeripheral *p = all->pdata[i];
        if (p->ops->power_off != NULL)
            p->ops->power_off(p);
    }
    board->powered = FALSE;
    board->power_failing = FALSE;
    board->reset_wanted = FALSE;
    board->flash_busy_until = 0;
    board->host.supply_mv = 0;
    bench_board_stir(board);
    set_led(board, FALSE);
    log_event(board, "power 0");
}

void
bench_board_settle(BenchBoard *board)
{
    if (board->power_failing)
        power_off(board);
    if (board->reset_wanted && board->powered) {
        enter_reset(board, board->reset_wanted_by);
        if (!board->nrst_low)
            leave_reset(board);
    }
    if (board->flash_dirty)
        forget_flash_code(board);
}

void
bench_board_set_power(BenchBoard *board, gboolean on)
{
    if (on && !board->powered && board->supply_mv != 0)
        power_on(board);
    else if (!on && board->powered)
        power_off(board);
}

gboolean
bench_board_has_power(const BenchBoard *board)
{
    return board->powered;
}

guint
bench_board_get_supply_mv(const BenchBoard *board)
{
    return board->powered ? board->supply_mv : 0;
}

void
bench_board_set_supply_mv(BenchBoard *board, guint supply_mv)
{
    if (supply_mv == 0) {
        bench_board_set_power(board, FALSE);
        return;
    }
    board->supply_mv = supply_mv;
    if (board->powered)
        bench_board_wires_changed(board);
    else
        power_on(board);
}

void
bench_board_set_nrst(BenchBoard *board, gboolean low)
{
    if (board->nrst_low == !!low)
        return;
    board->nrst_low = !!low;
    if (!board->powered)
        return;
    if (low)
        enter_reset(board, BENCH_RESET_PIN);
    else
        leave_reset(board);
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
}

const BenchBoardCounters *
bench_board_get_counters(const BenchBoard *board)
{
    BenchBoard *own = (BenchBoard *)board;

    bench_parts_get_counters(&own->parts, &own->counters.erases, &own->counters.programs,
                             own->counters.sector_erases);
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
    board->host.uart_byte = on_uart_byte;
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
        power_on(board);
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
    g_free(board->counters.sector_erases);
    g_string_free(board->uart, TRUE);
    g_string_free(board->events, TRUE);
    g_free(board);
}
