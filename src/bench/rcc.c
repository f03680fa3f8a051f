/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/rcc.h"

#include "bench/chip-rows.h"

#include <string.h>

/* RM0383 6.3.1 and RM0008 7.3.1: RCC_CR is the same in both. */
enum { CR = 0x00 };
#define CR_HSION (1u << 0)
#define CR_HSIRDY (1u << 1)
#define CR_HSEON (1u << 16)
#define CR_HSERDY (1u << 17)
#define CR_PLLON (1u << 24)
#define CR_PLLRDY (1u << 25)
#define CR_WRITABLE 0x050d00f9u
/* RM0383 6.3.3, RM0008 7.3.2: the switch and its status */
#define CFGR_SW 0x3u
#define CFGR_SWS 0xcu
/* RM0383 6.3.21, RM0008 7.3.10 */
#define CSR_LSION (1u << 0)
#define CSR_LSIRDY (1u << 1)
#define CSR_RMVF (1u << 24)
#define CSR_OBLRSTF (1u << 25)
#define CSR_PINRSTF (1u << 26)
#define CSR_SFTRSTF (1u << 28)
#define CSR_IWDGRSTF (1u << 29)
#define CSR_FLAGS 0xfe000000u

typedef enum { HSI, HSE, PLL, LSI, N_SOURCES } Source;

typedef struct {
    guint8 bus, bit;
    BenchPeripheral *peripheral;
} Gate;

typedef struct {
    BenchPeripheral base;
    const BenchRccFamily *family;
    BenchWires *wires;
    guint32 regs[BENCH_RCC_SIZE / 4];
    guint64 ready_ns[N_SOURCES]; /* G_MAXUINT64: off, or will never start */
    gboolean ready[N_SOURCES];
    GArray *gates;
} Rcc;

static guint32 *
reg(Rcc *rcc, guint32 offset)
{
    return &rcc->regs[offset / 4];
}

/* -- clocks -- */

static guint32
get_source_hz(Rcc *rcc, Source source)
{
    const char *fault = NULL;

    switch (source) {
    case HSI:
        return rcc->family->hsi_hz;
    case HSE:
        return rcc->wires->parts->hse_hz;
    case PLL:
        return rcc->family->get_pll_hz(rcc->regs, rcc->family->hsi_hz, rcc->wires->parts->hse_hz,
                                       &fault);
    default:
        return 0;
    }
}

/* RM0383 6.3.3, RM0008 7.3.2: HPRE divides by 2 to 512 without 32, PPRE by 2 to 16. */
static guint32
divide_ahb(guint32 hz, guint hpre)
{
    static const guint8 shifts[] = {1, 2, 3, 4, 6, 7, 8, 9};
    return hpre & 8 ? hz >> shifts[hpre & 7] : hz;
}

static guint32
divide_apb(guint32 hz, guint ppre)
{
    return ppre & 4 ? hz >> ((ppre & 3) + 1) : hz;
}

static void
update_clocks(Rcc *rcc)
{
    BenchWires *wires = rcc->wires;
    BenchPeripheralHost *host = rcc->base.host;
    const BenchChipFamily *chip = wires->parts->chip->family;
    guint32 *cfgr = reg(rcc, rcc->family->cfgr);
    Source wanted = *cfgr & CFGR_SW;

    /* The switch waits for a source that is not ready. */
    if (wanted < LSI && rcc->ready[wanted])
        *cfgr = (*cfgr & ~CFGR_SWS) | (wanted << 2);
    guint32 sysclk = get_source_hz(rcc, (*cfgr & CFGR_SWS) >> 2);
    guint32 hclk = divide_ahb(sysclk, (*cfgr >> 4) & 0xf);
    wires->hsi_on = rcc->ready[HSI];
    wires->pll_on = (*reg(rcc, CR) & CR_PLLON) != 0;
    for (guint bus = 0; bus < 2; bus++) {
        wires->pclk_hz[bus] = divide_apb(hclk, *cfgr >> rcc->family->ppre_shift[bus]);
        if (wires->pclk_hz[bus] > chip->max_pclk_hz[bus])
            host->firmware_fault(host, bus == 0 ? "APB1 clock too fast" : "APB2 clock too fast");
    }
    if (hclk == wires->hclk_hz)
        return;
    wires->hclk_hz = hclk;
    if (hclk > chip->max_hz)
        host->firmware_fault(host, "core clock above the chip's maximum");
    bench_wires_check_clock(wires);
    host->set_core_hz(host, hclk);
}

/* -- oscillators -- */

static gboolean
can_start(Rcc *rcc, Source source)
{
    if (source == HSE)
        return rcc->wires->parts->hse_hz != 0;
    if (source == PLL)
        return rcc->ready[rcc->family->pll_uses_hse(rcc->regs) ? HSE : HSI];
    return TRUE;
}

static void
report_pll(Rcc *rcc)
{
    const char *fault = NULL;

    rcc->family->get_pll_hz(rcc->regs, rcc->family->hsi_hz, rcc->wires->parts->hse_hz, &fault);
    if (fault != NULL)
        rcc->base.host->firmware_fault(rcc->base.host, fault);
}

