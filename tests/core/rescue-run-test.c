/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

/*
 * Runs that are cut, and what the next one makes of what they left, on chips so small that power can
 * go in every operation, and in every operation of the retry. All flash is full of others' bytes,
 * but for a gap. Job A writes across the border of two sectors, both shared; job B writes elsewhere.
 */

static const InlayChipFamily tiny_f1_family = {
    .name = "f1",
    .voltage = {{.min_mv = 2000, .width = 2}},
    .program_typ_us = 53,
    .program_max_us = 70,
};

static const InlayChip tiny_f1 = {
    .name = "tiny F1",
    .dev_id = 0x410,
    .family = &tiny_f1_family,
    .flash = {BANK, 128},
    .ram = {0x20000000, 1024},
    .sectors = {{8, 16, .erase_typ_ms = {20}, .erase_max_ms = {40}}},
};

static const InlayChipFamily tiny_f4_family = {
    .name = "f4",
    .voltage = {{.min_mv = 1700, .width = 4}},
    .program_typ_us = 16,
    .program_max_us = 100,
};

static const InlayChip tiny_f4 = {
    .name = "tiny F4",
    .dev_id = 0x431,
    .family = &tiny_f4_family,
    .flash = {BANK, 128},
    .ram = {0x20000000, 1024},
    .sectors = {{2, 16, .erase_typ_ms = {250}, .erase_max_ms = {500}},
                {3, 32, .erase_typ_ms = {1000}, .erase_max_ms = {2000}}},
};

#define SIZE 128
#define OLD 40 /* seed of what was there */

static const InlayRange a_range = {BANK + 24, 16}; /* in sectors 1 and 2 */
static const InlayRange b_range = {BANK + 70, 5};
static const InlayRange gap = {BANK + 40,
                               24}; /* blank behind A, to the end of its last sector or farther */

typedef struct {
    InlayJob *jobs[2];
    MemoryBoard *board;
} Bench;

static void
bench_init(Bench *bench, Fixture *fixture, const InlayChip *chip)
{
    bench->board = memory_board_new(chip);
    bench->board->blank_only = chip == &tiny_f1;
    fill(bench->board->flash, SIZE, OLD);
    memset(bench->board->flash + (gap.addr - BANK), 0xff, gap.size);
    for (guint i = 0; i < 2; i++)
        bench->jobs[i] = inlay_job_new(INLAY_JOB_FLASH);
    add_file_at(bench->jobs[0], write_file(fixture, "a.bin", a_range.size, 1), a_range.addr);
    add_file_at(bench->jobs[1], write_file(fixture, "b.bin", b_range.size, 2), b_range.addr);
}

static void
bench_clear(Bench *bench)
{
    memory_board_free(bench->board);
    inlay_job_free(bench->jobs[0]);
    inlay_job_free(bench->jobs[1]);
}

static gboolean
contains(InlayRange range, guint offset)
{
    return inlay_range_contains(range, (InlayRange){BANK + offset, 1});
}

/* What nobody's job was to change, now and after any time. */
static void
assert_others_intact(Bench *bench)
{
    guint8 old[SIZE];

    fill(old, SIZE, OLD);
    memory_board_age(bench->board);
    for (guint i = 0; i < SIZE; i++) {
        if (!contains(a_range, i) && !contains(b_range, i))
            g_assert_cmphex(bench->board->flash[i], ==, contains(gap, i) ? 0xff : old[i]);
    }
}

/* TRUE: it ended before it came to be cut. */
static gboolean
run_cut(Fixture *fixture, Bench *bench, guint job, guint operation, guint seed)
{
    memory_board_power(bench->board);
    g_rand_set_seed(bench->board->rand, seed);
    bench->board->cut_operation = operation;
    gboolean completed = run(fixture, bench->jobs[job], NULL);
    if (!completed)
        g_assert_error(fixture->error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST);
    memory_board_power(bench->board);
    return completed;
}

static void
assert_closes(Fixture *fixture, Bench *bench, guint job)
{
    const char *const folders[] = {fixture->rescue_folder, "open"};
    g_autofree char *notes = g_build_filename(folders[0], folders[1], NULL);
    g_autoptr(GDir) dir = NULL;

    assert_runs(fixture, bench->jobs[job]);
    assert_others_intact(bench);
    if (job == 0)
        assert_holds(bench->board, a_range.addr, a_range.size, 1);
    else
        assert_holds(bench->board, b_range.addr, b_range.size, 2);
    dir = g_dir_open(notes, 0, NULL);
    g_assert_null(g_dir_read_name(dir));
    g_assert_cmpint(g_rmdir(notes), ==, 0);
    g_assert_cmpint(g_rmdir(fixture->rescue_folder), ==, 0);
}

