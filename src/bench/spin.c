/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spin.h"

#include <string.h>

#define LONGEST_LOOP 24 /* blocks */
#define FIRST_WAIT 4
#define LONGEST_WAIT 1024

void
bench_spin_reset(BenchSpin *spin)
{
    spin->wait = FIRST_WAIT;
    spin->patience = FIRST_WAIT;
    spin->tracking = FALSE;
}

void
bench_spin_spoil(BenchSpin *spin)
{
    spin->tracking = FALSE;
    spin->wait = spin->patience;
    spin->patience = MIN(spin->patience * 2, LONGEST_WAIT);
}

BenchSpinStep
bench_spin_on_block(BenchSpin *spin, guint32 addr, const guint8 *code, guint size)
{
    if (spin->wait > 0) {
        spin->wait--;
        return BENCH_SPIN_NO;
    }
    if (spin->tracking && addr == spin->anchor)
        return BENCH_SPIN_CHECK;
    if (code == NULL || !bench_spin_is_pure(code, size) ||
        (spin->tracking && spin->blocks_left-- == 0)) {
        bench_spin_spoil(spin);
        return BENCH_SPIN_NO;
    }
    return spin->tracking ? BENCH_SPIN_NO : BENCH_SPIN_START;
}

void
bench_spin_start(BenchSpin *spin, guint32 addr, const guint32 *registers)
{
    spin->tracking = TRUE;
    spin->anchor = addr;
    spin->blocks_left = LONGEST_LOOP;
    memcpy(spin->registers, registers, sizeof spin->registers);
}

gboolean
bench_spin_check(BenchSpin *spin, const guint32 *registers)
{
    if (memcmp(spin->registers, registers, sizeof spin->registers) == 0)
        return TRUE;
    bench_spin_spoil(spin);
    return FALSE;
}

/* ARMv7-M, A5.2: which 16-bit instructions leave memory and system state alone. */
static gboolean
is_pure_16(guint op)
{
    switch (op >> 12) {
    case 0x5:
        return (op & 0x0e00) >= 0x0600; /* register offset: the first three are stores */
    case 0x6:
    case 0x7:
    case 0x8:
    case 0x9:
    case 0xc:
        return (op & 0x0800) != 0; /* L bit */
    case 0xb:
        if ((op & 0xff00) == 0xbf00) /* IT, NOP; not WFI and its kin */
            return (op & 0x000f) != 0 || op == 0xbf00;
        return (op & 0x0f00) != 0x0600 && (op & 0x0f00) != 0x0e00; /* CPS, BKPT */
    case 0xd:
        return (op & 0x0e00) != 0x0e00; /* UDF, SVC */
    default:
        return TRUE;
    }
}

/* ARMv7-M, A5.3. */
static gboolean
is_pure_32(guint op, guint op2)
{
    switch ((op >> 9) & 0x7f) {
    case 0x74: /* load and store multiple, dual, exclusive, table branch */
        return (op & 0x0010) != 0 || op == 0xe92d;
    case 0x75: /* data processing, shifted register */
    case 0x7d: /* data processing, register; multiply */
        return TRUE;
    case 0x78:
    case 0x79:
    case 0x7a:
    case 0x7b:
        if ((op2 & 0x8000) == 0 || (op2 & 0x5000) != 0) /* immediates; B.W, BL */
            return TRUE;
        if ((op & 0x0380) != 0x0380) /* conditional branch */
            return TRUE;
        return op == 0xf3bf; /* barriers; no MSR, no hints */
    case 0x7c:               /* single loads and stores */
        return (op & 0x0010) != 0;
    default: /* coprocessors: their registers are not compared */
        return FALSE;
    }
}

gboolean
bench_spin_is_pure(const guint8 *code, guint size)
{
    for (guint i = 0; i + 2 <= size;) {
        guint op = code[i] | (guint)code[i + 1] << 8;
        i += 2;
        if (op < 0xe800) {
            if (!is_pure_16(op))
                return FALSE;
            continue;
        }
        if (i + 2 > size || !is_pure_32(op, code[i] | (guint)code[i + 1] << 8))
            return FALSE;
        i += 2;
    }
    return TRUE;
}