/* Follows the ON bits: what was switched on is ready after its start-up time. */
static void
switch_sources(Rcc *rcc)
{
    BenchPeripheralHost *host = rcc->base.host;
    guint32 cr = *reg(rcc, CR);
    const struct {
        gboolean on;
        guint32 ns;
    } wanted[N_SOURCES] = {
        [HSI] = {(cr & CR_HSION) != 0, rcc->family->hsi_ns},
        [HSE] = {(cr & CR_HSEON) != 0, rcc->family->hse_ns},
        [PLL] = {(cr & CR_PLLON) != 0, rcc->family->pll_ns},
        [LSI] = {(*reg(rcc, rcc->family->csr) & CSR_LSION) != 0, rcc->family->lsi_ns},
    };

    for (Source i = HSI; i < N_SOURCES; i++) {
        if (!wanted[i].on) {
            rcc->ready[i] = FALSE;
            rcc->ready_ns[i] = G_MAXUINT64;
        } else if (!rcc->ready[i] && rcc->ready_ns[i] == G_MAXUINT64 && can_start(rcc, i)) {
            rcc->ready_ns[i] = host->now_ns(host) + wanted[i].ns;
            if (i == PLL)
                report_pll(rcc);
        }
    }
    host->event_moved(host);
}

static void
show_ready(Rcc *rcc)
{
    static const guint32 cr_bits[] = {[HSI] = CR_HSIRDY, [HSE] = CR_HSERDY, [PLL] = CR_PLLRDY};
    guint32 *csr = reg(rcc, rcc->family->csr);

    for (Source i = HSI; i <= PLL; i++)
        *reg(rcc, CR) = (*reg(rcc, CR) & ~cr_bits[i]) | (rcc->ready[i] ? cr_bits[i] : 0);
    *csr = (*csr & ~CSR_LSIRDY) | (rcc->ready[LSI] ? CSR_LSIRDY : 0);
}

static void
settle(Rcc *rcc)
{
    guint64 now = rcc->base.host->now_ns(rcc->base.host);
    gboolean changed = FALSE;

    for (Source i = HSI; i < N_SOURCES; i++) {
        if (rcc->ready_ns[i] > now)
            continue;
        rcc->ready_ns[i] = G_MAXUINT64;
        rcc->ready[i] = TRUE;
        changed = TRUE;
    }
    if (!changed)
        return;
    /* A PLL that was switched on before its source starts to lock now. */
    switch_sources(rcc);
    show_ready(rcc);
    update_clocks(rcc);
}

/* RM0383 6.3.1: what drives the core cannot be switched off. */
static guint32
hold_used(Rcc *rcc, guint32 value)
{
    Source used = (*reg(rcc, rcc->family->cfgr) & CFGR_SWS) >> 2;

    if (used == PLL) {
        value |= CR_PLLON;
        used = rcc->family->pll_uses_hse(rcc->regs) ? HSE : HSI;
    }
    return value | (used == HSE ? CR_HSEON : CR_HSION);
}

/* -- gates and resets -- */

void
bench_rcc_gate(BenchPeripheral *self, guint32 enable_reg, guint bit, BenchPeripheral *gated)
{
    Rcc *rcc = (Rcc *)self;
    Gate gate = {.bit = (guint8)bit, .peripheral = gated};

    while (rcc->family->buses[gate.bus].enable != enable_reg)
        gate.bus++;
    g_array_append_val(rcc->gates, gate);
    gated->clock_off = !(*reg(rcc, enable_reg) & (1u << bit));
}

static void
update_gates(Rcc *rcc)
{
    for (guint i = 0; i < rcc->gates->len; i++) {
        const Gate *gate = &g_array_index(rcc->gates, Gate, i);
        guint32 enabled = *reg(rcc, rcc->family->buses[gate->bus].enable);
        gate->peripheral->clock_off = !(enabled & (1u << gate->bit));
    }
}

static void
reset_gated(Rcc *rcc, guint bus, guint32 bits)
{
    for (guint i = 0; i < rcc->gates->len; i++) {
        const Gate *gate = &g_array_index(rcc->gates, Gate, i);
        if (gate->bus == bus && (bits & (1u << gate->bit)))
            gate->peripheral->ops->reset(gate->peripheral, FALSE);
    }
}

/* -- registers -- */

static guint32
rcc_read(BenchPeripheral *self, guint32 offset, guint size)
{
    Rcc *rcc = (Rcc *)self;

    settle(rcc);
    return *reg(rcc, offset);
}

static void
write_csr(Rcc *rcc, guint32 value)
{
    guint32 *csr = reg(rcc, rcc->family->csr);

    *csr = (*csr & ~CSR_LSION) | (value & CSR_LSION);
    if (value & CSR_RMVF)
        *csr &= ~CSR_FLAGS;
    switch_sources(rcc);
    show_ready(rcc);
}

