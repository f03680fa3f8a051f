/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/boot-client.h"

#include <string.h>

#include "core/budget.h"
#include "core/error.h"
#include "tests/firmware/native-board.h"

/* The client and our bootloader's core, over a line in memory. */

#define FLASH 0x08000000u
#define RAM 0x20008000u
#define SEED 20260221

typedef struct {
    NativeBoard *board;
    InlayBoot *boot;
} Fixture;

static void
fixture_open(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(InlaySerial) serial = NULL;

    fixture->board = native_board_new(&(NativeBoardConfig){.seed = SEED});
    serial = native_board_open(fixture->board);
    fixture->boot = inlay_boot_new(serial, NULL, &error);
    g_assert_no_error(error);
    g_steal_pointer(&serial);
}

static void
fixture_close(Fixture *fixture)
{
    inlay_boot_free(fixture->boot);
    native_board_free(fixture->board);
}

static gint64
now_us(const Fixture *fixture)
{
    InlaySerial *serial = inlay_boot_get_serial(fixture->boot);

    return serial->ops->now_us(serial);
}

static void
fill(guint8 *bytes, gsize size)
{
    for (gsize i = 0; i < size; i++)
        bytes[i] = (guint8)(i * 7 + (i >> 8));
}

static void
test_found(void)
{
    Fixture fixture;
    fixture_open(&fixture);
    const InlayBootDialect *dialect = inlay_boot_get_dialect(fixture.boot);

    g_assert_true(dialect->length_has_crc && dialect->answer_has_command);
    g_assert_true(dialect->has_extensions);
    g_assert_cmphex(dialect->version, ==, 0x10);
    g_assert_true(inlay_boot_has(fixture.boot, BOOT_READ));
    g_assert_false(inlay_boot_has(fixture.boot, BOOT_WINDOW));
    g_assert_cmphex(dialect->capabilities.own.addr, ==, FLASH);
    g_assert_cmpuint(dialect->capabilities.ring, >=, 1024);
    fixture_close(&fixture);
}

