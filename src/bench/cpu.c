/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/board-private.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Unicorn 2.0.1 as a Cortex-M. What this file keeps to, because everything else goes wrong:
 *  - the mode is plain Thumb and the CPU model says Cortex-M (UC_MODE_MCLASS gives a Cortex-M33);
 *  - uc_emu_stop() is called from block and interrupt hooks only: elsewhere the PC stays at the
 *    start of a block that has taken effect;
 *  - breakpoints and steps are exits; translated code must be dropped before an exit counts;
 *  - all time is counted in block hooks, at the start of each block.
 */

/* -- registers -- */

guint32
bench_cpu_get(const BenchBoard *board, int reg)
{
    guint32 value = 0;

    uc_reg_read(board->cpu.uc, reg, &value);
    return value;
}

void
bench_cpu_set(BenchBoard *board, int reg, guint32 value)
{
    uc_reg_write(board->cpu.uc, reg, &value);
}

void
bench_cpu_set_pc(BenchBoard *board, guint32 pc, gboolean thumb)
{
    bench_cpu_set(board, UC_ARM_REG_PC, pc | (thumb ? 1 : 0));
}

void
bench_cpu_set_xpsr(BenchBoard *board, guint32 value)
{
    bench_cpu_set(board, UC_ARM_REG_XPSR_NZCVQG, value);
    /* Only this write makes Unicorn look at the mode again; without it an EXC_RETURN would be
     * taken as a branch. */
    bench_cpu_set(board, UC_ARM_REG_APSR_NZCV, value);
}

void
bench_cpu_get_masks(const BenchBoard *board, BenchMasks *masks)
{
    masks->primask = bench_cpu_get(board, UC_ARM_REG_PRIMASK) & 1;
    masks->faultmask = bench_cpu_get(board, UC_ARM_REG_FAULTMASK) & 1;
    masks->basepri = bench_cpu_get(board, UC_ARM_REG_BASEPRI) & 0xff;
}

static void
read_spin_registers(uc_engine *uc, guint32 *values)
{
    static const int numbers[BENCH_SPIN_REGISTERS] = {
        UC_ARM_REG_R0,  UC_ARM_REG_R1,  UC_ARM_REG_R2,  UC_ARM_REG_R3,
        UC_ARM_REG_R4,  UC_ARM_REG_R5,  UC_ARM_REG_R6,  UC_ARM_REG_R7,
        UC_ARM_REG_R8,  UC_ARM_REG_R9,  UC_ARM_REG_R10, UC_ARM_REG_R11,
        UC_ARM_REG_R12, UC_ARM_REG_R13, UC_ARM_REG_R14, UC_ARM_REG_XPSR,
    };

    for (guint i = 0; i < BENCH_SPIN_REGISTERS; i++) {
        values[i] = 0;
        uc_reg_read(uc, numbers[i], &values[i]);
    }
}

/* -- hooks -- */

static void
stop(BenchBoard *board, BenchStop why)
{
    if (board->cpu.stop < 0)
        board->cpu.stop = why;
    uc_emu_stop(board->cpu.uc);
}

static gboolean
is_flash(const BenchBoard *board, guint32 addr)
{
    return addr - board->chip->flash_base < board->chip->flash_size ||
           addr < board->chip->flash_size;
}

static void
look_for_spin(BenchBoard *board, guint32 addr, guint size)
{
    BenchSpin *spin = &board->cpu.spin;
    guint32 registers[BENCH_SPIN_REGISTERS];

    if (spin->wait > 0) {
        spin->wait--;
        return;
    }
    const guint8 *code = bench_bus_memory(board, addr, size, NULL);
    BenchSpinStep step = bench_spin_on_block(spin, addr, code, size);
    if (step == BENCH_SPIN_NO)
        return;
    read_spin_registers(board->cpu.uc, registers);
    if (step == BENCH_SPIN_START)
        bench_spin_start(spin, addr, registers);
    else if (bench_spin_check(spin, registers))
        stop(board, BENCH_STOP_SPIN);
}

