/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bench/wires.h"

G_BEGIN_DECLS

/* The chips of the bench: rows in a file a family (chip-f4.c, …), from which chips.c assembles them.
 * `extra` of a row is its sector sizes. */

extern const BenchChip bench_chip_stm32f103c8;
extern const BenchChip bench_chip_stm32f103cb;
extern const BenchChip bench_chip_stm32f411ce;

/* Which bit of which enable register of RCC lets a peripheral work. */
typedef struct {
    guint32 base;
    guint8 enable_reg, bit;
} BenchGate;

/* What the chips of a family are made of. */
typedef struct BenchChipFamily {
    BenchPeripheral *(*rcc_new)(BenchWires *wires);
    BenchPeripheral *(*flash_new)(BenchWires *wires);
    BenchPeripheral *(*gpio_new)(BenchWires *wires, guint port);
    BenchPeripheral *(*pwr_new)(BenchWires *wires); /* NULL: not modelled */
    const char *ports;                              /* their letters */
    const BenchUsartRow *usarts;
    guint n_usarts;
    const BenchGate *gates;
    guint n_gates;
    const BenchWaitStates *wait_states;
    guint32 exti_base, crc_base, iwdg_base;
    const char *syscfg_name;
    guint32 syscfg_base;
    guint32 id_base; /* what the factory wrote: the flash size and, 12 bytes, the unique id */
    guint8 id_flash_size, id_unique;
    guint32 idcode; /* of DBGMCU, and its bit that freezes the watchdog */
    guint8 iwdg_stop_reg, iwdg_stop_bit;
} BenchChipFamily;

/* BenchChip.create of every row. */
void bench_chip_create(BenchParts *parts);

G_END_DECLS
