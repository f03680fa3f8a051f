/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bench/wires.h"

G_BEGIN_DECLS

/*
 * Reset and clock control as the STM32F1 and F4 share it: oscillators and the PLL with the time
 * they take, the switch between them, bus prescalers, clock gates, reset lines, reset flags. What
 * differs is in a BenchRccFamily, one a file (rcc-f4.c, rcc-f1.c).
 */

#define BENCH_RCC_SIZE 0x400
#define BENCH_RCC_N_BUSES 4

typedef struct {
    guint32 base;
    guint32 cfgr, csr; /* offsets; CR is at 0 in all */
    guint32 cr_reset;
    guint32 pll_reg, pll_reg_reset, pll_mask; /* what of it the PLL in use holds fast */
    guint ppre_shift[2];                      /* APB1, APB2 in CFGR */
    struct {
        guint8 enable, reset; /* offsets; reset 0: the bus has none */
        guint32 enabled_at_reset;
    } buses[BENCH_RCC_N_BUSES]; /* enable 0 ends them */
    guint32 hsi_hz;
    guint32 hsi_ns, hse_ns, pll_ns, lsi_ns; /* start-up times */
    guint32 power_on_flags;                 /* of CSR */
    gboolean (*pll_uses_hse)(const guint32 *regs);
    /* Output for a given input clock; says in *fault what the PLL cannot bear. */
    guint32 (*get_pll_hz)(const guint32 *regs, guint32 hsi_hz, guint32 hse_hz, const char **fault);
} BenchRccFamily;

/* Owns `wires`. */
BenchPeripheral *bench_rcc_new(BenchWires *wires, const BenchRccFamily *family);

G_END_DECLS
