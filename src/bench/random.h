/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The bench's only source of chance (SplitMix64): the same seed gives the same run on every
 * computer, which GRand does not promise. The state is the caller's and any value will do.
 */
static inline guint64
bench_random_next(guint64 *state)
{
    guint64 z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Evenly in [0, below); `below` is at least 1 and small against 2^64. */
static inline guint64
bench_random_below(guint64 *state, guint64 below)
{
    return bench_random_next(state) % below;
}

G_END_DECLS
