/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/random.h"
#include "bench/wires.h"

/* The backup SRAM of larger STM32F4 (RM0090 5.1.2): its clock is a gate of RCC, and it is written only
 * while PWR lets it. Resets leave it alone; without a battery, power-off does not. */

#define SIZE 4096

typedef struct {
    BenchPeripheral base;
    BenchWires *wires;
    guint64 random;
    guint32 words[SIZE / 4];
} BackupSram;

static guint32
backup_sram_read(BenchPeripheral *self, guint32 offset, guint size)
{
    return ((BackupSram *)self)->words[offset / 4];
}

static void
backup_sram_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    BackupSram *sram = (BackupSram *)self;
    guint32 *word = &sram->words[offset / 4];

    if (sram->wires->backup_writable)
        *word = bench_peripheral_merge(*word, offset, size, value);
}

static void
backup_sram_reset(BenchPeripheral *self, gboolean power_on)
{
    BackupSram *sram = (BackupSram *)self;

    for (guint i = 0; power_on && i < G_N_ELEMENTS(sram->words); i++)
        sram->words[i] = (guint32)bench_random_next(&sram->random);
}

static void
backup_sram_free(BenchPeripheral *self)
{
    g_free(self);
}

static const BenchPeripheralOps backup_sram_ops = {
    .read = backup_sram_read,
    .write = backup_sram_write,
    .reset = backup_sram_reset,
    .free = backup_sram_free,
};

BenchPeripheral *
bench_backup_sram_new(BenchWires *wires, guint32 base)
{
    BackupSram *sram = g_new0(BackupSram, 1);

    sram->base = (BenchPeripheral){.ops = &backup_sram_ops,
                                   .name = "BKPSRAM",
                                   .base = base,
                                   .size = SIZE,
                                   .host = wires->parts->host};
    sram->wires = wires;
    sram->random = wires->parts->seed;
    return &sram->base;
}
