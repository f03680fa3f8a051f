/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/board-private.h"

#include <string.h>

/* The debug port: halting debug of ARMv7-M (Architecture Reference Manual, C1) and the accesses that
 * a probe makes through the AHB-AP. */

#define DHCSR_KEY 0xa05fu
#define C_DEBUGEN (1u << 0)
#define C_HALT (1u << 1)
#define C_STEP (1u << 2)
#define C_MASKINTS (1u << 3)
#define C_SNAPSTALL (1u << 5)
#define S_REGRDY (1u << 16)
#define S_HALT (1u << 17)
#define S_SLEEP (1u << 18)
#define S_LOCKUP (1u << 19)
#define S_RETIRE_ST (1u << 24)
#define S_RESET_ST (1u << 25)
#define DCRSR_WRITE (1u << 16)
#define FPB_CODE_COMPARATORS 6

void
bench_debug_power_on(BenchBoard *board)
{
    memset(&board->debug, 0, sizeof board->debug);
    board->host.debugger_attached = FALSE;
    bench_coresight_power_on(board);
    bench_debug_write_fpb(board);
    bench_board_update_guard(board);
}

/* -- halting -- */

static void
set_halted(BenchBoard *board, gboolean halted)
{
    if (board->debug.halted == halted)
        return;
    board->debug.halted = halted;
    bench_board_stir(board);
    bench_board_wires_changed(board);
}

void
bench_debug_halt(BenchBoard *board, guint32 dfsr)
{
    board->debug.dfsr |= dfsr;
    board->cpu.asleep = FALSE;
    board->cpu.lockup = FALSE; /* C1.5: entry to debug state leaves lock-up */
    set_halted(board, TRUE);
}

guint32
bench_debug_read_dhcsr(BenchBoard *board)
{
    BenchDebug *debug = &board->debug;
    guint32 value = debug->enabled ? C_DEBUGEN : 0;

    value |= debug->mask_interrupts ? C_MASKINTS : 0;
    value |= debug->snapstall ? C_SNAPSTALL : 0;
    /* C_HALT reads 1 in debug state, whatever has led there. */
    value |= debug->halted ? C_HALT | S_HALT | S_REGRDY : 0;
    value |= !board->nrst_low ? S_REGRDY : 0;
    value |= board->cpu.asleep ? S_SLEEP : 0;
    value |= board->cpu.lockup ? S_LOCKUP : 0;
    value |= debug->retired ? S_RETIRE_ST : 0;
    value |= debug->reset_seen ? S_RESET_ST : 0;
    if (debug->accessing) {
        debug->retired = FALSE;
        debug->reset_seen = board->nrst_low;
    }
    return value;
}

static void
step(BenchBoard *board)
{
    set_halted(board, FALSE);
    board->debug.retired = TRUE;
    if (!bench_exception_take_pending(board))
        bench_board_handle_stop(board, bench_cpu_step(board));
    bench_debug_halt(board, BENCH_DFSR_HALTED);
}

void
bench_debug_write_dhcsr(BenchBoard *board, guint32 value)
{
    BenchDebug *debug = &board->debug;
    gboolean was_halted = debug->halted;

    /* Software on the core cannot enable its own debugging (C1.6.2). */
    if (!debug->accessing || value >> 16 != DHCSR_KEY)
        return;
    debug->enabled = (value & C_DEBUGEN) != 0;
    debug->mask_interrupts = debug->enabled && (value & C_MASKINTS) != 0;
    debug->snapstall = debug->enabled && (value & C_SNAPSTALL) != 0;
    bench_debug_write_fpb(board);
    if (!debug->enabled)
        set_halted(board, FALSE);
    else if (board->nrst_low)
        return; /* only VC_CORERESET halts a core that leaves reset */
    else if ((value & C_HALT) != 0 && !was_halted)
        bench_debug_halt(board, BENCH_DFSR_HALTED);
    else if ((value & (C_HALT | C_STEP)) == C_STEP && was_halted)
        step(board);
    else if ((value & C_HALT) == 0)
        set_halted(board, FALSE);
}

void
bench_debug_write_fpb(BenchBoard *board)
{
    guint32 addrs[2 * FPB_CODE_COMPARATORS];
    guint n = 0;

    for (guint i = 0; i < FPB_CODE_COMPARATORS; i++) {
        guint32 comparator = board->debug.fp_comp[i];
        if ((comparator & 1) == 0)
            continue;
        /* REPLACE: 1 the lower half-word, 2 the upper, 3 both (C1.11.5). */
        if (comparator >> 30 & 1)
            addrs[n++] = comparator & 0x1ffffffc;
        if (comparator >> 31)
            addrs[n++] = (comparator & 0x1ffffffc) + 2;
    }
    if ((board->debug.fp_ctrl & 1) == 0 || !board->debug.enabled)
        n = 0;
    if (n != 0 || board->cpu.breakpoints->len != 0)
        bench_cpu_set_breakpoints(board, addrs, n);
}

/* -- core registers -- */

