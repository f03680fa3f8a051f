/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/rcc.h"

/* The RCC of the STM32F101, F102 and F103 (RM0008 7). */

enum { CFGR = 0x04 };
/* RM0008 7.3.2 */
#define CFGR_PLLSRC_HSE (1u << 16)
#define CFGR_PLLXTPRE (1u << 17)
#define CFGR_PLL 0x003f0000u

static gboolean
pll_uses_hse(const guint32 *regs)
{
    return (regs[CFGR / 4] & CFGR_PLLSRC_HSE) != 0;
}

static guint32
get_pll_hz(const guint32 *regs, guint32 hsi_hz, guint32 hse_hz, const char **fault)
{
    guint32 cfgr = regs[CFGR / 4];
    guint factor = MIN(((cfgr >> 18) & 0xf) + 2, 16);
    guint32 input = !pll_uses_hse(regs) ? hsi_hz / 2 : cfgr & CFGR_PLLXTPRE ? hse_hz / 2 : hse_hz;

    /* DS5319 5.3.8: output 16 to 72 MHz. */
    if (input * factor < 16000000 || input * factor > 72000000)
        *fault = "RCC_CFGR: PLL output outside of 16 to 72 MHz";
    return input * factor;
}

static const BenchRccFamily family = {
    .base = 0x40021000, /* RM0008 3.3 */
    .cfgr = CFGR,
    .csr = 0x24,
    .cr_reset = 0x83,
    .pll_reg = CFGR,
    .pll_mask = CFGR_PLL,
    .ppre_shift = {8, 11},
    .buses = {{0x14, 0, 0x14}, {0x18, 0x0c, 0}, {0x1c, 0x10, 0}},
    .hsi_hz = 8000000,
    /* DS5319 5.3.6 to 5.3.8: HSI 2 us, PLL lock 200 us, LSI 85 us at most; HSE 2 ms typical. */
    .hsi_ns = 2000,
    .hse_ns = 2000000,
    .pll_ns = 200000,
    .lsi_ns = 85000,
    .power_on_flags = 0x0c000000, /* 7.3.10: power, pin */
    .pll_uses_hse = pll_uses_hse,
    .get_pll_hz = get_pll_hz,
};

BenchPeripheral *
bench_rcc_f1_new(BenchWires *wires)
{
    return bench_rcc_new(wires, &family);
}
