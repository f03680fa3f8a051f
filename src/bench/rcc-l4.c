/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/wires.h"

#include <string.h>

/*
 * The RCC of the STM32L4 (RM0394 6), as far as the internal oscillators go: MSI with its ranges and
 * HSI16, which are ready at once, and the switch between them. The PLL and HSE never become ready;
 * enable registers keep what is written, and every peripheral has its clock.
 */

enum { CR = 0x00, CFGR = 0x08, AHB1ENR = 0x48, CSR = 0x94 };
#define N_REGS 40

/* RM0394 6.4.1 */
#define CR_MSION (1u << 0)
#define CR_MSIRDY (1u << 1)
#define CR_MSIRGSEL (1u << 3)
#define CR_HSION (1u << 8)
#define CR_HSIRDY (1u << 10)
#define CR_AT_RESET 0x63u
#define CR_WRITABLE 0x01050bf9u /* no ready bits; MSIRGSEL can only be set */
/* RM0394 6.4.3 */
#define CFGR_SW 0x3u
#define CFGR_SWS_SHIFT 2
/* RM0394 6.4.9: FLASHEN */
#define AHB1ENR_AT_RESET 0x100u
/* RM0394 6.4.30 */
#define CSR_AT_POWER_ON 0x0c000600u /* brown-out and pin; MSI range 6 after standby */
#define CSR_RMVF (1u << 23)
#define CSR_OBLRSTF (1u << 25)
#define CSR_PINRSTF (1u << 26)
#define CSR_SFTRSTF (1u << 28)
#define CSR_IWDGRSTF (1u << 29)
#define CSR_FLAGS 0xff000000u

enum { MSI, HSI16 }; /* as SW counts */
#define HSI16_HZ 16000000u

/* RM0394 6.4.1, MSIRANGE */
static const guint32 msi_hz[] = {100000,  200000,  400000,   800000,   1000000,  2000000,
                                 4000000, 8000000, 16000000, 24000000, 32000000, 48000000};

typedef struct {
    BenchPeripheral base;
    BenchWires *wires;
    guint32 regs[N_REGS];
} RccL4;

static guint32
get_msi_hz(const RccL4 *rcc)
{
    guint32 cr = rcc->regs[CR / 4];
    guint range = cr & CR_MSIRGSEL ? (cr >> 4) & 0xf : (rcc->regs[CSR / 4] >> 8) & 0xf;

    return msi_hz[MIN(range, G_N_ELEMENTS(msi_hz) - 1)];
}

static void
update(RccL4 *rcc)
{
    BenchWires *wires = rcc->wires;
    guint32 *cr = &rcc->regs[CR / 4], *cfgr = &rcc->regs[CFGR / 4];
    guint32 wanted = *cfgr & CFGR_SW;

    *cr = (*cr & ~(CR_MSIRDY | CR_HSIRDY)) | (*cr & CR_MSION ? CR_MSIRDY : 0) |
          (*cr & CR_HSION ? CR_HSIRDY : 0);
    if ((wanted == MSI && (*cr & CR_MSIRDY)) || (wanted == HSI16 && (*cr & CR_HSIRDY)))
        *cfgr = (*cfgr & ~(CFGR_SW << CFGR_SWS_SHIFT)) | (wanted << CFGR_SWS_SHIFT);
    guint32 hz = ((*cfgr >> CFGR_SWS_SHIFT) & CFGR_SW) == HSI16 ? HSI16_HZ : get_msi_hz(rcc);
    wires->hsi_on = TRUE;
    wires->pclk_hz[0] = wires->pclk_hz[1] = hz;
    if (hz == wires->hclk_hz)
        return;
    wires->hclk_hz = hz;
    bench_wires_check_clock(wires);
    rcc->base.host->set_core_hz(rcc->base.host, hz);
}

static guint32
rcc_l4_read(BenchPeripheral *self, guint32 offset, guint size)
{
    return offset / 4 < N_REGS ? ((RccL4 *)self)->regs[offset / 4] : 0;
}

static void
rcc_l4_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    RccL4 *rcc = (RccL4 *)self;
    guint32 *reg;

    if (offset / 4 >= N_REGS)
        return;
    reg = &rcc->regs[offset / 4];
    value = bench_peripheral_merge(*reg, offset, size, value);
    switch (offset & ~3u) {
    case CR:
        *reg = (*reg & (~CR_WRITABLE | CR_MSIRGSEL)) | (value & CR_WRITABLE);
        break;
    case CFGR:
        *reg = (*reg & (CFGR_SW << CFGR_SWS_SHIFT)) | (value & ~(CFGR_SW << CFGR_SWS_SHIFT));
        break;
    case CSR:
        *reg = value & CSR_RMVF ? value & ~(CSR_FLAGS | CSR_RMVF)
                                : (*reg & CSR_FLAGS) | (value & ~CSR_FLAGS);
        break;
    default:
        *reg = value;
        break;
    }
    update(rcc);
}

static void
rcc_l4_reset(BenchPeripheral *self, gboolean power_on)
{
    static const guint32 flags[] = {
        [BENCH_RESET_PIN] = CSR_PINRSTF,
        [BENCH_RESET_SOFTWARE] = CSR_PINRSTF | CSR_SFTRSTF,
        [BENCH_RESET_WATCHDOG] = CSR_PINRSTF | CSR_IWDGRSTF,
        [BENCH_RESET_OPTIONS] = CSR_PINRSTF | CSR_OBLRSTF,
    };
    RccL4 *rcc = (RccL4 *)self;
    BenchResetCause cause = self->host->reset_cause;
    guint32 csr = rcc->regs[CSR / 4];

    memset(rcc->regs, 0, sizeof rcc->regs);
    rcc->regs[CSR / 4] = cause == BENCH_RESET_POWER ? CSR_AT_POWER_ON : csr | flags[cause];
    rcc->regs[CR / 4] = CR_AT_RESET;
    rcc->regs[AHB1ENR / 4] = AHB1ENR_AT_RESET;
    rcc->wires->hclk_hz = 0;
    update(rcc);
}

static void
rcc_l4_free(BenchPeripheral *self)
{
    g_free(((RccL4 *)self)->wires);
    g_free(self);
}

static const BenchPeripheralOps rcc_l4_ops = {
    .read = rcc_l4_read,
    .write = rcc_l4_write,
    .reset = rcc_l4_reset,
    .free = rcc_l4_free,
};

BenchPeripheral *
bench_rcc_l4_new(BenchWires *wires)
{
    RccL4 *rcc = g_new0(RccL4, 1);

    rcc->base = (BenchPeripheral){.ops = &rcc_l4_ops,
                                  .name = "RCC",
                                  .base = 0x40021000, /* RM0394 table 2 */
                                  .size = 0x400,
                                  .host = wires->parts->host};
    rcc->wires = wires;
    return &rcc->base;
}
