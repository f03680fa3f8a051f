/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/nor.h"

#include "bench/random.h"

#include <string.h>

/* Unicorn maps the cells as they are, in pages of this size. */
#define PAGE_SIZE 4096

typedef enum { OPERATION_NONE, OPERATION_ERASE, OPERATION_PROGRAM } Operation;

struct BenchNor {
    guint32 base;
    gsize size;
    const guint32 *sector_sizes;
    guint n_sectors;
    const BenchNorArea *areas; /* their cells stand behind the sectors' */
    guint n_areas;
    gsize total_size;
    guint64 random;
    gboolean instant;
    guint8 *cells;
    /* For each byte the zeros that may come back after a cut erase: 1 bits are uncertain. */
    guint8 *uncertain;
    gboolean has_uncertain;

    Operation operation;
    BenchNorQuality quality;
    guint first, n_erased; /* the sectors of an erase */
    gint area;             /* of an erase; -1: of sectors */
    guint32 addr;
    guint width;
    guint64 value;
    guint64 end_ns;
    guint64 cut_ns; /* G_MAXUINT64: power holds */

    gboolean cut_armed;
    guint cut_after;
    gboolean cut_erases_only;
    gboolean stuck;
    BenchNorCounters counters;
};

BenchNor *
bench_nor_new(const BenchNorConfig *config)
{
    BenchNor *nor = g_new0(BenchNor, 1);

    nor->base = config->base;
    nor->sector_sizes = config->sector_sizes;
    nor->n_sectors = config->n_sectors;
    for (guint i = 0; i < nor->n_sectors; i++)
        nor->size += nor->sector_sizes[i];
    nor->areas = config->areas;
    nor->n_areas = config->n_areas;
    nor->total_size = nor->size;
    for (guint i = 0; i < nor->n_areas; i++)
        nor->total_size += nor->areas[i].size;
    nor->random = config->seed;
    nor->instant = config->instant;
    nor->cells = g_aligned_alloc(1, nor->total_size, PAGE_SIZE);
    memset(nor->cells, 0xff, nor->total_size);
    nor->uncertain = g_malloc0(nor->total_size);
    nor->cut_ns = G_MAXUINT64;
    nor->counters.sector_erases = g_new0(guint32, nor->n_sectors);
    return nor;
}

void
bench_nor_free(BenchNor *nor)
{
    if (nor == NULL)
        return;
    g_aligned_free(nor->cells);
    g_free(nor->uncertain);
    g_free(nor->counters.sector_erases);
    g_free(nor);
}

guint8 *
bench_nor_get_cells(BenchNor *nor, gsize *size)
{
    *size = nor->size;
    return nor->cells;
}

/* Where the cell of an address is. */
static gsize
find_cell(const BenchNor *nor, guint32 addr)
{
    gsize offset = nor->size;

    for (guint i = 0; i < nor->n_areas; i++) {
        if (addr - nor->areas[i].base < nor->areas[i].size)
            return offset + (addr - nor->areas[i].base);
        offset += nor->areas[i].size;
    }
    return addr - nor->base;
}

guint8 *
bench_nor_get_area_cells(BenchNor *nor, guint area)
{
    return nor->cells + find_cell(nor, nor->areas[area].base);
}

guint
bench_nor_get_n_sectors(const BenchNor *nor)
{
    return nor->n_sectors;
}

void
bench_nor_get_sector(const BenchNor *nor, guint sector, guint32 *addr, guint32 *size)
{
    *addr = nor->base;
    for (guint i = 0; i < sector; i++)
        *addr += nor->sector_sizes[i];
    *size = nor->sector_sizes[sector];
}

gint
bench_nor_find_sector(const BenchNor *nor, guint32 addr)
{
    guint32 offset = addr - nor->base;

    for (guint i = 0; i < nor->n_sectors; i++) {
        if (offset < nor->sector_sizes[i])
            return (gint)i;
        offset -= nor->sector_sizes[i];
    }
    return -1;
}

const BenchNorCounters *
bench_nor_get_counters(const BenchNor *nor)
{
    return &nor->counters;
}

