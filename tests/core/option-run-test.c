/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine-fixture.h"

#include <string.h>

#define F411 0x0fffaaecu

static InlayJob *
new_job(InlayJobKind kind, const char *field)
{
    InlayJob *job = inlay_job_new(kind);

    if (field != NULL)
        g_ptr_array_add(job->fields, g_strdup(field));
    return job;
}

static MemoryBoard *
new_board(guint32 optcr)
{
    MemoryBoard *board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));

    board->options.words[0] = optcr;
    board->identity.rdp_level = inlay_option_bytes_get_rdp(board->chip, &board->options);
    return board;
}

/* Reserved bits are the chip's own affair. */
static void
test_set_changes_its_field_only(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = new_board(F411 | 1u << 29);
    g_autoptr(InlayJob) job = new_job(INLAY_JOB_OPTION_SET, "bor=2.7V");

    job->dry_run = TRUE;
    assert_runs(fixture, job);
    g_assert_cmpstr(board->log->str, ==, "end\n");
    job->dry_run = FALSE;
    assert_runs(fixture, job);
    g_assert_cmphex(board->options.words[0], ==, (F411 & ~0xcu) | 1u << 29);
    g_assert_cmpstr(board->log->str, ==, "end\noptions\nend\n");
    assert_runs(fixture, job);
    g_assert_cmpstr(board->log->str, ==, "end\noptions\nend\nend\n");
}

static void
test_damaged_ones_are_written_although_nothing_differs(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = new_board(F411);
    g_autoptr(InlayJob) job = new_job(INLAY_JOB_OPTION_SET, "bor=off");

    board->options.is_damaged = TRUE;
    assert_runs(fixture, job);
    g_assert_false(board->options.is_damaged);
}

static void
test_a_chip_that_does_not_take_them(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = new_board(F411);
    g_autoptr(InlayJob) job = new_job(INLAY_JOB_OPTION_SET, "wrp=0-3");

    board->is_obstinate = TRUE;
    assert_fails(fixture, job, INLAY_ERROR_OPTIONS_FAILED);
    g_assert_cmpstr(fixture->error->message, ==, "after a reset: wrp: 0-3 expected, found none");
}

/* Whatever the program asked, the engine refuses what the job does not confirm. */
static void
test_what_was_not_confirmed(Fixture *fixture, gconstpointer unused)
{
    static const struct {
        InlayJobKind kind;
        guint32 optcr;
        gboolean for_ever;
        InlayConfirmation wrong, right;
    } cases[] = {
        {INLAY_JOB_UNLOCK, 0x0fff00ec, FALSE, INLAY_CONFIRMED_OTP, INLAY_CONFIRMED_ERASE},
        {INLAY_JOB_PROTECT, F411, TRUE, INLAY_CONFIRMED_ERASE, INLAY_CONFIRMED_FOR_EVER},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(MemoryBoard) board = new_board(cases[i].optcr);
        g_autoptr(InlayJob) job = new_job(cases[i].kind, NULL);
        fill(board->flash, 1000, 7);
        job->for_ever = cases[i].for_ever;
        assert_fails(fixture, job, INLAY_ERROR_UNCONFIRMED);
        job->confirmed = cases[i].wrong;
        assert_fails(fixture, job, INLAY_ERROR_UNCONFIRMED);
        assert_holds(board, BANK, 1000, 7);
        g_assert_cmphex(board->options.words[0], ==, cases[i].optcr);
        job->confirmed = cases[i].right;
        assert_runs(fixture, job);
        g_assert_cmphex(board->options.words[0], !=, cases[i].optcr);
    }
}

/* The board was swapped between the question and the answer. */
static void
test_another_chip_than_was_confirmed(Fixture *fixture, gconstpointer unused)
{
    static const InlayJobKind kinds[] = {INLAY_JOB_UNLOCK, INLAY_JOB_PROTECT, INLAY_JOB_OTP_WRITE};

    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        guint32 optcr = kinds[i] == INLAY_JOB_UNLOCK ? 0x0fff00ec : F411;
        g_autoptr(MemoryBoard) board = new_board(optcr);
        g_autoptr(InlayJob) job = new_job(kinds[i], NULL);
        g_autofree char *found = inlay_identity_print_uid(&board->identity);
        job->for_ever = job->has_block = TRUE;
        job->hex = g_strdup("12");
        job->confirmed = kinds[i] == INLAY_JOB_UNLOCK    ? INLAY_CONFIRMED_ERASE
                         : kinds[i] == INLAY_JOB_PROTECT ? INLAY_CONFIRMED_FOR_EVER
                                                         : INLAY_CONFIRMED_OTP;
        job->uid = g_strdup("0102030405060708090a0b0c");
        assert_fails(fixture, job, INLAY_ERROR_CHIP_WRONG);
        g_assert_nonnull(strstr(fixture->error->message, job->uid));
        g_assert_nonnull(strstr(fixture->error->message, found));
        g_assert_cmphex(board->options.words[0], ==, optcr);
        g_assert_cmphex(board->otp[0], ==, 0xff);
        g_free(job->uid);
        job->uid = g_strdup(found);
        assert_runs(fixture, job);
    }
}

