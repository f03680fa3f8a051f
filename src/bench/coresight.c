/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/board-private.h"

/* What a debugger finds at 0xE0000000 besides the system control space: DWT, FPB, and the tables that
 * lead to them (ARMv7-M Architecture Reference Manual, C1; Cortex-M4 TRM, chapters 4, 8 and 9). */

#define DWT 0xe0001000u
#define FPB 0xe0002000u
#define SCS 0xe000e000u
#define ROM_TABLE 0xe00ff000u

#define DWT_CYCCNTENA (1u << 0)
/* FP_CTRL: six instruction comparators and two literal ones; DWT_CTRL: four comparators. */
#define FP_CTRL_RESET 0x260u
#define DWT_CTRL_RESET 0x40000000u

void
bench_coresight_power_on(BenchBoard *board)
{
    board->debug.fp_ctrl = FP_CTRL_RESET;
    board->debug.dwt_ctrl = DWT_CTRL_RESET;
}

/* -- DWT: the cycle counter; comparators are stored and do nothing -- */

static gboolean
cyccnt_runs(const BenchBoard *board)
{
    return (board->debug.demcr & BENCH_DEMCR_TRCENA) != 0 &&
           (board->debug.dwt_ctrl & DWT_CYCCNTENA) != 0;
}

static guint32
cyccnt_now(const BenchBoard *board)
{
    if (!cyccnt_runs(board))
        return board->debug.cyccnt;
    return (guint32)(board->clock.cycles - board->debug.cyccnt_base);
}

static void
set_cyccnt(BenchBoard *board, guint32 value)
{
    board->debug.cyccnt = value;
    board->debug.cyccnt_base = board->clock.cycles - value;
}

static guint32
read_dwt(BenchBoard *board, guint32 offset)
{
    if (offset == 0x00)
        return board->debug.dwt_ctrl;
    if (offset == 0x04) {
        bench_spin_spoil(&board->cpu.spin);
        return cyccnt_now(board);
    }
    if (offset >= 0x20 && offset < 0x60 && (offset & 0xc) != 0xc)
        return board->debug.dwt_comp[(offset - 0x20) / 16][(offset & 0xc) / 4];
    return 0;
}

static void
write_dwt(BenchBoard *board, guint32 offset, guint32 value)
{
    if (offset == 0x00) {
        guint32 count = cyccnt_now(board);
        board->debug.dwt_ctrl = DWT_CTRL_RESET | (value & 0x007fffff);
        set_cyccnt(board, count);
    } else if (offset == 0x04) {
        set_cyccnt(board, value);
    } else if (offset >= 0x20 && offset < 0x60 && (offset & 0xc) != 0xc) {
        board->debug.dwt_comp[(offset - 0x20) / 16][(offset & 0xc) / 4] = value;
    }
}

void
bench_coresight_write_demcr(BenchBoard *board, guint32 value)
{
    guint32 count = cyccnt_now(board);

    board->debug.demcr = value & 0x010f07f1;
    set_cyccnt(board, count); /* TRCENA starts and stops it */
}

/* -- FPB, C1.11 -- */

static guint32
read_fpb(BenchBoard *board, guint32 offset)
{
    if (offset == 0x00)
        return board->debug.fp_ctrl;
    if (offset >= 0x08 && offset < 0x28)
        return board->debug.fp_comp[(offset - 8) / 4];
    return 0;
}

static void
write_fpb(BenchBoard *board, guint32 offset, guint32 value)
{
    if (offset == 0x00 && (value & 2) != 0) /* KEY */
        board->debug.fp_ctrl = FP_CTRL_RESET | (value & 1);
    else if (offset >= 0x08 && offset < 0x28)
        board->debug.fp_comp[(offset - 8) / 4] = value & 0xdffffffd;
    bench_debug_write_fpb(board);
}

/* -- CoreSight: what a debugger finds its way by -- */

static guint32
read_rom_table(BenchBoard *board, guint32 offset)
{
    /* Offsets from the table to SCS, DWT, FPB, ITM, TPIU, ETM (Cortex-M4 TRM, table 4-3). */
    static const guint32 entries[] = {0xfff0f003, 0xfff02003, 0xfff03003,
                                      0xfff01003, 0xfff41003, 0xfff42003};
    guint32 designer = board->chip->designer, part = board->chip->part;

    if (offset < sizeof entries)
        return entries[offset / 4];
    if (designer == 0) {
        designer = 0x020; /* ST: JEP106 */
        bench_bus_read_device(board, board->chip->dbgmcu_base, 4, &part);
    }
    switch (offset) {
    case 0xfcc:
        return 1; /* MEMTYPE: system memory is there */
    case 0xfd0:
        return designer >> 8; /* continuations */
    case 0xfe0:
        return part & 0xff;
    case 0xfe4:
        return (designer & 0xf) << 4 | (part >> 8 & 0xf);
    case 0xfe8:
        return 0x08 | (designer >> 4 & 7);
    default:
        return 0;
    }
}

static guint32
read_component_id(BenchBoard *board, guint32 addr)
{
    guint32 offset = addr & 0xfff;
    guint32 base = addr & ~0xfffu;
    gboolean m4 = board->chip->core == BENCH_CORE_M4;

    if (offset >= 0xff0) { /* class: ROM table 1, generic IP 14, CoreSight 9 */
        guint32 kind = base == ROM_TABLE ? 0x10 : base >= 0xe0040000 ? 0x90 : 0xe0;
        guint32 bytes[] = {0x0d, kind, 0x05, 0xb1};
        return bytes[(offset - 0xff0) / 4];
    }
    if (base == ROM_TABLE)
        return read_rom_table(board, offset);
    if (offset == 0xfd0)
        return 4; /* ARM: JEP106 continuation */
    if (offset == 0xfe0)
        return base == SCS ? (m4 ? 0x0c : 0x00) : base == DWT ? 0x02 : base == FPB ? 0x03 : 0x01;
    if (offset == 0xfe4)
        return 0xb0;
    return offset == 0xfe8 ? 0x0b : 0;
}

/* -- dispatch -- */

guint32
bench_coresight_read(BenchBoard *board, guint32 addr)
{
    guint32 offset = addr & 0xfff;

    if ((addr & ~0xfffu) == ROM_TABLE || offset >= 0xfd0)
        return read_component_id(board, addr);
    switch (addr & ~0xfffu) {
    case DWT:
        return read_dwt(board, offset);
    case FPB:
        return read_fpb(board, offset);
    default:
        return 0; /* ITM, TPIU, ETM: there, and silent */
    }
}

void
bench_coresight_write(BenchBoard *board, guint32 addr, guint32 value)
{
    if ((addr & ~0xfffu) == DWT)
        write_dwt(board, addr & 0xfff, value);
    else if ((addr & ~0xfffu) == FPB)
        write_fpb(board, addr & 0xfff, value);
}
