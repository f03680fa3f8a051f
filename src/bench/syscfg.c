/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/wires.h"

#include <string.h>

/* SYSCFG of the F4 (RM0383 7.2) and AFIO of the F1 (RM0008 9.4): their EXTICR registers stand at
 * the same offsets and choose the port behind each EXTI line. The other registers are kept and
 * mean nothing. */

enum { EXTICR1 = 0x08, EXTICR4 = 0x14 };
#define N_REGS 9

typedef struct {
    BenchPeripheral base;
    BenchWires *wires;
    guint32 regs[N_REGS];
} Syscfg;

static void
select_ports(Syscfg *syscfg)
{
    for (guint line = 0; line < 16; line++) {
        guint port = (syscfg->regs[EXTICR1 / 4 + line / 4] >> (4 * (line % 4))) & 0xf;
        BenchPeripheral *gpio = port < BENCH_N_PORTS ? syscfg->wires->gpio[port] : NULL;
        bench_exti_select_port(syscfg->wires->exti, line, port,
                               gpio != NULL && bench_gpio_get_level(gpio, line));
    }
}

static guint32
syscfg_read(BenchPeripheral *self, guint32 offset, guint size)
{
    return offset / 4 < N_REGS ? ((Syscfg *)self)->regs[offset / 4] : 0;
}

static void
syscfg_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    Syscfg *syscfg = (Syscfg *)self;
    guint32 reg = offset / 4;

    if (reg >= N_REGS)
        return;
    value = bench_peripheral_merge(syscfg->regs[reg], offset, size, value);
    syscfg->regs[reg] = reg >= EXTICR1 / 4 && reg <= EXTICR4 / 4 ? value & 0xffff : value;
    select_ports(syscfg);
}

static void
syscfg_reset(BenchPeripheral *self, gboolean power_on)
{
    Syscfg *syscfg = (Syscfg *)self;

    memset(syscfg->regs, 0, sizeof syscfg->regs);
    select_ports(syscfg);
}

static void
syscfg_free(BenchPeripheral *self)
{
    g_free(self);
}

static const BenchPeripheralOps syscfg_ops = {
    .read = syscfg_read,
    .write = syscfg_write,
    .reset = syscfg_reset,
    .free = syscfg_free,
};

BenchPeripheral *
bench_syscfg_new(BenchWires *wires, const char *name, guint32 base)
{
    Syscfg *syscfg = g_new0(Syscfg, 1);

    syscfg->base = (BenchPeripheral){
        .ops = &syscfg_ops, .name = name, .base = base, .size = 0x400, .host = wires->parts->host};
    syscfg->wires = wires;
    wires->syscfg = &syscfg->base;
    return &syscfg->base;
}