static void
test_reads_and_digests(void)
{
    Fixture fixture;
    fixture_open(&fixture);
    gsize size;
    guint8 *flash = native_board_get_flash(fixture.board, &size);
    g_autofree guint8 *read = g_malloc(size);
    InlayRange ranges[40]; /* more than one request takes */
    InlayDigest digests[G_N_ELEMENTS(ranges)];
    g_autoptr(GError) error = NULL;

    fill(flash + size / 2, size / 2);
    inlay_boot_read(fixture.boot, (InlayRange){FLASH, (guint32)size}, read, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(read, size, flash, size);
    for (guint i = 0; i < G_N_ELEMENTS(ranges); i++)
        ranges[i] = (InlayRange){FLASH + (guint32)size / 2 + i * 4, 4 + i * 4};
    inlay_boot_digest(fixture.boot, ranges, G_N_ELEMENTS(ranges), digests, NULL, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < G_N_ELEMENTS(ranges); i++)
        g_assert_true(inlay_digest_equal(
            digests[i], inlay_digest_of(flash + (ranges[i].addr - FLASH), ranges[i].size)));
    g_assert_cmpuint(inlay_boot_get_counters(fixture.boot)->resent_frames, ==, 0);
    fixture_close(&fixture);
}

/* One byte in three thousand is dropped, one garbled, one doubled, each way. */
static void
test_noise(void)
{
    Fixture fixture;
    fixture_open(&fixture);
    guint8 written[300], read[300];
    InlayRange range = {RAM, sizeof read};
    g_autoptr(GError) error = NULL;

    native_board_set_noise(fixture.board, 3000, 3000, 3000);
    for (guint round = 0; round < 20; round++) {
        guint16 cid = 0;
        for (gsize i = 0; i < sizeof written; i++)
            written[i] = (guint8)(i * round + round);
        inlay_boot_mem_write(fixture.boot, RAM, written, sizeof written, NULL, &error);
        g_assert_no_error(error);
        memset(read, 0, sizeof read);
        inlay_boot_mem_read(fixture.boot, RAM, read, sizeof read, NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpmem(read, sizeof read, written, sizeof written);
        memset(read, 0, sizeof read);
        inlay_boot_read(fixture.boot, range, read, NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpmem(read, sizeof read, written, sizeof written);
        inlay_boot_get_cid(fixture.boot, &cid, NULL, &error);
        g_assert_no_error(error);
        g_assert_cmphex(cid, ==, 0x413);
    }
    g_assert_cmpuint(inlay_boot_get_counters(fixture.boot)->resent_frames, >, 0);
    fixture_close(&fixture);
}

static void
test_refusals(void)
{
    Fixture fixture;
    fixture_open(&fixture);
    guint8 word[4] = {0};
    g_autoptr(GError) error = NULL;

    g_assert_false(inlay_boot_mem_read(fixture.boot, 0x60000000, word, 4, NULL, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_REFUSED);
    g_assert_cmpstr(
        error->message, ==,
        "MEM_READ of 0x60000000: the address is not in memory that it may touch (status "
        "1)");
    g_clear_error(&error);
    g_assert_false(inlay_boot_erase(fixture.boot, 3, 1000, NULL, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_REFUSED);
    g_assert_nonnull(strstr(error->message, "sector 0"));
    g_clear_error(&error);
    g_assert_false(inlay_boot_go(fixture.boot, RAM, NULL, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_REFUSED);
    fixture_close(&fixture);
}

static void
test_baud(void)
{
    Fixture fixture;
    fixture_open(&fixture);
    guint8 version, got_bytes[64], bytes[64];
    g_autoptr(GError) error = NULL;
    guint got = 0;

    g_assert_true(inlay_boot_set_baud(fixture.boot, 921600, &got, NULL, &error));
    g_assert_cmpuint(got, ==, 921600);
    g_assert_cmpuint(inlay_boot_get_serial(fixture.boot)->baud, ==, 921600);
    fill(bytes, sizeof bytes);
    inlay_boot_mem_write(fixture.boot, RAM, bytes, sizeof bytes, NULL, &error);
    inlay_boot_read(fixture.boot, (InlayRange){RAM, 64}, got_bytes, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(got_bytes, 64, bytes, 64);

    g_assert_true(inlay_boot_set_baud(fixture.boot, 64000000, &got, NULL, &error));
    g_assert_cmpuint(got, ==, 921600); /* refused */
    g_assert_true(inlay_boot_get_ver(fixture.boot, &version, NULL, &error));
    g_assert_no_error(error);
    fixture_close(&fixture);
}

/* -- a cable that does not carry some rates -- */

typedef struct {
    InlaySerial base;
    InlaySerial *inner;
} Cable;

static gboolean
cable_write(
    InlaySerial *serial, const guint8 *bytes, gsize size, GCancellable *cancellable, GError **error)
{
    Cable *cable = (Cable *)serial;
    g_autofree guint8 *garbled = g_memdup2(bytes, size);

    for (gsize i = 0; i < size && serial->baud > 500000; i++)
        garbled[i] ^= 0x10;
    return cable->inner->ops->write(cable->inner, garbled, size, cancellable, error);
}

static gssize
cable_read(InlaySerial *serial,
           guint8 *out,
           gsize size,
           gint64 timeout_us,
           GCancellable *cancellable,
           GError **error)
{
    InlaySerial *inner = ((Cable *)serial)->inner;

    return inner->ops->read(inner, out, size, timeout_us, cancellable, error);
}

static gboolean
cable_set_rate(InlaySerial *serial, guint baud, InlayParity parity, GError **error)
{
    InlaySerial *inner = ((Cable *)serial)->inner;

    serial->baud = baud;
    return inner->ops->set_rate(inner, baud, parity, error);
}

static gint64
cable_now_us(InlaySerial *serial)
{
    InlaySerial *inner = ((Cable *)serial)->inner;

    return inner->ops->now_us(inner);
}

static void
cable_free(InlaySerial *serial)
{
    inlay_serial_free(((Cable *)serial)->inner);
}

static const InlaySerialOps cable_ops = {.write = cable_write,
                                         .read = cable_read,
                                         .set_rate = cable_set_rate,
                                         .now_us = cable_now_us,
                                         .free = cable_free};

static void
test_baud_that_does_not_carry(void)
{
    g_autoptr(NativeBoard) board = native_board_new(&(NativeBoardConfig){.seed = SEED});
    InlaySerial *inner = native_board_open(board);
    Cable cable = {.base = {.ops = &cable_ops, .baud = inner->baud}, .inner = inner};
    g_autoptr(GError) error = NULL;
    g_autoptr(InlayBoot) boot = inlay_boot_new(&cable.base, NULL, &error);
    guint8 version = 0;
    guint got = 0;

    g_assert_no_error(error);
    g_assert_true(inlay_boot_set_baud(boot, 921600, &got, NULL, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(got, ==, 115200);
    g_assert_true(inlay_boot_get_ver(boot, &version, NULL, &error));
    g_assert_true(inlay_boot_set_baud(boot, 460800, &got, NULL, &error));
    g_assert_cmpuint(got, ==, 460800);
    g_assert_true(inlay_boot_get_ver(boot, &version, NULL, &error));
    g_assert_no_error(error);
}

/* A board that has lost its power is told from a noisy line, and within the budget. */
static void
test_lost(void)
{
    Fixture fixture;
    fixture_open(&fixture);
    guint8 word[4] = {0};
    g_autoptr(GError) error = NULL;
    gint64 start;

    native_board_cut_at(fixture.board, 0);
    inlay_boot_flash_erase(fixture.boot, 2, 1, NULL, NULL);
    g_assert_true(native_board_is_cut(fixture.board));
    start = now_us(&fixture);
    g_assert_false(inlay_boot_read(fixture.boot, (InlayRange){FLASH, 4}, word, NULL, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST);
    g_assert_cmpint(now_us(&fixture) - start, <,
                    inlay_budget_get_ms(INLAY_BUDGET_BOOT_COMMAND) * 1000ll);
    g_clear_error(&error);
    start = now_us(&fixture);
    g_assert_false(inlay_boot_mem_read(fixture.boot, FLASH, word, 4, NULL, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST);
    g_assert_cmpint(now_us(&fixture) - start, <,
                    inlay_budget_get_ms(INLAY_BUDGET_BOOT_COMMAND) * 1000ll);
    fixture_close(&fixture);
}

/* -- nobody, or somebody else -- */

/* A port behind which a program prints one text for ever, a character a millisecond. */
typedef struct {
    InlaySerial base;
    const char *text;
    gsize next;
    gint64 now_us;
} Chatter;

static gboolean
chatter_write(
    InlaySerial *serial, const guint8 *bytes, gsize size, GCancellable *cancellable, GError **error)
{
    return TRUE;
}

static gssize
chatter_read(InlaySerial *serial,
             guint8 *out,
             gsize size,
             gint64 timeout_us,
             GCancellable *cancellable,
             GError **error)
{
    Chatter *chatter = (Chatter *)serial;
    gsize length = strlen(chatter->text);

    if (length == 0 || timeout_us < 1000) {
        chatter->now_us += timeout_us;
        return 0;
    }
    chatter->now_us += 1000;
    *out = (guint8)chatter->text[chatter->next++ % length];
    return 1;
}

static gint64
chatter_now_us(InlaySerial *serial)
{
    return ((Chatter *)serial)->now_us;
}

static void
chatter_free(InlaySerial *serial)
{
}

static const InlaySerialOps chatter_ops = {
    .write = chatter_write, .read = chatter_read, .now_us = chatter_now_us, .free = chatter_free};

static void
test_not_found(void)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", "heard nothing"},
        {"Inlay\r\n", "bytes that are none, the first: 49 6e 6c 61 79 0d 0a 49"},
        {"\x7f", "bytes that are none, the first: 7f 7f"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        Chatter chatter = {.base = {.ops = &chatter_ops, .baud = 115200}, .text = rows[i].text};
        g_autoptr(GError) error = NULL;
        g_assert_null(inlay_boot_new(&chatter.base, NULL, &error));
        g_assert_error(error, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_NOT_FOUND);
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, rows[i].expected));
        g_assert_cmpint(chatter.now_us, <,
                        inlay_budget_get_ms(INLAY_BUDGET_FIND_BOOTLOADER) * 1000ll + 1000000);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/boot-client/found", test_found);
    g_test_add_func("/boot-client/reads-and-digests", test_reads_and_digests);
    g_test_add_func("/boot-client/noise", test_noise);
    g_test_add_func("/boot-client/refusals", test_refusals);
    g_test_add_func("/boot-client/baud", test_baud);
    g_test_add_func("/boot-client/baud-that-does-not-carry", test_baud_that_does_not_carry);
    g_test_add_func("/boot-client/lost", test_lost);
    g_test_add_func("/boot-client/not-found", test_not_found);
    return g_test_run();
}
