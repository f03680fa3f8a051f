/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/wires.h"

/* The CRC unit of the STM32F1 and F4 (RM0383 4, RM0008 4): CRC-32 by whole words, highest bit
 * first, neither reflected nor inverted. */

enum { DR = 0x00, IDR = 0x04, CR = 0x08 };
#define CR_RESET (1u << 0)
#define POLYNOMIAL 0x04c11db7u
#define INITIAL 0xffffffffu

typedef struct {
    BenchPeripheral base;
    guint32 dr;
    guint8 idr;
} Crc;

static guint32
crc_read(BenchPeripheral *self, guint32 offset, guint size)
{
    const Crc *crc = (Crc *)self;

    return (offset & ~3u) == DR ? crc->dr : (offset & ~3u) == IDR ? crc->idr : 0;
}

static void
feed(Crc *crc, guint32 word)
{
    crc->dr ^= word;
    for (guint i = 0; i < 32; i++)
        crc->dr = crc->dr & 0x80000000u ? (crc->dr << 1) ^ POLYNOMIAL : crc->dr << 1;
}

static void
crc_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    Crc *crc = (Crc *)self;

    if (offset == DR && size == 4)
        feed(crc, value);
    else if ((offset & ~3u) == DR)
        self->host->firmware_fault(self->host, "CRC_DR: written by less than a word");
    else if (offset == IDR)
        crc->idr = (guint8)value;
    else if (offset == CR && (value & CR_RESET))
        crc->dr = INITIAL;
}

static void
crc_reset(BenchPeripheral *self, gboolean power_on)
{
    Crc *crc = (Crc *)self;

    crc->dr = INITIAL;
    crc->idr = 0;
}

static void
crc_free(BenchPeripheral *self)
{
    g_free(self);
}

static const BenchPeripheralOps crc_ops = {
    .read = crc_read,
    .write = crc_write,
    .reset = crc_reset,
    .free = crc_free,
};

BenchPeripheral *
bench_crc_new(BenchWires *wires, guint32 base)
{
    Crc *crc = g_new0(Crc, 1);

    crc->base = (BenchPeripheral){
        .ops = &crc_ops, .name = "CRC", .base = base, .size = 0x400, .host = wires->parts->host};
    crc->dr = INITIAL;
    return &crc->base;
}
