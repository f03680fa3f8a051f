/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/loader-run.h"

#include "transports/connect.h"

#include <string.h>

#include "core/error.h"
#include "fake-chip.h"

typedef struct {
    FakeChip *chip;
    InlayCortexm core;
    InlayFlasher *loader;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer name)
{
    g_autoptr(GError) error = NULL;
    const InlayChip *model = inlay_chip_find_by_name(name != NULL ? name : "STM32F411xE");
    const InlayFlash *flash = inlay_flash_find(model->family);
    guint row = inlay_chip_find_voltage_row(model, 3300);

    fixture->chip = fake_chip_new(model);
    fixture->chip->has_parity = g_str_equal(model->family->name, "f3");
    inlay_cortexm_init(&fixture->core, &fixture->chip->base);
    inlay_connect(&fixture->core, INLAY_CONNECT_AUTO, NULL, NULL, &error);
    g_assert_no_error(error);
    inlay_cortexm_reset_and_halt(&fixture->core, flash->freeze_addr, flash->freeze_bits, NULL,
                                 &error);
    g_assert_no_error(error);
    fixture->loader = inlay_loader_start(&fixture->core, model, flash, row, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmphex(fixture->chip->freeze, ==, flash->freeze_bits);
}

static void
tear_down(Fixture *fixture, gconstpointer unused)
{
    fixture->loader->ops->free(fixture->loader);
    fixture->chip->base.ops->free(&fixture->chip->base);
}

static void
fill(guint8 *bytes, gsize size)
{
    for (gsize i = 0; i < size; i++)
        bytes[i] = (guint8)g_test_rand_int_range(0, 256);
    /* long and short blank runs, as images have them */
    for (gsize i = 0; i + 600 < size; i += 2000)
        memset(bytes + i, 0xff, (gsize)g_test_rand_int_range(1, 600));
}

static void
program(Fixture *fixture, guint32 addr, const guint8 *bytes, gsize size)
{
    g_autoptr(GError) error = NULL;

    fixture->loader->ops->program(fixture->loader, addr, bytes, size, NULL, &error);
    g_assert_no_error(error);
}

/* Whatever the pieces, the flash ends up with exactly the bytes, and digests say so. */
static void
test_a_whole_flash(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    const InlayChip *model = fixture->chip->chip;
    g_autofree guint8 *bytes = g_malloc(model->flash.size);
    InlayRange ranges[40];
    InlayDigest digests[40];

    fixture->chip->lag = 150;
    memset(fixture->chip->flash, 0, model->flash.size);
    fill(bytes, model->flash.size);
    for (guint i = 0; i < inlay_chip_get_n_sectors(model); i++) {
        InlaySector sector = inlay_chip_get_sector(model, i);
        guint32 offset = sector.range.addr - model->flash.addr;
        guint32 cut = (guint32)g_test_rand_int_range(1, (gint32)sector.range.size / 4) * 4;

        fixture->loader->ops->erase(fixture->loader, sector, NULL, &error);
        g_assert_no_error(error);
        program(fixture, sector.range.addr, bytes + offset, cut);
        program(fixture, sector.range.addr + cut, bytes + offset + cut, sector.range.size - cut);
    }
    for (guint i = 0; i < G_N_ELEMENTS(ranges); i++) {
        guint32 from = (guint32)g_test_rand_int_range(0, (gint32)model->flash.size);
        ranges[i].addr = model->flash.addr + from;
        ranges[i].size = (guint32)g_test_rand_int_range(0, (gint32)(model->flash.size - from));
    }
    fixture->loader->ops->digest(fixture->loader, ranges, G_N_ELEMENTS(ranges), digests, NULL,
                                 &error);
    g_assert_no_error(error);
    g_assert_true(memcmp(fixture->chip->flash, bytes, model->flash.size) == 0);
    g_assert_false(fixture->chip->programmed_twice);
    g_assert_cmpuint(fixture->chip->n_erases, ==, inlay_chip_get_n_sectors(model));
    for (guint i = 0; i < G_N_ELEMENTS(ranges); i++)
        g_assert_true(inlay_digest_equal(
            digests[i],
            inlay_digest_of(bytes + (ranges[i].addr - model->flash.addr), ranges[i].size)));
}

/* Pieces of any alignment touch nothing beside them. */
static void
test_odd_pieces(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;

    for (guint32 addr = 0x08004000, size = 1; size < 200; addr += 512, size++) {
        guint32 at = addr + size % 7;
        guint8 bytes[200], expected[512];

        memset(expected, 0xff, sizeof expected);
        memset(bytes, (gint)size, sizeof bytes);
        memset(expected + size % 7, (gint)size, size);
        program(fixture, at, bytes, size);
        fixture->loader->ops->sync(fixture->loader, NULL, &error);
        g_assert_no_error(error);
        g_assert_true(memcmp(fixture->chip->flash + (addr - 0x08000000), expected, 512) == 0);
    }
}

static void
test_blank_bytes_are_not_sent(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *bytes = g_malloc(0x10000);
    guint writes = fixture->chip->n_writes;

    memset(bytes, 0xff, 0x10000);
    program(fixture, 0x08010000, bytes, 0x10000);
    fixture->loader->ops->sync(fixture->loader, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(fixture->chip->n_programs, ==, 0);
    g_assert_cmpuint(fixture->chip->n_writes, ==, writes);

    bytes[0x8000] = 0;
    program(fixture, 0x08010000, bytes, 0x10000);
    fixture->loader->ops->sync(fixture->loader, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(fixture->chip->n_programs, ==, 1);
    g_assert_cmpuint(fixture->chip->n_writes, ==, writes + 2); /* the word, the command */
}

static void
test_trouble(Fixture *fixture, gconstpointer unused)
{
    static const struct {
        FakeTrouble trouble;
        int code;
        const char *detail;
    } cases[] = {
        {FAKE_TROUBLE_REFUSE, INLAY_ERROR_FLASH_FAILED,
         "failed to program 0x08004008: flash status 0x00000010: WRPERR (write-protected)"},
        {FAKE_TROUBLE_STALE_COMMAND, INLAY_ERROR_ADAPTER_PROTOCOL,
         "failed to program 0x08004000: the command did not arrive"},
        {FAKE_TROUBLE_STALE_DATA, INLAY_ERROR_ADAPTER_PROTOCOL,
         "failed to program 0x08004000: the data did not arrive"},
        {FAKE_TROUBLE_TIMEOUT, INLAY_ERROR_FLASH_TIMEOUT, "failed to program 0x08004000"},
        {FAKE_TROUBLE_HANG, INLAY_ERROR_FLASH_TIMEOUT, "failed to program 0x08004000"},
        {FAKE_TROUBLE_HALT, INLAY_ERROR_BOARD_LOST, "halted at 0x20000104"},
        {FAKE_TROUBLE_LOCKUP, INLAY_ERROR_BOARD_LOST, "is locked up"},
        {FAKE_TROUBLE_RESET, INLAY_ERROR_BOARD_LOST, "was reset"},
        {FAKE_TROUBLE_LOST, INLAY_ERROR_ADAPTER_LOST, NULL},
    };
    static const guint8 bytes[64] = {1, 2, 3};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GError) later = NULL;
        Fixture f = {0};

        set_up(&f, NULL);
        f.chip->trouble = cases[i].trouble;
        f.chip->trouble_at = 1;
        f.loader->ops->erase(f.loader, inlay_chip_get_sector(f.chip->chip, 1), NULL, &error);
        program(&f, 0x08004000, bytes, sizeof bytes);
        g_assert_false(f.loader->ops->sync(f.loader, NULL, &error));
        g_assert_error(error, INLAY_ERROR, cases[i].code);
        g_test_message("%s", error->message);
        if (cases[i].detail != NULL)
            g_assert_nonnull(strstr(error->message, cases[i].detail));
        /* It takes nothing more, and letting go does not wait. */
        g_assert_false(f.loader->ops->program(f.loader, 0x08004100, bytes, 4, NULL, &later));
        g_assert_true(f.loader->ops->settle(f.loader, NULL));
        tear_down(&f, NULL);
    }
}

/* Waiting takes few commands, and ends soon after what it waits for. */
static void
test_waits(Fixture *fixture, gconstpointer unused)
{
    static const struct {
        guint lag, n_reads, late;
    } cases[] = {
        {40, 1, 8}, {300, 7, 48}, {3000, 45, 150}, {30000, 110, 544}, {300000, 610, 544},
    };
    InlayRange range = {0x08000000, 4};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        FakeChip *chip = fixture->chip;
        guint reads = chip->n_reads;
        InlayDigest digest;

        chip->lag = cases[i].lag;
        chip->waited = 0;
        fixture->loader->ops->digest(fixture->loader, &range, 1, &digest, NULL, &error);
        g_assert_no_error(error);
        reads = chip->n_reads - reads - 1; /* of the results */
        g_test_message("%u bytes: %u looks, %u bytes late", cases[i].lag, reads, chip->late);
        g_assert_cmpuint(reads, <=, cases[i].n_reads);
        g_assert_cmpuint(chip->late, <=, cases[i].late);
    }
}

