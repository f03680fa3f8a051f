/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/wires.h"

#include <string.h>

/* The external interrupts of the STM32F1 and F4 (RM0383 10.3, RM0008 10.3): the sixteen lines that
 * come from pins. Events for WFE and the lines of other peripherals are not modelled. */

enum { IMR = 0x00, EMR = 0x04, RTSR = 0x08, FTSR = 0x0c, SWIER = 0x10, PR = 0x14 };
#define LINES 0xffffu

/* RM0383 table 37, RM0008 10.1.2: lines 0 to 4 have an interrupt each, the others share two. */
static const struct {
    guint16 lines;
    guint8 irq;
} irqs[] = {
    {0x0001, 6}, {0x0002, 7}, {0x0004, 8}, {0x0008, 9}, {0x0010, 10}, {0x03e0, 23}, {0xfc00, 40},
};

typedef struct {
    BenchPeripheral base;
    guint32 regs[6];
    guint8 ports[16]; /* SYSCFG or AFIO: the port behind each line */
    guint16 levels;
} Exti;

static void
update_irqs(Exti *exti)
{
    guint32 active = exti->regs[PR / 4] & exti->regs[IMR / 4];

    for (guint i = 0; i < G_N_ELEMENTS(irqs); i++)
        exti->base.host->set_irq(exti->base.host, irqs[i].irq, (active & irqs[i].lines) != 0);
}

void
bench_exti_set_level(BenchPeripheral *self, guint port, guint pin, gboolean level)
{
    Exti *exti = (Exti *)self;
    guint32 bit = 1u << pin;

    if (exti->ports[pin] != port || level == ((exti->levels & bit) != 0))
        return;
    exti->levels ^= bit;
    if (exti->regs[(level ? RTSR : FTSR) / 4] & bit)
        exti->regs[PR / 4] |= bit;
    update_irqs(exti);
}

void
bench_exti_select_port(BenchPeripheral *self, guint line, guint port, gboolean level)
{
    Exti *exti = (Exti *)self;

    /* The edge detector sees a change of the selection like one of the pin. */
    exti->ports[line] = (guint8)port;
    bench_exti_set_level(self, port, line, level);
}

static guint32
exti_read(BenchPeripheral *self, guint32 offset, guint size)
{
    return offset / 4 < 6 ? ((Exti *)self)->regs[offset / 4] : 0;
}

static void
exti_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    Exti *exti = (Exti *)self;
    guint32 reg = offset & ~3u, *regs = exti->regs;

    if (reg == PR) {
        value = bench_peripheral_merge(0, offset, size, value) & LINES;
        regs[PR / 4] &= ~value;
        regs[SWIER / 4] &= ~value;
    } else if (reg == SWIER) {
        guint32 old = regs[SWIER / 4];
        regs[SWIER / 4] |= bench_peripheral_merge(old, offset, size, value) & LINES;
        regs[PR / 4] |= regs[SWIER / 4] & ~old & regs[IMR / 4];
    } else if (reg < PR) {
        regs[reg / 4] = bench_peripheral_merge(regs[reg / 4], offset, size, value) & LINES;
    }
    update_irqs(exti);
}

static void
exti_reset(BenchPeripheral *self, gboolean power_on)
{
    Exti *exti = (Exti *)self;

    memset(exti->regs, 0, sizeof exti->regs);
    update_irqs(exti);
}

static void
exti_free(BenchPeripheral *self)
{
    g_free(self);
}

static const BenchPeripheralOps exti_ops = {
    .read = exti_read,
    .write = exti_write,
    .reset = exti_reset,
    .free = exti_free,
};

BenchPeripheral *
bench_exti_new(BenchWires *wires, guint32 base)
{
    Exti *exti = g_new0(Exti, 1);

    exti->base = (BenchPeripheral){
        .ops = &exti_ops, .name = "EXTI", .base = base, .size = 0x400, .host = wires->parts->host};
    wires->exti = &exti->base;
    return &exti->base;
}
