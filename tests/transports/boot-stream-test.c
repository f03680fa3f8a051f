/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/boot-stream.h"

#include <string.h>
#include <zlib.h>

#include "core/error.h"
#include "stream-chip.h"

#define SIZE (40u * 1024u)
#define N_FRAMES 160u
#define ADDR 0x08010000u

typedef struct {
    StreamChip chip;
    InlayBoot *boot;
    guint8 bytes[SIZE];
    InlayBootStream stream;
    GError *error;
} Line;

static void
line_init(Line *line, const StreamChip *chip)
{
    line->chip = *chip;
    line->error = NULL;
    line->boot = inlay_boot_new(stream_chip_open(&line->chip), NULL, &line->error);
    g_assert_no_error(line->error);
    for (guint i = 0; i < SIZE; i++)
        line->bytes[i] = (guint8)(i * 7 + i / 256 * 31 + (i >> 12));
    line->stream = (InlayBootStream){
        .addr = ADDR, .bytes = line->bytes, .size = SIZE, .erase = TRUE, .limit_ms = 3000};
}

static void
line_clear(Line *line)
{
    inlay_boot_free(line->boot);
    stream_chip_clear(&line->chip);
    g_clear_error(&line->error);
}

static gint64
now_us(Line *line)
{
    InlaySerial *serial = inlay_boot_get_serial(line->boot);

    return serial->ops->now_us(serial);
}

static void
lose(StreamChip *chip, const guint *n)
{
    chip->lost = g_hash_table_new(NULL, NULL);
    for (; *n != G_MAXUINT; n++)
        g_hash_table_add(chip->lost, GUINT_TO_POINTER(*n));
}

static void
run(Line *line)
{
    inlay_boot_stream(line->boot, &line->stream, NULL, &line->error);
}

static void
assert_all_there(Line *line)
{
    g_assert_no_error(line->error);
    g_assert_cmpmem(line->chip.bytes->data, line->chip.bytes->len, line->bytes, SIZE);
}

static void
test_sends_each_frame_once(void)
{
    Line line;
    gint64 start_us;

    line_init(&line, &(StreamChip){.erase_ms = 1000, .lost = g_hash_table_new(NULL, NULL)});
    start_us = now_us(&line);
    run(&line);
    assert_all_there(&line);
    g_assert_cmpuint(line.chip.n_data, ==, N_FRAMES);
    g_assert_cmpuint(inlay_boot_get_counters(line.boot)->resent_frames, ==, 0);
    g_assert_cmpuint(line.chip.most_under_way, ==, 28);
    /* the erase hides the window's first 28 frames, 0.65 s; the others take 3.07 s */
    g_assert_cmpint(now_us(&line) - start_us, <, 4200000);
    line_clear(&line);
}

/* In the middle, two together, the first and the last of the window during the erase, the very last;
 * and one that is lost again. */
static void
test_sends_again_what_was_lost_and_nothing_else(void)
{
    static const guint cases[][5] = {
        {40, G_MAXUINT},
        {41, 42, G_MAXUINT},
        {0, G_MAXUINT},
        {27, G_MAXUINT},
        {N_FRAMES - 1, G_MAXUINT},
        {N_FRAMES - 1, N_FRAMES, N_FRAMES + 1, G_MAXUINT},
        {3, 9, 100, 150, G_MAXUINT},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        StreamChip chip = {.erase_ms = 1000};
        Line line;
        lose(&chip, cases[i]);
        line_init(&line, &chip);
        run(&line);
        assert_all_there(&line);
        g_assert_cmpuint(line.chip.n_data, ==, N_FRAMES + g_hash_table_size(line.chip.lost));
        line_clear(&line);
    }
}

