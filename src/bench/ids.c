/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/wires.h"

#include <string.h>

/* Words that say which chip this is: ROM with its size and unique id, and DBGMCU, which also tells
 * the peripherals what to do while a debugger halts the core. */

typedef struct {
    BenchPeripheral base;
    guint8 *bytes;
} Rom;

static guint32
rom_read(BenchPeripheral *self, guint32 offset, guint size)
{
    const guint8 *p = ((Rom *)self)->bytes + (offset & ~3u);

    return p[0] | ((guint32)p[1] << 8) | ((guint32)p[2] << 16) | ((guint32)p[3] << 24);
}

static void
rom_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
}

static void
rom_reset(BenchPeripheral *self, gboolean power_on)
{
}

static void
rom_free(BenchPeripheral *self)
{
    g_free(((Rom *)self)->bytes);
    g_free(self);
}

static const BenchPeripheralOps rom_ops = {
    .read = rom_read,
    .write = rom_write,
    .reset = rom_reset,
    .free = rom_free,
};

BenchPeripheral *
bench_rom_new(BenchWires *wires, const char *name, guint32 base, const guint8 *bytes, guint32 size)
{
    Rom *rom = g_new0(Rom, 1);

    rom->base = (BenchPeripheral){
        .ops = &rom_ops, .name = name, .base = base, .size = size, .host = wires->parts->host};
    rom->bytes = g_memdup2(bytes, size);
    return &rom->base;
}

/* RM0383 23.16, RM0008 31.16: IDCODE, CR, and on F4 a freeze register for each APB. */
#define DBGMCU_N_REGS 4

typedef struct {
    BenchPeripheral base;
    BenchWires *wires;
    guint32 regs[DBGMCU_N_REGS];
    guint32 idcode;
    guint32 freeze_reg;
    guint freeze_bit;
} Dbgmcu;

static guint32
dbgmcu_read(BenchPeripheral *self, guint32 offset, guint size)
{
    const Dbgmcu *d = (Dbgmcu *)self;

    return offset / 4 < DBGMCU_N_REGS ? d->regs[offset / 4] : 0;
}

static void
update_freeze(Dbgmcu *d)
{
    d->wires->iwdg_freezes = (d->regs[d->freeze_reg / 4] >> d->freeze_bit) & 1;
    if (d->wires->iwdg != NULL)
        bench_iwdg_update(d->wires->iwdg);
}

static void
dbgmcu_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    Dbgmcu *d = (Dbgmcu *)self;

    if (offset < 4 || offset / 4 >= DBGMCU_N_REGS)
        return;
    d->regs[offset / 4] = bench_peripheral_merge(d->regs[offset / 4], offset, size, value);
    update_freeze(d);
}

/* RM0383 23.16.3: only power-on resets it, or a debugger would lose it under reset. */
static void
dbgmcu_reset(BenchPeripheral *self, gboolean power_on)
{
    Dbgmcu *d = (Dbgmcu *)self;

    if (!power_on)
        return;
    memset(d->regs, 0, sizeof d->regs);
    d->regs[0] = d->idcode;
    update_freeze(d);
}

static void
dbgmcu_free(BenchPeripheral *self)
{
    g_free(self);
}

static const BenchPeripheralOps dbgmcu_ops = {
    .read = dbgmcu_read,
    .write = dbgmcu_write,
    .reset = dbgmcu_reset,
    .free = dbgmcu_free,
};

BenchPeripheral *
bench_dbgmcu_new(BenchWires *wires, guint32 idcode, guint32 freeze_reg, guint freeze_bit)
{
    Dbgmcu *d = g_new0(Dbgmcu, 1);

    d->base = (BenchPeripheral){.ops = &dbgmcu_ops,
                                .name = "DBGMCU",
                                .base = wires->parts->chip->dbgmcu_base,
                                .size = 4 * DBGMCU_N_REGS,
                                .host = wires->parts->host};
    d->wires = wires;
    d->idcode = idcode;
    d->regs[0] = idcode;
    d->freeze_reg = freeze_reg;
    d->freeze_bit = freeze_bit;
    return &d->base;
}