static void
on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user_data)
{
    BenchBoard *board = user_data;
    BenchCpu *cpu = &board->cpu;
    guint32 addr = (guint32)address;

    cpu->block = addr;
    if (board->clock.cycles >= cpu->limit || (cpu->guard_flash && is_flash(board, addr)) ||
        (cpu->masked_pending && bench_exception_is_due(board, FALSE))) {
        stop(board, BENCH_STOP_LIMIT);
        return;
    }
    look_for_spin(board, addr, size);
    if (cpu->stop < 0)
        board->clock.cycles += size / 2; /* a half-word a cycle */
}

static void
on_interrupt(uc_engine *uc, uint32_t number, void *user_data)
{
    /* QEMU's exception numbers as Unicorn hands them out. */
    enum {
        SVC = 2,
        PREFETCH_ABORT = 3,
        BKPT = 7,
        EXC_RETURN = 8,
        NO_COPROCESSOR = 17,
        INVALID_STATE = 18,
    };
    BenchBoard *board = user_data;

    switch (number) {
    case SVC:
        stop(board, BENCH_STOP_SVC);
        break;
    case BKPT:
        stop(board, BENCH_STOP_BKPT);
        break;
    case EXC_RETURN:
        stop(board, BENCH_STOP_EXC_RETURN);
        break;
    case PREFETCH_ABORT:
        stop(board, BENCH_STOP_NO_CODE);
        break;
    case NO_COPROCESSOR:
        stop(board, BENCH_STOP_NO_COPROCESSOR);
        break;
    case INVALID_STATE:
        stop(board, BENCH_STOP_INVALID_STATE);
        break;
    default:
        stop(board, BENCH_STOP_UNDEFINED);
        break;
    }
}

/* A stretch of addresses where devices may answer. */
typedef struct {
    BenchBoard *board;
    guint32 base;
} BenchWindow;

static void
note_bus_fault(BenchBoard *board, guint32 addr)
{
    board->cpu.bus_fault = TRUE;
    board->cpu.bus_fault_addr = addr;
    bench_cpu_attend(board);
}

static gboolean
is_access(guint32 addr, unsigned size)
{
    return (size == 1 || size == 2 || size == 4) && (addr & (size - 1)) == 0;
}

static uint64_t
on_device_read(uc_engine *uc, uint64_t offset, unsigned size, void *user_data)
{
    const BenchWindow *window = user_data;
    guint32 addr = window->base + (guint32)offset;
    guint32 value = 0;

    if (!is_access(addr, size) || !bench_bus_read_device(window->board, addr, size, &value))
        note_bus_fault(window->board, addr);
    return value;
}

static void
on_device_write(uc_engine *uc, uint64_t offset, unsigned size, uint64_t value, void *user_data)
{
    const BenchWindow *window = user_data;
    guint32 addr = window->base + (guint32)offset;

    if (!is_access(addr, size) ||
        !bench_bus_write_device(window->board, addr, size, (guint32)value))
        note_bus_fault(window->board, addr);
}

static void
on_flash_read(
    uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value, void *user_data)
{
    BenchBoard *board = user_data;

    if (board->flash_busy_until != 0)
        bench_board_stall(board);
    if (bench_bus_flash_is_blocked(board))
        note_bus_fault(board, (guint32)address);
}

static bool
on_flash_write(
    uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value, void *user_data)
{
    BenchBoard *board = user_data;

    if (board->flash_busy_until != 0)
        bench_board_stall(board);
    if (!bench_bus_write(board, (guint32)address, (guint)size, (guint32)value))
        note_bus_fault(board, (guint32)address);
    return true; /* handled: Unicorn's own store to read-only memory is dropped */
}

/* -- life -- */

static gboolean
check(uc_err err, const char *what, GError **error)
{
    if (err == UC_ERR_OK)
        return TRUE;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", what, uc_strerror(err));
    return FALSE;
}

/* Everything that is not memory goes to the devices, so that an access to nothing is ours to fault.
 * Windows stay below 512 MiB, larger ones upset Unicorn's size arithmetic. */
static gboolean
map_devices(BenchBoard *board, guint64 from, guint64 to, GError **error)
{
    while (from < to) {
        guint64 size = MIN(to - from, 0x20000000u);
        BenchWindow *window = g_new(BenchWindow, 1);
        *window = (BenchWindow){.board = board, .base = (guint32)from};
        g_ptr_array_add(board->cpu.windows, window);
        if (!check(uc_mmio_map(board->cpu.uc, from, size, on_device_read, window, on_device_write,
                               window),
                   "failed to map devices", error))
            return FALSE;
        from += size;
    }
    return TRUE;
}

