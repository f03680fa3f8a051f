/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/serial-link.h"

#include "core/error.h"

#include <string.h>

/* A serial adapter between a host and programs/echo.c on a virtual STM32F407. */

#define US G_GUINT64_CONSTANT(1000)
#define MS G_GUINT64_CONSTANT(1000000)
#define BYTE_NS (10 * G_GUINT64_CONSTANT(1000000000) / 115200)
#define USART2 0x40004400u

static const char *programs;

static BenchBoard *
new_board(gboolean uses_ring)
{
    const BenchBoardConfig config = {
        .name = "test",
        .chip = "STM32F407VG",
        .supply_mv = 3300,
        .button = "PA0 high",
        .uart_base = USART2,
        .seed = 1,
    };
    g_autofree char *path = g_build_filename(programs, "echo.bin", NULL);
    g_autofree char *bytes = NULL;
    g_autoptr(GError) error = NULL;
    gsize size, flash_size;
    BenchBoard *board = bench_board_new(&config, &error);

    g_assert_no_error(error);
    g_file_get_contents(path, &bytes, &size, &error);
    g_assert_no_error(error);
    bench_board_set_power(board, FALSE);
    guint8 *flash = bench_board_get_flash(board, &flash_size);
    memcpy(flash, bytes, size);
    flash[0x4000] = uses_ring ? 'R' : 'P';
    bench_board_flash_changed(board);
    bench_board_set_power(board, TRUE);
    bench_board_run_for(board, 1 * MS);
    return board;
}

static BenchSerialLine *
new_line(const char *kind, BenchBoard *board)
{
    const BenchSerialConfig config = {.kind = kind, .board = board, .uart_base = USART2, .seed = 7};
    g_autoptr(GError) error = NULL;
    BenchSerialLine *line = bench_serial_line_new(&config, &error);

    g_assert_no_error(error);
    return line;
}

static void
write_text(BenchSerialLine *line, const char *text)
{
    bench_serial_line_write(line, (const guint8 *)text, strlen(text));
}

/* All that comes within some time. */
static GString *
listen(BenchSerialLine *line, guint64 ns)
{
    guint64 end = bench_serial_line_now_ns(line) + ns;
    GString *heard = g_string_new(NULL);
    guint8 bytes[64];

    while (bench_serial_line_now_ns(line) < end) {
        bench_serial_line_run(line, end - bench_serial_line_now_ns(line));
        gsize n = bench_serial_line_read(line, bytes, sizeof bytes);
        g_string_append_len(heard, (const char *)bytes, (gssize)n);
    }
    return heard;
}

/* When the next bytes are the host's, and how many. */
static guint64
wait_ns(BenchSerialLine *line, gsize *n)
{
    guint8 bytes[4096];

    bench_serial_line_run(line, 1000 * MS);
    *n = bench_serial_line_read(line, bytes, sizeof bytes);
    return bench_serial_line_now_ns(line);
}

static void
test_ticks(void)
{
    const struct {
        const char *kind;
        gboolean low_latency;
        guint tick_us;
        guint64 ns;
    } cases[] = {
        {"FTDI", FALSE, 0, 16 * MS},  {"FTDI", TRUE, 0, 1 * MS},
        {"CP210x", FALSE, 0, 1 * MS}, {"ST-LINK", FALSE, 0, 1 * MS},
        {"FTDI", TRUE, 8000, 8 * MS}, {"CP210x", FALSE, 300, 300 * US},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(BenchBoard) board = new_board(FALSE);
        g_autoptr(BenchSerialLine) line = new_line(cases[i].kind, board);
        gsize n;
        bench_serial_line_set_tick(line, cases[i].tick_us);
        bench_serial_line_set_low_latency(line, cases[i].low_latency);
        guint64 start = bench_serial_line_now_ns(line);
        write_text(line, "x");
        guint64 now = wait_ns(line, &n);
        g_assert_cmpuint(n, ==, 1);
        g_assert_cmpuint(now % cases[i].ns, <, 5 * US);
        g_assert_cmpuint(now - start, >, 2 * BYTE_NS);
        g_assert_cmpuint(now - start, <, 2 * BYTE_NS + 125 * US + cases[i].ns + 5 * US);
    }
}