/* The bytes an operation concerns. */
static void
get_extent(const BenchNor *nor, guint32 *addr, guint32 *size)
{
    if (nor->operation == OPERATION_PROGRAM) {
        *addr = nor->addr;
        *size = nor->width;
    } else if (nor->area >= 0) {
        *addr = nor->areas[nor->area].base;
        *size = nor->areas[nor->area].size;
    } else {
        bench_nor_get_sector(nor, nor->first, addr, size);
        for (guint i = 1; i < nor->n_erased; i++)
            *size += nor->sector_sizes[nor->first + i];
    }
}

static void
begin(BenchNor *nor, Operation operation, guint64 now_ns, guint64 duration_ns)
{
    if (nor->instant)
        duration_ns = 0;
    nor->operation = operation;
    nor->end_ns = nor->stuck ? G_MAXUINT64 : now_ns + duration_ns;
    if (!nor->cut_armed || (nor->cut_erases_only && operation != OPERATION_ERASE))
        return;
    if (nor->cut_after-- > 0)
        return;
    nor->cut_armed = FALSE;
    nor->cut_ns = now_ns + bench_random_below(&nor->random, duration_ns + 1);
}

void
bench_nor_begin_erase(
    BenchNor *nor, gint sector, guint64 now_ns, guint64 duration_ns, BenchNorQuality quality)
{
    if (sector < 0)
        bench_nor_begin_bank_erase(nor, 0, nor->n_sectors, now_ns, duration_ns, quality);
    else
        bench_nor_begin_bank_erase(nor, (guint)sector, 1, now_ns, duration_ns, quality);
}

void
bench_nor_begin_bank_erase(BenchNor *nor,
                           guint first,
                           guint n,
                           guint64 now_ns,
                           guint64 duration_ns,
                           BenchNorQuality quality)
{
    g_return_if_fail(!bench_nor_is_busy(nor));
    g_return_if_fail(n > 0 && first < nor->n_sectors && n <= nor->n_sectors - first);

    nor->first = first;
    nor->n_erased = n;
    nor->area = -1;
    nor->quality = quality;
    nor->counters.erases += n;
    for (guint i = first; i < first + n; i++)
        nor->counters.sector_erases[i]++;
    begin(nor, OPERATION_ERASE, now_ns, duration_ns);
}

void
bench_nor_begin_area_erase(
    BenchNor *nor, guint area, guint64 now_ns, guint64 duration_ns, BenchNorQuality quality)
{
    g_return_if_fail(!bench_nor_is_busy(nor));
    g_return_if_fail(area < nor->n_areas);

    nor->area = (gint)area;
    nor->quality = quality;
    nor->counters.area_erases++;
    begin(nor, OPERATION_ERASE, now_ns, duration_ns);
}

void
bench_nor_begin_program(BenchNor *nor,
                        guint32 addr,
                        guint width,
                        guint64 value,
                        guint64 now_ns,
                        guint64 duration_ns,
                        BenchNorQuality quality)
{
    g_return_if_fail(!bench_nor_is_busy(nor));
    g_return_if_fail(find_cell(nor, addr) + width <= nor->total_size);

    nor->addr = addr;
    nor->width = width;
    nor->value = value;
    nor->quality = quality;
    nor->counters.programs++;
    begin(nor, OPERATION_PROGRAM, now_ns, duration_ns);
}

gboolean
bench_nor_is_busy(const BenchNor *nor)
{
    return nor->operation != OPERATION_NONE;
}

guint64
bench_nor_get_busy_until_ns(const BenchNor *nor)
{
    return nor->operation == OPERATION_NONE ? 0 : nor->end_ns;
}

guint64
bench_nor_get_next_event_ns(const BenchNor *nor)
{
    return nor->operation == OPERATION_NONE ? G_MAXUINT64 : MIN(nor->end_ns, nor->cut_ns);
}

static guint8
program_byte(const BenchNor *nor, guint i)
{
    return (guint8)(nor->value >> (8 * i));
}

static void
finish(BenchNor *nor)
{
    guint32 addr, size;

    get_extent(nor, &addr, &size);
    guint8 *cells = nor->cells + find_cell(nor, addr);
    if (nor->operation == OPERATION_ERASE) {
        memset(cells, 0xff, size);
        memset(nor->uncertain + find_cell(nor, addr), 0, size);
    } else {
        for (guint i = 0; i < size; i++)
            cells[i] &= program_byte(nor, i);
    }
}

