/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/board-private.h"

#include <string.h>

/* The system control space at 0xE000E000: system control block, SysTick, NVIC, debug (ARMv7-M
 * Architecture Reference Manual, B3.2 and B3.3; Cortex-M4 TRM, chapter 4). */

#define SCS 0xe000e000u
#define FIRST_ID 0xfd0u /* the identification registers belong to coresight.c */

#define AIRCR_KEY 0x05fau
#define AIRCR_KEY_READ 0xfa05u
#define AIRCR_SYSRESETREQ (1u << 2)
#define ICSR_NMIPENDSET (1u << 31)
#define ICSR_PENDSVSET (1u << 28)
#define ICSR_PENDSVCLR (1u << 27)
#define ICSR_PENDSTSET (1u << 26)
#define ICSR_PENDSTCLR (1u << 25)
#define SYSTICK_ENABLE (1u << 0)
#define SYSTICK_TICKINT (1u << 1)
#define SYSTICK_CLKSOURCE (1u << 2)
#define SYSTICK_COUNTFLAG (1u << 16)
#define SYSTICK_MAX 0x00ffffffu

void
bench_scs_reset(BenchBoard *board)
{
    guint32 value = board->scs.systick_value;

    memset(&board->scs, 0, sizeof board->scs);
    board->scs.systick_value = value; /* unknown after reset, so what it was */
    board->scs.ccr = 0x200;           /* STKALIGN */
    board->scs.fpccr = 0xc0000000;    /* ASPEN, LSPEN */
    bench_nvic_reset(&board->nvic, board->chip->n_irqs);
}

gboolean
bench_scs_owns(const BenchBoard *board, guint32 addr)
{
    return addr >> 20 == 0xe00 && (addr & ~0xfffu) != board->chip->dbgmcu_base;
}

/* -- SysTick, B3.3 -- */

static guint
systick_divider(const BenchScs *scs)
{
    return scs->systick_ctrl & SYSTICK_CLKSOURCE ? 1 : 8;
}

guint64
bench_systick_next(const BenchBoard *board)
{
    const BenchScs *scs = &board->scs;

    return (scs->systick_ctrl & SYSTICK_ENABLE) != 0 ? scs->systick_zero : G_MAXUINT64;
}

void
bench_systick_update(BenchBoard *board)
{
    BenchScs *scs = &board->scs;

    while (board->clock.cycles >= bench_systick_next(board)) {
        scs->systick_flag = TRUE;
        bench_board_stir(board);
        if (scs->systick_ctrl & SYSTICK_TICKINT)
            bench_nvic_set_pending(&board->nvic, BENCH_EXC_SYSTICK, TRUE);
        scs->systick_zero =
            scs->systick_load == 0
                ? G_MAXUINT64
                : scs->systick_zero + (guint64)(scs->systick_load + 1) * systick_divider(scs);
    }
}

static guint32
systick_value(const BenchBoard *board)
{
    const BenchScs *scs = &board->scs;

    if ((scs->systick_ctrl & SYSTICK_ENABLE) == 0)
        return scs->systick_value;
    if (scs->systick_zero == G_MAXUINT64 || board->clock.cycles >= scs->systick_zero)
        return 0;
    guint64 left = (scs->systick_zero - board->clock.cycles) / systick_divider(scs);
    return left > scs->systick_load ? 0 : (guint32)left; /* a cleared counter has yet to reload */
}

static void
systick_start(BenchBoard *board, guint32 value)
{
    BenchScs *scs = &board->scs;
    guint64 ticks = value != 0 ? value : (guint64)scs->systick_load + 1;

    scs->systick_zero = value == 0 && scs->systick_load == 0
                            ? G_MAXUINT64
                            : board->clock.cycles + ticks * systick_divider(scs);
}

