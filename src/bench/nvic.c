/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nvic.h"

#include <string.h>

/* Both the F1 and the F4 implement the upper four bits of each priority (PM0056 and PM0214,
 * section 4.3.7). */
#define PRIORITY_BITS 0xf0u

void
bench_nvic_reset(BenchNvic *nvic, guint n_irqs)
{
    gboolean level[BENCH_EXC_MAX];

    g_return_if_fail(BENCH_EXC_IRQ0 + n_irqs <= BENCH_EXC_MAX);
    memcpy(level, nvic->level, sizeof level);
    memset(nvic, 0, sizeof *nvic);
    memcpy(nvic->level, level, sizeof level);
    nvic->n_exceptions = BENCH_EXC_IRQ0 + n_irqs;
    for (guint n = 0; n < BENCH_EXC_IRQ0; n++)
        nvic->enabled[n] = n < BENCH_EXC_MEM_MANAGE || n > BENCH_EXC_USAGE_FAULT;
    for (guint n = BENCH_EXC_IRQ0; n < nvic->n_exceptions; n++)
        bench_nvic_set_pending(nvic, n, nvic->level[n]);
}

void
bench_nvic_set_pending(BenchNvic *nvic, guint exception, gboolean pending)
{
    if (exception >= nvic->n_exceptions || nvic->pending[exception] == !!pending)
        return;
    nvic->pending[exception] = !!pending;
    if (pending)
        nvic->n_pending++;
    else
        nvic->n_pending--;
}

gboolean
bench_nvic_set_level(BenchNvic *nvic, guint irq, gboolean level)
{
    guint n = BENCH_EXC_IRQ0 + irq;

    if (n >= nvic->n_exceptions)
        return FALSE;
    /* A rising line pends; a falling one stays pending until taken or cleared. */
    gboolean rises = level && !nvic->level[n];
    if (rises)
        bench_nvic_set_pending(nvic, n, TRUE);
    nvic->level[n] = !!level;
    return rises;
}

void
bench_nvic_enter(BenchNvic *nvic, guint exception)
{
    bench_nvic_set_pending(nvic, exception, FALSE);
    if (exception < nvic->n_exceptions)
        nvic->active[exception] = TRUE;
}

void
bench_nvic_leave(BenchNvic *nvic, guint exception)
{
    if (exception >= nvic->n_exceptions)
        return;
    nvic->active[exception] = FALSE;
    if (nvic->level[exception])
        bench_nvic_set_pending(nvic, exception, TRUE);
}

static int
group_of(const BenchNvic *nvic, int priority)
{
    return priority < 0 ? priority : priority & (int)(0xffu << (nvic->prigroup + 1)) & 0xff;
}

static int
priority_of(const BenchNvic *nvic, guint exception)
{
    if (exception == BENCH_EXC_NMI)
        return -2;
    if (exception == BENCH_EXC_HARD_FAULT)
        return -1;
    return nvic->priority[exception];
}

int
bench_nvic_group_priority(const BenchNvic *nvic, guint exception)
{
    return group_of(nvic, priority_of(nvic, exception));
}

int
bench_nvic_execution_priority(const BenchNvic *nvic, const BenchMasks *masks)
{
    int priority = BENCH_PRIORITY_THREAD;

    for (guint n = BENCH_EXC_NMI; n < nvic->n_exceptions; n++) {
        if (nvic->active[n])
            priority = MIN(priority, bench_nvic_group_priority(nvic, n));
    }
    if (masks->basepri != 0)
        priority = MIN(priority, group_of(nvic, masks->basepri));
    if (masks->primask)
        priority = MIN(priority, 0);
    if (masks->faultmask)
        priority = MIN(priority, -1);
    return priority;
}

guint
bench_nvic_highest_pending(const BenchNvic *nvic)
{
    guint best = 0;

    if (nvic->n_pending == 0)
        return 0;
    for (guint n = BENCH_EXC_NMI; n < nvic->n_exceptions; n++) {
        if (nvic->pending[n] && nvic->enabled[n] &&
            (best == 0 || priority_of(nvic, n) < priority_of(nvic, best)))
            best = n;
    }
    return best;
}

static guint32
gather(const BenchNvic *nvic, const gboolean *flags, guint first_irq)
{
    guint32 word = 0;

    for (guint bit = 0; bit < 32; bit++) {
        guint n = BENCH_EXC_IRQ0 + first_irq + bit;
        if (n < nvic->n_exceptions && flags[n])
            word |= 1u << bit;
    }
    return word;
}

/* Register groups of 128 bytes (ARMv7-M, table B3-8). */
enum { ISER = 0x100, ICER = 0x180, ISPR = 0x200, ICPR = 0x280, IABR = 0x300, IPR = 0x400 };

guint32
bench_nvic_read(const BenchNvic *nvic, guint32 offset)
{
    if (offset >= IPR) {
        guint n = BENCH_EXC_IRQ0 + ((offset - IPR) & ~3u);
        guint32 word = 0;
        for (guint i = 0; i < 4 && n + i < nvic->n_exceptions; i++)
            word |= (guint32)nvic->priority[n + i] << (8 * i);
        return word;
    }
    guint first_irq = (offset & 0x7c) * 8;
    switch (offset & ~0x7fu) {
    case ISER:
    case ICER:
        return gather(nvic, nvic->enabled, first_irq);
    case ISPR:
    case ICPR:
        return gather(nvic, nvic->pending, first_irq);
    case IABR:
        return gather(nvic, nvic->active, first_irq);
    default:
        return 0;
    }
}

static void
write_flag(BenchNvic *nvic, guint32 group, guint n)
{
    switch (group) {
    case ISER:
        nvic->enabled[n] = TRUE;
        break;
    case ICER:
        nvic->enabled[n] = FALSE;
        break;
    case ISPR:
        bench_nvic_set_pending(nvic, n, TRUE);
        break;
    case ICPR:
        bench_nvic_set_pending(nvic, n, nvic->level[n] && !nvic->active[n]);
        break;
    default:
        break;
    }
}

void
bench_nvic_write(BenchNvic *nvic, guint32 offset, guint size, guint32 value)
{
    if (offset >= IPR) {
        for (guint i = 0; i < size; i++) {
            guint n = BENCH_EXC_IRQ0 + (offset - IPR) + i;
            if (n < nvic->n_exceptions)
                nvic->priority[n] = (value >> (8 * i)) & PRIORITY_BITS;
        }
        return;
    }
    guint first_irq = (offset & 0x7f) * 8;
    for (guint bit = 0; bit < 8 * size; bit++) {
        guint n = BENCH_EXC_IRQ0 + first_irq + bit;
        if ((value >> bit & 1) && n < nvic->n_exceptions)
            write_flag(nvic, offset & ~0x7fu, n);
    }
}
