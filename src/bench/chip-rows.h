/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bench/wires.h"

G_BEGIN_DECLS

/* The chips of the bench: rows in a file a family (chip-f4.c, …), from which chips.c assembles them.
 * `extra` of a row is its sector sizes. */

/* Each ends with one without a name. */
extern const BenchChip bench_chips_f1[];
extern const BenchChip bench_chips_f3[];
extern const BenchChip bench_chips_f4[];
extern const BenchChip bench_chips_l4[];

/* Which bit of which enable register of RCC lets a peripheral work. */
typedef struct {
    guint32 base;
    guint8 enable_reg, bit;
} BenchGate;

/* What the chips of a line are made of. */
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
    guint32 max_hz, max_pclk_hz[2]; /* of the core, of APB1 and APB2 */
    guint32 exti_base, crc_base, iwdg_base;
    guint32 backup_sram_base; /* 0: none */
    guint32 dma_base[2];      /* of DMA1 and DMA2 as the F4 has them; 0: not modelled */
    guint32 gpio_base;        /* of port A, with one every 0x400; F3 and F4 */
    gboolean gpio_has_brr;
    const char *syscfg_name;
    guint32 syscfg_base;
    guint32 id_base; /* what the factory wrote: the flash size and, 12 bytes, the unique id */
    guint8 id_flash_size, id_unique;
    guint32 idcode; /* of DBGMCU, and its bit that freezes the watchdog */
    guint8 iwdg_stop_reg, iwdg_stop_bit;
    BenchNorArea areas[BENCH_N_AREAS]; /* size 0: none */

    /* F1 and F3: the value of RDP that protects from nothing, the highest level of read protection,
     * where the user byte and the first data byte are in OBR, the bit of CR that loads option bytes
     * by a reset */
    guint8 rdp_unprotected, max_rdp_level, obr_user_shift, obr_data_shift;
    guint32 cr_obl_launch;
    /* F4: OPTCR of a chip as delivered, and what of it can be written; whether half of the sectors
     * are a second bank; the core's maximum clock at each value of VOS in PWR_CR, which has one bit
     * of it or two, and the register after a reset */
    guint32 optcr_delivered, optcr_writable;
    gboolean two_banks;
    guint32 vos_hz[4], vos_mask, pwr_cr_reset;
} BenchChipFamily;

/* BenchChip.create of every row. */
void bench_chip_create(BenchParts *parts);

G_END_DECLS
