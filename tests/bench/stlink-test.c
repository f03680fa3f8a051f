/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual ST-LINK as USB sees it, in front of a board of memory only. */
#include "bench/link.h"
#include "bench/stlink.h"

#include "core/error.h"

#include <string.h>

typedef struct {
    BenchBoard *board;
    BenchStlink *probe;
} Desk;

static Desk
desk_new(const char *kind, gboolean wired)
{
    BenchBoardConfig board = {.name = "memory", .chip = "STM32F411CE", .supply_mv = 3300};
    Desk desk = {.board = bench_board_new(&board, NULL)};
    BenchStlinkConfig probe = {.kind = kind,
                               .serial = "066DFF485550755187154321",
                               .board = wired ? desk.board : NULL,
                               .timed = TRUE};
    desk.probe = bench_stlink_new(&probe, NULL);
    g_assert_nonnull(desk.probe);
    return desk;
}

static void
desk_free(Desk *desk)
{
    bench_stlink_free(desk->probe);
    bench_board_free(desk->board);
}

/* Hex text to bytes; spaces are for the reader. */
static gsize
from_hex(const char *text, guint8 *bytes)
{
    gsize n = 0;
    while (*text != '\0') {
        if (*text == ' ') {
            text++;
            continue;
        }
        bytes[n++] = (guint8)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
        text += 2;
    }
    return n;
}

static void
send(Desk *desk, const char *command)
{
    guint8 bytes[16] = {0};
    from_hex(command, bytes);
    g_assert_cmpint(bench_stlink_out(desk->probe, bytes, sizeof bytes), ==, BENCH_TRANSFER_OK);
}

static void
send_data(Desk *desk, const char *data)
{
    guint8 bytes[64];
    gsize size = from_hex(data, bytes);
    g_assert_cmpint(bench_stlink_out(desk->probe, bytes, size), ==, BENCH_TRANSFER_OK);
}

/* The reply as hex text, when `room` bytes are asked for; else what became of the transfer. */
static char *
receive(Desk *desk, gsize room)
{
    static const char *const names[] = {"", "NAK", "STALL", "OVERFLOW", "GONE"};
    guint8 *bytes = g_malloc0(room + 1);
    gsize size = room;
    BenchTransferStatus status = bench_stlink_in(desk->probe, bytes, &size);
    GString *text = g_string_new(names[status]);
    for (gsize i = 0; i < size; i++)
        g_string_append_printf(text, "%02X", bytes[i]);
    g_free(bytes);
    return g_string_free(text, FALSE);
}

static void
expect(Desk *desk, const char *command, gsize room, const char *reply)
{
    send(desk, command);
    g_autofree char *got = receive(desk, room);
    g_auto(GStrv) parts = g_strsplit(reply, " ", -1);
    g_autofree char *want = g_strjoinv("", parts);
    if (!g_str_equal(got, want))
        g_error("%s: %s expected, got %s", command, want, got);
}

static void
test_commands(void)
{
    static const struct {
        const char *command;
        gsize room;
        const char *reply;
    } rows[] = {
        {"F1", 6, "295A 8304 4B37"}, /* V2J37M26, VID, PID */
        {"F5", 2, "0100"},
        {"F7", 8, "D2050000 01080000"},
        {"F2 36 00ED00E0", 8, "0800000000000000"}, /* no session yet */
        {"F2 07 00000020 0400", 4, "00000000"},
        {"F2 3E", 12, "08000000 00000020 00000000"},
        {"F2 43 0000", 2, "8000"},
        {"F2 43 0500", 2, "0800"}, /* not a divisor */
        {"F2 30 A3", 2, "8000"},
        {"F5", 2, "0200"},
        {"F2 31", 12, "80000000 7714A02B 00000000"},
        {"F2 36 00ED00E0", 8, "80000000 41C20F41"},
        {"F2 36 02ED00E0", 8, "0A00000000000000"},
        {"F2 35 00000020 78563412", 2, "8000"},
        {"F2 07 00000020 0400", 4, "78563412"},
        {"F2 0C 01000020 0100", 2, "5600"}, /* one byte comes as two */
        {"F2 47 02000020 0200", 2, "3412"},
        {"F2 3B", 2, "8000"},
        {"F2 07 01000020 0400", 4, "00000000"},
        {"F2 3E", 12, "0A000000 01000020 00000000"},
        {"F2 0C 00000020 4100", 65, "00"},
        {"F2 3B", 2, "0800"},
        {"F2 07 00000060 0400", 4, "00000000"}, /* nothing there */
        {"F2 3E", 12, "11000000 00000060 00000000"},
        {"F2 33 05", 8, "80000000 05000000"},
        {"F2 45 FFFF 0000", 8, "80000000 7714A02B"},
        {"F2 45 0000 FC00", 8, "80000000 11007724"},
        {"F2 45 0100 FC00", 8, "1D00000000000000"},
        {"F2 99", 2, "4200"},
        {"F2 21", 2, "NAK"},
        {"F5", 2, "0100"},
    };
    Desk desk = desk_new("V2-1", TRUE);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].room == 65) { /* only its status matters */
            send(&desk, rows[i].command);
            continue;
        }
        expect(&desk, rows[i].command, rows[i].room, rows[i].reply);
    }
    desk_free(&desk);
}

