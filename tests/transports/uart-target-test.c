/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uart-desk.h"

#include <string.h>

/* Whole jobs on a board that is reached through its own bootloader. */

#define APP_SIZE (200u * 1024u) /* ends in the second sector of 128 KiB */
#define SETTINGS 0x08020000u

static guint8 app[APP_SIZE];

static void
test_identify(void)
{
    UartDesk desk;

    desk_init(&desk, 1);
    desk_assert_runs(&desk, desk_new_job(INLAY_JOB_INFO));
    g_test_message("%s", desk_get_string(&desk, "board", "probe"));
    g_assert_cmpstr(desk_get_string(&desk, "board", "chip"), ==, "STM32F407xG");
    g_assert_true(g_str_has_prefix(desk_get_string(&desk, "board", "probe"), "UART bootloader "));
    g_assert_nonnull(strstr(desk_get_string(&desk, "board", "probe"), "2000000 baud"));
    g_assert_null(desk_get_string(&desk, "board", "connected"));
    desk_clear(&desk);
}

static void
test_a_rate_is_not_raised_beyond_what_is_allowed(void)
{
    UartDesk desk;

    desk_init(&desk, 1);
    desk.access.baud_max = 500000;
    desk_assert_runs(&desk, desk_new_job(INLAY_JOB_INFO));
    g_assert_nonnull(strstr(desk_get_string(&desk, "board", "probe"), "460800 baud"));
    desk_clear(&desk);

    desk_init(&desk, 1);
    desk.adapter_max = 1000000;
    desk_assert_runs(&desk, desk_new_job(INLAY_JOB_INFO));
    g_assert_nonnull(strstr(desk_get_string(&desk, "board", "probe"), "1000000 baud"));
    desk_clear(&desk);
}

/* Onto a blank chip, equal, changed in one byte, and each time it is what runs afterwards. */
static void
test_flash(void)
{
    UartDesk desk;
    guint operations;
    guint64 sent;

    desk_init(&desk, 2);
    desk_fill_app(app, APP_SIZE, 2);
    desk_assert_runs(&desk, desk_new_app_job(&desk, INLAY_JOB_FLASH, app, APP_SIZE));
    desk_assert_holds(&desk, app, APP_SIZE);
    desk_assert_own_intact(&desk);
    g_assert_true(native_board_runs_application(desk.board));
    g_assert_cmpuint(desk.counters.resent_frames, ==, 0);

    operations = native_board_get_operations(desk.board);
    desk_assert_runs(&desk, desk_new_app_job(&desk, INLAY_JOB_FLASH, app, APP_SIZE));
    g_assert_cmpuint(native_board_get_operations(desk.board), ==, operations);
    g_assert_cmpstr(desk_get_string(&desk, "board", "connected"), ==, "its program made place");
    desk_assert_runs(&desk, desk_new_app_job(&desk, INLAY_JOB_VERIFY, app, APP_SIZE));

    app[APP_SIZE - 1] ^= 0x55;
    desk_assert_fails(&desk, desk_new_app_job(&desk, INLAY_JOB_VERIFY, app, APP_SIZE),
                      INLAY_ERROR_VERIFY_FAILED);
    sent = desk.sent;
    desk_assert_runs(&desk, desk_new_app_job(&desk, INLAY_JOB_FLASH, app, APP_SIZE));
    desk_assert_holds(&desk, app, APP_SIZE);
    g_assert_true(native_board_runs_application(desk.board));
    g_assert_cmpuint(desk.sent - sent, <, APP_SIZE / 2);
    desk_clear(&desk);
}

static InlayJob *
new_range_job(InlayJobKind kind, guint32 addr, guint32 size)
{
    InlayJob *job = desk_new_job(kind);
    InlayRange range = {addr, size};

    g_array_append_val(job->ranges, range);
    return job;
}

