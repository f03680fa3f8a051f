/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/rcc.h"

/* The RCC of the STM32F303 (RM0316 9). */

enum { CFGR = 0x04, CFGR2 = 0x2c };
/* RM0316 9.4.2; on the xD and xE, whose PLL can also take HSI undivided, the lower bit of PLLSRC is
 * not modelled. */
#define CFGR_PLLSRC_HSE (1u << 16)
#define CFGR_PLL 0x003f0000u

static gboolean
pll_uses_hse(const guint32 *regs)
{
    return (regs[CFGR / 4] & CFGR_PLLSRC_HSE) != 0;
}

static guint32
get_pll_hz(const guint32 *regs, guint32 hsi_hz, guint32 hse_hz, const char **fault)
{
    guint factor = MIN(((regs[CFGR / 4] >> 18) & 0xf) + 2, 16);
    guint32 input = pll_uses_hse(regs) ? hse_hz / ((regs[CFGR2 / 4] & 0xf) + 1) : hsi_hz / 2;

    /* DS9118 6.3.9: output 16 to 72 MHz. */
    if (input * factor < 16000000 || input * factor > 72000000)
        *fault = "RCC_CFGR: PLL output outside of 16 to 72 MHz";
    return input * factor;
}

static const BenchRccFamily family = {
    .base = 0x40021000, /* RM0316 3.2 */
    .cfgr = CFGR,
    .csr = 0x24,
    .cr_reset = 0x83,
    .pll_reg = CFGR,
    .pll_mask = CFGR_PLL,
    .ppre_shift = {8, 11},
    .buses = {{0x14, 0x28, 0x14}, {0x18, 0x0c, 0}, {0x1c, 0x10, 0}},
    .hsi_hz = 8000000,
    /* DS9118 6.3.7 to 6.3.9: HSI 2 us, PLL lock 200 us, LSI 85 us at most; HSE 2 ms typical. */
    .hsi_ns = 2000,
    .hse_ns = 2000000,
    .pll_ns = 200000,
    .lsi_ns = 85000,
    .power_on_flags = 0x0c000000, /* 9.4.10: power, pin */
    .pll_uses_hse = pll_uses_hse,
    .get_pll_hz = get_pll_hz,
};

BenchPeripheral *
bench_rcc_f3_new(BenchWires *wires)
{
    return bench_rcc_new(wires, &family);
}
