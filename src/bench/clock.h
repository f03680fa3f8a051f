/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The clock of a board: core cycles turned into nanoseconds at the frequency that the firmware has
 * chosen. Cycles pass while the core runs or sleeps; time alone passes while it is halted, held in
 * reset or off.
 */
typedef struct {
    guint64 cycles;
    guint32 hz;
    guint64 base_ns;
    guint64 base_cycles;
} BenchClock;

static inline guint64
bench_clock_now(const BenchClock *clock)
{
    guint64 cycles = clock->cycles - clock->base_cycles;

    if (cycles < G_GUINT64_CONSTANT(1) << 34) /* times 10^9 fits */
        return clock->base_ns + cycles * 1000000000u / clock->hz;
    return clock->base_ns + (guint64)((unsigned __int128)cycles * 1000000000u / clock->hz);
}

/* Cycles from now until the first at which bench_clock_now() is `ns` or more. */
static inline guint64
bench_clock_cycles_until(const BenchClock *clock, guint64 ns)
{
    if (ns <= clock->base_ns)
        return 0;
    unsigned __int128 product = (unsigned __int128)(ns - clock->base_ns) * clock->hz;
    guint64 then = clock->base_cycles + (guint64)((product + 999999999u) / 1000000000u);
    return then > clock->cycles ? then - clock->cycles : 0;
}

/* Time passes for the core, too. */
static inline void
bench_clock_sleep_until(BenchClock *clock, guint64 ns)
{
    clock->cycles += bench_clock_cycles_until(clock, ns);
}

/* Time passes and the core's cycle counter stands still. */
static inline void
bench_clock_freeze_until(BenchClock *clock, guint64 ns)
{
    guint64 now = bench_clock_now(clock);

    clock->base_ns = MAX(now, ns);
    clock->base_cycles = clock->cycles;
}

static inline void
bench_clock_set_hz(BenchClock *clock, guint32 hz)
{
    clock->base_ns = bench_clock_now(clock);
    clock->base_cycles = clock->cycles;
    clock->hz = MAX(hz, 1u);
}

G_END_DECLS
