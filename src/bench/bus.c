/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/board-private.h"

#include <string.h>

static void
add_memory(BenchBoard *board, guint32 base, guint32 size, guint8 *bytes, gboolean is_flash)
{
    g_return_if_fail(board->n_memories < BENCH_MAX_MEMORIES);
    board->memories[board->n_memories++] =
        (BenchMemory){.base = base, .size = size, .bytes = bytes, .is_flash = is_flash};
}

void
bench_bus_init(BenchBoard *board)
{
    const BenchChip *chip = board->chip;

    board->flash_view = g_malloc(chip->flash_size);
    memcpy(board->flash_view, board->parts.flash, chip->flash_size);
    add_memory(board, chip->flash_base, chip->flash_size, board->flash_view, TRUE);
    add_memory(board, 0, chip->flash_size, board->flash_view, TRUE);
    for (guint i = 0; i < G_N_ELEMENTS(chip->ram) && chip->ram[i].size != 0; i++)
        add_memory(board, chip->ram[i].base, chip->ram[i].size, g_malloc0(chip->ram[i].size),
                   FALSE);
}

guint8 *
bench_bus_memory(BenchBoard *board, guint32 addr, gsize size, BenchMemory **memory)
{
    for (guint i = 0; i < board->n_memories; i++) {
        BenchMemory *m = &board->memories[i];
        if (addr - m->base < m->size && size <= m->size - (addr - m->base)) {
            if (memory != NULL)
                *memory = m;
            return m->bytes + (addr - m->base);
        }
    }
    return NULL;
}

gboolean
bench_bus_flash_is_blocked(const BenchBoard *board)
{
    return board->parts.rdp_level != 0 && board->host.debugger_attached;
}

static BenchPeripheral *
find_peripheral(BenchBoard *board, guint32 addr)
{
    GPtrArray *all = board->parts.peripherals;
    guint low = 0, high = all->len;

    while (low < high) {
        guint middle = (low + high) / 2;
        BenchPeripheral *p = all->pdata[middle];
        if (addr - p->base < p->size)
            return p;
        if (addr < p->base)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

gboolean
bench_bus_is_flash(BenchBoard *board, guint32 addr)
{
    BenchMemory *memory = NULL;

    if (bench_bus_memory(board, addr, 1, &memory) != NULL)
        return memory->is_flash;
    const BenchPeripheral *p = find_peripheral(board, addr);
    return p != NULL && p->is_cells;
}

gboolean
bench_bus_read_device(BenchBoard *board, guint32 addr, guint size, guint32 *value)
{
    if (bench_scs_owns(board, addr))
        return bench_scs_read(board, addr, size, value);
    BenchPeripheral *p = find_peripheral(board, addr);
    if (p == NULL || (p->is_guarded && bench_bus_flash_is_blocked(board)))
        return FALSE;
    if (p->is_cells && !board->debug.accessing && board->flash_busy_until != 0)
        bench_board_stall(board);
    *value = bench_peripheral_read(p, addr - p->base, size);
    return TRUE;
}

gboolean
bench_bus_write_device(BenchBoard *board, guint32 addr, guint size, guint32 value)
{
    if (bench_scs_owns(board, addr))
        return bench_scs_write(board, addr, size, value);
    BenchPeripheral *p = find_peripheral(board, addr);
    if (p == NULL || (p->is_guarded && bench_bus_flash_is_blocked(board)))
        return FALSE;
    if (p->is_cells && !board->debug.accessing && board->flash_busy_until != 0)
        bench_board_stall(board);
    bench_peripheral_write(p, addr - p->base, size, value);
    return TRUE;
}

static gboolean
is_access(guint32 addr, guint size)
{
    return (size == 1 || size == 2 || size == 4) && (addr & (size - 1)) == 0;
}

gboolean
bench_bus_read(BenchBoard *board, guint32 addr, guint size, guint32 *value)
{
    BenchMemory *memory;

    *value = 0;
    if (!is_access(addr, size))
        return FALSE;
    const guint8 *bytes = bench_bus_memory(board, addr, size, &memory);
    if (bytes == NULL)
        return bench_bus_read_device(board, addr, size, value);
    if (memory->is_flash && bench_bus_flash_is_blocked(board))
        return FALSE;
    for (guint i = 0; i < size; i++)
        *value |= (guint32)bytes[i] << (8 * i);
    return TRUE;
}

gboolean
bench_bus_write(BenchBoard *board, guint32 addr, guint size, guint32 value)
{
    BenchMemory *memory;

    if (!is_access(addr, size))
        return FALSE;
    guint8 *bytes = bench_bus_memory(board, addr, size, &memory);
    if (bytes == NULL)
        return bench_bus_write_device(board, addr, size, value);
    if (memory->is_flash) {
        if (bench_bus_flash_is_blocked(board))
            return FALSE;
        bench_parts_flash_write(&board->parts, addr - memory->base, size, value);
        return TRUE;
    }
    for (guint i = 0; i < size; i++)
        bytes[i] = (guint8)(value >> (8 * i));
    return TRUE;
}