static void
write_cfgr(Rcc *rcc, guint32 value)
{
    const BenchRccFamily *family = rcc->family;
    guint32 *cfgr = reg(rcc, family->cfgr);
    guint32 held = CFGR_SWS;

    if (family->pll_reg == family->cfgr && (*reg(rcc, CR) & CR_PLLON))
        held |= family->pll_mask;
    *cfgr = (*cfgr & held) | (value & ~held);
    update_clocks(rcc);
}

static void
rcc_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    Rcc *rcc = (Rcc *)self;
    const BenchRccFamily *family = rcc->family;

    settle(rcc);
    value = bench_peripheral_merge(*reg(rcc, offset), offset, size, value);
    offset &= ~3u;
    if (offset == CR) {
        *reg(rcc, CR) = (*reg(rcc, CR) & ~CR_WRITABLE) | (hold_used(rcc, value) & CR_WRITABLE);
        switch_sources(rcc);
        show_ready(rcc);
        update_clocks(rcc);
    } else if (offset == family->cfgr) {
        write_cfgr(rcc, value);
    } else if (offset == family->csr) {
        write_csr(rcc, value);
    } else if (offset != family->pll_reg) {
        *reg(rcc, offset) = value;
        for (guint bus = 0; bus < BENCH_RCC_N_BUSES && family->buses[bus].enable; bus++)
            if (offset == family->buses[bus].reset && offset != 0)
                reset_gated(rcc, bus, value);
        update_gates(rcc);
    } else if (!(*reg(rcc, CR) & CR_PLLON)) {
        *reg(rcc, offset) = value;
    }
}

static void
set_reset_flags(Rcc *rcc, guint32 old_flags)
{
    static const guint32 flags[] = {
        [BENCH_RESET_PIN] = CSR_PINRSTF,
        [BENCH_RESET_SOFTWARE] = CSR_PINRSTF | CSR_SFTRSTF,
        [BENCH_RESET_WATCHDOG] = CSR_PINRSTF | CSR_IWDGRSTF,
        [BENCH_RESET_OPTIONS] = CSR_PINRSTF | CSR_OBLRSTF,
    };
    BenchResetCause cause = rcc->base.host->reset_cause;

    /* RM0383 6.1.1: every reset drives the NRST pin and so sets its flag too. */
    *reg(rcc, rcc->family->csr) =
        cause == BENCH_RESET_POWER ? rcc->family->power_on_flags : old_flags | flags[cause];
}

static void
rcc_reset(BenchPeripheral *self, gboolean power_on)
{
    Rcc *rcc = (Rcc *)self;
    const BenchRccFamily *family = rcc->family;
    guint32 flags = *reg(rcc, family->csr) & CSR_FLAGS;

    memset(rcc->regs, 0, sizeof rcc->regs);
    set_reset_flags(rcc, flags);
    *reg(rcc, family->pll_reg) = family->pll_reg_reset;
    *reg(rcc, CR) = family->cr_reset;
    for (guint bus = 0; bus < BENCH_RCC_N_BUSES && family->buses[bus].enable; bus++)
        *reg(rcc, family->buses[bus].enable) = family->buses[bus].enabled_at_reset;
    for (Source i = HSI; i < N_SOURCES; i++) {
        rcc->ready[i] = i == HSI;
        rcc->ready_ns[i] = G_MAXUINT64;
    }
    show_ready(rcc);
    update_gates(rcc);
    rcc->wires->hclk_hz = 0;
    update_clocks(rcc);
}

static guint64
rcc_next_event_ns(BenchPeripheral *self)
{
    const Rcc *rcc = (Rcc *)self;
    guint64 next = G_MAXUINT64;

    for (Source i = HSI; i < N_SOURCES; i++)
        next = MIN(next, rcc->ready_ns[i]);
    return next;
}

static void
rcc_advance(BenchPeripheral *self, guint64 now_ns)
{
    settle((Rcc *)self);
}

static void
rcc_free(BenchPeripheral *self)
{
    Rcc *rcc = (Rcc *)self;

    g_array_unref(rcc->gates);
    g_free(rcc->wires);
    g_free(rcc);
}

static const BenchPeripheralOps rcc_ops = {
    .read = rcc_read,
    .write = rcc_write,
    .reset = rcc_reset,
    .next_event_ns = rcc_next_event_ns,
    .advance = rcc_advance,
    .free = rcc_free,
};

BenchPeripheral *
bench_rcc_new(BenchWires *wires, const BenchRccFamily *family)
{
    Rcc *rcc = g_new0(Rcc, 1);

    rcc->base = (BenchPeripheral){.ops = &rcc_ops,
                                  .name = "RCC",
                                  .base = family->base,
                                  .size = BENCH_RCC_SIZE,
                                  .host = wires->parts->host};
    rcc->family = family;
    rcc->wires = wires;
    rcc->gates = g_array_new(FALSE, FALSE, sizeof(Gate));
    for (Source i = HSI; i < N_SOURCES; i++)
        rcc->ready_ns[i] = G_MAXUINT64;
    return &rcc->base;
}