/* What the chip says gets lost: it is asked, and nothing is sent again. */
static void
test_lost_windows_cost_polls_only(void)
{
    Line line;

    line_init(&line, &(StreamChip){
                         .erase_ms = 500, .windows_lost = 1, .lost = g_hash_table_new(NULL, NULL)});
    run(&line);
    assert_all_there(&line);
    g_assert_cmpuint(line.chip.n_data, ==, N_FRAMES);
    g_assert_cmpuint(line.chip.n_polls, >, 4);
    line_clear(&line);
}

static gboolean
has_inflated(const Line *line)
{
    g_autofree guint8 *out = g_malloc(SIZE);
    z_stream z = {.next_in = line->chip.bytes->data,
                  .avail_in = line->chip.bytes->len,
                  .next_out = out,
                  .avail_out = SIZE};
    int status;

    g_assert_cmpint(inflateInit2(&z, -15), ==, Z_OK);
    status = inflate(&z, Z_FINISH);
    inflateEnd(&z);
    return status == Z_STREAM_END && z.total_out == SIZE && memcmp(out, line->bytes, SIZE) == 0;
}

static void
test_compresses_what_gets_shorter(void)
{
    for (guint random = 0; random < 2; random++) {
        Line line;
        line_init(&line, &(StreamChip){.deflates = TRUE});
        for (guint i = 0; random && i < SIZE; i++)
            line.bytes[i] = (guint8)g_test_rand_int_range(0, 256);
        run(&line);
        g_assert_no_error(line.error);
        g_assert_cmphex(line.chip.flags & BOOT_OPEN_DEFLATE, ==, random ? 0 : BOOT_OPEN_DEFLATE);
        if (random)
            assert_all_there(&line);
        else
            g_assert_true(line.chip.bytes->len < SIZE / 2 && has_inflated(&line));
        line_clear(&line);
    }
}

static void
test_failures_have_names(void)
{
    static const struct {
        StreamChip chip;
        int code;
        gint64 within_us;
    } cases[] = {
        {{.busy_for_ever = TRUE}, INLAY_ERROR_FLASH_TIMEOUT, 20 * G_USEC_PER_SEC},
        {{.fail_at = 50}, INLAY_ERROR_BOOTLOADER_REFUSED, 5 * G_USEC_PER_SEC},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        Line line;
        gint64 start_us;
        line_init(&line, &cases[i].chip);
        start_us = now_us(&line);
        run(&line);
        g_test_message("%s", line.error->message);
        g_assert_error(line.error, INLAY_ERROR, cases[i].code);
        g_assert_nonnull(strstr(line.error->message, "0x08010000"));
        g_assert_cmpint(now_us(&line) - start_us, <, cases[i].within_us);
        g_assert_cmpuint(line.chip.n_closes, ==, 0);
        line_clear(&line);
    }
}

static void
go_mute(gsize done, gpointer user_data)
{
    if (done > SIZE / 2)
        ((StreamChip *)user_data)->mute = TRUE;
}

static void
test_a_board_that_goes_away(void)
{
    Line line;
    gint64 start_us;

    line_init(&line, &(StreamChip){0});
    line.stream.moved = go_mute;
    line.stream.user_data = &line.chip;
    start_us = now_us(&line);
    run(&line);
    g_test_message("%s", line.error->message);
    g_assert_error(line.error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST);
    g_assert_cmpint(now_us(&line) - start_us, <, 10 * G_USEC_PER_SEC);
    line_clear(&line);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/boot-stream/sends-each-frame-once", test_sends_each_frame_once);
    g_test_add_func("/boot-stream/sends-again-what-was-lost-and-nothing-else",
                    test_sends_again_what_was_lost_and_nothing_else);
    g_test_add_func("/boot-stream/lost-windows-cost-polls-only", test_lost_windows_cost_polls_only);
    g_test_add_func("/boot-stream/compresses-what-gets-shorter", test_compresses_what_gets_shorter);
    g_test_add_func("/boot-stream/failures-have-names", test_failures_have_names);
    g_test_add_func("/boot-stream/a-board-that-goes-away", test_a_board_that_goes_away);
    return g_test_run();
}
