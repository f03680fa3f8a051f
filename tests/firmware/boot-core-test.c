/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bootloader's portable core over its line: what a host hears, and what the flash then holds. */
#include <string.h>

#include "boot-line.h"
#include "firmware/bootloader/decision.h"
#include "firmware/bootloader/port.h"
#include "transports/bytes.h"

#define FLASH 0x08000000u

typedef struct {
    NativeBoard *board;
    InlaySerial *serial;
    guint8 *flash;
    gsize size;
} Fixture;

static void
setup(Fixture *f, gconstpointer sector_sizes)
{
    const NativeBoardConfig config = {.sector_sizes = sector_sizes, .seed = 1};

    f->board = native_board_new(&config);
    f->serial = native_board_open(f->board);
    f->flash = native_board_get_flash(f->board, &f->size);
}

static void
teardown(Fixture *f, gconstpointer data)
{
    inlay_serial_free(f->serial);
    native_board_free(f->board);
}

static void
assert_hears(Fixture *f, const char *hex)
{
    g_autoptr(GByteArray) heard = boot_line_hear(f->serial, 300);
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < heard->len; i++)
        g_string_append_printf(text, "%s%02X", i > 0 ? " " : "", heard->data[i]);
    g_assert_cmpstr(text->str, ==, hex);
}

static void
test_readings(Fixture *f, gconstpointer data)
{
    static const guint8 with_crc[] = {0x05, 0x51, 0xE7, 0xE9, 0xAB, 0x7C};
    static const guint8 without[] = {0x01, 0x51, 0x64, 0x6A, 0x5F, 0x5C};

    for (guint i = 0; i < 3; i++) {
        boot_line_send(f->serial, with_crc, sizeof with_crc);
        assert_hears(f, "A5 51 01 10");
        boot_line_send(f->serial, without, sizeof without);
        assert_hears(f, "A5 51 01 10");
    }
    /* half a frame, a pause, and a whole one */
    boot_line_send(f->serial, with_crc, 3);
    assert_hears(f, "7F");
    boot_line_send(f->serial, with_crc, sizeof with_crc);
    assert_hears(f, "A5 51 01 10");
}

static void
test_memory(Fixture *f, gconstpointer data)
{
    const guint8 write[] = {0x05, 0x00, 0x00, 0x20, 3, 1, 2, 3};
    guint8 args[] = {0, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9};

    for (guint reading = 0; reading < 2; reading++) {
        store32_le(args, port_chip.app_base + 0x103);
        g_autoptr(GByteArray) written =
            boot_line_ask_base(f->serial, reading, BOOT_MEM_WRITE, args, sizeof args);
        g_assert_cmpuint(written->data[0], ==, BOOT_OK);
        g_autoptr(GByteArray) bytes =
            boot_line_ask_base(f->serial, reading, BOOT_MEM_READ, args, 5);
        g_assert_cmpmem(bytes->data, bytes->len, args + 5, 9);
        g_autoptr(GByteArray) refused =
            boot_line_ask_base(f->serial, reading, BOOT_MEM_WRITE, write, sizeof write);
        g_assert_cmpuint(refused->data[0], ==, BOOT_BAD_ADDRESS);
    }
    g_assert_cmpmem(f->flash + (port_chip.app_base - FLASH) + 0x103, 9, args + 5, 9);
}

/* An application by streams, packed and not, committed, started, asked to make place, and replaced. */
static void
test_update(Fixture *f, gconstpointer data)
{
    for (guint round = 0; round < 4; round++) {
        g_autoptr(GByteArray) app =
            boot_line_make_app(port_chip.app_base, port_chip.app_size, 1 + round);
        const guint8 normally = BOOT_RESET_NORMAL, stay = BOOT_RESET_BOOTLOADER;
        const guint8 flags = BOOT_OPEN_ERASE | (round % 2 ? BOOT_OPEN_DEFLATE : 0);
        GByteArray *bootable;

        for (guint i = port_chip.own_sectors; i < port_chip.n_sectors; i++) {
            const guint32 addr = port_chip.sectors[i].base;
            g_assert_cmpint(boot_line_stream(f->serial, (guint8)(16 * round + i), addr, flags,
                                             app->data + (addr - port_chip.app_base),
                                             port_chip.sectors[i].size),
                            ==, BOOT_OK);
        }
        g_assert_cmpint(boot_line_ask(f->serial, BOOT_COMMIT, 1, NULL, 0, &bootable), ==, BOOT_OK);
        g_assert_cmpuint(bootable->data[0], ==, 1);
        g_byte_array_unref(bootable);
        g_assert_cmpmem(f->flash + (port_chip.app_base - FLASH), port_chip.app_size, app->data,
                        app->len);
        g_assert_cmpint(boot_line_ask(f->serial, BOOT_RESET, 2, &normally, 1, NULL), ==, BOOT_OK);
        g_byte_array_unref(boot_line_hear(f->serial, 10));
        g_assert_true(native_board_runs_application(f->board));
        boot_line_send_extended(f->serial, BOOT_RESET, 0, &stay, 1);
        g_byte_array_unref(boot_line_hear(f->serial, 10));
        g_assert_false(native_board_runs_application(f->board));
    }
}

static void
test_decision(void)
{
    static const struct {
        struct boot_facts facts;
        enum boot_choice choice;
    } cases[] = {
        {{0, false, false, false}, BOOT_STAYS_EMPTY},
        {{0, false, false, true}, BOOT_STARTS_APP},
        {{0, false, true, true}, BOOT_STAYS_BUTTON},
        {{0, false, true, false}, BOOT_STAYS_BUTTON},
        {{0xA5A5A5A5, true, false, true}, BOOT_STARTS_APP},
        {{BOOT_REQUEST_STAY, false, false, true}, BOOT_STAYS_ASKED},
        {{BOOT_REQUEST_STAY, true, true, true}, BOOT_STAYS_ASKED},
        {{BOOT_REQUEST_START, true, false, true}, BOOT_STARTS_REQUESTED},
        {{BOOT_REQUEST_START, true, true, false}, BOOT_STARTS_REQUESTED},
        {{BOOT_REQUEST_START, false, false, true}, BOOT_STARTS_APP},
        {{BOOT_REQUEST_START, false, true, true}, BOOT_STAYS_BUTTON},
        {{BOOT_REQUEST_START, false, false, false}, BOOT_STAYS_EMPTY},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(boot_decide(&cases[i].facts), ==, cases[i].choice);
}

#define ADD(name, function) \
    g_test_add("/firmware/boot-core/" name, Fixture, NULL, setup, function, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("readings", test_readings);
    ADD("memory", test_memory);
    ADD("update", test_update);
    g_test_add_func("/firmware/boot-core/decision", test_decision);
    return g_test_run();
}