static void
test_generations(void)
{
    Desk desk = desk_new("V2", TRUE);
    expect(&desk, "F1", 6, "2947 8304 4837");
    expect(&desk, "F5", 2, "0000");
    expect(&desk, "F2 30 A3", 2, "0800"); /* not in DFU mode */
    send(&desk, "F3 07");
    expect(&desk, "F2 30 A3", 2, "8000");
    desk_free(&desk);

    desk = desk_new("V3", TRUE);
    expect(&desk, "F1", 6, "3000 8304 4E37");
    expect(&desk, "FB", 12, "03010A03 00000000 8304 4E37");
    expect(&desk, "F2 61 00 00 A00F0000", 8, "80000000 E40C0000"); /* 4000 wanted: 3300 */
    desk_free(&desk);
}

/* Probes that are not as they should be. */
static void
test_manners(void)
{
    static const struct {
        const char *name, *value, *command;
        gsize room;
        const char *reply;
    } rows[] = {
        {"firmware", "J11", "F1", 6, "22DA 8304 4B37"},
        {"firmware", "J11", "F7", 2, "4200"},
        {"firmware", "J11", "F2 43 0000", 2, "4200"},
        {"firmware", "J22", "F2 43 0000", 2, "8000"},
        {"mode", "dfu", "F5", 2, "0000"},
        {"sense", "1", "F7", 8, "D2050000 01000000"},
        {"sense", "5000", "F7", 8, "D2050000 200C0000"},
        {"sense", "none", "F7", 8, "00000000 00000000"},
        {"sense", "board", "F7", 8, "D2050000 01080000"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Desk desk = desk_new("V2-1", TRUE);
        g_assert_true(bench_stlink_set_manner(desk.probe, rows[i].name, rows[i].value, NULL));
        expect(&desk, rows[i].command, rows[i].room, rows[i].reply);
        desk_free(&desk);
    }
}

static void
test_manners_that_are_none(void)
{
    static const char *const rows[][2] = {
        {"firmware", "11"}, {"firmware", "J64"}, {"mode", "swim"}, {"sense", "-1"}, {"hue", "red"}};
    Desk desk = desk_new("V2-1", TRUE);

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(bench_stlink_set_manner(desk.probe, rows[i][0], rows[i][1], &error));
        g_assert_nonnull(error);
    }
    desk_free(&desk);
}

/* The firmware of its boot loader is left when asked to, unless it is the only one. */
static void
test_staying_in_dfu(void)
{
    Desk desk = desk_new("V2", TRUE);

    expect(&desk, "F5", 2, "0000");
    send(&desk, "F3 07");
    expect(&desk, "F5", 2, "0100");
    g_assert_true(bench_stlink_set_manner(desk.probe, "mode", "dfu", NULL));
    expect(&desk, "F5", 2, "0000");
    send(&desk, "F3 07");
    expect(&desk, "F5", 2, "0000");
    desk_free(&desk);
}