static void
write_systick(BenchBoard *board, guint32 offset, guint32 value)
{
    BenchScs *scs = &board->scs;

    switch (offset) {
    case 0x10: {
        guint32 now = systick_value(board);
        scs->systick_ctrl = value & 7;
        scs->systick_value = now;
        systick_start(board, now);
        break;
    }
    case 0x14:
        scs->systick_load = value & SYSTICK_MAX;
        break;
    case 0x18:
        scs->systick_value = 0;
        scs->systick_flag = FALSE;
        systick_start(board, 0);
        break;
    default:
        break;
    }
}

static guint32
read_systick(BenchBoard *board, guint32 offset)
{
    BenchScs *scs = &board->scs;
    guint32 flag;

    bench_systick_update(board);
    switch (offset) {
    case 0x10:
        flag = scs->systick_flag ? SYSTICK_COUNTFLAG : 0;
        scs->systick_flag = FALSE;
        return scs->systick_ctrl | flag;
    case 0x14:
        return scs->systick_load;
    case 0x18:
        bench_spin_spoil(&board->cpu.spin);
        return systick_value(board);
    default:
        return 0xc0000000; /* CALIB: no reference clock, not exact */
    }
}

/* -- system control block -- */

static guint32
read_icsr(const BenchBoard *board)
{
    const BenchNvic *nvic = &board->nvic;
    guint32 active = bench_cpu_get(board, UC_ARM_REG_XPSR) & 0x1ff;
    guint32 value = active | bench_nvic_highest_pending(nvic) << 12;
    guint n_active = 0;

    for (guint n = 0; n < nvic->n_exceptions; n++) {
        n_active += nvic->active[n] ? 1 : 0;
        if (n >= BENCH_EXC_IRQ0 && nvic->pending[n])
            value |= 1u << 22; /* ISRPENDING */
    }
    value |= n_active <= 1 ? 1u << 11 : 0; /* RETTOBASE */
    value |= nvic->pending[BENCH_EXC_NMI] ? ICSR_NMIPENDSET : 0;
    value |= nvic->pending[BENCH_EXC_PENDSV] ? ICSR_PENDSVSET : 0;
    return value | (nvic->pending[BENCH_EXC_SYSTICK] ? ICSR_PENDSTSET : 0);
}

static void
write_icsr(BenchBoard *board, guint32 value)
{
    BenchNvic *nvic = &board->nvic;

    if (value & ICSR_NMIPENDSET)
        bench_nvic_set_pending(nvic, BENCH_EXC_NMI, TRUE);
    if (value & (ICSR_PENDSVSET | ICSR_PENDSVCLR))
        bench_nvic_set_pending(nvic, BENCH_EXC_PENDSV, (value & ICSR_PENDSVSET) != 0);
    if (value & (ICSR_PENDSTSET | ICSR_PENDSTCLR))
        bench_nvic_set_pending(nvic, BENCH_EXC_SYSTICK, (value & ICSR_PENDSTSET) != 0);
}

/* Bits of SHCSR and the exceptions whose state they show. */
static const struct {
    guint8 bit, exception;
    enum { ACTIVE, PENDING, ENABLED } what;
} shcsr_bits[] = {
    {0, BENCH_EXC_MEM_MANAGE, ACTIVE},    {1, BENCH_EXC_BUS_FAULT, ACTIVE},
    {3, BENCH_EXC_USAGE_FAULT, ACTIVE},   {7, BENCH_EXC_SVC, ACTIVE},
    {8, BENCH_EXC_DEBUG_MONITOR, ACTIVE}, {10, BENCH_EXC_PENDSV, ACTIVE},
    {11, BENCH_EXC_SYSTICK, ACTIVE},      {12, BENCH_EXC_USAGE_FAULT, PENDING},
    {13, BENCH_EXC_MEM_MANAGE, PENDING},  {14, BENCH_EXC_BUS_FAULT, PENDING},
    {15, BENCH_EXC_SVC, PENDING},         {16, BENCH_EXC_MEM_MANAGE, ENABLED},
    {17, BENCH_EXC_BUS_FAULT, ENABLED},   {18, BENCH_EXC_USAGE_FAULT, ENABLED},
};

