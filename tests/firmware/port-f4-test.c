/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bootloader does to the registers of an STM32F407: a fake chip behind them. */
#include <zlib.h>

#include "fake-f4.h"
#include "firmware/bootloader/port-f4.h"
#include "firmware/bootloader/port.h"
#include "firmware/port/cortexm/system.h"
#include "firmware/proto/boot.h"

static FakeF4 chip;
static guint32 now_ms;

/* Time passes while it is looked at. */
uint32_t
system_get_ms(void)
{
    return now_ms++;
}

void
port_feed_watchdog(void)
{
    chip.watchdog_feeds++;
}

static guint8
wait(void)
{
    guint8 status;

    for (guint polls = 0; (status = port_flash_poll()) == BOOT_BUSY; polls++)
        g_assert_cmpuint(polls, <, 100);
    return status;
}

static void
assert_log(const char *text)
{
    g_assert_cmpstr(chip.log->str, ==, text);
    g_string_truncate(chip.log, 0);
}

static void
test_flash(void)
{
    fake_f4_init(&chip);
    chip.flash[FAKE_SECTOR_SIZE] = 0;

    port_flash_erase(1);
    g_assert_cmpuint(port_flash_poll(), ==, BOOT_BUSY);
    g_assert_cmpuint(wait(), ==, BOOT_OK);
    assert_log("CR 0000020a\nCR 0001020a\nCR 80000000\n");
    g_assert_cmphex(chip.flash[FAKE_SECTOR_SIZE], ==, 0xFF);

    port_flash_program32(FAKE_FLASH + 8, 0x12345678);
    g_assert_cmpuint(wait(), ==, BOOT_OK);
    assert_log("CR 00000201\n08000008 4 12345678\nCR 80000000\n");
    port_flash_program8(FAKE_FLASH + 13, 0x5A);
    g_assert_cmpuint(wait(), ==, BOOT_OK);
    assert_log("CR 00000001\n0800000d 1 5a\nCR 80000000\n");

    /* Nothing is going on: nothing is touched. */
    g_assert_cmpuint(port_flash_poll(), ==, BOOT_OK);
    assert_log("");
    g_assert_cmpuint(chip.watchdog_feeds, >, 0);
    fake_f4_clear(&chip);
}

static void
test_refusals(void)
{
    static const struct {
        guint32 flags;
        guint8 status;
    } cases[] = {
        {0x10, BOOT_WRITE_PROTECTED}, /* WRPERR */
        {0x12, BOOT_WRITE_PROTECTED}, /* and OPERR */
        {0x02, BOOT_FLASH_FAILED},    /* OPERR */
        {0x20, BOOT_FLASH_FAILED},    /* PGAERR */
        {0x40, BOOT_FLASH_FAILED},    /* PGPERR */
        {0x80, BOOT_FLASH_FAILED},    /* PGSERR */
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        fake_f4_init(&chip);
        chip.error_at = FAKE_FLASH + 4;
        chip.error_flags = cases[i].flags;
        port_flash_program32(FAKE_FLASH + 4, 0);
        g_assert_cmpuint(wait(), ==, cases[i].status);
        /* The next one starts from a clean state. */
        port_flash_program32(FAKE_FLASH + 8, 0);
        g_assert_cmpuint(wait(), ==, BOOT_OK);
        fake_f4_clear(&chip);
    }
}

static void
test_options(void)
{
    fake_f4_init(&chip);
    g_assert_cmphex(port_options_read(), ==, 0x0FFFAAED);
    g_assert_cmphex(port_options_writable(), ==, 0x0FFFFFEC);

    /* Sectors 0 and 1 protected; what is no option byte stays. */
    g_assert_cmpuint(port_options_write(0xFFFCAAFF), ==, BOOT_OK);
    assert_log("CR 00000200\nOPTCR 0ffcaaec\nOPTCR 0ffcaaee\nCR 80000000\nOPTCR 0ffcaaed\n");

    chip.error_at = 0x40023C14;
    chip.error_flags = 0x10;
    g_assert_cmpuint(port_options_write(0x0FFFAAED), ==, BOOT_WRITE_PROTECTED);
    g_assert_cmphex(chip.optcr & 1u, ==, 1);
    fake_f4_clear(&chip);
}

static void
test_options_stuck(void)
{
    fake_f4_init(&chip);
    chip.stuck = TRUE;
    now_ms = 0;
    g_assert_cmpuint(port_options_write(0x0FFCAAED), ==, BOOT_FLASH_TIMEOUT);
    g_assert_cmpuint(now_ms, <, 1100);
    /* A busy controller was left alone after its start. */
    assert_log("CR 00000200\nOPTCR 0ffcaaec\nOPTCR 0ffcaaee\n");
    fake_f4_clear(&chip);
}

/* Off first, then reset; the wait states stay. */
static void
test_caches(void)
{
    fake_f4_init(&chip);
    chip.acr = 0x702;
    port_open_flash();
    assert_log("ACR 00000002\nACR 00001802\nACR 00000002\n");
    fake_f4_clear(&chip);
}

static void
test_crc(void)
{
    guint8 *bytes = chip.flash;

    fake_f4_init(&chip);
    port_open_crc();
    for (guint i = 0; i < 64; i++)
        bytes[i] = (guint8)(i * 37);
    for (guint words = 0; words <= 16; words++) {
        guint32 half = port_crc32(0, FAKE_FLASH, words);

        g_assert_cmphex(half, ==, crc32(0, bytes, 4 * words));
        g_assert_cmphex(port_crc32(half, FAKE_FLASH + 4 * words, 16 - words), ==,
                        crc32(0, bytes, 64));
    }
    fake_f4_clear(&chip);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/firmware/port-f4/flash", test_flash);
    g_test_add_func("/firmware/port-f4/refusals", test_refusals);
    g_test_add_func("/firmware/port-f4/options", test_options);
    g_test_add_func("/firmware/port-f4/options-stuck", test_options_stuck);
    g_test_add_func("/firmware/port-f4/caches", test_caches);
    g_test_add_func("/firmware/port-f4/crc", test_crc);
    return g_test_run();
}
