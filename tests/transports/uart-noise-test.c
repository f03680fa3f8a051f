/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uart-desk.h"

#include <string.h>

/* Random jobs on lines that lose, garble and duplicate bytes. */

#define JOBS 200
#define APP_MAX (96u * 1024u)

typedef struct {
    guint passed, noisy;
    guint64 sent, resent;
} Tally;

static guint8 app[APP_MAX];

static void
fill_randomly(gsize size)
{
    desk_fill_app(app, size, (guint32)g_test_rand_int_range(1, 1000));
    for (gsize i = 8; i < size; i++) {
        if (g_test_rand_int_range(0, 3) == 0)
            app[i] = (guint8)g_test_rand_int_range(0, 256);
    }
}

/* One in `one_in` bytes goes wrong, one way or another. A PASS is right, always. */
static void
run_jobs(guint n, guint one_in, Tally *tally)
{
    UartDesk desk;

    desk_init(&desk, (guint64)g_test_rand_int_range(1, G_MAXINT32));
    for (guint i = 0; i < n; i++) {
        gsize size = (gsize)g_test_rand_int_range(100, (gint32)APP_MAX) & ~(gsize)3;
        fill_randomly(size);
        desk.access.baud_max = g_test_rand_bit() ? 115200 : 0;
        native_board_set_noise(desk.board, 3 * one_in, 3 * one_in, 3 * one_in);
        if (desk_run(&desk, desk_new_app_job(&desk, INLAY_JOB_FLASH, app, size))) {
            desk_assert_holds(&desk, app, size);
            tally->passed++;
        } else {
            g_test_message("job %u: %s", i, desk.error->message);
            g_assert_false(g_error_matches(desk.error, INLAY_ERROR, INLAY_ERROR_INTERNAL));
            tally->noisy++;
        }
        desk_assert_own_intact(&desk);
    }
    tally->sent = desk.sent;
    tally->resent = desk.counters.resent_bytes;
    g_test_message("one in %u: %u passed, %u named errors; %" G_GUINT64_FORMAT
                   " bytes sent, %.2f %% of them again",
                   one_in, tally->passed, tally->noisy, tally->sent,
                   100.0 * (double)tally->resent / (double)tally->sent);
    desk_clear(&desk);
}

static void
test_one_in_ten_thousand(void)
{
    Tally tally = {0};

    run_jobs(JOBS, 10000, &tally);
    g_assert_cmpuint(tally.passed, ==, JOBS);
    g_assert_cmpuint(tally.resent * 100, >, tally.sent);
    g_assert_cmpuint(tally.resent * 100, <=, tally.sent * 5);
}

/* Between a line that works and one that does not: some pass, and are right. */
static void
test_worse(void)
{
    Tally tally = {0};

    run_jobs(20, 1000, &tally);
    g_assert_cmpuint(tally.passed, >, 0);
    run_jobs(10, 100, &tally);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/uart-noise/one-in-ten-thousand", test_one_in_ten_thousand);
    g_test_add_func("/uart-noise/worse", test_worse);
    return g_test_run();
}
