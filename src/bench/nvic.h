/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Which exceptions of an ARMv7-M core are pending, enabled and active, and which of them comes next
 * (ARMv7-M Architecture Reference Manual, B1.5 and B3.4). It knows neither registers of the core
 * nor memory: the caller gives it the masks and does what it says.
 */

enum {
    BENCH_EXC_NMI = 2,
    BENCH_EXC_HARD_FAULT = 3,
    BENCH_EXC_MEM_MANAGE = 4,
    BENCH_EXC_BUS_FAULT = 5,
    BENCH_EXC_USAGE_FAULT = 6,
    BENCH_EXC_SVC = 11,
    BENCH_EXC_DEBUG_MONITOR = 12,
    BENCH_EXC_PENDSV = 14,
    BENCH_EXC_SYSTICK = 15,
    BENCH_EXC_IRQ0 = 16,
    BENCH_EXC_MAX = BENCH_EXC_IRQ0 + 112,
};

#define BENCH_PRIORITY_THREAD 256 /* of a core that handles nothing */

typedef struct {
    guint n_exceptions; /* 16 + interrupt lines */
    guint n_pending;
    guint prigroup; /* AIRCR.PRIGROUP */
    guint8 priority[BENCH_EXC_MAX];
    gboolean enabled[BENCH_EXC_MAX];
    gboolean pending[BENCH_EXC_MAX];
    gboolean active[BENCH_EXC_MAX];
    gboolean level[BENCH_EXC_MAX]; /* of the line, for interrupts */
} BenchNvic;

typedef struct {
    gboolean primask;
    gboolean faultmask;
    guint8 basepri;
} BenchMasks;

void bench_nvic_reset(BenchNvic *nvic, guint n_irqs);
void bench_nvic_set_pending(BenchNvic *nvic, guint exception, gboolean pending);
/* TRUE: that makes it pending. */
gboolean bench_nvic_set_level(BenchNvic *nvic, guint irq, gboolean level);
void bench_nvic_enter(BenchNvic *nvic, guint exception);
/* A line that is still high pends again. */
void bench_nvic_leave(BenchNvic *nvic, guint exception);

/* What the core executes at: smaller is more urgent; HardFault is -1. */
int bench_nvic_execution_priority(const BenchNvic *nvic, const BenchMasks *masks);
/* Group priority of one exception, as compared for preemption. */
int bench_nvic_group_priority(const BenchNvic *nvic, guint exception);
/* The most urgent pending and enabled exception, 0 when there is none. */
guint bench_nvic_highest_pending(const BenchNvic *nvic);

/* Registers 0xE000E100 to 0xE000E4FF, offsets from 0xE000E000. */
guint32 bench_nvic_read(const BenchNvic *nvic, guint32 offset);
void bench_nvic_write(BenchNvic *nvic, guint32 offset, guint size, guint32 value);

G_END_DECLS
