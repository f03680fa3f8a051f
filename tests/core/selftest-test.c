/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine-fixture.h"

#include <string.h>

#include "small-chips.h"

static InlayJob *
new_selftest(void)
{
    return inlay_job_new(INLAY_JOB_SELFTEST);
}

/* Bytes in the first sectors; the rest is blank. */
static void
put_program(MemoryBoard *board, gsize size)
{
    memset(board->flash, 0xff, board->chip->flash.size);
    fill(board->flash, size, 9);
}

/* "identify passed, supply skipped, …" */
static char *
list_checks(const Fixture *fixture)
{
    GString *found = g_string_new(NULL);

    for (guint i = 0; i < fixture->events->len; i++) {
        JsonObject *event = fixture->events->pdata[i];
        if (g_str_equal(get_kind(fixture, i), "check"))
            g_string_append_printf(found, "%s%s %s", found->len > 0 ? ", " : "",
                                   json_object_get_string_member(event, "check"),
                                   json_object_get_string_member(event, "state"));
    }
    return g_string_free(found, FALSE);
}

/* There is one, and it has a cell for each column of docs/hardware.md. */
static const char *
get_row(const Fixture *fixture)
{
    const char *row = NULL;
    guint bars = 0;

    for (guint i = 0; i < fixture->events->len; i++) {
        if (!g_str_equal(get_kind(fixture, i), "row"))
            continue;
        g_assert_null(row);
        row = json_object_get_string_member(fixture->events->pdata[i], "text");
    }
    g_assert_nonnull(row);
    for (const char *p = row; *p != '\0'; p++)
        bars += *p == '|';
    g_assert_cmpuint(bars, ==, 7);
    return row;
}

static void
test_a_round(Fixture *fixture, gconstpointer chip)
{
    g_autoptr(MemoryBoard) board = memory_board_new(chip);
    g_autoptr(InlayJob) job = new_selftest();
    InlaySector last = inlay_chip_get_sector(chip, inlay_chip_get_n_sectors(chip) - 1);

    put_program(board, 300);
    assert_runs(fixture, job);
    g_autofree char *checks = list_checks(fixture);
    g_assert_nonnull(strstr(checks, "program passed, erase passed, others passed"));
    assert_holds(board, BANK, 300, 9);
    assert_blank(board, BANK + 300, board->chip->flash.size - 300);
    g_autofree char *log =
        g_strdup_printf("begin\nprogram %08x+%u\nerase %u\nend\n", last.range.addr,
                        MIN(last.range.size, 16 * 1024), last.index);
    g_assert_cmpstr(board->log->str, ==, log);
    g_assert_null(strstr(get_row(fixture), "write ("));
}

/* Where it must not write, it says so, and nothing is written. */
static void
test_what_is_skipped(Fixture *fixture, gconstpointer unused)
{
    enum { FULL, PROTECTED, DRY_RUN, OPEN, N_CASES };
    static const char *const why[] = {"no sector is blank", "no sector is blank", "--dry-run",
                                      "a run on this chip was cut"};
    const InlayChip *chip = &small_f1;

    for (guint i = 0; i < N_CASES; i++) {
        g_autoptr(MemoryBoard) board = memory_board_new(chip);
        g_autoptr(InlayJob) job = new_selftest();
        put_program(board, i == FULL ? chip->flash.size : 300);
        for (guint s = 0; i == PROTECTED && s < inlay_chip_get_n_sectors(chip); s++)
            inlay_identity_set_protected(&board->identity, s);
        job->dry_run = i == DRY_RUN;
        if (i == OPEN) {
            board->cut_operation = 5;
            assert_fails(fixture, job, INLAY_ERROR_BOARD_LOST);
            memory_board_power(board);
        }
        assert_runs(fixture, job);
        g_assert_cmpstr(board->log->str, ==, "begin\nend\n");
        g_assert_nonnull(strstr(get_row(fixture), why[i]));
        g_assert_nonnull(strstr(get_row(fixture), "**skipped:**"));
        g_assert_null(strstr(get_row(fixture), "all passed"));
    }
}

/* Power goes at each operation: the next job finds the sector in the rescue record and makes it blank. */
static void
test_cuts(Fixture *fixture, gconstpointer chip)
{
    g_autoptr(MemoryBoard) board = memory_board_new(chip);
    g_autoptr(InlayJob) job = new_selftest();
    g_autoptr(InlayJob) flash = inlay_job_new(INLAY_JOB_FLASH);
    gboolean completed = FALSE;

    add_file_at(flash, write_file(fixture, "program.bin", 300, 9), BANK);
    for (guint operation = 1; !completed; operation += operation < 4 ? 1 : 17) {
        put_program(board, 300);
        memory_board_power(board);
        board->cut_operation = operation;
        completed = run(fixture, job, NULL);
        if (!completed) {
            g_assert_error(fixture->error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST);
            g_assert_nonnull(strstr(get_row(fixture), "**failed:** board-lost"));
        }
        memory_board_power(board);
        assert_runs(fixture, flash);
        memory_board_age(board);
        assert_holds(board, BANK, 300, 9);
        assert_blank(board, BANK + 300, board->chip->flash.size - 300);
    }
}

static void
test_what_goes_wrong(Fixture *fixture, gconstpointer unused)
{
    enum { STUCK, DISTURBED, CANCELLED, N_CASES };
    static const InlayErrorId ids[] = {INLAY_ERROR_VERIFY_FAILED, INLAY_ERROR_OUTSIDE_CHANGED,
                                       INLAY_ERROR_CANCELLED};
    const InlayChip *chip = &small_f4;

    for (guint i = 0; i < N_CASES; i++) {
        g_autoptr(MemoryBoard) board = memory_board_new(chip);
        g_autoptr(InlayJob) job = new_selftest();
        g_autoptr(GCancellable) cancellable = g_cancellable_new();
        put_program(board, 300);
        if (i == STUCK)
            board->stuck_addr = BANK + 1024 + 300;
        if (i == DISTURBED)
            board->disturb_addr = BANK + 17;
        if (i == CANCELLED) {
            board->cancel_operation = 3;
            board->cancellable = cancellable;
        }
        g_assert_false(run(fixture, job, cancellable));
        g_test_message("%s", fixture->error->message);
        g_assert_error(fixture->error, INLAY_ERROR, (int)ids[i]);
        g_assert_nonnull(strstr(get_row(fixture), "**failed:**"));
        if (i == CANCELLED)
            assert_blank(board, BANK + 300, chip->flash.size - 300);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/core/selftest/a-round-on-f1", Fixture, &small_f1, set_up, test_a_round, tear_down);
    g_test_add("/core/selftest/a-round-on-f4", Fixture, &small_f4, set_up, test_a_round, tear_down);
    g_test_add("/core/selftest/what-is-skipped", Fixture, NULL, set_up, test_what_is_skipped,
               tear_down);
    g_test_add("/core/selftest/cuts-on-f1", Fixture, &small_f1, set_up, test_cuts, tear_down);
    g_test_add("/core/selftest/cuts-on-f4", Fixture, &small_f4, set_up, test_cuts, tear_down);
    g_test_add("/core/selftest/what-goes-wrong", Fixture, NULL, set_up, test_what_goes_wrong,
               tear_down);
    return g_test_run();
}
