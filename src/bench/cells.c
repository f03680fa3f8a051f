/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/chip-rows.h"
#include "bench/wires.h"

/* Option bytes and one-time programmable bytes in the memory map: read as the cells are, written
 * through the flash controller, which says what may be programmed. */

typedef struct {
    BenchPeripheral base;
    BenchWires *wires;
    const guint8 *bytes;
} Cells;

static guint32
cells_read(BenchPeripheral *self, guint32 offset, guint size)
{
    const guint8 *p = ((Cells *)self)->bytes + (offset & ~3u);

    return p[0] | ((guint32)p[1] << 8) | ((guint32)p[2] << 16) | ((guint32)p[3] << 24);
}

static void
cells_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    BenchWires *wires = ((Cells *)self)->wires;

    wires->flash_write(wires->flash, self->base + offset - wires->parts->chip->flash_base, size,
                       value);
}

static void
cells_reset(BenchPeripheral *self, gboolean power_on)
{
}

static void
cells_free(BenchPeripheral *self)
{
    g_free(self);
}

static const BenchPeripheralOps cells_ops = {
    .read = cells_read,
    .write = cells_write,
    .reset = cells_reset,
    .free = cells_free,
};

BenchPeripheral *
bench_cells_new(BenchWires *wires, BenchFlashArea area)
{
    const BenchNorArea *row = &wires->parts->chip->family->areas[area];
    Cells *cells = g_new0(Cells, 1);

    cells->base = (BenchPeripheral){
        .ops = &cells_ops,
        .name = area == BENCH_AREA_OTP ? "OTP" : "OPTIONS",
        .base = row->base,
        .size = row->size,
        .host = wires->parts->host,
        .is_cells = TRUE,
        /* RM0402 table 11: option bytes stay readable and writable at level 1, OTP does not. */
        .is_guarded = area == BENCH_AREA_OTP,
    };
    cells->wires = wires;
    cells->bytes = bench_nor_get_area_cells(wires->nor, area);
    return &cells->base;
}
