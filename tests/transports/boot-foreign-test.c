/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "bench/serial-link.h"
#include "core/error.h"
#include "transports/boot-client.h"

/* The client and bootloaders that others wrote, behind adapters of the bench: receivers that never give a
 * frame up, and lose what comes while they compute. */

#define FLASH 0x08000000u
#define APP 0x08008000u
#define RAM 0x20001000u

static const struct {
    BenchForeignKind kind;
    gboolean length_has_crc, answer_has_command;
} kinds[] = {
    {BENCH_FOREIGN_PUBLISHED, TRUE, TRUE},
    {BENCH_FOREIGN_COMPLETE, TRUE, TRUE},
    {BENCH_FOREIGN_OLDER, FALSE, FALSE},
};

typedef struct {
    BenchForeign *foreign;
    BenchSerialLine *line;
    InlaySerial *serial; /* until a boot has it */
    InlayBoot *boot;
} Fixture;

static void
plug_in(Fixture *fixture, BenchForeignKind kind, guint tick_us)
{
    g_autoptr(GError) error = NULL;

    fixture->foreign = bench_foreign_new(kind, 1024);
    fixture->line = bench_serial_line_new(
        &(BenchSerialConfig){.kind = "FTDI", .foreign = fixture->foreign, .seed = 20260221},
        &error);
    g_assert_no_error(error);
    bench_serial_line_set_tick(fixture->line, tick_us);
    fixture->serial = bench_serial_link_new(fixture->line);
    g_assert_true(
        fixture->serial->ops->set_rate(fixture->serial, 115200, INLAY_PARITY_NONE, &error));
}

static void
fixture_open(Fixture *fixture, BenchForeignKind kind, guint tick_us)
{
    g_autoptr(GError) error = NULL;

    plug_in(fixture, kind, tick_us);
    fixture->boot = inlay_boot_new(g_steal_pointer(&fixture->serial), NULL, &error);
    g_assert_no_error(error);
}

static void
fixture_close(Fixture *fixture)
{
    inlay_boot_free(fixture->boot);
    bench_serial_line_free(fixture->line);
    bench_foreign_free(fixture->foreign);
}

static void
test_found(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        Fixture fixture;
        fixture_open(&fixture, kinds[i].kind, 16000);
        const InlayBootDialect *dialect = inlay_boot_get_dialect(fixture.boot);
        g_assert_cmpint(dialect->length_has_crc, ==, kinds[i].length_has_crc);
        g_assert_cmpint(dialect->answer_has_command, ==, kinds[i].answer_has_command);
        g_assert_false(dialect->has_extensions);
        g_assert_cmpint(dialect->tick_us, >, 14000);
        g_assert_cmpint(dialect->tick_us, <, 18000);
        fixture_close(&fixture);
    }
}

/* Somebody else went away and left it in the middle of a frame, at any place of it. */
static void
test_found_in_the_middle_of_a_frame(void)
{
    static const guint8 rest[255] = {0x57, 0x00, 0x10, 0x00, 0x20};

    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
        for (guint n = 0; n < 12; n++) {
            const guint8 length = (guint8)(40 + 10 * n);
            g_autoptr(GError) error = NULL;
            Fixture fixture;
            plug_in(&fixture, kinds[i].kind, 1000);
            fixture.serial->ops->write(fixture.serial, &length, 1, NULL, NULL);
            fixture.serial->ops->write(fixture.serial, rest, n, NULL, NULL);
            inlay_serial_drain(fixture.serial, 20000, NULL, NULL);
            fixture.boot = inlay_boot_new(fixture.serial, NULL, &error);
            g_assert_no_error(error);
            g_assert_cmpint(inlay_boot_get_dialect(fixture.boot)->length_has_crc, ==,
                            kinds[i].length_has_crc);
            fixture_close(&fixture);
        }
}

static void
fill(guint8 *bytes, gsize size)
{
    for (gsize i = 0; i < size; i++)
        bytes[i] = (guint8)(i * 13 + (i >> 8));
}

static void
test_erases_and_writes(void)
{
    static guint8 written[5000], read[5000];

    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        Fixture fixture;
        gsize size;
        g_autoptr(GError) error = NULL;
        if (kinds[i].kind == BENCH_FOREIGN_PUBLISHED)
            continue;
        fixture_open(&fixture, kinds[i].kind, 1000);
        guint8 *flash = bench_foreign_get_flash(fixture.foreign, &size);
        memset(flash, 0, size);
        fill(written, sizeof written);
        inlay_boot_flash_erase(fixture.boot, 2, 1, NULL, &error);
        g_assert_no_error(error);
        inlay_boot_mem_write(fixture.boot, APP + 2, written, sizeof written, NULL, &error);
        g_assert_no_error(error);
        inlay_boot_mem_read(fixture.boot, APP + 2, read, sizeof read, NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpmem(read, sizeof read, written, sizeof written);
        g_assert_cmpmem(flash + 0x8002, sizeof written, written, sizeof written);
        g_assert_cmpuint(inlay_boot_get_counters(fixture.boot)->resent_frames, ==, 0);
        fixture_close(&fixture);
    }
}

