/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Finds out exactly when a program spins: it comes back to the same place with the same registers,
 * and on the way has executed only blocks that store nothing. Memory being as it was, the next
 * round will be the same, until an event changes what a load sees; so the time up to that event can
 * be skipped. Looking costs time, so it looks less and less often while it finds nothing.
 */

#define BENCH_SPIN_REGISTERS 16 /* r0-r12, sp, lr, xPSR */

typedef struct {
    guint wait;     /* blocks not looked at before the next attempt */
    guint patience; /* the next value of wait */
    gboolean tracking;
    guint32 anchor;
    guint blocks_left;
    guint32 registers[BENCH_SPIN_REGISTERS];
} BenchSpin;

typedef enum {
    BENCH_SPIN_NO,
    BENCH_SPIN_START, /* the caller stores the registers with bench_spin_start() */
    BENCH_SPIN_CHECK, /* back at the anchor: bench_spin_check() */
} BenchSpinStep;

/* After anything that a load could see. */
void bench_spin_reset(BenchSpin *spin);
/* A block is about to execute; `code` is its bytes, NULL when unknown. */
BenchSpinStep bench_spin_on_block(BenchSpin *spin, guint32 addr, const guint8 *code, guint size);
void bench_spin_start(BenchSpin *spin, guint32 addr, const guint32 *registers);
/* TRUE: it spins. */
gboolean bench_spin_check(BenchSpin *spin, const guint32 *registers);
/* Something unrepeatable was read (a counter of time). */
void bench_spin_spoil(BenchSpin *spin);

/* Does this Thumb code change nothing but core registers? (Pushes count as nothing: at the anchor
 * the stack is as high as before, so what they wrote is dead.) */
gboolean bench_spin_is_pure(const guint8 *code, guint size);

G_END_DECLS