#define N_SEEDS 4 /* of each cut: an operation has several ways to be left */

static void
test_cut(Fixture *fixture, gconstpointer chip)
{
    for (guint next = 0; next < 2; next++) {
        gboolean completed = FALSE;
        for (guint cut = 1; !completed; cut++) {
            for (guint seed = 0; seed < N_SEEDS && !completed; seed++) {
                Bench bench;
                bench_init(&bench, fixture, chip);
                completed = run_cut(fixture, &bench, 0, cut, cut * N_SEEDS + seed);
                assert_closes(fixture, &bench, next);
                bench_clear(&bench);
            }
            g_assert_true(!completed || cut > 8);
        }
    }
}

/* The retry and the last run are the same job, or the other one. */
static void
test_cut_and_cut_again(Fixture *fixture, gconstpointer chip)
{
    for (guint order = 0; order < 4; order++) {
        gboolean first_completed = FALSE;
        for (guint first = 1; !first_completed; first++) {
            gboolean completed = FALSE;
            for (guint second = 1; !completed && !first_completed; second++) {
                Bench bench;
                bench_init(&bench, fixture, chip);
                first_completed = run_cut(fixture, &bench, 0, first, first * 1000 + second);
                completed = run_cut(fixture, &bench, order & 1, second, second * 1000 + first);
                assert_closes(fixture, &bench, order >> 1);
                bench_clear(&bench);
            }
        }
    }
}

static void
remove_rescue_file(const Fixture *fixture)
{
    g_autoptr(GDir) dir = g_dir_open(fixture->rescue_folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(fixture->rescue_folder, name, NULL);
        if (g_str_has_suffix(name, ".rescue"))
            g_unlink(path);
    }
}

/* An error until somebody accepts the loss, or has all the lost bytes in a job. */
static void
test_the_rescue_file_is_gone(Fixture *fixture, gconstpointer chip)
{
    gboolean completed = FALSE;

    for (guint cut = 1; !completed; cut++) {
        g_autoptr(InlayJob) whole = inlay_job_new(INLAY_JOB_FLASH);
        Bench bench;
        bench_init(&bench, fixture, chip);
        completed = run_cut(fixture, &bench, 0, cut, cut);
        remove_rescue_file(fixture);
        for (guint job = 0; job < 2 && !completed; job++) {
            assert_fails(fixture, bench.jobs[job], INLAY_ERROR_RESCUE_MISSING);
            g_assert_nonnull(strstr(fixture->error->message, "lost: 0x08000010-0x08000017"));
            g_assert_cmpstr(bench.board->log->str, ==, "end\n");
            memory_board_power(bench.board);
        }
        add_file_at(whole, write_file(fixture, "whole.bin", 112, 3), BANK + 16);
        bench.jobs[0]->accept_loss = TRUE;
        assert_runs(fixture, cut % 2 ? bench.jobs[0] : whole);
        memory_board_age(bench.board);
        if (cut % 2)
            assert_holds(bench.board, a_range.addr, a_range.size, 1);
        else
            assert_holds(bench.board, BANK + 16, 112, 3);
        bench.jobs[0]->accept_loss = FALSE;
        assert_runs(fixture, bench.jobs[0]);
        bench_clear(&bench);
    }
}

/* A partition that is named is written from its image, whatever the rescue file has. */
static void
test_a_claim_overrides(Fixture *fixture, gconstpointer chip)
{
    g_autoptr(InlayJob) neighbour = inlay_job_new(INLAY_JOB_FLASH);
    Bench bench;

    bench_init(&bench, fixture, chip);
    g_assert_false(run_cut(fixture, &bench, 0, 1, 1));
    add_file_at(neighbour, write_file(fixture, "n.bin", 8, 3), BANK + 16);
    assert_runs(fixture, neighbour);
    memory_board_age(bench.board);
    assert_holds(bench.board, BANK + 16, 8, 3);
    bench_clear(&bench);
}

/* A board in this state is not verified, however it reads. */
static void
test_verify_does_not_pass(Fixture *fixture, gconstpointer chip)
{
    gboolean completed = FALSE;

    for (guint cut = 1; !completed; cut++) {
        Bench bench;
        bench_init(&bench, fixture, chip);
        completed = run_cut(fixture, &bench, 0, cut, cut);
        bench.jobs[0]->kind = INLAY_JOB_VERIFY;
        if (completed)
            assert_runs(fixture, bench.jobs[0]);
        else
            assert_fails(fixture, bench.jobs[0], INLAY_ERROR_VERIFY_FAILED);
        bench_clear(&bench);
    }
}