/* A byte in which each bit is set with a chance of eighths/8. */
static guint8
random_mask(BenchNor *nor, guint eighths)
{
    guint8 mask = 0;

    for (guint bit = 0; bit < 8; bit++)
        mask |= (guint8)((bench_random_below(&nor->random, 8) < eighths) << bit);
    return mask;
}

/* Leaves the operation half done: an erase between the old bits and ones, by a seeded degree; a
 * program access with a seeded subset of the bits it was to clear. Of four cut erases one reads
 * blank although its cells are not: they fall back later, in bench_nor_decay(). */
static void
finish_partly(BenchNor *nor)
{
    guint32 addr, size;

    get_extent(nor, &addr, &size);
    guint8 *cells = nor->cells + find_cell(nor, addr);
    guint8 *uncertain = nor->uncertain + find_cell(nor, addr);
    guint degree = (guint)bench_random_below(&nor->random, 8);
    gboolean reads_blank = bench_random_below(&nor->random, 4) == 0;
    for (guint i = 0; i < size; i++) {
        guint8 old = cells[i];
        if (nor->operation == OPERATION_PROGRAM) {
            cells[i] = old & (program_byte(nor, i) | random_mask(nor, 4));
        } else {
            cells[i] = reads_blank ? 0xff : (guint8)(old | random_mask(nor, degree));
            uncertain[i] |= (guint8)~old;
            nor->has_uncertain |= uncertain[i] != 0;
        }
    }
}

/* A supply too low leaves at least one bit behind, or the fault would go unseen by chance. */
static void
finish_weakly(BenchNor *nor)
{
    guint32 addr, size;

    get_extent(nor, &addr, &size);
    guint8 *cells = nor->cells + find_cell(nor, addr);
    for (guint i = 0; i < size; i++) {
        guint8 old = cells[i];
        guint8 target = nor->operation == OPERATION_ERASE ? 0xff : (old & program_byte(nor, i));
        guint8 change = old ^ target;
        guint8 left = change & random_mask(nor, nor->operation == OPERATION_ERASE ? 1 : 4);
        if (left == 0 && nor->operation == OPERATION_PROGRAM)
            left = change & (guint8)-change;
        cells[i] = target ^ left;
    }
}

static void
end(BenchNor *nor)
{
    nor->operation = OPERATION_NONE;
    nor->cut_ns = G_MAXUINT64;
}

BenchNorEvent
bench_nor_advance(BenchNor *nor, guint64 now_ns, guint32 *addr, guint32 *size)
{
    if (!bench_nor_is_busy(nor) || now_ns < bench_nor_get_next_event_ns(nor))
        return BENCH_NOR_NOTHING;
    get_extent(nor, addr, size);
    gboolean cut = nor->cut_ns <= nor->end_ns;
    if (cut)
        finish_partly(nor);
    else if (nor->quality == BENCH_NOR_WEAK)
        finish_weakly(nor);
    else
        finish(nor);
    end(nor);
    return cut ? BENCH_NOR_CUT : BENCH_NOR_DONE;
}

gboolean
bench_nor_abort(BenchNor *nor, guint32 *addr, guint32 *size)
{
    if (!bench_nor_is_busy(nor))
        return FALSE;
    get_extent(nor, addr, size);
    finish_partly(nor);
    end(nor);
    return TRUE;
}

gboolean
bench_nor_decay(BenchNor *nor)
{
    gboolean changed = FALSE;

    if (!nor->has_uncertain)
        return FALSE;
    for (gsize i = 0; i < nor->total_size; i++) {
        guint8 lost = nor->uncertain[i];
        if (lost == 0)
            continue;
        lost &= random_mask(nor, 2);
        changed |= (nor->cells[i] & lost) != 0;
        nor->cells[i] &= (guint8)~lost;
    }
    return changed;
}

void
bench_nor_cut_at(BenchNor *nor, guint n, gboolean erases_only)
{
    nor->cut_armed = TRUE;
    nor->cut_after = n;
    nor->cut_erases_only = erases_only;
}

void
bench_nor_stick_busy(BenchNor *nor, gboolean stuck)
{
    nor->stuck = stuck;
    if (!stuck && nor->operation != OPERATION_NONE && nor->end_ns == G_MAXUINT64)
        nor->end_ns = 0;
}