static void
test_read(void)
{
    UartDesk desk;
    InlayJob *job = new_range_job(INLAY_JOB_READ, DESK_APP + 5, 40001);
    g_autofree char *read = NULL;
    gsize size;

    desk_init(&desk, 3);
    desk_fill_app(desk_get_app(&desk), 50000, 3);
    job->output = g_build_filename(desk.folder, "read.bin", NULL);
    g_autofree char *path = g_strdup(job->output);
    desk_assert_runs(&desk, job);
    g_assert_true(g_file_get_contents(path, &read, &size, NULL));
    g_assert_cmpmem(read, size, desk_get_app(&desk) + 5, 40001);
    desk_clear(&desk);
}

/* Bytes beside others that stay, at no word's border: preserved where their sector is erased, untouched
 * where it is not. */
static void
test_edges(void)
{
    static const struct {
        guint32 addr, size;
    } cases[] = {
        {SETTINGS + 1, 1}, {SETTINGS + 6, 4}, {SETTINGS + 13, 30}, {SETTINGS + 0x103, 0x205}};

    for (guint blank = 0; blank < 2; blank++) {
        UartDesk desk;
        static guint8 expected[64 * 1024], *found;
        desk_init(&desk, 4);
        found = desk_get_app(&desk) + (SETTINGS - DESK_APP);
        if (!blank)
            desk_fill_app(found, 1024, 4);
        memcpy(expected, found, sizeof expected);
        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
            guint8 bytes[0x205];
            g_autofree char *path = g_build_filename(desk.folder, "settings.bin", NULL);
            g_autofree char *argument = g_strdup_printf("%s@0x%08x", path, cases[i].addr);
            InlayJob *job = desk_new_job(INLAY_JOB_FLASH);
            memset(bytes, (int)(0x11 * (i + 1)), sizeof bytes);
            memcpy(expected + (cases[i].addr - SETTINGS), bytes, cases[i].size);
            g_assert_true(g_file_set_contents(path, (char *)bytes, (gssize)cases[i].size, NULL));
            g_ptr_array_add(job->contents, inlay_content_parse(argument, FALSE, NULL));
            desk_assert_runs(&desk, job);
            g_assert_true(memcmp(found, expected, sizeof expected) == 0);
        }
        desk_clear(&desk);
    }
}

static InlayJob *
new_protect_job(InlayJobKind kind, const char *sectors)
{
    InlayJob *job = desk_new_job(kind);

    job->sectors = g_strdup(sectors);
    job->write = kind == INLAY_JOB_UNLOCK;
    return job;
}

static void
test_write_protection(void)
{
    UartDesk desk;

    desk_init(&desk, 5);
    desk_fill_app(app, 1000, 5);
    desk_assert_runs(&desk, new_protect_job(INLAY_JOB_PROTECT, "0-2"));
    desk_assert_fails(&desk, desk_new_app_job(&desk, INLAY_JOB_FLASH, app, 1000),
                      INLAY_ERROR_SECTOR_PROTECTED);
    desk_assert_runs(&desk, new_protect_job(INLAY_JOB_UNLOCK, "2"));
    desk_assert_runs(&desk, desk_new_app_job(&desk, INLAY_JOB_FLASH, app, 1000));
    desk_assert_holds(&desk, app, 1000);
    desk_assert_own_intact(&desk);
    desk_clear(&desk);
}

/* Level 1 does not keep its owner's bootloader from an update, but reading stays forbidden. */
static void
test_read_protection(void)
{
    UartDesk desk;
    InlayJob *job = desk_new_job(INLAY_JOB_PROTECT), *read;

    desk_init(&desk, 6);
    desk_fill_app(app, 20000, 6);
    job->read = TRUE;
    desk_assert_runs(&desk, job);
    desk_assert_runs(&desk, desk_new_app_job(&desk, INLAY_JOB_FLASH, app, 20000));
    desk_assert_holds(&desk, app, 20000);
    read = new_range_job(INLAY_JOB_READ, DESK_APP, 1024);
    read->output = g_build_filename(desk.folder, "read.bin", NULL);
    desk_assert_fails(&desk, read, INLAY_ERROR_CHIP_LOCKED);
    desk_assert_own_intact(&desk);
    desk_clear(&desk);
}

