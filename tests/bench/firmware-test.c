/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/board.h"

#include <string.h>

/* The product's own firmware on a virtual Black Pill: what a person with a button, an eye on the
 * LED and a terminal on the UART would see. */

#define MS G_GUINT64_CONSTANT(1000000)

static const char *images;

static BenchBoard *
new_board(guint32 hse_hz)
{
    static const struct {
        const char *image;
        guint32 offset;
    } contents[] = {
        {"selector.bin", 0}, {"application1.bin", 0x4000}, {"application2.bin", 0x24000}};
    const BenchBoardConfig config = {
        .name = "blackpill",
        .chip = "STM32F411CE",
        .supply_mv = 3300,
        .hse_hz = hse_hz,
        .button = "PA0 low",
        .led = "PC13 low",
        .uart_base = 0x40004400,
        .seed = 1,
    };
    g_autoptr(GError) error = NULL;
    BenchBoard *board = bench_board_new(&config, &error);
    gsize flash_size;

    g_assert_no_error(error);
    for (guint i = 0; i < G_N_ELEMENTS(contents); i++) {
        g_autofree char *path = g_build_filename(images, contents[i].image, NULL);
        g_autofree char *bytes = NULL;
        gsize size;

        g_file_get_contents(path, &bytes, &size, &error);
        g_assert_no_error(error);
        memcpy(bench_board_get_flash(board, &flash_size) + contents[i].offset, bytes, size);
    }
    bench_board_flash_changed(board);
    bench_board_set_power(board, FALSE);
    bench_board_set_power(board, TRUE);
    return board;
}

/* Time passes; the UART must have said so. */
static void
expect(BenchBoard *board, guint64 ns, const char *words)
{
    bench_board_run_for(board, ns);
    g_autofree char *said = g_string_free(bench_board_take_uart(board), FALSE);
    if (strstr(said, words) == NULL)
        g_error("expected \"%s\", got \"%s\"", words, said);
}

static void
press(BenchBoard *board)
{
    bench_board_press(board, TRUE);
    bench_board_run_for(board, 100 * MS);
    bench_board_press(board, FALSE);
}

static guint
count_blinks(BenchBoard *board, guint64 ns)
{
    gboolean lit = bench_board_get_led(board);
    guint n = 0;

    for (guint64 at = 0; at < ns; at += 10 * MS) {
        bench_board_run_for(board, 10 * MS);
        n += !lit && bench_board_get_led(board) ? 1 : 0;
        lit = bench_board_get_led(board);
    }
    return n;
}

static void
test_two_applications(void)
{
    g_autoptr(BenchBoard) board = new_board(25000000);

    expect(board, 500 * MS, "application 1");
    guint slow = count_blinks(board, 3000 * MS);
    press(board);
    expect(board, 500 * MS, "application 2");
    guint fast = count_blinks(board, 3000 * MS);
    g_assert_cmpuint(slow, >, 0);
    g_assert_cmpuint(fast, >, 2 * slow);
    press(board);
    expect(board, 500 * MS, "application 1");
    press(board);
    expect(board, 500 * MS, "application 2");
    bench_board_set_power(board, FALSE);
    bench_board_run_for(board, 100 * MS);
    bench_board_set_power(board, TRUE);
    expect(board, 500 * MS, "application 1");
    g_assert_null(strstr(bench_board_get_events(board)->str, "fault"));
}

static void
test_no_crystal(void)
{
    g_autoptr(BenchBoard) board = new_board(0);

    expect(board, 1000 * MS, "application 1");
}

/* A probe that looks, halts and lets go changes nothing but the time. */
static void
test_debugger_passes_by(void)
{
    g_autoptr(BenchBoard) board = new_board(25000000);
    guint32 value;

    expect(board, 500 * MS, "application 1");
    bench_board_debug_write(board, 0xe000edf0, 4, 0xa05f0003);
    bench_board_run_for(board, 500 * MS);
    g_assert_cmpuint(count_blinks(board, 2000 * MS), ==, 0);
    bench_board_debug_write(board, 0xe000edf0, 4, 0xa05f0000);
    bench_board_debug_read(board, 0xe000edf0, 4, &value);
    g_assert_cmphex(value & 3, ==, 0);
    g_assert_cmpuint(count_blinks(board, 3000 * MS), >, 0);
    press(board);
    expect(board, 500 * MS, "application 2");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (argc != 2)
        g_error("expected the folder of the firmware");
    images = argv[1];
    g_test_add_func("/bench/firmware/two-applications", test_two_applications);
    g_test_add_func("/bench/firmware/no-crystal", test_no_crystal);
    g_test_add_func("/bench/firmware/debugger-passes-by", test_debugger_passes_by);
    return g_test_run();
}
