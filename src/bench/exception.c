/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/board-private.h"

/* Exception entry, return and faults (ARMv7-M Architecture Reference Manual, B1.5). The FPU has no
 * part in it: see docs/bench.md. */

#define XPSR_T (1u << 24)
#define XPSR_IPSR 0x1ffu
#define XPSR_ALIGN (1u << 9) /* in a stacked one: four bytes were left out */
#define XPSR_IT 0x0600fc00u
#define CONTROL_SPSEL (1u << 1)
#define CCR_STKALIGN (1u << 9)
#define SCR_SLEEPONEXIT (1u << 1)
#define HFSR_VECTTBL (1u << 1)
#define HFSR_FORCED (1u << 30)
#define HFSR_DEBUGEVT (1u << 31)
#define FRAME_WORDS 8
#define ENTRY_CYCLES 12 /* Cortex-M4 TRM, 3.9.1 */

static const int frame_registers[FRAME_WORDS - 2] = {
    UC_ARM_REG_R0, UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3, UC_ARM_REG_R12, UC_ARM_REG_R14,
};

static void
lock_up(BenchBoard *board)
{
    board->cpu.lockup = TRUE;
    /* What a debugger reads then (B1.5.15). */
    bench_cpu_set_pc(board, 0xfffffffe, TRUE);
}

void
bench_exception_reset(BenchBoard *board)
{
    guint32 sp = 0, pc = 0;

    for (guint i = 0; i < 13; i++)
        bench_cpu_set(board, UC_ARM_REG_R0 + (int)i, 0);
    bench_cpu_set_xpsr(board, XPSR_T);
    bench_cpu_set(board, UC_ARM_REG_CONTROL, 0);
    bench_cpu_set(board, UC_ARM_REG_PRIMASK, 0);
    bench_cpu_set(board, UC_ARM_REG_FAULTMASK, 0);
    bench_cpu_set(board, UC_ARM_REG_BASEPRI, 0);
    bench_cpu_set(board, UC_ARM_REG_R14, 0xffffffff);
    bench_cpu_set(board, UC_ARM_REG_PSP, 0);
    board->cpu.lockup = FALSE;
    gboolean ok = bench_bus_read(board, board->scs.vtor, 4, &sp) &&
                  bench_bus_read(board, board->scs.vtor + 4, 4, &pc);
    bench_cpu_set(board, UC_ARM_REG_R13, sp & ~3u);
    bench_cpu_set_pc(board, pc & ~1u, pc & 1);
    if (!ok)
        lock_up(board);
}

static gboolean
is_masked_by_debugger(const BenchBoard *board, guint exception)
{
    return board->debug.enabled && board->debug.mask_interrupts && exception >= BENCH_EXC_PENDSV;
}

static gboolean
may_preempt(BenchBoard *board, guint exception, const BenchMasks *masks)
{
    return exception != 0 && !is_masked_by_debugger(board, exception) &&
           bench_nvic_group_priority(&board->nvic, exception) <
               bench_nvic_execution_priority(&board->nvic, masks);
}

gboolean
bench_exception_is_due(BenchBoard *board, gboolean ignore_primask)
{
    guint exception = bench_nvic_highest_pending(&board->nvic);
    BenchMasks masks;

    if (exception == 0)
        return FALSE;
    bench_cpu_get_masks(board, &masks);
    if (ignore_primask)
        masks.primask = FALSE;
    return may_preempt(board, exception, &masks);
}

static gboolean
write_word(BenchBoard *board, guint32 addr, guint32 value)
{
    return bench_bus_memory(board, addr, 4, NULL) != NULL && bench_bus_write(board, addr, 4, value);
}