static int
compare_memories(gconstpointer a, gconstpointer b)
{
    const BenchMemory *ma = a, *mb = b;
    return (ma->base > mb->base) - (ma->base < mb->base);
}

static gboolean
map_memories(BenchBoard *board, GError **error)
{
    BenchMemory sorted[BENCH_MAX_MEMORIES];
    guint64 covered = 0;

    memcpy(sorted, board->memories, sizeof sorted);
    qsort(sorted, board->n_memories, sizeof sorted[0], compare_memories);
    for (guint i = 0; i < board->n_memories; i++) {
        const BenchMemory *m = &sorted[i];
        if (!map_devices(board, covered, m->base, error) ||
            !check(uc_mem_map_ptr(board->cpu.uc, m->base, m->size, UC_PROT_ALL, m->bytes),
                   "failed to map memory", error))
            return FALSE;
        /* Mapping it read-only at once would not make it so. */
        if (m->is_flash &&
            !check(uc_mem_protect(board->cpu.uc, m->base, m->size, UC_PROT_READ | UC_PROT_EXEC),
                   "failed to protect flash", error))
            return FALSE;
        covered = (guint64)m->base + m->size;
    }
    return map_devices(board, covered, G_GUINT64_CONSTANT(1) << 32, error);
}

static gboolean
add_hooks(BenchBoard *board, GError **error)
{
    uc_engine *uc = board->cpu.uc;
    uc_hook hook;
    uc_err err = uc_hook_add(uc, &hook, UC_HOOK_BLOCK, on_block, board, 1, 0);

    if (err == UC_ERR_OK)
        err = uc_hook_add(uc, &hook, UC_HOOK_INTR, on_interrupt, board, 1, 0);
    for (guint i = 0; i < board->n_memories && err == UC_ERR_OK; i++) {
        const BenchMemory *m = &board->memories[i];
        guint64 end = (guint64)m->base + m->size - 1;
        if (!m->is_flash)
            continue;
        err = uc_hook_add(uc, &hook, UC_HOOK_MEM_READ, on_flash_read, board, m->base, end);
        if (err == UC_ERR_OK)
            err =
                uc_hook_add(uc, &hook, UC_HOOK_MEM_WRITE_PROT, on_flash_write, board, m->base, end);
    }
    return check(err, "failed to hook the processor", error);
}

gboolean
bench_cpu_init(BenchBoard *board, GError **error)
{
    BenchCpu *cpu = &board->cpu;
    int model = board->chip->core == BENCH_CORE_M4 ? UC_CPU_ARM_CORTEX_M4 : UC_CPU_ARM_CORTEX_M3;

    cpu->stop = -1;
    cpu->breakpoints = g_array_new(FALSE, FALSE, sizeof(guint64));
    cpu->windows = g_ptr_array_new_with_free_func(g_free);
    if (!check(uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &cpu->uc), "failed to open Unicorn", error) ||
        !check(uc_ctl_set_cpu_model(cpu->uc, model), "failed to choose the core", error) ||
        !map_memories(board, error) || !add_hooks(board, error))
        return FALSE;
    return check(uc_ctl_exits_enable(cpu->uc), "failed to enable breakpoints", error);
}

void
bench_cpu_clear(BenchBoard *board)
{
    BenchCpu *cpu = &board->cpu;

    g_clear_pointer(&cpu->uc, uc_close);
    g_clear_pointer(&cpu->breakpoints, g_array_unref);
    g_clear_pointer(&cpu->windows, g_ptr_array_unref);
}

/* -- running -- */

void
bench_cpu_attend(BenchBoard *board)
{
    board->cpu.limit = 0;
}

void
bench_cpu_forget_code(BenchBoard *board, guint32 addr, guint32 size)
{
    if (size > 0 && bench_bus_memory(board, addr, size, NULL) != NULL)
        uc_ctl_remove_cache(board->cpu.uc, (guint64)addr, (guint64)addr + size);
}