static void
test_full_packets_do_not_wait(void)
{
    g_autoptr(BenchBoard) board = new_board(FALSE);
    g_autoptr(BenchSerialLine) line = new_line("FTDI", board);
    gsize n;

    bench_serial_line_run(line, 15 * MS); /* to the tick at 16 ms */
    g_autofree char *bytes = g_strnfill(100, 'x');
    write_text(line, bytes);
    guint64 start = wait_ns(line, &n);
    g_assert_cmpuint(n, ==, 62);
    g_assert_cmpuint(start, >, 16 * MS + 63 * BYTE_NS);
    g_assert_cmpuint(start, <, 16 * MS + 65 * BYTE_NS + 125 * US);
    wait_ns(line, &n);
    g_assert_cmpuint(n, ==, 38);
}

/* Bytes leave without a gap, each way. */
static void
test_rate(void)
{
    g_autoptr(BenchBoard) board = new_board(TRUE);
    g_autoptr(BenchSerialLine) line = new_line("CP210x", board);
    g_autofree char *bytes = g_strnfill(1000, 'x');
    gsize total = 0, n;
    guint64 now = 0, start = bench_serial_line_now_ns(line);

    write_text(line, bytes);
    g_assert_cmpuint(bench_serial_line_get_unsent(line), ==, 1000);
    bench_serial_line_drain(line, 0);
    now = bench_serial_line_now_ns(line) - start;
    g_assert_cmpuint(now, >=, 1000 * BYTE_NS);
    g_assert_cmpuint(now, <, 1000 * BYTE_NS + 150 * US);
    for (; total < 1000; total += n)
        now = wait_ns(line, &n) - start;
    g_assert_cmpuint(now, >, 1000 * BYTE_NS);
    g_assert_cmpuint(now, <, 1000 * BYTE_NS + 4 * MS);
    g_assert_true(bench_serial_line_is_idle(line));
}