static InlayJob *
new_otp_job(InlayJobKind kind, const char *hex)
{
    InlayJob *job = desk_new_job(kind);

    job->has_block = TRUE;
    job->block = 3;
    job->hex = g_strdup(hex);
    job->lock = hex != NULL;
    job->confirmed = hex != NULL ? INLAY_CONFIRMED_OTP : INLAY_CONFIRMED_NOTHING;
    return job;
}

static void
test_otp(void)
{
    UartDesk desk;

    desk_init(&desk, 7);
    desk_assert_runs(&desk, new_otp_job(INLAY_JOB_OTP_WRITE, "0102030405"));
    desk_assert_runs(&desk, new_otp_job(INLAY_JOB_OTP_READ, NULL));
    g_assert_true(g_str_has_prefix(desk_get_string(&desk, "otp", "hex"), "0102030405ff"));
    desk_assert_fails(&desk, new_otp_job(INLAY_JOB_OTP_WRITE, "ff"), INLAY_ERROR_OTP_TAKEN);
    desk_clear(&desk);
}

/* At every operation of the port in turn, of a few: the name of it, and the next run works, although
 * the bootloader was left in the middle of anything, at a raised rate. */
static void
test_unplug(void)
{
    guint n = 1, struck = 0;
    UartDesk desk;

    desk_init(&desk, 8);
    for (;; n += 1 + n / 16) {
        desk_fill_app(app, 3000, n);
        desk.unplug_at = n;
        gboolean ok = desk_run(&desk, desk_new_app_job(&desk, INLAY_JOB_FLASH, app, 3000));
        gboolean was_struck = desk.n_operations >= n;
        if (was_struck)
            g_assert_error(desk.error, INLAY_ERROR, INLAY_ERROR_ADAPTER_LOST);
        desk.unplug_at = 0;
        desk_assert_runs(&desk, desk_new_app_job(&desk, INLAY_JOB_FLASH, app, 3000));
        desk_assert_holds(&desk, app, 3000);
        desk_assert_own_intact(&desk);
        if (!was_struck) {
            g_assert_true(ok);
            break;
        }
        struck++;
    }
    g_test_message("unplugged %u times", struck);
    g_assert_cmpuint(struck, >, 20);
    desk_clear(&desk);
}

/* In the middle of a sector, which is completed: a defined state, that the next run starts from. */
static void
test_cancel(void)
{
    UartDesk desk;

    desk_init(&desk, 9);
    desk.access.baud_max = 115200;
    desk_fill_app(app, APP_SIZE, 9);
    desk.cancel_in = "write";
    desk_assert_fails(&desk, desk_new_app_job(&desk, INLAY_JOB_FLASH, app, APP_SIZE),
                      INLAY_ERROR_CANCELLED);
    g_assert_false(native_board_runs_application(desk.board));
    desk_assert_own_intact(&desk);
    desk.cancel_in = NULL;
    desk_assert_runs(&desk, desk_new_app_job(&desk, INLAY_JOB_FLASH, app, APP_SIZE));
    desk_assert_holds(&desk, app, APP_SIZE);
    g_assert_true(native_board_runs_application(desk.board));
    desk_clear(&desk);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/uart-target/identify", test_identify);
    g_test_add_func("/uart-target/a-rate-is-not-raised-beyond-what-is-allowed",
                    test_a_rate_is_not_raised_beyond_what_is_allowed);
    g_test_add_func("/uart-target/flash", test_flash);
    g_test_add_func("/uart-target/read", test_read);
    g_test_add_func("/uart-target/edges", test_edges);
    g_test_add_func("/uart-target/write-protection", test_write_protection);
    g_test_add_func("/uart-target/read-protection", test_read_protection);
    g_test_add_func("/uart-target/otp", test_otp);
    g_test_add_func("/uart-target/unplug", test_unplug);
    g_test_add_func("/uart-target/cancel", test_cancel);
    return g_test_run();
}
