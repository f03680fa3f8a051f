/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/board-private.h"

/* How a board spends its time: peripherals at their events, the core in between. */

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

/* ns */
static guint64
next_of_peers(BenchBoard *board)
{
    guint64 next = G_MAXUINT64;

    for (guint i = 0; i < board->peers->len; i++)
        next = MIN(next, ((BenchUartPeer *)board->peers->pdata[i])->next_ns);
    return next;
}

static guint64
next_event(BenchBoard *board)
{
    if (!board->events_moved)
        return board->next_event;
    board->events_moved = FALSE;
    board->next_event = next_of_peers(board);
    for (guint i = 0; i < board->timed->len; i++) {
        BenchPeripheral *p = board->timed->pdata[i];
        board->next_event = MIN(board->next_event, p->ops->next_event_ns(p));
    }
    return board->next_event;
}

static void
advance_peers(BenchBoard *board)
{
    guint64 now = bench_clock_now(&board->clock);

    for (guint i = 0; i < board->peers->len; i++) {
        BenchUartPeer *peer = board->peers->pdata[i];
        if (peer->next_ns <= now)
            peer->advance(peer, now);
    }
}

static void
advance_due(BenchBoard *board)
{
    guint64 now = bench_clock_now(&board->clock);

    for (guint i = 0; i < board->timed->len; i++) {
        BenchPeripheral *p = board->timed->pdata[i];
        if (p->ops->next_event_ns(p) <= now)
            p->ops->advance(p, now);
    }
    advance_peers(board);
    board->events_moved = TRUE;
    bench_board_stir(board);
}

void
bench_board_stall(BenchBoard *board)
{
    while (board->flash_busy_until > bench_clock_now(&board->clock) && !board->power_failing &&
           !board->reset_wanted) {
        guint64 next = MIN(board->flash_busy_until, next_event(board));
        if (next == G_MAXUINT64)
            return; /* stuck for good: the run loop keeps the core where it is */
        bench_clock_sleep_until(&board->clock, next);
        advance_due(board);
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

gboolean
bench_board_is_stopped(const BenchBoard *board)
{
    const guint32 sleepdeep = 1u << 2;

    return board->cpu.asleep && (board->scs.scr & sleepdeep) != 0;
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

    if (bench_board_is_stopped(board) && !wakes(board)) { /* SysTick stands still, too */
        bench_clock_freeze_until(clock, until);
        return;
    }
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
    while (bench_clock_now(&board->clock) < target && !board->stop_wanted) {
        if (!board->powered || board->nrst_low) {
            bench_clock_freeze_until(&board->clock, MIN(target, next_of_peers(board)));
            advance_peers(board);
            continue;
        }
        guint64 next = next_event(board);
        if (next <= bench_clock_now(&board->clock))
            advance_due(board);
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

void
bench_board_run_until_stopped(BenchBoard *board, guint64 ns)
{
    guint64 target = board->world_ns + ns;

    run_until(board, target);
    board->world_ns = MIN(target, MAX(board->world_ns, bench_clock_now(&board->clock)));
    board->stop_wanted = FALSE;
}

void
bench_board_stop(BenchBoard *board)
{
    board->stop_wanted = TRUE;
}

gboolean
bench_board_is_idle(const BenchBoard *board)
{
    if (!board->powered || board->nrst_low)
        return TRUE;
    for (guint i = 0; i < board->peers->len; i++) {
        const BenchUartPeer *peer = board->peers->pdata[i];
        if (bench_parts_uart_is_sending(&board->parts, peer->uart_base))
            return FALSE;
    }
    return board->flash_busy_until == 0 &&
           (board->cpu.asleep || board->cpu.spinning || board->cpu.lockup || board->debug.halted);
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