static guint32
read_shcsr(const BenchNvic *nvic)
{
    guint32 value = 0;

    for (guint i = 0; i < G_N_ELEMENTS(shcsr_bits); i++) {
        guint n = shcsr_bits[i].exception;
        gboolean set = shcsr_bits[i].what == ACTIVE    ? nvic->active[n]
                       : shcsr_bits[i].what == PENDING ? nvic->pending[n]
                                                       : nvic->enabled[n];
        value |= set ? 1u << shcsr_bits[i].bit : 0;
    }
    return value;
}

static void
write_shcsr(BenchNvic *nvic, guint32 value)
{
    for (guint i = 0; i < G_N_ELEMENTS(shcsr_bits); i++) {
        guint n = shcsr_bits[i].exception;
        gboolean set = (value >> shcsr_bits[i].bit & 1) != 0;
        if (shcsr_bits[i].what == ACTIVE)
            nvic->active[n] = set;
        else if (shcsr_bits[i].what == PENDING)
            bench_nvic_set_pending(nvic, n, set);
        else
            nvic->enabled[n] = set;
    }
}

static guint32
read_feature(const BenchBoard *board, guint32 offset)
{
    /* ID_PFR0 to ID_ISAR4 of the Cortex-M4 (TRM, table 4-1). */
    static const guint32 id[] = {
        0x00000030, 0x00000200, 0x00100000, 0x00000000, 0x00100030, 0x00000000, 0x01000000,
        0x00000000, 0x01141110, 0x02112000, 0x21232231, 0x01111131, 0x01310132,
    };
    gboolean fpu = board->chip->core == BENCH_CORE_M4;

    if (offset >= 0xd40 && offset < 0xd40 + sizeof id)
        return id[(offset - 0xd40) / 4];
    if (offset == 0xf40)
        return fpu ? 0x10110021 : 0;
    if (offset == 0xf44)
        return fpu ? 0x11000011 : 0;
    return 0;
}

static guint32
read_scb(BenchBoard *board, guint32 offset)
{
    const BenchScs *scs = &board->scs;

    switch (offset) {
    case 0x004:
        return (board->chip->n_irqs - 1) / 32; /* ICTR */
    case 0x008:
        return scs->actlr;
    case 0xd00:
        return board->chip->cpuid;
    case 0xd04:
        return read_icsr(board);
    case 0xd08:
        return scs->vtor;
    case 0xd0c:
        return AIRCR_KEY_READ << 16 | board->nvic.prigroup << 8;
    case 0xd10:
        return scs->scr;
    case 0xd14:
        return scs->ccr;
    case 0xd24:
        return read_shcsr(&board->nvic);
    case 0xd28:
        return scs->cfsr;
    case 0xd2c:
        return scs->hfsr;
    case 0xd30:
        return board->debug.dfsr;
    case 0xd34:
        return scs->mmfar;
    case 0xd38:
        return scs->bfar;
    case 0xd88:
        return scs->cpacr;
    case 0xd90:
        return board->chip->core == BENCH_CORE_M4 ? 0x800 : 0; /* MPU_TYPE: eight regions */
    case 0xdf0:
        return bench_debug_read_dhcsr(board);
    case 0xdf8:
        return board->debug.dcrdr;
    case 0xdfc:
        return board->debug.demcr;
    case 0xf34:
        return scs->fpccr;
    default:
        if (offset >= 0xd94 && offset < 0xdb4)
            return scs->mpu[(offset - 0xd94) / 4];
        return read_feature(board, offset);
    }
}

static guint32
read_priorities(const BenchNvic *nvic, guint32 offset)
{
    const guint8 *p = &nvic->priority[4 + (offset - 0xd18)];

    return p[0] | (guint32)p[1] << 8 | (guint32)p[2] << 16 | (guint32)p[3] << 24;
}