static gboolean
push_frame(BenchBoard *board)
{
    guint32 xpsr = bench_cpu_get(board, UC_ARM_REG_XPSR) & ~XPSR_ALIGN;
    guint32 sp = bench_cpu_get(board, UC_ARM_REG_R13);
    gboolean ok = TRUE;

    if ((sp & 4) != 0 && (board->scs.ccr & CCR_STKALIGN) != 0) {
        sp -= 4;
        xpsr |= XPSR_ALIGN;
    }
    sp -= 4 * FRAME_WORDS;
    bench_cpu_set(board, UC_ARM_REG_R13, sp);
    for (guint i = 0; i < G_N_ELEMENTS(frame_registers); i++)
        ok = ok && write_word(board, sp + 4 * i, bench_cpu_get(board, frame_registers[i]));
    return ok && write_word(board, sp + 24, bench_cpu_get(board, UC_ARM_REG_PC)) &&
           write_word(board, sp + 28, xpsr);
}

static guint32
exc_return_now(const BenchBoard *board)
{
    if ((bench_cpu_get(board, UC_ARM_REG_XPSR) & XPSR_IPSR) != 0)
        return 0xfffffff1;
    return bench_cpu_get(board, UC_ARM_REG_CONTROL) & CONTROL_SPSEL ? 0xfffffffd : 0xfffffff9;
}

static gboolean
read_vector(BenchBoard *board, guint exception, guint32 *vector)
{
    if (bench_bus_read(board, board->scs.vtor + 4 * exception, 4, vector))
        return TRUE;
    board->scs.hfsr |= HFSR_VECTTBL;
    return FALSE;
}

static void
catch_vector(BenchBoard *board, guint exception)
{
    guint32 demcr = board->debug.demcr;

    if (board->debug.enabled &&
        ((exception == BENCH_EXC_HARD_FAULT && (demcr & BENCH_DEMCR_VC_HARDERR) != 0) ||
         (exception == BENCH_EXC_BUS_FAULT && (demcr & BENCH_DEMCR_VC_BUSERR) != 0)))
        bench_debug_halt(board, BENCH_DFSR_VCATCH);
}

static void
enter(BenchBoard *board, guint exception)
{
    guint32 exc_return = exc_return_now(board);
    gboolean hopeless = exception <= BENCH_EXC_HARD_FAULT;
    guint32 vector;

    board->cpu.asleep = FALSE;
    bench_board_stir(board);
    bench_nvic_set_pending(&board->nvic, exception, FALSE);
    if (!push_frame(board)) {
        board->scs.cfsr |= BENCH_CFSR_STKERR;
        if (hopeless) {
            lock_up(board);
            return;
        }
        board->scs.hfsr |= HFSR_FORCED;
        exception = BENCH_EXC_HARD_FAULT;
    }
    if (!read_vector(board, exception, &vector)) {
        if (hopeless || !read_vector(board, BENCH_EXC_HARD_FAULT, &vector)) {
            lock_up(board);
            return;
        }
        exception = BENCH_EXC_HARD_FAULT;
    }
    bench_nvic_enter(&board->nvic, exception);
    guint32 xpsr = bench_cpu_get(board, UC_ARM_REG_XPSR) & ~(XPSR_IPSR | XPSR_IT);
    bench_cpu_set_xpsr(board, xpsr | exception);
    bench_cpu_set(board, UC_ARM_REG_R14, exc_return);
    bench_cpu_set_pc(board, vector & ~1u, vector & 1);
    board->clock.cycles += ENTRY_CYCLES;
    catch_vector(board, exception);
}

gboolean
bench_exception_take_pending(BenchBoard *board)
{
    guint exception = bench_nvic_highest_pending(&board->nvic);
    BenchMasks masks;

    board->cpu.masked_pending = FALSE;
    if (exception == 0)
        return FALSE;
    bench_cpu_get_masks(board, &masks);
    if (may_preempt(board, exception, &masks)) {
        enter(board, exception);
        return TRUE;
    }
    /* Masks change without our seeing it, so the running core is to look itself. */
    board->cpu.masked_pending = masks.primask || masks.faultmask || masks.basepri != 0;
    return FALSE;
}