static void
test_no_chip(void)
{
    for (guint wired = 0; wired < 2; wired++) {
        Desk desk = desk_new("V2-1", wired == 1);
        bench_board_set_supply_mv(desk.board, 0);
        expect(&desk, "F7", 8, "D2050000 00000000");
        expect(&desk, "F2 30 A3", 2, "0900");
        expect(&desk, "F5", 2, "0100");
        desk_free(&desk);
    }
    Desk desk = desk_new("V2-1", TRUE);
    expect(&desk, "F2 30 A3", 2, "8000");
    bench_board_set_swd_connected(desk.board, FALSE);
    expect(&desk, "F2 36 00ED00E0", 8, "1600000000000000");
    desk_free(&desk);
}

static void
test_data_phase(void)
{
    Desk desk = desk_new("V2-1", TRUE);
    guint8 bytes[5] = {0};
    expect(&desk, "F2 30 A3", 2, "8000");
    send(&desk, "F2 08 00010020 0800");
    send_data(&desk, "01020304"); /* in two transfers */
    send_data(&desk, "05060708");
    expect(&desk, "F2 3B", 2, "8000");
    expect(&desk, "F2 07 00010020 0800", 8, "0102030405060708");
    send(&desk, "F2 51 03000000"); /* a list: address, write, read */
    send_data(&desk, "01020300 10000020 EFBEADDE 00010020");
    expect(&desk, "F2 52", 24, "00000000 00000000 01020304 80000000 80000000 80000000");
    send(&desk, "F2 08 00010020 0400");
    g_assert_cmpint(bench_stlink_out(desk.probe, bytes, 5), ==, BENCH_TRANSFER_STALL);
    desk_free(&desk);
}

static void
test_framing(void)
{
    Desk desk = desk_new("V2-1", TRUE);
    guint8 bytes[64] = {0xF5};

    g_autofree char *unasked = receive(&desk, 2);
    g_assert_cmpstr(unasked, ==, "NAK");
    send(&desk, "F1");
    expect(&desk, "F5", 2, "0100"); /* the version has been dropped */
    g_autofree char *twice = receive(&desk, 2);
    g_assert_cmpstr(twice, ==, "NAK");
    expect(&desk, "F1", 2, "OVERFLOW");
    expect(&desk, "F2 30 A3", 2, "8000");
    expect(&desk, "F2 07 00000020 4000", 100, "NAK"); /* 64 bytes and no short packet */
    g_assert_cmpint(bench_stlink_out(desk.probe, bytes, 15), ==, BENCH_TRANSFER_STALL);
    g_assert_cmpint(bench_stlink_out(desk.probe, bytes, 16), ==, BENCH_TRANSFER_STALL);
    bench_stlink_clear_halt(desk.probe);
    expect(&desk, "F5", 2, "0200");
    desk_free(&desk);
}