static gboolean
is_breakpoint(const BenchBoard *board, guint32 addr)
{
    const GArray *list = board->cpu.breakpoints;

    for (guint i = 0; i < list->len; i++) {
        if (g_array_index(list, guint64, i) == addr)
            return TRUE;
    }
    return FALSE;
}

static guint
code_at(BenchBoard *board, guint32 addr)
{
    const guint8 *code = bench_bus_memory(board, addr, 2, NULL);

    return code == NULL ? 0 : code[0] | (guint)code[1] << 8;
}

/* Why Unicorn returned by itself: a hint instruction is behind the PC, an undefined one at it. */
static BenchStop
explain(BenchBoard *board, uc_err err, guint32 pc)
{
    guint before = code_at(board, pc - 2);

    if (pc != board->cpu.block && (err == UC_ERR_OK || err == UC_ERR_INSN_INVALID)) {
        if (before == 0xbf30)
            return BENCH_STOP_WFI;
        if (before == 0xbf20)
            return BENCH_STOP_WFE;
        if (before == 0xbf10)
            return BENCH_STOP_YIELD;
    }
    if (is_breakpoint(board, pc))
        return BENCH_STOP_BREAKPOINT;
    if (err == UC_ERR_OK)
        return BENCH_STOP_LIMIT;
    return err == UC_ERR_INSN_INVALID ? BENCH_STOP_UNDEFINED : BENCH_STOP_NO_CODE;
}

BenchStop
bench_cpu_run(BenchBoard *board, guint64 limit)
{
    BenchCpu *cpu = &board->cpu;
    guint32 pc = bench_cpu_get(board, UC_ARM_REG_PC);

    if ((bench_cpu_get(board, UC_ARM_REG_XPSR) & 1u << 24) == 0)
        return BENCH_STOP_INVALID_STATE;
    cpu->limit = limit;
    cpu->stop = -1;
    cpu->block = pc;
    uc_err err = uc_emu_start(cpu->uc, pc | 1, 0, 0, 0);
    if (cpu->stop >= 0)
        return cpu->stop;
    return explain(board, err, bench_cpu_get(board, UC_ARM_REG_PC));
}

static void
set_exits(BenchBoard *board, const guint64 *addrs, guint n)
{
    for (guint i = 0; i < n; i++)
        bench_cpu_forget_code(board, (guint32)addrs[i], 2);
    uc_ctl_set_exits(board->cpu.uc, (uint64_t *)addrs, n);
}

static guint
instruction_size(guint first_half)
{
    return first_half >= 0xe800 ? 4 : 2;
}

/* An IT instruction and what it makes conditional: Unicorn cannot stop in between. */
static guint
step_size(BenchBoard *board, guint32 pc)
{
    guint op = code_at(board, pc);
    guint size = instruction_size(op);

    if ((op & 0xff00) == 0xbf00 && (op & 0x000f) != 0) {
        for (guint mask = op & 0x000f; (mask & 0x000f) != 0; mask <<= 1)
            size += instruction_size(code_at(board, pc + size));
    }
    return size;
}

BenchStop
bench_cpu_step(BenchBoard *board)
{
    guint32 pc = bench_cpu_get(board, UC_ARM_REG_PC);
    guint64 next = pc + step_size(board, pc);

    bench_cpu_forget_code(board, pc, 2);
    set_exits(board, &next, 1);
    /* The first block passes the limit, whatever comes after it does not. */
    BenchStop why = bench_cpu_run(board, board->clock.cycles + 1);
    bench_cpu_forget_code(board, pc, 2);
    bench_cpu_forget_code(board, (guint32)next, 2);
    set_exits(board, (const guint64 *)board->cpu.breakpoints->data, board->cpu.breakpoints->len);
    return why;
}

void
bench_cpu_set_breakpoints(BenchBoard *board, const guint32 *addrs, guint n)
{
    GArray *list = board->cpu.breakpoints;

    set_exits(board, (const guint64 *)list->data, list->len);
    g_array_set_size(list, 0);
    for (guint i = 0; i < n; i++) {
        guint64 addr = addrs[i];
        if (bench_bus_memory(board, addrs[i], 2, NULL) != NULL)
            g_array_append_val(list, addr);
    }
    set_exits(board, (const guint64 *)list->data, list->len);
}