static int
unicorn_register(guint reg)
{
    if (reg < 13)
        return UC_ARM_REG_R0 + (int)reg;
    if (reg >= 64 && reg < 96)
        return UC_ARM_REG_S0 + (int)(reg - 64);
    switch (reg) {
    case 13:
        return UC_ARM_REG_R13;
    case 14:
        return UC_ARM_REG_R14;
    case 15:
        return UC_ARM_REG_R15;
    case 16:
        return UC_ARM_REG_XPSR;
    case 17:
        return UC_ARM_REG_MSP;
    case 18:
        return UC_ARM_REG_PSP;
    case 33:
        return UC_ARM_REG_FPSCR;
    default:
        return -1;
    }
}

#define REG_SPECIAL 20 /* CONTROL, FAULTMASK, BASEPRI, PRIMASK in one word */

static gboolean
get_register(BenchBoard *board, guint reg, guint32 *value)
{
    if (reg == REG_SPECIAL) {
        *value = bench_cpu_get(board, UC_ARM_REG_CONTROL) << 24 |
                 (bench_cpu_get(board, UC_ARM_REG_FAULTMASK) & 1) << 16 |
                 (bench_cpu_get(board, UC_ARM_REG_BASEPRI) & 0xff) << 8 |
                 (bench_cpu_get(board, UC_ARM_REG_PRIMASK) & 1);
        return TRUE;
    }
    if (unicorn_register(reg) < 0)
        return FALSE;
    *value = bench_cpu_get(board, unicorn_register(reg));
    return TRUE;
}

static gboolean
set_register(BenchBoard *board, guint reg, guint32 value)
{
    gboolean thumb = (bench_cpu_get(board, UC_ARM_REG_XPSR) & 1u << 24) != 0;

    switch (reg) {
    case REG_SPECIAL:
        bench_cpu_set(board, UC_ARM_REG_CONTROL, value >> 24 & 3);
        bench_cpu_set(board, UC_ARM_REG_FAULTMASK, value >> 16 & 1);
        bench_cpu_set(board, UC_ARM_REG_BASEPRI, value >> 8 & 0xff);
        bench_cpu_set(board, UC_ARM_REG_PRIMASK, value & 1);
        return TRUE;
    case 13:
    case 17:
    case 18:
        value &= ~3u;
        break;
    case 15: /* bit 0 says nothing here: the state is in xPSR */
        bench_cpu_set_pc(board, value & ~1u, thumb);
        return TRUE;
    case 16:
        bench_cpu_set_xpsr(board, value);
        return TRUE;
    default:
        break;
    }
    if (unicorn_register(reg) < 0)
        return FALSE;
    bench_cpu_set(board, unicorn_register(reg), value);
    return TRUE;
}

void
bench_debug_write_dcrsr(BenchBoard *board, guint32 value)
{
    if (!board->debug.accessing || !board->debug.halted)
        return;
    if (value & DCRSR_WRITE)
        set_register(board, value & 0x7f, board->debug.dcrdr);
    else
        get_register(board, value & 0x7f, &board->debug.dcrdr);
}

/* -- the port -- */

guint32
bench_board_get_dpidr(const BenchBoard *board)
{
    return board->chip->dpidr;
}

void
bench_board_set_swd_connected(BenchBoard *board, gboolean connected)
{
    board->swd_connected = connected;
}

static gboolean
answers(const BenchBoard *board)
{
    /* RDP level 2 switches the port off (RM0383, section 3.6.3). */
    return board->powered && board->swd_connected && board->parts.rdp_level < 2 &&
           bench_parts_swd_is_open(&board->parts);
}

/* STOP mode without DBG_STOP of DBGMCU_CR: the bus has no clock (RM0383 23.16.1, RM0008 31.16.1). The
 * debug port itself lives on the probe's. */
static gboolean
bus_is_stopped(BenchBoard *board)
{
    const guint32 dbg_stop = 1u << 1;
    guint32 cr = 0;

    if (!bench_board_is_stopped(board))
        return FALSE;
    bench_bus_read_device(board, board->chip->dbgmcu_base + 4, 4, &cr);
    return (cr & dbg_stop) == 0;
}

static BenchDebugStatus
open_access(BenchBoard *board, guint32 addr, guint size)
{
    BenchMemory *memory = NULL;

    if (!answers(board))
        return BENCH_DEBUG_NO_CHIP;
    if (bus_is_stopped(board))
        return BENCH_DEBUG_WAIT;
    if (!board->host.debugger_attached) {
        board->host.debugger_attached = TRUE;
        bench_board_update_guard(board);
    }
    if ((size != 1 && size != 2 && size != 4) || (addr & (size - 1)) != 0)
        return BENCH_DEBUG_FAULT;
    /* In reset the core's debug registers and the MCU's stay reachable, the buses do not. */
    if (board->nrst_low && addr >> 20 != 0xe00)
        return BENCH_DEBUG_FAULT;
    if (bench_bus_memory(board, addr, size, &memory) != NULL && memory->is_flash &&
        bench_bus_flash_is_blocked(board))
        return BENCH_DEBUG_FAULT;
    if (board->flash_busy_until != 0 && bench_bus_is_flash(board, addr))
        return BENCH_DEBUG_WAIT;
    return BENCH_DEBUG_OK;
}

