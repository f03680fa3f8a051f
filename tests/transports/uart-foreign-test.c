/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/serial-link.h"
#include "uart-desk.h"

#include <string.h>

/* Whole jobs over bootloaders of the family that others wrote. */

#define APP_SIZE (40u * 1024u) /* into a third sector */

typedef struct {
    UartDesk desk;
    BenchForeign *foreign;
    BenchSerialLine *line;
} Foreign;

static guint8 app[APP_SIZE];

static InlaySerial *
open_link(gpointer line)
{
    return bench_serial_link_new(line);
}

static void
foreign_init(Foreign *self, BenchForeignKind kind)
{
    BenchSerialConfig config = {.kind = "FTDI", .seed = 1};
    g_autoptr(GError) error = NULL;
    gsize size;

    self->foreign = bench_foreign_new(kind, 1024);
    config.foreign = self->foreign;
    self->line = bench_serial_line_new(&config, &error);
    g_assert_no_error(error);
    bench_serial_line_set_low_latency(self->line, TRUE);
    desk_init_port(&self->desk, open_link, self->line,
                   bench_foreign_get_flash(self->foreign, &size));
    desk_fill_app(desk_get_app(&self->desk), APP_SIZE, 3);
    desk_fill_app(app, APP_SIZE, 5);
}

static void
foreign_clear(Foreign *self)
{
    desk_clear(&self->desk);
    bench_serial_line_free(self->line);
    bench_foreign_free(self->foreign);
}

/* Its application, which was started at the end, does not make place: somebody resets the board. */
static void
reset(Foreign *self)
{
    g_autoptr(InlaySerial) serial = bench_serial_link_new(self->line);

    bench_foreign_reset(self->foreign, (guint64)serial->ops->now_us(serial) * 1000);
}

/* It cannot sum up, so only what is touched is read, and the result says so. */
static void
check_job(BenchForeignKind kind)
{
    Foreign self;

    foreign_init(&self, kind);
    desk_assert_fails(&self.desk, desk_new_app_job(&self.desk, INLAY_JOB_VERIFY, app, APP_SIZE),
                      INLAY_ERROR_VERIFY_FAILED);
    desk_assert_fails(&self.desk, desk_new_job(INLAY_JOB_INFO), INLAY_ERROR_BOOTLOADER_NOT_FOUND);
    reset(&self);
    desk_assert_runs(&self.desk, desk_new_app_job(&self.desk, INLAY_JOB_FLASH, app, APP_SIZE));
    desk_assert_holds(&self.desk, app, APP_SIZE);
    desk_assert_own_intact(&self.desk);
    g_test_message("%s", desk_get_string(&self.desk, "board", "probe"));
    g_assert_true(
        g_str_has_prefix(desk_get_string(&self.desk, "board", "probe"), "foreign UART bootloader"));
    g_assert_cmpstr(desk_get_string(&self.desk, "result", "outside"), ==, "not observed");
    foreign_clear(&self);
}

static void
test_complete(void)
{
    check_job(BENCH_FOREIGN_COMPLETE);
}

static void
test_older(void)
{
    check_job(BENCH_FOREIGN_OLDER);
}

/* The published one was never connected to its flash. */
static void
test_published_refuses(void)
{
    Foreign self;

    foreign_init(&self, BENCH_FOREIGN_PUBLISHED);
    desk_assert_fails(&self.desk, desk_new_app_job(&self.desk, INLAY_JOB_FLASH, app, APP_SIZE),
                      INLAY_ERROR_BOOTLOADER_REFUSED);
    g_test_message("%s", self.desk.error->message);
    g_assert_nonnull(strstr(self.desk.error->message, "FLASH_ERASE"));
    desk_assert_own_intact(&self.desk);
    foreign_clear(&self);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/uart-foreign/complete", test_complete);
    g_test_add_func("/uart-foreign/older", test_older);
    g_test_add_func("/uart-foreign/published-refuses", test_published_refuses);
    return g_test_run();
}
