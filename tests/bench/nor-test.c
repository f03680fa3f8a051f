/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/nor.h"

#include <string.h>

/* The NOR model by itself: what cells hold after whole, cut and weak operations. */

#define BASE 0x08000000u
#define MS G_GUINT64_CONSTANT(1000000)

static const guint32 sizes[] = {1024, 1024, 4096};

static BenchNor *
make(guint64 seed)
{
    return bench_nor_new(
        &(BenchNorConfig){.base = BASE, .sector_sizes = sizes, .n_sectors = 3, .seed = seed});
}

static guint8 *
get_cells(BenchNor *nor)
{
    gsize size;
    return bench_nor_get_cells(nor, &size);
}

static BenchNorEvent
advance(BenchNor *nor, guint64 now_ns)
{
    guint32 addr, size;
    return bench_nor_advance(nor, now_ns, &addr, &size);
}

static void
test_erases_one_sector(void)
{
    g_autoptr(BenchNor) nor = make(1);
    guint8 *cells = get_cells(nor);

    memset(cells, 0x5a, 6144);
    bench_nor_begin_erase(nor, 1, 100, 20 * MS, BENCH_NOR_SOUND);
    g_assert_true(bench_nor_is_busy(nor));
    g_assert_cmpuint(bench_nor_get_busy_until_ns(nor), ==, 100 + 20 * MS);
    g_assert_cmpint(advance(nor, 99 + 20 * MS), ==, BENCH_NOR_NOTHING);
    g_assert_cmphex(cells[1024], ==, 0x5a);
    g_assert_cmpint(advance(nor, 100 + 20 * MS), ==, BENCH_NOR_DONE);
    g_assert_cmphex(cells[1023], ==, 0x5a);
    g_assert_cmphex(cells[1024], ==, 0xff);
    g_assert_cmphex(cells[2047], ==, 0xff);
    g_assert_cmphex(cells[2048], ==, 0x5a);
    g_assert_false(bench_nor_is_busy(nor));
    g_assert_cmpint(advance(nor, G_MAXUINT64), ==, BENCH_NOR_NOTHING);
}

static void
test_programs_by_clearing_bits(void)
{
    g_autoptr(BenchNor) nor = make(1);
    guint8 *cells = get_cells(nor);

    cells[6] = 0x0f;
    bench_nor_begin_program(nor, BASE + 4, 4, 0x12345678, 0, 16000, BENCH_NOR_SOUND);
    advance(nor, 16000);
    const guint8 expected[] = {0x78, 0x56, 0x04, 0x12};
    g_assert_cmpmem(cells + 4, 4, expected, 4);
    g_assert_cmphex(cells[8], ==, 0xff);
}

static void
test_counts(void)
{
    g_autoptr(BenchNor) nor = make(1);
    const BenchNorCounters *counters = bench_nor_get_counters(nor);

    bench_nor_begin_erase(nor, 2, 0, 1, BENCH_NOR_SOUND);
    advance(nor, 1);
    bench_nor_begin_erase(nor, -1, 1, 1, BENCH_NOR_SOUND);
    advance(nor, 2);
    bench_nor_begin_program(nor, BASE, 2, 0, 2, 1, BENCH_NOR_SOUND);
    advance(nor, 3);
    g_assert_cmpuint(counters->erases, ==, 4);
    g_assert_cmpuint(counters->programs, ==, 1);
    g_assert_cmpuint(counters->sector_erases[1], ==, 1);
    g_assert_cmpuint(counters->sector_erases[2], ==, 2);
}