/* A spinning core may wait for what a debugger changes; a register read may change something, too. */
static void
close_access(BenchBoard *board)
{
    board->debug.accessing = FALSE;
    bench_board_stir(board);
    bench_board_settle(board);
}

BenchDebugStatus
bench_board_debug_read(BenchBoard *board, guint32 addr, guint size, guint32 *value)
{
    BenchDebugStatus status = open_access(board, addr, size);

    *value = 0;
    if (status != BENCH_DEBUG_OK)
        return status;
    gboolean is_device = bench_bus_memory(board, addr, size, NULL) == NULL;
    board->debug.accessing = TRUE;
    gboolean ok = bench_bus_read(board, addr, size, value);
    board->debug.accessing = FALSE;
    if (is_device && !bench_scs_owns(board, addr))
        close_access(board);
    return ok ? BENCH_DEBUG_OK : BENCH_DEBUG_FAULT;
}

BenchDebugStatus
bench_board_debug_write(BenchBoard *board, guint32 addr, guint size, guint32 value)
{
    BenchDebugStatus status = open_access(board, addr, size);
    BenchMemory *memory = NULL;

    if (status != BENCH_DEBUG_OK)
        return status;
    gboolean is_memory = bench_bus_memory(board, addr, size, &memory) != NULL;
    board->debug.accessing = TRUE;
    gboolean ok = bench_bus_write(board, addr, size, value);
    if (is_memory && !memory->is_flash)
        bench_cpu_forget_code(board, addr, size);
    close_access(board);
    return ok ? BENCH_DEBUG_OK : BENCH_DEBUG_FAULT;
}

BenchDebugStatus
bench_board_debug_read_block(
    BenchBoard *board, guint32 addr, guint size, guint8 *out, gsize n_bytes, gsize *done)
{
    BenchDebugStatus status = open_access(board, addr, size);
    guint32 value;

    *done = 0;
    if (n_bytes == 0 || status != BENCH_DEBUG_OK)
        return n_bytes == 0 && status == BENCH_DEBUG_FAULT ? BENCH_DEBUG_OK : status;
    const guint8 *bytes = bench_bus_memory(board, addr, n_bytes, NULL);
    if (bytes != NULL) {
        memcpy(out, bytes, n_bytes);
        *done = n_bytes;
        return BENCH_DEBUG_OK;
    }
    for (; *done + size <= n_bytes; *done += size) {
        status = bench_board_debug_read(board, addr + (guint32)*done, size, &value);
        if (status != BENCH_DEBUG_OK)
            return status;
        for (guint i = 0; i < size; i++)
            out[*done + i] = (guint8)(value >> (8 * i));
    }
    return BENCH_DEBUG_OK;
}

BenchDebugStatus
bench_board_debug_write_block(
    BenchBoard *board, guint32 addr, guint size, const guint8 *bytes, gsize n_bytes, gsize *done)
{
    BenchDebugStatus status = open_access(board, addr, size);
    BenchMemory *memory = NULL;

    *done = 0;
    if (n_bytes == 0 || status != BENCH_DEBUG_OK)
        return n_bytes == 0 && status == BENCH_DEBUG_FAULT ? BENCH_DEBUG_OK : status;
    guint8 *to = bench_bus_memory(board, addr, n_bytes, &memory);
    if (to != NULL && !memory->is_flash) {
        memcpy(to, bytes, n_bytes);
        bench_cpu_forget_code(board, addr, (guint32)n_bytes);
        close_access(board);
        *done = n_bytes;
        return BENCH_DEBUG_OK;
    }
    for (; *done + size <= n_bytes; *done += size) {
        guint32 value = 0;
        for (guint i = 0; i < size; i++)
            value |= (guint32)bytes[*done + i] << (8 * i);
        status = bench_board_debug_write(board, addr + (guint32)*done, size, value);
        if (status != BENCH_DEBUG_OK)
            return status;
    }
    return BENCH_DEBUG_OK;
}

BenchDebugStatus
bench_board_debug_read_core(BenchBoard *board, guint reg, guint32 *value)
{
    *value = 0;
    if (!answers(board))
        return BENCH_DEBUG_NO_CHIP;
    return board->debug.halted && get_register(board, reg, value) ? BENCH_DEBUG_OK
                                                                  : BENCH_DEBUG_FAULT;
}

BenchDebugStatus
bench_board_debug_write_core(BenchBoard *board, guint reg, guint32 value)
{
    if (!answers(board))
        return BENCH_DEBUG_NO_CHIP;
    return board->debug.halted && set_register(board, reg, value) ? BENCH_DEBUG_OK
                                                                  : BENCH_DEBUG_FAULT;
}
