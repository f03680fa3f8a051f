/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * NOR flash cells without registers: sectors that are erased to ones and words that are programmed
 * by clearing bits, each taking its time, and what becomes of them when power fails meanwhile. The
 * flash controllers (flash-f4.c, flash-f1.c) decide what may be begun and how long it takes. Areas
 * are cells of the same kind at addresses of their own, as option bytes: no erase of sectors concerns
 * them.
 *
 * One operation at a time. It begins at a given nanosecond, changes the cells when
 * bench_nor_advance() is called at its end, and until then the cells read as before.
 */
typedef struct BenchNor BenchNor;

typedef struct {
    guint32 base;
    guint32 size;
} BenchNorArea;

typedef struct {
    guint32 base;
    const guint32 *sector_sizes; /* (transfer none), lives as long as the model */
    guint n_sectors;
    const BenchNorArea *areas; /* (transfer none), lives as long as the model */
    guint n_areas;
    guint64 seed;
    gboolean instant; /* operations take no time */
} BenchNorConfig;

/* What is wrong with an operation that the controller lets through. */
typedef enum {
    BENCH_NOR_SOUND,
    BENCH_NOR_WEAK, /* the supply is too low for the width: a seeded part of the change is missing */
} BenchNorQuality;

typedef enum {
    BENCH_NOR_NOTHING, /* nothing was due */
    BENCH_NOR_DONE,    /* the operation has ended */
    BENCH_NOR_CUT,     /* the script cuts power here; the cells are left half changed */
} BenchNorEvent;

typedef struct {
    guint32 erases;         /* sector erases begun; a mass erase counts each sector */
    guint32 programs;       /* program accesses begun */
    guint32 *sector_erases; /* one a sector */
    guint32 area_erases;    /* erases of areas begun; no part of `erases` */
} BenchNorCounters;

BenchNor *bench_nor_new(const BenchNorConfig *config);
void bench_nor_free(BenchNor *nor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchNor, bench_nor_free)

/* The true cells, page-aligned, all ones when new; (transfer none). */
guint8 *bench_nor_get_cells(BenchNor *nor, gsize *size);
/* The same of an area. */
guint8 *bench_nor_get_area_cells(BenchNor *nor, guint area);
guint bench_nor_get_n_sectors(const BenchNor *nor);
/* The sector that holds an address, or -1 outside of the flash. */
gint bench_nor_find_sector(const BenchNor *nor, guint32 addr);
void bench_nor_get_sector(const BenchNor *nor, guint sector, guint32 *addr, guint32 *size);
const BenchNorCounters *bench_nor_get_counters(const BenchNor *nor);

/* Begins an operation; none may be in progress. `sector` -1 is all of them. */
void bench_nor_begin_erase(
    BenchNor *nor, gint sector, guint64 now_ns, guint64 duration_ns, BenchNorQuality quality);
/* The same for a bank: `n` sectors from `first` on. */
void bench_nor_begin_bank_erase(BenchNor *nor,
                                guint first,
                                guint n,
                                guint64 now_ns,
                                guint64 duration_ns,
                                BenchNorQuality quality);
void bench_nor_begin_area_erase(
    BenchNor *nor, guint area, guint64 now_ns, guint64 duration_ns, BenchNorQuality quality);
/* `width` is 1, 2, 4 or 8 bytes, little endian, at an address inside the flash or an area, aligned
 * to it. */
void bench_nor_begin_program(BenchNor *nor,
                             guint32 addr,
                             guint width,
                             guint64 value,
                             guint64 now_ns,
                             guint64 duration_ns,
                             BenchNorQuality quality);

gboolean bench_nor_is_busy(const BenchNor *nor);
/* When the operation ends: 0 when idle, G_MAXUINT64 when it never will. */
guint64 bench_nor_get_busy_until_ns(const BenchNor *nor);
/* When bench_nor_advance() has something to do; G_MAXUINT64: never. */
guint64 bench_nor_get_next_event_ns(const BenchNor *nor);
/* Does what is due. After DONE and CUT, [*addr, *addr + *size) may have changed. */
BenchNorEvent bench_nor_advance(BenchNor *nor, guint64 now_ns, guint32 *addr, guint32 *size);

/* Power or the reset line ends what is in progress: the cells keep a seeded subset of its change.
 * FALSE when idle. */
gboolean bench_nor_abort(BenchNor *nor, guint32 *addr, guint32 *size);
/* Cells that a cut erase left neither one nor zero lose a part of what they seemed to hold: at each
 * power-on. FALSE when none did. */
gboolean bench_nor_decay(BenchNor *nor);

/* The n-th operation from now (0: the next) ends in CUT; counted over both kinds or erases alone.
 */
void bench_nor_cut_at(BenchNor *nor, guint n, gboolean erases_only);
/* While stuck, an operation that begins never ends; unsticking lets it end at the next advance. */
void bench_nor_stick_busy(BenchNor *nor, gboolean stuck);

G_END_DECLS