static void
write_aircr(BenchBoard *board, guint32 value)
{
    if (value >> 16 != AIRCR_KEY)
        return;
    board->nvic.prigroup = value >> 8 & 7;
    if (value & AIRCR_SYSRESETREQ) {
        board->reset_wanted = TRUE;
        board->reset_wanted_by = BENCH_RESET_SOFTWARE;
    }
}

static void
write_scb(BenchBoard *board, guint32 offset, guint32 value)
{
    BenchScs *scs = &board->scs;

    switch (offset) {
    case 0x008:
        scs->actlr = value;
        break;
    case 0xd04:
        write_icsr(board, value);
        break;
    case 0xd08:
        scs->vtor = value & 0x3fffff80;
        break;
    case 0xd0c:
        write_aircr(board, value);
        break;
    case 0xd10:
        scs->scr = value & 0x16;
        break;
    case 0xd14:
        scs->ccr = value & 0x31b;
        break;
    case 0xd24:
        write_shcsr(&board->nvic, value);
        break;
    case 0xd28:
        scs->cfsr &= ~value;
        break;
    case 0xd2c:
        scs->hfsr &= ~value;
        break;
    case 0xd30:
        board->debug.dfsr &= ~value;
        break;
    case 0xd34:
        scs->mmfar = value;
        break;
    case 0xd38:
        scs->bfar = value;
        break;
    case 0xd88:
        scs->cpacr = value & 0x00f00000;
        break;
    case 0xdf0:
        bench_debug_write_dhcsr(board, value);
        break;
    case 0xdf4:
        bench_debug_write_dcrsr(board, value);
        break;
    case 0xdf8:
        board->debug.dcrdr = value;
        break;
    case 0xdfc:
        bench_coresight_write_demcr(board, value);
        break;
    case 0xf00: /* STIR */
        bench_nvic_set_pending(&board->nvic, BENCH_EXC_IRQ0 + (value & 0x1ff), TRUE);
        break;
    case 0xf34:
        scs->fpccr = value;
        break;
    default:
        if (offset >= 0xd94 && offset < 0xdb4)
            scs->mpu[(offset - 0xd94) / 4] = value;
        break;
    }
}

/* -- dispatch -- */

static guint32
read_word(BenchBoard *board, guint32 addr)
{
    guint32 offset = addr & 0xffc;

    if ((addr & ~0xfffu) != SCS || offset >= FIRST_ID)
        return bench_coresight_read(board, addr & ~3u);
    if (offset >= 0x100 && offset < 0x500)
        return bench_nvic_read(&board->nvic, offset);
    if (offset >= 0x10 && offset < 0x20)
        return read_systick(board, offset);
    if (offset >= 0xd18 && offset < 0xd24)
        return read_priorities(&board->nvic, offset);
    return read_scb(board, offset);
}

gboolean
bench_scs_read(BenchBoard *board, guint32 addr, guint size, guint32 *value)
{
    guint32 word = read_word(board, addr) >> (8 * (addr & 3));

    *value = size == 4 ? word : word & ((1u << (8 * size)) - 1);
    return TRUE;
}

gboolean
bench_scs_write(BenchBoard *board, guint32 addr, guint size, guint32 value)
{
    guint32 offset = addr & 0xfff;
    guint32 word = value << (8 * (addr & 3));

    bench_systick_update(board);
    if ((addr & ~0xfffu) != SCS) {
        bench_coresight_write(board, addr & ~3u, word);
    } else if (offset >= 0x100 && offset < 0x500) {
        bench_nvic_write(&board->nvic, offset, size, value);
    } else if (offset >= 0xd18 && offset < 0xd24) {
        for (guint i = 0; i < size; i++)
            board->nvic.priority[4 + (offset - 0xd18) + i] = value >> (8 * i) & 0xf0;
    } else if (offset >= 0x10 && offset < 0x20) {
        write_systick(board, offset & ~3u, word);
    } else {
        write_scb(board, offset & ~3u, word);
    }
    bench_cpu_attend(board);
    return TRUE;
}