/* What it was never connected to is a refusal, and not a lost line. */
static void
test_published_refuses(void)
{
    Fixture fixture;
    guint8 word[4] = {0};
    g_autoptr(GError) error = NULL;

    fixture_open(&fixture, BENCH_FOREIGN_PUBLISHED, 1000);
    g_assert_false(inlay_boot_mem_write(fixture.boot, APP, word, 4, NULL, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_REFUSED);
    g_assert_cmpstr(error->message, ==,
                    "MEM_WRITE of 0x08008000: an answer expected, got 7f 6 times");
    g_clear_error(&error);
    g_assert_true(inlay_boot_mem_read(fixture.boot, FLASH, word, 4, NULL, &error));
    g_assert_no_error(error);
    fixture_close(&fixture);
}

/* One byte in a thousand is dropped, garbled or doubled, each way: no byte comes out wrong. */
static void
test_noise(void)
{
    static guint8 written[2000], read[2000];

    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        Fixture fixture;
        gsize size;
        g_autoptr(GError) error = NULL;
        fixture_open(&fixture, kinds[i].kind, 1000);
        guint8 *flash = bench_foreign_get_flash(fixture.foreign, &size);
        fill(flash + 0x8000, sizeof read);
        bench_serial_line_set_noise(fixture.line, &(BenchSerialNoise){3000, 3000, 3000});
        for (guint round = 0; round < 4; round++) {
            memset(read, 0, sizeof read);
            inlay_boot_mem_read(fixture.boot, APP, read, sizeof read, NULL, &error);
            g_assert_no_error(error);
            g_assert_cmpmem(read, sizeof read, flash + 0x8000, sizeof read);
            if (kinds[i].kind == BENCH_FOREIGN_PUBLISHED)
                continue;
            fill(written, sizeof written);
            written[0] = (guint8)round;
            inlay_boot_mem_write(fixture.boot, RAM, written, sizeof written, NULL, &error);
            g_assert_no_error(error);
            inlay_boot_mem_read(fixture.boot, RAM, read, sizeof read, NULL, &error);
            g_assert_no_error(error);
            g_assert_cmpmem(read, sizeof read, written, sizeof written);
        }
        g_assert_cmpuint(inlay_boot_get_counters(fixture.boot)->resent_frames, >, 0);
        fixture_close(&fixture);
    }
}

/* With a tick of 16 ms a frame is as long as goes into one tick, and no longer. */
static void
test_frame_fits_the_tick(void)
{
    static guint8 bytes[8192];
    static const struct {
        guint tick_us;
        guint64 most_frames, most_ms;
    } rows[] = {
        {1000, 8192 / 180 + 1, 8192 / 180 * 23},
        {16000, 8192 / 128 + 1, 8192 / 128 * 17},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        Fixture fixture;
        g_autoptr(GError) error = NULL;
        fixture_open(&fixture, BENCH_FOREIGN_COMPLETE, rows[i].tick_us);
        InlaySerial *serial = inlay_boot_get_serial(fixture.boot);
        guint64 frames = inlay_boot_get_counters(fixture.boot)->frames;
        gint64 start = serial->ops->now_us(serial);
        inlay_boot_mem_write(fixture.boot, APP, bytes, sizeof bytes, NULL, &error);
        g_assert_no_error(error);
        frames = inlay_boot_get_counters(fixture.boot)->frames - frames;
        gint64 ms = (serial->ops->now_us(serial) - start) / 1000;
        g_test_message("tick %u us: %" G_GUINT64_FORMAT " frames, %" G_GINT64_FORMAT " ms",
                       rows[i].tick_us, frames, ms);
        g_assert_cmpuint(frames, <=, rows[i].most_frames);
        g_assert_cmpint(ms, <=, (gint64)rows[i].most_ms);
        fixture_close(&fixture);
    }
}

static void
test_goes(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        Fixture fixture;
        guint8 version;
        g_autoptr(GError) error = NULL;
        fixture_open(&fixture, kinds[i].kind, 16000);
        g_assert_true(inlay_boot_go(fixture.boot, APP, NULL, &error));
        g_assert_no_error(error);
        g_assert_false(inlay_boot_get_ver(fixture.boot, &version, NULL, &error));
        g_assert_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST);
        fixture_close(&fixture);
    }
}

static void
test_cancel(void)
{
    Fixture fixture;
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    guint8 word[4];

    fixture_open(&fixture, BENCH_FOREIGN_COMPLETE, 1000);
    g_cancellable_cancel(cancellable);
    g_assert_false(inlay_boot_mem_read(fixture.boot, FLASH, word, 4, cancellable, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_CANCELLED);
    fixture_close(&fixture);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/boot-foreign/found", test_found);
    g_test_add_func("/boot-foreign/found-in-the-middle-of-a-frame",
                    test_found_in_the_middle_of_a_frame);
    g_test_add_func("/boot-foreign/erases-and-writes", test_erases_and_writes);
    g_test_add_func("/boot-foreign/published-refuses", test_published_refuses);
    g_test_add_func("/boot-foreign/noise", test_noise);
    g_test_add_func("/boot-foreign/frame-fits-the-tick", test_frame_fits_the_tick);
    g_test_add_func("/boot-foreign/goes", test_goes);
    g_test_add_func("/boot-foreign/cancel", test_cancel);
    return g_test_run();
}