static void
test_wrong_rates(void)
{
    const struct {
        guint baud;
        gboolean is_right;
    } cases[] = {
        {115200, TRUE},  {113000, TRUE}, {118000, TRUE}, {109000, FALSE},
        {121000, FALSE}, {57600, FALSE}, {9600, FALSE},  {921600, FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(BenchBoard) board = new_board(FALSE);
        g_autoptr(BenchSerialLine) line = new_line("CP210x", board);
        bench_serial_line_set_rate(line, cases[i].baud, FALSE);
        write_text(line, "\x15 0123456789");
        g_autoptr(GString) heard = listen(line, 50 * MS);
        g_assert_cmpint(strcmp(heard->str, "\x15 0123456789") == 0, ==, cases[i].is_right);
        g_assert_cmpuint(heard->len, >, 0);
    }
}

/* A UART without DMA loses what comes while its core stands, because the flash is busy; a ring does not. */
static void
test_reception_while_the_flash_is_busy(void)
{
    for (guint ring = 0; ring < 2; ring++) {
        g_autoptr(BenchBoard) board = new_board(ring);
        g_autoptr(BenchSerialLine) line = new_line("CP210x", board);
        g_autofree char *bytes = g_strnfill(200, 'x');
        bytes[0] = 'E';
        write_text(line, bytes);
        g_autoptr(GString) heard = listen(line, 900 * MS);
        g_assert_cmpuint(heard->len, ==, 0);
        g_assert_false(bench_serial_line_is_idle(line));
        g_autoptr(GString) later = listen(line, 300 * MS);
        g_assert_cmpint(later->str[0], ==, 'E');
        g_assert_cmpuint(later->len, ==, ring ? 200 : 2);
        g_assert_cmpuint(bench_board_get_counters(board)->sector_erases[11], ==, 1);
    }
}

static void
hear_noise(const BenchSerialNoise *noise, GString *heard, BenchSerialCounters *counters)
{
    g_autoptr(BenchBoard) board = new_board(TRUE);
    g_autoptr(BenchSerialLine) line = new_line("CP210x", board);
    g_autofree char *bytes = g_strnfill(5000, 'x');

    bench_serial_line_set_noise(line, noise);
    write_text(line, bytes);
    g_autoptr(GString) all = listen(line, 500 * MS);
    g_string_assign(heard, all->str);
    *counters = *bench_serial_line_get_counters(line);
}

static void
test_noise(void)
{
    const BenchSerialNoise noises[] = {{0}, {50, 0, 0}, {0, 50, 0}, {0, 0, 50}, {500, 450, 400}};

    for (guint i = 0; i < G_N_ELEMENTS(noises); i++) {
        g_autoptr(GString) heard = g_string_new(NULL), again = g_string_new(NULL);
        BenchSerialCounters counters, same;
        guint wrong = 0;
        hear_noise(&noises[i], heard, &counters);
        hear_noise(&noises[i], again, &same);
        g_assert_cmpstr(heard->str, ==, again->str);
        g_assert_cmpmem(&counters, sizeof counters, &same, sizeof same);
        for (gsize at = 0; at < heard->len; at++)
            wrong += heard->str[at] != 'x';
        /* each byte goes over the wires twice, and a duplicate comes back as two */
        g_assert_cmpuint(heard->len, ==, 5000 - counters.dropped + counters.duplicated);
        g_assert_cmpuint(counters.to_board, ==, 5000);
        g_assert_cmpuint(counters.dropped > 0, ==, noises[i].drop != 0);
        g_assert_cmpuint(counters.duplicated > 0, ==, noises[i].duplicate != 0);
        g_assert_cmpuint(wrong > 0, ==, noises[i].garble != 0);
        g_assert_cmpuint(counters.dropped, <=, 300);
        g_assert_cmpuint(counters.garbled, <=, 300);
        g_assert_cmpuint(counters.duplicated, <=, 300);
    }
}

static void
test_lines(void)
{
    g_autoptr(BenchBoard) board = new_board(FALSE);
    const BenchSerialConfig config = {
        .kind = "FTDI", .board = board, .uart_base = USART2, .dtr = "nrst", .rts = "boot0"};
    g_autoptr(GError) error = NULL;
    g_autoptr(BenchSerialLine) line = bench_serial_line_new(&config, &error);

    g_assert_no_error(error);
    bench_serial_line_set_lines(line, TRUE, FALSE);
    bench_serial_line_run(line, 1 * MS);
    write_text(line, "lost in reset");
    bench_serial_line_run(line, 5 * MS);
    bench_serial_line_set_lines(line, FALSE, FALSE);
    bench_serial_line_run(line, 1 * MS);
    write_text(line, "a");
    g_autoptr(GString) application = listen(line, 20 * MS);
    g_assert_cmpstr(application->str, ==, "a");

    bench_serial_line_set_lines(line, TRUE, TRUE);
    bench_serial_line_set_lines(line, FALSE, TRUE);
    write_text(line, "b");
    g_autoptr(GString) rom = listen(line, 20 * MS);
    g_assert_cmpstr(rom->str, ==, "");
    g_assert_nonnull(strstr(bench_board_get_events(board)->str, "BOOT0 is high"));
    g_assert_true(bench_serial_line_is_idle(line));

    bench_serial_line_set_lines(line, TRUE, FALSE);
    bench_serial_line_set_lines(line, FALSE, FALSE);
    bench_serial_line_run(line, 1 * MS);
    write_text(line, "c");
    g_autoptr(GString) again = listen(line, 20 * MS);
    g_assert_cmpstr(again->str, ==, "c");
}

static void
test_without_power(void)
{
    g_autoptr(BenchBoard) board = new_board(FALSE);
    g_autoptr(BenchSerialLine) line = new_line("CP210x", board);

    guint64 start = bench_serial_line_now_ns(line);
    bench_board_set_power(board, FALSE);
    write_text(line, "nobody hears this");
    g_autoptr(GString) dead = listen(line, 1 * MS);
    g_assert_cmpuint(bench_serial_line_get_unsent(line), <, 8);
    bench_serial_line_drain(line, 0);
    g_assert_cmpuint(bench_serial_line_now_ns(line) - start, <, 17 * BYTE_NS + 130 * US);
    bench_board_set_power(board, TRUE);
    bench_serial_line_run(line, 1 * MS);
    write_text(line, "this");
    g_autoptr(GString) heard = listen(line, 20 * MS);
    g_assert_cmpstr(dead->str, ==, "");
    g_assert_cmpstr(heard->str, ==, "this");
}

/* Whoever lets the board's time pass: bytes come and go meanwhile. */
static void
test_others_run_the_board(void)
{
    g_autoptr(BenchBoard) board = new_board(FALSE);
    g_autoptr(BenchSerialLine) line = new_line("CP210x", board), other = new_line("CP210x", board);
    guint8 bytes[8];

    write_text(line, "x");
    bench_board_run_for(board, 20 * MS);
    g_assert_cmpuint(bench_serial_line_read(line, bytes, sizeof bytes), ==, 1);
    g_assert_cmpuint(bench_serial_line_read(other, bytes, sizeof bytes), ==, 1);
    g_autoptr(GString) watched = bench_board_take_uart(board);
    g_assert_cmpstr(watched->str, ==, "x");
}

static void
test_foreign(void)
{
    g_autoptr(BenchForeign) foreign = bench_foreign_new(BENCH_FOREIGN_PUBLISHED, 1024);
    const BenchSerialConfig config = {.kind = "CP210x", .foreign = foreign, .dtr = "nrst"};
    g_autoptr(GError) error = NULL;
    g_autoptr(BenchSerialLine) line = bench_serial_line_new(&config, &error);

    g_assert_no_error(error);
    for (guint i = 0; i < 3; i++) {
        bench_serial_line_set_lines(line, TRUE, FALSE);
        bench_serial_line_set_lines(line, FALSE, FALSE);
        bench_serial_line_run(line, 100 * MS);
        bench_serial_line_set_rate(line, i == 1 ? 19200 : 115200, FALSE);
        if (i == 2) /* nobody is there while it is held in reset */
            bench_serial_line_set_lines(line, TRUE, FALSE);
        write_text(line, "\x05\x51\xe7\xe9\xab\x7c");
        g_autoptr(GString) heard = listen(line, 20 * MS);
        g_assert_cmpint(strcmp(heard->str, "\xa5\x51\x01\x10") == 0, ==, i == 0);
        g_assert_cmpint(heard->len == 0, ==, i == 2);
    }
}

static void
test_refuses(void)
{
    g_autoptr(BenchBoard) board = new_board(FALSE);
    const BenchSerialConfig configs[] = {
        {.kind = "PL2303", .board = board, .uart_base = USART2},
        {.kind = "FTDI", .board = board, .uart_base = 0x40004c00},
        {.kind = "FTDI", .board = board, .uart_base = USART2, .rts = "reset"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(configs); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(bench_serial_line_new(&configs[i], &error));
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    }
}

/* The product's port: its clock is the board's, and waiting is what makes it pass. */
static void
test_link(void)
{
    g_autoptr(BenchBoard) board = new_board(TRUE);
    g_autoptr(BenchSerialLine) line = new_line("CP210x", board);
    g_autoptr(InlaySerial) serial = bench_serial_link_new(line);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *bytes = g_malloc0(10000);
    guint8 in[64];

    gint64 start = serial->ops->now_us(serial);
    g_assert_cmpint(serial->ops->read(serial, in, sizeof in, 250000, NULL, &error), ==, 0);
    g_assert_cmpint(serial->ops->now_us(serial) - start, ==, 250000);

    start = serial->ops->now_us(serial);
    g_assert_true(serial->ops->write(serial, bytes, 10000, NULL, &error));
    gint64 took = serial->ops->now_us(serial) - start;
    g_assert_cmpint(took, >, 5904 * 1000 / 11.53);
    g_assert_cmpint(took, <, 5904 * 1000 / 11.52 + 200);
    g_assert_cmpint(serial->ops->read(serial, in, sizeof in, 0, NULL, &error), ==, 64);

    g_assert_true(serial->ops->set_rate(serial, 9600, INLAY_PARITY_NONE, &error));
    took = serial->ops->now_us(serial) - start;
    g_assert_cmpint(took, >, 10000 * 1000 / 11.53);
    g_assert_cmpint(serial->ops->read(serial, in, sizeof in, 0, NULL, &error), ==, 0);
    g_assert_no_error(error);

    g_cancellable_cancel(cancellable);
    g_assert_false(serial->ops->write(serial, bytes, 1, cancellable, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_CANCELLED);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    programs = argv[1];
    g_test_add_func("/bench/serial-line/ticks", test_ticks);
    g_test_add_func("/bench/serial-line/full-packets-do-not-wait", test_full_packets_do_not_wait);
    g_test_add_func("/bench/serial-line/rate", test_rate);
    g_test_add_func("/bench/serial-line/wrong-rates", test_wrong_rates);
    g_test_add_func("/bench/serial-line/reception-while-the-flash-is-busy",
                    test_reception_while_the_flash_is_busy);
    g_test_add_func("/bench/serial-line/noise", test_noise);
    g_test_add_func("/bench/serial-line/lines", test_lines);
    g_test_add_func("/bench/serial-line/without-power", test_without_power);
    g_test_add_func("/bench/serial-line/others-run-the-board", test_others_run_the_board);
    g_test_add_func("/bench/serial-line/foreign", test_foreign);
    g_test_add_func("/bench/serial-line/refuses", test_refuses);
    g_test_add_func("/bench/serial-line/link", test_link);
    return g_test_run();
}
