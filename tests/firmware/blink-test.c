/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Blue Pill's blink as it is flashed, on a virtual board. The images' folder is in
 * INLAY_FIRMWARE. */
#include <string.h>

#include "bench/board.h"

#define MS ((guint64)1000 * 1000)

static BenchBoard *
new_board(guint32 hse_hz)
{
    const BenchBoardConfig config = {
        .name = "bluepill",
        .chip = "STM32F103C8",
        .supply_mv = 3300,
        .hse_hz = hse_hz,
        .led = "PC13 low",
        .uart_base = 0x40004400,
        .seed = 103,
    };
    g_autofree char *path = g_build_filename(g_getenv("INLAY_FIRMWARE"), "blink.bin", NULL);
    g_autofree char *bytes = NULL;
    g_autoptr(GError) error = NULL;
    gsize size, flash_size;
    BenchBoard *board = bench_board_new(&config, &error);

    g_assert_no_error(error);
    bench_board_set_power(board, FALSE);
    g_file_get_contents(path, &bytes, &size, &error);
    g_assert_no_error(error);
    memcpy(bench_board_get_flash(board, &flash_size), bytes, size);
    bench_board_flash_changed(board);
    bench_board_set_power(board, TRUE);
    return board;
}

static void
test_banner(void)
{
    static const struct {
        guint32 hse_hz;
        const char *text;
    } cases[] = {
        {8000000, "Inlay blink 1.0.0: 72 MHz from the 8 MHz crystal\r\n"},
        {0, "Inlay blink 1.0.0: 64 MHz from the internal oscillator, as no crystal started\r\n"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(BenchBoard) board = new_board(cases[i].hse_hz);
        g_autoptr(GString) said = NULL;

        bench_board_run_for(board, 500 * MS);
        said = bench_board_take_uart(board);
        g_assert_cmpstr(said->str, ==, cases[i].text);
    }
}

static void
test_blinks(void)
{
    g_autoptr(BenchBoard) board = new_board(8000000);
    gboolean lit;

    bench_board_run_for(board, 250 * MS);
    lit = bench_board_get_led(board);
    for (guint i = 0; i < 6; i++) {
        bench_board_run_for(board, 500 * MS);
        lit = !lit;
        g_assert_cmpint(bench_board_get_led(board), ==, lit);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/firmware/blink/banner", test_banner);
    g_test_add_func("/firmware/blink/blinks", test_blinks);
    return g_test_run();
}