static void
test_a_corrupt_file_is_not_used(Fixture *fixture, gconstpointer chip)
{
    Bench bench;

    bench_init(&bench, fixture, chip);
    g_assert_false(run_cut(fixture, &bench, 0, 2, 1));
    g_autoptr(GDir) dir = g_dir_open(fixture->rescue_folder, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(fixture->rescue_folder, name, NULL);
        if (g_str_has_suffix(name, ".rescue"))
            g_assert_true(g_file_set_contents(path, "inlay-rescue 1 0x00000000\n{}", -1, NULL));
    }
    assert_fails(fixture, bench.jobs[0], INLAY_ERROR_RESCUE_CORRUPT);
    assert_fails(fixture, bench.jobs[0], INLAY_ERROR_RESCUE_CORRUPT);
    g_assert_cmpstr(bench.board->log->str, ==, "end\nend\n");
    bench_clear(&bench);
}

/* With others' bytes at stake it is refused before the first erase; with none it is only said. */
static void
test_nowhere_to_write(Fixture *fixture, gconstpointer chip)
{
    g_autoptr(InlayJob) alone = inlay_job_new(INLAY_JOB_FLASH);
    guint n_warnings = 0;
    Bench bench;

    bench_init(&bench, fixture, chip);
    g_assert_true(g_file_set_contents(fixture->rescue_folder, "a file", -1, NULL));
    assert_fails(fixture, bench.jobs[0], INLAY_ERROR_RESCUE_UNWRITABLE);
    g_assert_cmpstr(bench.board->log->str, ==, "begin\nend\n");
    assert_others_intact(&bench);
    add_file_at(alone, write_file(fixture, "alone.bin", 64, 3), BANK + 64);
    assert_runs(fixture, alone);
    assert_holds(bench.board, BANK + 64, 64, 3);
    for (guint i = 0; i < fixture->events->len; i++)
        n_warnings += g_str_equal(get_kind(fixture, i), "warning");
    g_assert_cmpuint(n_warnings, ==, 1);
    bench_clear(&bench);
}

/* A cancel leaves it like a cut. */
static void
test_cancel(Fixture *fixture, gconstpointer chip)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    Bench bench;

    bench_init(&bench, fixture, chip);
    bench.board->cancellable = cancellable;
    bench.board->cancel_operation = 1;
    g_assert_false(run(fixture, bench.jobs[0], cancellable));
    g_assert_error(fixture->error, INLAY_ERROR, INLAY_ERROR_CANCELLED);
    memory_board_power(bench.board);
    assert_runs(fixture, bench.jobs[1]);
    g_assert_nonnull(strstr(bench.board->log->str, "erase 1\n"));
    g_assert_nonnull(strstr(bench.board->log->str, "erase 2\n"));
    assert_others_intact(&bench);
    bench_clear(&bench);
}

/* What a run that was cut on another computer leaves, and what looks like it but for one byte: a blank
 * sector where application 1 goes on, full to the border before it. */
static void
test_a_cut_on_another_computer(Fixture *fixture, gconstpointer unused)
{
    static const struct {
        guint32 size; /* of application 1 */
        guint n_warnings;
    } cases[] = {{0x1c000, 1}, {0x1c000 - 16, 0}, {0x1c001, 0}, {0, 0}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
        g_autoptr(InlayJob) job = new_layout_job(INLAY_JOB_FLASH);
        guint n_warnings = 0;
        fill(board->flash + 0x4000, cases[i].size, OLD);
        add_content(job, "application2", write_file(fixture, "new.bin", 1000, 1));
        assert_runs(fixture, job);
        for (guint event = 0; event < fixture->events->len; event++) {
            if (!g_str_equal(get_kind(fixture, event), "warning"))
                continue;
            n_warnings++;
            g_assert_true(g_str_has_prefix(
                json_object_get_string_member(fixture->events->pdata[event], "message"),
                "application1 is blank at 0x08020000-0x08023fff, but not beside it"));
        }
        g_assert_cmpuint(n_warnings, ==, cases[i].n_warnings);
    }
}

#define ADD(path, test)                                                                     \
    g_test_add("/core/rescue-run/" path "/f4", Fixture, &tiny_f4, set_up, test, tear_down); \
    g_test_add("/core/rescue-run/" path "/f1", Fixture, &tiny_f1, set_up, test, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("cut", test_cut);
    ADD("cut-again", test_cut_and_cut_again);
    ADD("gone", test_the_rescue_file_is_gone);
    ADD("claim", test_a_claim_overrides);
    ADD("verify", test_verify_does_not_pass);
    ADD("corrupt", test_a_corrupt_file_is_not_used);
    ADD("unwritable", test_nowhere_to_write);
    ADD("cancel", test_cancel);
    g_test_add("/core/rescue-run/another-computer", Fixture, NULL, set_up,
               test_a_cut_on_another_computer, tear_down);
    return g_test_run();
}