/* A cancel stops the host; what the chip has been given is waited for, what it has not is dropped.
 */
static void
test_cancel(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    static const guint8 bytes[64] = {1, 2, 3};

    fixture->chip->lag = 250;
    fixture->loader->ops->erase(fixture->loader, inlay_chip_get_sector(fixture->chip->chip, 1),
                                NULL, &error);
    g_assert_no_error(error);
    program(fixture, 0x08004000, bytes, sizeof bytes);
    g_cancellable_cancel(cancellable);
    g_assert_false(fixture->loader->ops->sync(fixture->loader, cancellable, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_CANCELLED);
    g_clear_error(&error);
    g_assert_true(fixture->loader->ops->settle(fixture->loader, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(fixture->chip->n_erases, ==, 1);
}

int
main(int argc, char **argv)
{
    static const char *const others[] = {"STM32F103x4", "STM32F103xE", "STM32F303x6",
                                         "STM32F429xI"};

    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) \
    g_test_add("/transports/loader/" name, Fixture, NULL, set_up, func, tear_down)
    ADD("a-whole-flash", test_a_whole_flash);
    /* of the smallest RAM, the most sectors, RAM with parity, two banks */
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autofree char *path = g_strdup_printf("/transports/loader/whole-flash/%s", others[i]);
        g_test_add(path, Fixture, others[i], set_up, test_a_whole_flash, tear_down);
    }
    ADD("odd-pieces", test_odd_pieces);
    ADD("blank-bytes-are-not-sent", test_blank_bytes_are_not_sent);
    ADD("trouble", test_trouble);
    ADD("waits", test_waits);
    ADD("cancel", test_cancel);
    return g_test_run();
}