static void
pop_frame(BenchBoard *board, guint32 frame, gboolean to_psp, guint32 *xpsr, guint32 *pc)
{
    guint32 value;
    gboolean ok = TRUE;

    for (guint i = 0; i < G_N_ELEMENTS(frame_registers); i++) {
        ok = bench_bus_read(board, frame + 4 * i, 4, &value) && ok;
        bench_cpu_set(board, frame_registers[i], value);
    }
    ok = bench_bus_read(board, frame + 24, 4, pc) && ok;
    ok = bench_bus_read(board, frame + 28, 4, xpsr) && ok;
    if (!ok)
        board->scs.cfsr |= BENCH_CFSR_UNSTKERR;
    frame += 4 * FRAME_WORDS + (*xpsr & XPSR_ALIGN ? 4 : 0);
    bench_cpu_set(board, to_psp ? UC_ARM_REG_PSP : UC_ARM_REG_MSP, frame);
}

void
bench_exception_return(BenchBoard *board)
{
    guint32 exc_return = bench_cpu_get(board, UC_ARM_REG_PC) | 1;
    guint exception = bench_cpu_get(board, UC_ARM_REG_XPSR) & XPSR_IPSR;
    gboolean to_psp = exc_return == 0xfffffffd;
    gboolean to_handler = exc_return == 0xfffffff1;
    guint32 xpsr, pc;

    if (!to_psp && !to_handler && exc_return != 0xfffffff9) {
        bench_exception_fault(board, BENCH_CFSR_INVPC);
        return;
    }
    bench_nvic_leave(&board->nvic, exception);
    if (exception != BENCH_EXC_NMI)
        bench_cpu_set(board, UC_ARM_REG_FAULTMASK, 0);
    guint32 frame = bench_cpu_get(board, to_psp ? UC_ARM_REG_PSP : UC_ARM_REG_MSP);
    pop_frame(board, frame, to_psp, &xpsr, &pc);
    if (to_handler == ((xpsr & XPSR_IPSR) == 0)) { /* the frame is of another mode */
        bench_exception_fault(board, BENCH_CFSR_INVPC);
        return;
    }
    bench_cpu_set_xpsr(board, xpsr & ~XPSR_ALIGN);
    if (!to_handler) {
        guint32 control = bench_cpu_get(board, UC_ARM_REG_CONTROL) & ~CONTROL_SPSEL;
        bench_cpu_set(board, UC_ARM_REG_CONTROL, control | (to_psp ? CONTROL_SPSEL : 0));
        board->cpu.asleep = (board->scs.scr & SCR_SLEEPONEXIT) != 0;
        board->cpu.wfe = FALSE;
    }
    bench_cpu_set_pc(board, pc & ~1u, (xpsr & XPSR_T) != 0);
    board->cpu.event = TRUE; /* B1.5.18: an exception return is an event */
    board->clock.cycles += ENTRY_CYCLES;
}

/* An exception that the running instruction asks for: taken now, or as a HardFault. */
static void
take_synchronous(BenchBoard *board, guint exception, guint32 hfsr)
{
    BenchMasks masks;

    bench_cpu_get_masks(board, &masks);
    int running = bench_nvic_execution_priority(&board->nvic, &masks);
    if (board->nvic.enabled[exception] && exception != BENCH_EXC_HARD_FAULT &&
        bench_nvic_group_priority(&board->nvic, exception) < running) {
        enter(board, exception);
        return;
    }
    board->scs.hfsr |= hfsr;
    if (running <= -1)
        lock_up(board);
    else
        enter(board, BENCH_EXC_HARD_FAULT);
}

void
bench_exception_svc(BenchBoard *board)
{
    take_synchronous(board, BENCH_EXC_SVC, HFSR_FORCED);
}

void
bench_exception_fault(BenchBoard *board, guint32 cfsr)
{
    board->scs.cfsr |= cfsr;
    take_synchronous(board, cfsr < 0x10000 ? BENCH_EXC_BUS_FAULT : BENCH_EXC_USAGE_FAULT,
                     HFSR_FORCED);
}

void
bench_exception_debug_event(BenchBoard *board)
{
    board->debug.dfsr |= BENCH_DFSR_BKPT;
    take_synchronous(board, BENCH_EXC_HARD_FAULT, HFSR_DEBUGEVT);
}
