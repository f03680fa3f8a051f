/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot selector and its applications as they are flashed, on a virtual Black Pill: what the
 * UART says, what the LED does. The images' folder is in INLAY_FIRMWARE. */
#include <string.h>

#include "bench/board.h"

#define MS ((guint64)1000 * 1000)
#define APPLICATION1 0x4000 /* offsets in flash */
#define APPLICATION2 0x24000

#define SELECTOR "Inlay boot selector 1.0.0: "
#define TO_1 SELECTOR "starting application1 at 0x08004000\r\n"
#define TO_2 SELECTOR "starting application2 at 0x08024000\r\n"
#define STAYS SELECTOR "no program has a sane vector table, staying here\r\n"
#define RUNS_1 "Inlay application 1 (slow) 1.0.0: 96 MHz from the 25 MHz crystal"
#define RUNS_2 "Inlay application 2 (fast) 1.0.0: 96 MHz from the 25 MHz crystal\r\n"

static void
load_image(BenchBoard *board, const char *name, gsize offset)
{
    g_autofree char *path = g_strdup_printf("%s/%s.bin", g_getenv("INLAY_FIRMWARE"), name);
    g_autofree char *bytes = NULL;
    g_autoptr(GError) error = NULL;
    gsize size, flash_size;
    guint8 *flash = bench_board_get_flash(board, &flash_size);

    g_file_get_contents(path, &bytes, &size, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(offset + size, <=, flash_size);
    memcpy(flash + offset, bytes, size);
}

/* A board with all three programs, not yet powered. */
static BenchBoard *
new_board(guint32 hse_hz)
{
    const BenchBoardConfig config = {
        .name = "blackpill",
        .chip = "STM32F411CE",
        .supply_mv = 3300,
        .hse_hz = hse_hz,
        .button = "PA0 low",
        .led = "PC13 low",
        .uart_base = 0x40004400,
        .seed = 411,
    };
    g_autoptr(GError) error = NULL;
    BenchBoard *board = bench_board_new(&config, &error);

    g_assert_no_error(error);
    bench_board_set_power(board, FALSE);
    load_image(board, "selector", 0);
    load_image(board, "application1", APPLICATION1);
    load_image(board, "application2", APPLICATION2);
    bench_board_flash_changed(board);
    return board;
}

/* Its first words become those of blank flash. */
static void
spoil(BenchBoard *board, gsize offset)
{
    gsize size;

    memset(bench_board_get_flash(board, &size) + offset, 0xFF, 8);
    bench_board_flash_changed(board);
}

static void
assert_says(BenchBoard *board, guint ms, const char *text)
{
    g_autoptr(GString) said = NULL;

    bench_board_run_for(board, ms * MS);
    said = bench_board_take_uart(board);
    g_assert_cmpstr(said->str, ==, text);
}

static void
power_on(BenchBoard *board)
{
    bench_board_set_power(board, FALSE);
    bench_board_set_power(board, TRUE);
}

static void
test_story(void)
{
    g_autoptr(BenchBoard) board = new_board(25000000);

    power_on(board);
    assert_says(board, 300, TO_1 RUNS_1 "\r\n");

    bench_board_press(board, TRUE);
    assert_says(board, 300, TO_2 RUNS_2);
    bench_board_press(board, FALSE);
    assert_says(board, 300, "");

    bench_board_press(board, TRUE);
    assert_says(board, 300, TO_1 RUNS_1 "\r\n");
    bench_board_press(board, FALSE);
    assert_says(board, 300, "");

    bench_board_press(board, TRUE);
    assert_says(board, 300, TO_2 RUNS_2);
    bench_board_press(board, FALSE);
    power_on(board);
    assert_says(board, 300, TO_1 RUNS_1 "\r\n");
}

/* One press is one switch, however long it lasts and however its release bounces. */
static void
test_press_held(void)
{
    g_autoptr(BenchBoard) board = new_board(25000000);

    power_on(board);
    assert_says(board, 300, TO_1 RUNS_1 "\r\n");
    for (guint turn = 0; turn < 2; turn++) {
        bench_board_press(board, TRUE);
        assert_says(board, 2000, turn == 0 ? TO_2 RUNS_2 : TO_1 RUNS_1 "\r\n");
        for (guint bounce = 0; bounce < 10; bounce++) {
            bench_board_press(board, bounce % 2 == 1);
            assert_says(board, 3, "");
        }
        bench_board_press(board, FALSE);
        assert_says(board, 300, "");
    }
}

static void
test_no_crystal(void)
{
    g_autoptr(BenchBoard) board = new_board(0);

    power_on(board);
    assert_says(board, 500,
                TO_1 "Inlay application 1 (slow) 1.0.0: 96 MHz from the internal oscillator, "
                     "as no crystal started\r\n");
}

static void
test_spoilt(void)
{
    g_autoptr(BenchBoard) board = new_board(25000000);

    spoil(board, APPLICATION1);
    power_on(board);
    assert_says(board, 300,
                SELECTOR "application1 has no sane vector table, "
                         "starting application2 at 0x08024000\r\n" RUNS_2);

    spoil(board, APPLICATION2);
    power_on(board);
    assert_says(board, 4000, STAYS);
    assert_says(board, 5000, STAYS); /* for whoever begins to listen later */
}

/* A program that faults says so when it next comes up. */
static void
test_fault(void)
{
    g_autoptr(BenchBoard) board = new_board(25000000);
    guint8 reset_vector[4], blank[] = {0x01, 0x00, 0x02, 0x08};
    gsize size;
    guint8 *vector = bench_board_get_flash(board, &size) + APPLICATION1 + 4;
    g_autoptr(GString) said = NULL;

    memcpy(reset_vector, vector, sizeof reset_vector);
    memcpy(vector, blank, sizeof blank); /* 0x08020000: no instruction there */
    bench_board_flash_changed(board);
    power_on(board);
    bench_board_run_for(board, 8 * MS);
    memcpy(vector, reset_vector, sizeof reset_vector);
    bench_board_flash_changed(board);
    bench_board_run_for(board, 300 * MS);
    said = bench_board_take_uart(board);
    g_assert_true(
        g_str_has_suffix(said->str, TO_1 RUNS_1 "; restarted after exception 3 at 0x08020000\r\n"));
}

/* How long the LED stays as it is, after it has changed `skip` times. */
static void
assert_rhythm(BenchBoard *board, guint skip, const guint *ms, guint n)
{
    gboolean lit = bench_board_get_led(board);
    guint changes = 0, lasted_ms = 0;

    for (guint at_ms = 0; changes < skip + n; at_ms++) {
        g_assert_cmpuint(at_ms, <, 10000);
        bench_board_run_for(board, MS);
        lasted_ms++;
        if (bench_board_get_led(board) == lit)
            continue;
        lit = !lit;
        if (changes >= skip) {
            g_assert_cmpuint(lasted_ms, >=, ms[changes - skip] - 1);
            g_assert_cmpuint(lasted_ms, <=, ms[changes - skip] + 1);
        }
        changes++;
        lasted_ms = 0;
    }
}

static void
test_rhythm(void)
{
    static const guint slow[] = {150, 250, 150, 450, 800, 700}, fast[] = {80, 80, 80, 80};
    g_autoptr(BenchBoard) board = new_board(25000000);

    power_on(board);
    /* Off, then lit since the clock started; the first light has begun before the banner. */
    assert_rhythm(board, 2, slow + 1, G_N_ELEMENTS(slow) - 1);

    bench_board_press(board, TRUE);
    bench_board_run_for(board, 500 * MS);
    assert_rhythm(board, 1, fast, G_N_ELEMENTS(fast));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/firmware/programs/story", test_story);
    g_test_add_func("/firmware/programs/press-held", test_press_held);
    g_test_add_func("/firmware/programs/no-crystal", test_no_crystal);
    g_test_add_func("/firmware/programs/spoilt", test_spoilt);
    g_test_add_func("/firmware/programs/fault", test_fault);
    g_test_add_func("/firmware/programs/rhythm", test_rhythm);
    return g_test_run();
}
