/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/rcc.h"

/* The RCC of the STM32F4 (RM0383 6, where nothing else is said). */

enum { PLLCFGR = 0x04 };
#define PLLCFGR_SRC_HSE (1u << 22)

static gboolean
pll_uses_hse(const guint32 *regs)
{
    return (regs[PLLCFGR / 4] & PLLCFGR_SRC_HSE) != 0;
}

/* RM0383 6.3.2: VCO input 1 to 2 MHz, VCO output 100 to 432 MHz. */
static guint32
get_pll_hz(const guint32 *regs, guint32 hsi_hz, guint32 hse_hz, const char **fault)
{
    guint32 cfg = regs[PLLCFGR / 4];
    guint m = cfg & 0x3f, n = (cfg >> 6) & 0x1ff, p = 2 * (((cfg >> 16) & 3) + 1);

    if (m < 2 || n < 50 || n > 432) {
        *fault = "RCC_PLLCFGR: a factor is out of its range";
        return 0;
    }
    guint32 input = (pll_uses_hse(regs) ? hse_hz : hsi_hz) / m;
    guint64 vco = (guint64)input * n;
    if (input < 950000 || input > 2100000)
        *fault = "RCC_PLLCFGR: VCO input outside of 1 to 2 MHz";
    else if (vco < 100000000 || vco > 432000000)
        *fault = "RCC_PLLCFGR: VCO output outside of 100 to 432 MHz";
    return (guint32)(vco / p);
}

static const BenchRccFamily family = {
    .base = 0x40023800, /* table 1 */
    .cfgr = 0x08,
    .csr = 0x74,
    .cr_reset = 0x83,
    .pll_reg = PLLCFGR,
    .pll_reg_reset = 0x24003010, /* 6.3.2 */
    .pll_mask = 0xffffffff,
    .ppre_shift = {10, 13}, /* 6.3.3 */
    .buses = {{0x30, 0x10, 0}, {0x34, 0x14, 0}, {0x40, 0x20, 0}, {0x44, 0x24, 0}},
    .hsi_hz = 16000000,
    /* DS10314 6.3.8 to 6.3.10: HSI 2.2 us, HSE 2 ms, LSI 15 us typical; PLL lock 200 us at most
     * for a VCO of 192 MHz. */
    .hsi_ns = 2200,
    .hse_ns = 2000000,
    .pll_ns = 200000,
    .lsi_ns = 15000,
    .power_on_flags = 0x0e000000, /* 6.3.21: power, brown-out, pin */
    .pll_uses_hse = pll_uses_hse,
    .get_pll_hz = get_pll_hz,
};

BenchPeripheral *
bench_rcc_f4_new(BenchWires *wires)
{
    return bench_rcc_new(wires, &family);
}