static void
test_finds_sectors(void)
{
    g_autoptr(BenchNor) nor = make(1);
    const struct {
        guint32 addr;
        gint sector;
    } cases[] = {{BASE - 1, -1},   {BASE, 0},        {BASE + 1023, 0}, {BASE + 1024, 1},
                 {BASE + 2048, 2}, {BASE + 6143, 2}, {BASE + 6144, -1}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(bench_nor_find_sector(nor, cases[i].addr), ==, cases[i].sector);
}

/* Cuts the n-th operation of two erases with two program accesses after each; gives the cells and
 * the number of operations begun. */
static guint
run_script(guint64 seed, guint n, gboolean erases_only, guint8 *copy)
{
    g_autoptr(BenchNor) nor = make(seed);
    guint8 *cells = get_cells(nor);
    guint64 now = 0;
    guint begun = 0;
    BenchNorEvent event = BENCH_NOR_DONE;

    memset(cells, 0x33, 6144);
    bench_nor_cut_at(nor, n, erases_only);
    for (guint i = 0; i < 6 && event == BENCH_NOR_DONE; i++) {
        if (i % 3 == 0)
            bench_nor_begin_erase(nor, (gint)(i / 3), now, 20 * MS, BENCH_NOR_SOUND);
        else
            bench_nor_begin_program(nor, BASE + 1024 * (i / 3) + 4 * (i % 3), 4, 0, now, 16000,
                                    BENCH_NOR_SOUND);
        begun++;
        now = bench_nor_get_next_event_ns(nor);
        event = advance(nor, now);
    }
    memcpy(copy, cells, 6144);
    return begun;
}

static void
test_cuts_where_told(void)
{
    guint8 copy[6144];

    for (guint n = 0; n < 6; n++)
        g_assert_cmpuint(run_script(7, n, FALSE, copy), ==, n + 1);
    g_assert_cmpuint(run_script(7, 0, TRUE, copy), ==, 1);
    g_assert_cmpuint(run_script(7, 1, TRUE, copy), ==, 4);
    g_assert_cmpuint(run_script(7, 2, TRUE, copy), ==, 6);
}

static void
test_cut_is_a_subset(void)
{
    guint8 copy[6144], again[6144], first[6144];
    gboolean differs = FALSE, is_partial = FALSE;

    run_script(0, 1, FALSE, first);
    for (guint64 seed = 0; seed < 64; seed++) {
        /* The erase keeps the ones that were there and touches no other sector. */
        run_script(seed, 0, FALSE, copy);
        for (guint i = 0; i < 6144; i++)
            g_assert_cmphex(copy[i] & (i < 1024 ? 0x33 : 0xff), ==, 0x33);
        is_partial |= memchr(copy, 0x33, 1024) != NULL && memchr(copy, 0xff, 1024) != NULL;
        /* The word may have lost any bits; its neighbours none. */
        run_script(seed, 1, FALSE, copy);
        g_assert_cmphex(copy[3], ==, 0xff);
        g_assert_cmphex(copy[8], ==, 0xff);
        run_script(seed, 1, FALSE, again);
        g_assert_cmpmem(copy, 6144, again, 6144);
        differs |= memcmp(copy, first, 6144) != 0;
    }
    g_assert_true(is_partial);
    g_assert_true(differs);
}

/* Some cut erases read blank and lose that later; a whole erase mends them for good. */
static void
test_cut_erase_decays(void)
{
    guint n_blank = 0, n_decayed = 0;

    for (guint64 seed = 0; seed < 64; seed++) {
        g_autoptr(BenchNor) nor = make(seed);
        guint8 *cells = get_cells(nor), blank[1024];
        guint32 addr, size;
        memset(blank, 0xff, sizeof blank);
        memset(cells, 0, 1024);
        bench_nor_begin_erase(nor, 0, 0, 20 * MS, BENCH_NOR_SOUND);
        g_assert_true(bench_nor_abort(nor, &addr, &size));
        if (memcmp(cells, blank, 1024) == 0) {
            n_blank++;
            n_decayed += bench_nor_decay(nor) && memcmp(cells, blank, 1024) != 0;
        }
        bench_nor_begin_erase(nor, 0, 0, 20 * MS, BENCH_NOR_SOUND);
        advance(nor, 20 * MS);
        g_assert_false(bench_nor_decay(nor));
        g_assert_cmpmem(cells, 1024, blank, 1024);
    }
    g_assert_cmpuint(n_blank, >, 4);
    g_assert_cmpuint(n_decayed, ==, n_blank);
}

static void
test_weak_leaves_bits(void)
{
    g_autoptr(BenchNor) nor = make(3);
    guint8 *cells = get_cells(nor);

    bench_nor_begin_program(nor, BASE, 4, 0, 0, 16000, BENCH_NOR_WEAK);
    advance(nor, 16000);
    for (guint i = 0; i < 4; i++)
        g_assert_cmphex(cells[i], !=, 0);
    memset(cells, 0, 1024);
    bench_nor_begin_erase(nor, 0, 0, 1, BENCH_NOR_WEAK);
    advance(nor, 1);
    guint n_blank = 0;
    for (guint i = 0; i < 1024; i++)
        n_blank += cells[i] == 0xff;
    g_assert_cmpuint(n_blank, <, 1024);
    g_assert_cmpuint(n_blank, >, 0);
}

static void
test_stuck_never_ends(void)
{
    g_autoptr(BenchNor) nor = make(3);

    bench_nor_stick_busy(nor, TRUE);
    bench_nor_begin_erase(nor, 0, 0, 20 * MS, BENCH_NOR_SOUND);
    g_assert_cmpuint(bench_nor_get_busy_until_ns(nor), ==, G_MAXUINT64);
    g_assert_cmpint(advance(nor, G_MAXUINT64 - 1), ==, BENCH_NOR_NOTHING);
    bench_nor_stick_busy(nor, FALSE);
    g_assert_cmpint(advance(nor, 1), ==, BENCH_NOR_DONE);
}

/* An area has cells at an address of its own, which erases of sectors pass by, and the same cuts. */
static void
test_areas(void)
{
    static const BenchNorArea areas[] = {{0x1fffc000, 16}, {0, 0}, {0x1fff7800, 32}};
    g_autoptr(BenchNor) nor = bench_nor_new(&(BenchNorConfig){.base = BASE,
                                                              .sector_sizes = sizes,
                                                              .n_sectors = 3,
                                                              .areas = areas,
                                                              .n_areas = 3,
                                                              .seed = 1});
    guint8 *options = bench_nor_get_area_cells(nor, 0), *otp = bench_nor_get_area_cells(nor, 2);

    get_cells(nor)[0] = 0;
    bench_nor_begin_program(nor, 0x1fff7804, 4, 0x12345678, 0, 1, BENCH_NOR_SOUND);
    g_assert_cmpint(advance(nor, 1), ==, BENCH_NOR_DONE);
    g_assert_cmpmem(otp + 4, 4, "\x78\x56\x34\x12", 4);
    memset(options, 0, 16);
    bench_nor_begin_erase(nor, -1, 0, 1, BENCH_NOR_SOUND);
    g_assert_cmpint(advance(nor, 1), ==, BENCH_NOR_DONE);
    g_assert_cmphex(get_cells(nor)[0], ==, 0xff);
    g_assert_cmphex(options[0] | otp[7], ==, 0x12);
    bench_nor_begin_area_erase(nor, 0, 0, 1, BENCH_NOR_SOUND);
    g_assert_cmpint(advance(nor, 1), ==, BENCH_NOR_DONE);
    g_assert_cmphex(options[0] & options[15], ==, 0xff);
    g_assert_cmphex(otp[7], ==, 0x12);
    g_assert_cmpuint(bench_nor_get_counters(nor)->erases, ==, 3);
    g_assert_cmpuint(bench_nor_get_counters(nor)->area_erases, ==, 1);
    bench_nor_cut_at(nor, 0, TRUE);
    memset(options, 0, 16);
    bench_nor_begin_area_erase(nor, 0, 0, 10, BENCH_NOR_SOUND);
    g_assert_cmpint(advance(nor, 10), ==, BENCH_NOR_CUT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bench/nor/erases-one-sector", test_erases_one_sector);
    g_test_add_func("/bench/nor/programs-by-clearing-bits", test_programs_by_clearing_bits);
    g_test_add_func("/bench/nor/counts", test_counts);
    g_test_add_func("/bench/nor/finds-sectors", test_finds_sectors);
    g_test_add_func("/bench/nor/cuts-where-told", test_cuts_where_told);
    g_test_add_func("/bench/nor/cut-is-a-subset", test_cut_is_a_subset);
    g_test_add_func("/bench/nor/cut-erase-decays", test_cut_erase_decays);
    g_test_add_func("/bench/nor/weak-leaves-bits", test_weak_leaves_bits);
    g_test_add_func("/bench/nor/stuck-never-ends", test_stuck_never_ends);
    g_test_add_func("/bench/nor/areas", test_areas);
    return g_test_run();
}
