/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uart-desk.h"

#include <string.h>

/*
 * Power fails in the middle of every erase and program of an update, and of the run that mends it: the
 * same command then ends right, the bootloader is what it was, and no half of a program is ever
 * started. The program spans three sectors and is small, so that all pairs can be tried.
 */
#define GAP (16u * 1024u)         /* from one sector of it to the next */
#define APP_SIZE (2u * GAP + 64u) /* sectors 2 to 4 */
#define PART 24u                  /* bytes in each sector; the others are 0xFF */

static guint8 before[APP_SIZE], after[APP_SIZE];

static void
fill_sparsely(guint8 *bytes, guint32 seed)
{
    guint8 program[PART];

    memset(bytes, 0xff, APP_SIZE);
    for (guint i = 0; i < 3; i++) {
        desk_fill_app(program, PART, seed);
        memset(program + 12, (int)(seed * 16 + i), 8);
        memcpy(bytes + i * GAP, program, PART);
    }
}

static void
set_up_board(UartDesk *desk, guint64 seed)
{
    desk_init(desk, seed);
    memcpy(desk_get_app(desk), before, APP_SIZE);
}

static gboolean
holds(UartDesk *desk, const guint8 *bytes)
{
    return memcmp(desk_get_app(desk), bytes, APP_SIZE) == 0;
}

/* Whoever resets the board now: it runs a whole program, or none. */
static void
assert_never_half(UartDesk *desk)
{
    native_board_power(desk->board);
    g_assert_true(!native_board_runs_application(desk->board) || holds(desk, before) ||
                  holds(desk, after));
    native_board_age(desk->board);
    native_board_power(desk->board);
    g_assert_true(!native_board_runs_application(desk->board) || holds(desk, before) ||
                  holds(desk, after));
    desk_assert_own_intact(desk);
}

/* FALSE: it was over before operation `n`. */
static gboolean
run_cut(UartDesk *desk, guint n)
{
    gboolean ok;

    native_board_cut_at(desk->board, n);
    ok = desk_run(desk, desk_new_app_job(desk, INLAY_JOB_FLASH, after, APP_SIZE));
    if (!native_board_is_cut(desk->board)) {
        g_assert_no_error(desk->error);
        return FALSE;
    }
    g_assert_false(ok);
    g_assert_error(desk->error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST);
    assert_never_half(desk);
    return TRUE;
}

static void
finish(UartDesk *desk)
{
    native_board_cut_at(desk->board, G_MAXUINT);
    desk_assert_runs(desk, desk_new_app_job(desk, INLAY_JOB_FLASH, after, APP_SIZE));
    g_assert_true(holds(desk, after));
    g_assert_true(native_board_runs_application(desk->board));
    desk_assert_own_intact(desk);
}

static void
test_every_operation(void)
{
    guint n = 0;

    for (gboolean is_cut = TRUE; is_cut; n++) {
        UartDesk desk;
        set_up_board(&desk, n + 1);
        is_cut = run_cut(&desk, n);
        finish(&desk);
        desk_clear(&desk);
    }
    g_test_message("%u operations", n - 1);
    g_assert_cmpuint(n, >, 3 + 3 * PART / 4);
}

static void
test_every_pair(void)
{
    guint pairs = 0;

    for (gboolean is_first = TRUE, n = 0; is_first; n++) {
        gboolean is_second = TRUE;
        for (guint m = 0; is_second; m++, pairs++) {
            UartDesk desk;
            set_up_board(&desk, n * 100 + m + 1);
            is_first = run_cut(&desk, (guint)n);
            is_second = is_first && run_cut(&desk, m);
            finish(&desk);
            desk_clear(&desk);
        }
    }
    g_test_message("%u pairs", pairs);
    g_assert_cmpuint(pairs, >, 100);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fill_sparsely(before, 3);
    fill_sparsely(after, 5);
    g_test_add_func("/uart-cuts/every-operation", test_every_operation);
    g_test_add_func("/uart-cuts/every-pair", test_every_pair);
    return g_test_run();
}