/* With it goes what only a locked chip has: code read protection. */
static void
test_unlock_leaves_a_blank_open_chip(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = new_board(0x8003bbe8);
    g_autoptr(InlayJob) job = new_job(INLAY_JOB_UNLOCK, NULL);

    fill(board->flash, board->chip->flash.size, 3);
    job->confirmed = INLAY_CONFIRMED_ERASE;
    assert_runs(fixture, job);
    assert_blank(board, BANK, board->chip->flash.size);
    g_assert_cmphex(board->options.words[0], ==, 0x00ffaae8);
}

static void
test_unlocking_writes_only_erases_nothing(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = new_board(0x0f00bbec);
    g_autoptr(InlayJob) job = new_job(INLAY_JOB_UNLOCK, NULL);

    fill(board->flash, 1000, 3);
    job->write = TRUE;
    job->sectors = g_strdup("0-5");
    assert_runs(fixture, job);
    assert_holds(board, BANK, 1000, 3);
    g_assert_cmphex(board->options.words[0], ==, 0x0f3fbbec);
}

static void
test_a_sealed_chip(Fixture *fixture, gconstpointer unused)
{
    static const InlayJobKind kinds[] = {INLAY_JOB_OPTION_GET, INLAY_JOB_PROTECT, INLAY_JOB_UNLOCK,
                                         INLAY_JOB_OTP_READ};
    g_autoptr(MemoryBoard) board = new_board(0x0fffccec);

    g_assert_nonnull(board);
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(InlayJob) job = new_job(kinds[i], NULL);
        assert_fails(fixture, job, INLAY_ERROR_CHIP_SEALED);
    }
}

static void
test_otp(Fixture *fixture, gconstpointer unused)
{
    static const guint8 expected[] = {0x12, 0x34, 0xff};
    g_autoptr(MemoryBoard) board = new_board(F411);
    g_autoptr(InlayJob) job = new_job(INLAY_JOB_OTP_WRITE, NULL);

    job->has_block = TRUE;
    job->block = 2;
    job->hex = g_strdup("1234");
    job->lock = TRUE;
    assert_fails(fixture, job, INLAY_ERROR_UNCONFIRMED);
    g_assert_cmphex(board->otp[64], ==, 0xff);
    job->confirmed = INLAY_CONFIRMED_OTP;
    assert_runs(fixture, job);
    g_assert_cmpmem(board->otp + 64, sizeof expected, expected, sizeof expected);
    g_assert_cmphex(board->otp[512 + 1], ==, 0xff);
    g_assert_cmphex(board->otp[512 + 2], ==, 0x00);
    assert_runs(fixture, job);
    g_free(job->hex);
    job->hex = g_strdup("0234");
    assert_fails(fixture, job, INLAY_ERROR_OTP_TAKEN);
    job->block = 3;
    board->otp[96] = 0x01;
    assert_fails(fixture, job, INLAY_ERROR_OTP_TAKEN);
    g_assert_cmpstr(fixture->error->message, ==, "block 3, 0x1fff7860: 0x01 cannot become 0x02");
    g_free(job->hex);
    job->hex = g_strdup("012");
    assert_fails(fixture, job, INLAY_ERROR_USAGE);
}

int
main(int argc, char **argv)
{
#define ADD(path, function) \
    g_test_add("/core/option-run/" path, Fixture, NULL, set_up, function, tear_down)

    g_test_init(&argc, &argv, NULL);
    ADD("set", test_set_changes_its_field_only);
    ADD("damaged", test_damaged_ones_are_written_although_nothing_differs);
    ADD("obstinate", test_a_chip_that_does_not_take_them);
    ADD("unconfirmed", test_what_was_not_confirmed);
    ADD("another-chip", test_another_chip_than_was_confirmed);
    ADD("unlock", test_unlock_leaves_a_blank_open_chip);
    ADD("unlock-write", test_unlocking_writes_only_erases_nothing);
    ADD("sealed", test_a_sealed_chip);
    ADD("otp", test_otp);
    return g_test_run();
}
