/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/chip-rows.h"

/* The power controller of the STM32F4, as far as others depend on it: the voltage scale of the core,
 * and who may write the backup domain (RM0383 5.4). Low-power modes and the over-drive of some lines are not modelled. */

enum { CR = 0x00, CSR = 0x04 };
#define CR_DBP (1u << 8)
#define CR_WRITABLE 0xfff3u
#define CR_VOS_SHIFT 14
#define CSR_VOSRDY (1u << 14)

typedef struct {
    BenchPeripheral base;
    BenchWires *wires;
    guint32 cr;
} PwrF4;

static const BenchChipFamily *
get_chip(const PwrF4 *pwr)
{
    return pwr->wires->parts->chip->family;
}

static void
update(PwrF4 *pwr)
{
    pwr->wires->backup_writable = (pwr->cr & CR_DBP) != 0;
    pwr->wires->max_hclk_hz = get_chip(pwr)->vos_hz[(pwr->cr >> CR_VOS_SHIFT) & 3];
}

static guint32
pwr_f4_read(BenchPeripheral *self, guint32 offset, guint size)
{
    return (offset & ~3u) == CR ? ((PwrF4 *)self)->cr : (offset & ~3u) == CSR ? CSR_VOSRDY : 0;
}

static void
pwr_f4_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    PwrF4 *pwr = (PwrF4 *)self;
    guint32 mask = CR_WRITABLE & ~((3u << CR_VOS_SHIFT) & ~get_chip(pwr)->vos_mask);

    if ((offset & ~3u) != CR)
        return;
    /* RM0383 5.4.1: VOS can be changed only while the PLL is off. */
    if (pwr->wires->pll_on)
        mask &= ~(3u << CR_VOS_SHIFT);
    value = bench_peripheral_merge(pwr->cr, offset, size, value);
    pwr->cr = (pwr->cr & ~mask) | (value & mask);
    update(pwr);
}

static void
pwr_f4_reset(BenchPeripheral *self, gboolean power_on)
{
    PwrF4 *pwr = (PwrF4 *)self;

    pwr->cr = get_chip(pwr)->pwr_cr_reset;
    update(pwr);
}

static void
pwr_f4_free(BenchPeripheral *self)
{
    g_free(self);
}

static const BenchPeripheralOps pwr_f4_ops = {
    .read = pwr_f4_read,
    .write = pwr_f4_write,
    .reset = pwr_f4_reset,
    .free = pwr_f4_free,
};

BenchPeripheral *
bench_pwr_f4_new(BenchWires *wires)
{
    PwrF4 *pwr = g_new0(PwrF4, 1);

    pwr->base = (BenchPeripheral){.ops = &pwr_f4_ops,
                                  .name = "PWR",
                                  .base = 0x40007000, /* RM0383 table 1 */
                                  .size = 0x400,
                                  .host = wires->parts->host};
    pwr->wires = wires;
    pwr->cr = get_chip(pwr)->pwr_cr_reset;
    return &pwr->base;
}