static void
test_faults(void)
{
    static const struct {
        BenchFault fault;
        const char *reply, *next, *after_clear, *after_reset;
    } rows[] = {
        {BENCH_FAULT_UNPLUG, "GONE", "GONE", "GONE", "GONE"},
        {BENCH_FAULT_STALL, "STALL", "STALL", "0100", "0100"},
        {BENCH_FAULT_HANG, "NAK", "NAK", "NAK", "0100"},
        {BENCH_FAULT_MUTE, "NAK", "NAK", "NAK", "NAK"},
        {BENCH_FAULT_DROP, "NAK", "0100", "0100", "0100"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Desk desk = desk_new("V2-1", TRUE);
        const char *replies[] = {rows[i].reply, rows[i].next, rows[i].after_clear,
                                 rows[i].after_reset};
        guint8 command[16] = {0xF5};
        bench_stlink_fault_at(desk.probe, 3, rows[i].fault);
        expect(&desk, "F5", 2, "0100");
        for (gsize j = 0; j < G_N_ELEMENTS(replies); j++) {
            if (j == 2)
                bench_stlink_clear_halt(desk.probe);
            if (j == 3 && bench_stlink_is_plugged(desk.probe))
                bench_stlink_reset_port(desk.probe);
            bench_stlink_out(desk.probe, command, sizeof command);
            g_autofree char *got = receive(&desk, 2);
            g_assert_cmpstr(got, ==, replies[j]);
        }
        bench_stlink_plug(desk.probe);
        expect(&desk, "F5", 2, "0100");
        desk_free(&desk);
    }
}

static void
test_time(void)
{
    Desk desk = desk_new("V2-1", TRUE);
    const BenchStlinkCounters *counters = bench_stlink_get_counters(desk.probe);
    expect(&desk, "F5", 2, "0100");
    g_assert_cmpuint(counters->ns, ==, 125000);
    expect(&desk, "F2 43 0000", 2, "8000"); /* 4 MHz */
    expect(&desk, "F2 30 A3", 2, "8000");
    guint64 before = counters->ns;
    send(&desk, "F2 07 00000020 0010");
    g_autofree char *reply = receive(&desk, 4096);
    g_assert_cmpuint(strlen(reply), ==, 8192);
    /* 1024 words of 138 clocks at 4 MHz; 4032 bytes beyond the first packet at 1.216 MB/s. */
    g_assert_cmpuint(counters->ns - before, ==, 125000 + 35328000 + 3315789);
    g_assert_cmpuint(bench_board_now_ns(desk.board), ==, counters->ns);
    desk_free(&desk);
}

static void
test_polling_costs_the_host_nothing(void)
{
    Desk desk = desk_new("V2-1", TRUE);
    expect(&desk, "F2 30 A3", 2, "8000");
    bench_board_stick_busy(desk.board, TRUE); /* of this board: for a second */
    guint64 end = bench_board_flash_busy_until_ns(desk.board);
    guint polls = 0;
    for (; bench_board_flash_busy_until_ns(desk.board) != 0; polls++) {
        expect(&desk, "F2 07 0C3C0240 0400", 4, "00000000");
        expect(&desk, "F2 3B", 2, "8000");
    }
    g_assert_cmpuint(polls, ==, 2);
    g_assert_cmpuint(bench_board_now_ns(desk.board), >=, end);
    g_assert_cmpuint(bench_board_now_ns(desk.board), <, end + 1000000);
    desk_free(&desk);
}

static void
test_in_process_link(void)
{
    static const struct {
        BenchFault fault;
        InlayErrorId id;
    } rows[] = {
        {BENCH_FAULT_UNPLUG, INLAY_ERROR_ADAPTER_LOST},
        {BENCH_FAULT_STALL, INLAY_ERROR_ADAPTER_PROTOCOL},
        {BENCH_FAULT_MUTE, INLAY_ERROR_ADAPTER_MUTE},
        {BENCH_FAULT_DROP, INLAY_ERROR_ADAPTER_MUTE},
    };
    const guint8 command[16] = {0xF5};
    guint8 reply[2];
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Desk desk = desk_new("V2-1", TRUE);
        InlayLink *link = bench_link_new(desk.probe);
        g_autoptr(GError) error = NULL;
        g_assert_true(link->ops->exchange(link, command, 16, NULL, 0, reply, 2, 100, NULL, &error));
        g_assert_cmpuint(reply[0], ==, 1);
        bench_stlink_fault_at(desk.probe, 1, rows[i].fault);
        g_assert_false(
            link->ops->exchange(link, command, 16, NULL, 0, reply, 2, 100, NULL, &error));
        g_assert_error(error, INLAY_ERROR, (int)rows[i].id);
        link->ops->free(link);
        desk_free(&desk);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bench/stlink/commands", test_commands);
    g_test_add_func("/bench/stlink/generations", test_generations);
    g_test_add_func("/bench/stlink/manners", test_manners);
    g_test_add_func("/bench/stlink/manners-that-are-none", test_manners_that_are_none);
    g_test_add_func("/bench/stlink/staying-in-dfu", test_staying_in_dfu);
    g_test_add_func("/bench/stlink/no-chip", test_no_chip);
    g_test_add_func("/bench/stlink/data-phase", test_data_phase);
    g_test_add_func("/bench/stlink/framing", test_framing);
    g_test_add_func("/bench/stlink/faults", test_faults);
    g_test_add_func("/bench/stlink/time", test_time);
    g_test_add_func("/bench/stlink/polling-costs-the-host-nothing",
                    test_polling_costs_the_host_nothing);
    g_test_add_func("/bench/stlink/in-process-link", test_in_process_link);
    return g_test_run();
}
