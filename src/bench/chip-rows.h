/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bench/wires.h"

G_BEGIN_DECLS

/* The chips of the bench, and what their files (chip-f4.c, …) share in assembling one. `extra` of a
 * row is its sector sizes. */

extern const BenchChip bench_chip_stm32f103c8;
extern const BenchChip bench_chip_stm32f103cb;
extern const BenchChip bench_chip_stm32f411ce;

/* Which bit of which enable register of RCC lets a peripheral work. */
typedef struct {
    guint32 base;
    guint8 enable_reg, bit;
} BenchGate;

/* Makes the wires and the flash cells: the first call of a create(). */
BenchWires *bench_chip_begin(BenchParts *parts);
/* Sorts parts->peripherals and connects their clocks: the last one. */
void bench_chip_end(BenchParts *parts, BenchPeripheral *rcc, const BenchGate *gates, guint n_gates);
/* An id as the factory would write it, from the board's seed. */
void bench_chip_make_unique_id(BenchWires *wires, guint8 id[12]);

G_END_DECLS
