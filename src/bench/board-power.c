/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/board-private.h"

#include <string.h>

/* Reset and power, and what is left of the chip by each. */

#define BOOT_ROM 0x1fff0000u /* RM0090 table 2 */

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

/* RM0090 2.4. It would wait for a host; so it sleeps, with nothing enabled that could wake it. */
static void
enter_boot_rom(BenchBoard *board)
{
    bench_board_log(board, "BOOT0 is high: the chip's boot ROM, which the bench does not have");
    bench_cpu_set_pc(board, BOOT_ROM, TRUE);
    board->cpu.lockup = FALSE;
    board->cpu.asleep = TRUE;
    board->cpu.wfe = FALSE;
}

static void
leave_reset(BenchBoard *board)
{
    forget_flash_code(board);
    bench_exception_reset(board);
    if (board->boot0_high)
        enter_boot_rom(board);
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
    bench_board_update_guard(board); /* option bytes have been loaded */
    board->events_moved = TRUE;
    bench_board_set_led(board, FALSE);
    if (cause != BENCH_RESET_POWER) {
        static const char *const causes[] = {"power", "pin", "software", "watchdog",
                                             "option bytes"};
        board->counters.resets++;
        bench_board_log(board, "reset: %s", causes[cause]);
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

void
bench_board_power_on(BenchBoard *board)
{
    board->powered = TRUE;
    bench_board_log(board, "power 1");
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
    bench_board_set_led(board, FALSE);
    bench_board_log(board, "power 0");
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
        bench_board_power_on(board);
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
        bench_board_power_on(board);
}

void
bench_board_set_boot0(BenchBoard *board, gboolean high)
{
    board->boot0_high = high;
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
