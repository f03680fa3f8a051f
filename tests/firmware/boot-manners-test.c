/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bootloader's core when the line loses and repeats, when the chip is protected, and when it is asked for what it
 * must not do. */
#include <string.h>
#include <zlib.h>

#include "boot-line.h"
#include "firmware/bootloader/port.h"
#include "transports/bytes.h"

#define FLASH 0x08000000u
#define APP (port_chip.app_base)

typedef struct {
    NativeBoard *board;
    InlaySerial *serial;
    guint8 *flash;
} Fixture;

static void
setup(Fixture *f, gconstpointer data)
{
    const NativeBoardConfig config = {.seed = 1};

    f->board = native_board_new(&config);
    f->serial = native_board_open(f->board);
    f->flash = native_board_get_flash(f->board, NULL);
}

static void
teardown(Fixture *f, gconstpointer data)
{
    inlay_serial_free(f->serial);
    native_board_free(f->board);
}

static gint
ask32(Fixture *f, guint8 command, guint32 value)
{
    guint8 arguments[4];

    store32_le(arguments, value);
    return boot_line_ask(f->serial, command, 9, arguments, sizeof arguments, NULL);
}

static gint
mem_write(Fixture *f, guint32 addr, const guint8 *bytes, guint8 n)
{
    guint8 payload[5 + 255];

    store32_le(payload, addr);
    payload[4] = n;
    memcpy(payload + 5, bytes, n);
    g_autoptr(GByteArray) answer =
        boot_line_ask_base(f->serial, TRUE, BOOT_MEM_WRITE, payload, 5u + n);
    return answer == NULL ? -1 : answer->data[0];
}

static gint
erase(Fixture *f, guint32 sectors)
{
    return ask32(f, BOOT_ERASE, sectors);
}

static gboolean
answers(Fixture *f)
{
    g_autoptr(GByteArray) version = boot_line_ask_base(f->serial, TRUE, BOOT_GET_VER, NULL, 0);

    return version != NULL;
}

/* -- streams -- */

static void
send_open(Fixture *f, guint8 tag, guint32 addr, guint8 flags)
{
    guint8 arguments[5];

    store32_le(arguments, addr);
    arguments[4] = flags;
    boot_line_send_extended(f->serial, BOOT_OPEN, tag, arguments, sizeof arguments);
}

static void
send_data(Fixture *f, guint8 tag, guint16 number, const guint8 *bytes, gsize size)
{
    guint8 arguments[2 + 256];

    store16_le(arguments, number);
    memcpy(arguments + 2, bytes, size);
    boot_line_send_extended(f->serial, BOOT_DATA, tag, arguments, 2 + size);
}

static void
send_close(Fixture *f, guint8 tag, const guint8 *bytes, guint32 size)
{
    guint32 sum_a = 0, sum_b = 0;
    guint8 arguments[16];

    for (guint i = 0; i < size; i += 4) {
        sum_a += load32_le(bytes + i);
        sum_b += sum_a;
    }
    store32_le(arguments, size);
    store32_le(arguments + 4, (guint32)crc32(0, bytes, size));
    store32_le(arguments + 8, sum_a);
    store32_le(arguments + 12, sum_b);
    boot_line_send_extended(f->serial, BOOT_CLOSE, tag, arguments, sizeof arguments);
}

/* "66:00 68:00 …": command and status of all that comes; BOOT_WINDOW with next, limit, beyond and poll. */
static char *
hear(Fixture *f)
{
    g_autoptr(GByteArray) heard = boot_line_hear(f->serial, BOOT_FRAME_PAUSE_MS + 50);
    GString *text = g_string_new(NULL);

    for (guint at = 0; at < heard->len;) {
        const guint8 *frame = heard->data + at;
        if (frame[0] != BOOT_MARK_0) {
            g_string_append_printf(text, "%02x ", frame[0]);
            at++;
            continue;
        }
        g_string_append_printf(text, "%02x:%02x", frame[4], frame[6]);
        if (frame[4] == BOOT_WINDOW)
            g_string_append_printf(text, "(%u-%u %x %u)", load16_le(frame + 7),
                                   load16_le(frame + 9), load32_le(frame + 11), frame[15]);
        g_string_append_c(text, ' ');
        at += load16_le(frame + 2) + BOOT_OVERHEAD;
    }
    return g_string_free(text, FALSE);
}

#define ASSERT_HEARS(f, text)              \
    do {                                   \
        g_autofree char *heard_ = hear(f); \
        g_assert_cmpstr(heard_, ==, text); \
    } while (0)

/* The second frame is lost, the third and the first come twice, and so do OPEN and CLOSE. */
static void
test_lost_and_repeated(Fixture *f, gconstpointer data)
{
    const guint8 poll = 7;
    guint8 bytes[48];

    for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = (guint8)(i + 1);
    send_open(f, 1, APP + 256, BOOT_OPEN_ERASE);
    send_open(f, 1, APP + 256, BOOT_OPEN_ERASE);
    ASSERT_HEARS(f, "66:00 66:00 ");
    const guint after_open = native_board_get_operations(f->board);
    send_data(f, 1, 0, bytes, 16);
    ASSERT_HEARS(f, "68:00(1-23 0 0) ");
    send_data(f, 1, 2, bytes + 32, 16);
    ASSERT_HEARS(f, "68:00(1-23 1 0) ");
    send_data(f, 1, 2, bytes + 32, 16);
    send_data(f, 1, 0, bytes, 16);
    ASSERT_HEARS(f, "68:00(1-23 1 0) 68:00(1-23 1 0) ");
    boot_line_send_extended(f->serial, BOOT_POLL, 1, &poll, 1);
    ASSERT_HEARS(f, "68:00(1-23 1 7) ");
    send_data(f, 1, 1, bytes + 16, 16);
    ASSERT_HEARS(f, "68:00(3-24 0 7) 68:00(3-25 0 7) ");
    send_close(f, 1, bytes, sizeof bytes);
    send_close(f, 1, bytes, sizeof bytes);
    ASSERT_HEARS(f, "6a:00 6a:00 ");
    g_assert_cmpmem(f->flash + (APP - FLASH) + 256, sizeof bytes, bytes, sizeof bytes);
    g_assert_cmpuint(native_board_get_operations(f->board), ==, after_open + sizeof bytes / 4);
}

static void
test_bad_streams(Fixture *f, gconstpointer data)
{
    static const guint8 no_deflate[] = {0xFF, 0xFF, 0xFF};
    const guint8 poll = 1;
    guint8 bytes[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

    /* frames missing */
    send_open(f, 1, APP + 256, 0);
    send_data(f, 1, 1, bytes, 16);
    send_close(f, 1, bytes, 16);
    ASSERT_HEARS(f, "66:00 68:00(0-22 1 0) 6a:0d ");
    /* not what was announced */
    g_assert_cmpint(erase(f, 1u << 3), ==, BOOT_OK);
    send_open(f, 2, APP + 256, 0);
    send_data(f, 2, 0, bytes, 16);
    bytes[3] ^= 1;
    send_close(f, 2, bytes, 16);
    ASSERT_HEARS(f, "66:00 68:00(1-23 0 0) 6a:0e ");
    /* where something is */
    send_open(f, 3, APP + 256, 0);
    send_data(f, 3, 0, bytes, 16);
    ASSERT_HEARS(f, "66:00 68:07(1-22 0 0) ");
    boot_line_send_extended(f->serial, BOOT_POLL, 3, &poll, 1);
    send_close(f, 3, bytes, 16);
    ASSERT_HEARS(f, "68:07(1-22 0 1) 6a:07 ");
    /* no DEFLATE */
    send_open(f, 4, APP + 256, BOOT_OPEN_ERASE | BOOT_OPEN_DEFLATE);
    send_data(f, 4, 0, no_deflate, sizeof no_deflate);
    ASSERT_HEARS(f, "66:00 68:0d(1-22 0 0) ");
    /* nobody's */
    boot_line_send_extended(f->serial, BOOT_POLL, 77, &poll, 1);
    ASSERT_HEARS(f, "68:0d(0-0 0 0) ");
}

/* Another command, or silence, ends a stream; the twelve are heard again after the silence. */
static void
test_stream_ends(Fixture *f, gconstpointer data)
{
    guint8 bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};

    send_open(f, 1, APP + 256, 0);
    send_data(f, 1, 0, bytes, 8);
    boot_line_send_extended(f->serial, BOOT_PING, 2, bytes, 2);
    send_close(f, 1, bytes, 8);
    ASSERT_HEARS(f, "66:00 68:00(1-23 0 0) 64:00 6a:0d ");
    send_open(f, 3, APP + 512, 0);
    ASSERT_HEARS(f, "66:00 ");
    boot_line_send_base(f->serial, TRUE, BOOT_GET_VER, NULL, 0);
    ASSERT_HEARS(f, "");
    g_byte_array_unref(boot_line_hear(f->serial, BOOT_STREAM_PAUSE_MS));
    g_assert_true(answers(f));
}

/* Rubbish between extended frames costs none of them. */
static void
test_resynchronizes(Fixture *f, gconstpointer data)
{
    static const guint8 rubbish[] = {0x00, 0xE7, 0x10, 0x00, 0x64, 0x05, 0x00, 0xE7, 0xFF, 0x00};

    for (gsize n = 1; n <= sizeof rubbish; n++) {
        boot_line_send_extended(f->serial, BOOT_PING, 1, NULL, 0);
        boot_line_send(f->serial, rubbish, n);
        for (guint8 tag = 2; tag < 5; tag++)
            boot_line_send_extended(f->serial, BOOT_PING, tag, rubbish, 3);
        ASSERT_HEARS(f, "64:00 64:00 64:00 64:00 ");
        g_byte_array_unref(boot_line_hear(f->serial, 2 * BOOT_FRAME_PAUSE_MS));
    }
}

/* -- the rate -- */

static void
test_baud(Fixture *f, gconstpointer data)
{
    const InlaySerialOps *ops = f->serial->ops;

    g_assert_cmpint(ask32(f, BOOT_BAUD, 230400), ==, BOOT_OK);
    g_assert_true(ops->set_rate(f->serial, 230400, INLAY_PARITY_NONE, NULL));
    g_assert_true(answers(f));
    g_byte_array_unref(boot_line_hear(f->serial, 20000));
    g_assert_true(answers(f));
    /* never used: the one before is back */
    g_assert_cmpint(ask32(f, BOOT_BAUD, 921600), ==, BOOT_OK);
    g_byte_array_unref(boot_line_hear(f->serial, BOOT_BAUD_TRIAL_MS + 100));
    g_assert_true(answers(f));
    /* another host comes, at the first one */
    g_byte_array_unref(boot_line_hear(f->serial, 5000));
    g_assert_true(ops->set_rate(f->serial, 115200, INLAY_PARITY_NONE, NULL));
    boot_line_send_base(f->serial, TRUE, BOOT_GET_VER, NULL, 0);
    g_byte_array_unref(boot_line_hear(f->serial, 500));
    g_assert_true(answers(f));
    g_assert_cmpint(ask32(f, BOOT_BAUD, 99), ==, BOOT_BAD_ARGUMENT);
}

/* -- what boots -- */

static void
test_stays_bootable(Fixture *f, gconstpointer data)
{
    static const guint8 word[] = {1, 2, 3, 4};
    const guint32 first = port_chip.own_sectors;
    guint8 vectors[8], addr[4];
    GByteArray *bytes;

    store32_le(addr, APP);
    store32_le(vectors, 0x20005000);
    store32_le(vectors + 4, APP + 0x41);
    g_assert_null(boot_line_ask_base(f->serial, TRUE, BOOT_GO_TO_ADDR, addr, 4));
    g_assert_cmpint(mem_write(f, APP, vectors, 8), ==, BOOT_OK);
    g_assert_cmpint(mem_write(f, APP, vectors, 8), ==, BOOT_OK);
    g_assert_cmphex(load32_le(f->flash + (APP - FLASH)), ==, 0xFFFFFFFF);
    guint8 read[5] = {addr[0], addr[1], addr[2], addr[3], 8};
    bytes = boot_line_ask_base(f->serial, TRUE, BOOT_MEM_READ, read, 5);
    g_assert_cmpmem(bytes->data, bytes->len, vectors, 8);
    g_byte_array_unref(bytes);
    g_assert_cmpint(mem_write(f, APP + 256, word, 4), ==, BOOT_OK);

    g_assert_cmpint(boot_line_ask(f->serial, BOOT_COMMIT, 1, NULL, 0, NULL), ==, BOOT_OK);
    g_assert_cmpmem(f->flash + (APP - FLASH), 8, vectors, 8);
    g_assert_cmpint(mem_write(f, APP + 256, word, 4), ==, BOOT_OK); /* it is there already */
    g_assert_cmpint(mem_write(f, APP + 260, word, 4), ==, BOOT_STAYS_BOOTABLE);
    g_assert_cmpint(mem_write(f, APP + 8, word, 4), ==, BOOT_STAYS_BOOTABLE);
    g_assert_cmpint(erase(f, 1u << (first + 1)), ==, BOOT_STAYS_BOOTABLE);
    send_open(f, 1, APP + 256, BOOT_OPEN_ERASE);
    ASSERT_HEARS(f, "66:0a ");
    g_assert_cmpint(erase(f, 3u << first), ==, BOOT_OK);
    g_assert_cmpint(mem_write(f, APP + 260, word, 4), ==, BOOT_OK);

    g_assert_cmpint(mem_write(f, APP, vectors, 8), ==, BOOT_OK);
    bytes = boot_line_ask_base(f->serial, TRUE, BOOT_GO_TO_ADDR, addr, 4);
    g_assert_cmpuint(bytes->len, ==, 0);
    g_byte_array_unref(bytes);
    g_assert_true(native_board_runs_application(f->board));
}

/* -- protection -- */

static void
test_write_protection(Fixture *f, gconstpointer data)
{
    static const guint8 protect[] = {1u << 3, BOOT_PROTECT_WRITE}, word[] = {1, 2, 3, 4};

    for (guint round = 0; round < 2; round++) {
        g_autoptr(GByteArray) status =
            boot_line_ask_base(f->serial, TRUE, BOOT_EN_RW_PROTECT, protect, 2);
        g_assert_cmpuint(status->data[0], ==, BOOT_OK);
    }
    g_assert_cmpint(erase(f, 1u << 3), ==, BOOT_OK); /* it holds from the next reset on */
    native_board_power(f->board);
    g_assert_cmpint(erase(f, 1u << 3), ==, BOOT_WRITE_PROTECTED);
    g_assert_cmpint(erase(f, 3u << 2), ==, BOOT_WRITE_PROTECTED);
    g_assert_cmpint(mem_write(f, port_chip.sectors[3].base, word, 4), ==, BOOT_WRITE_PROTECTED);
    g_autoptr(GByteArray) nwrp =
        boot_line_ask_base(f->serial, TRUE, BOOT_READ_SECTOR_P_STATUS, NULL, 0);
    g_assert_cmphex(load16_le(nwrp->data), ==, 0xFF7);
    g_autoptr(GByteArray) status =
        boot_line_ask_base(f->serial, TRUE, BOOT_DIS_R_W_PROTECT, NULL, 0);
    g_assert_cmpuint(status->data[0], ==, BOOT_OK);
    native_board_power(f->board);
    g_assert_cmpint(mem_write(f, port_chip.sectors[3].base, word, 4), ==, BOOT_OK);
}

static void
test_level_1(Fixture *f, gconstpointer data)
{
    const guint32 options = port_options_read() & ~0xFF00u;
    guint8 range[8], read[6] = {0};

    g_assert_cmpint(ask32(f, BOOT_SET_OPTIONS, options | 0xCC00), ==, BOOT_IRREVERSIBLE);
    g_assert_cmpint(ask32(f, BOOT_SET_OPTIONS, options | 0x5500), ==, BOOT_OK);
    g_assert_cmpint(ask32(f, BOOT_SET_OPTIONS, options | 0xAA00), ==, BOOT_IRREVERSIBLE);
    native_board_power(f->board);
    g_assert_cmpint(ask32(f, BOOT_SET_OPTIONS, options | 0xAA00), ==, BOOT_IRREVERSIBLE);
    g_assert_cmpint(ask32(f, BOOT_SET_OPTIONS, options | 0xCC00), ==, BOOT_IRREVERSIBLE);
    store32_le(read, APP);
    read[4] = 8;
    g_assert_cmpint(boot_line_ask(f->serial, BOOT_READ, 1, read, 6, NULL), ==, BOOT_READ_PROTECTED);
    store32_le(range, APP);
    store32_le(range + 4, 8);
    g_assert_cmpint(boot_line_ask(f->serial, BOOT_DIGEST, 1, range, 8, NULL), ==,
                    BOOT_READ_PROTECTED);
    store32_le(range + 4, port_chip.sectors[2].size);
    g_assert_cmpint(boot_line_ask(f->serial, BOOT_DIGEST, 1, range, 8, NULL), ==, BOOT_OK);
    g_assert_cmpint(erase(f, 1u << 2), ==, BOOT_OK);
}

static void
test_otp(Fixture *f, gconstpointer data)
{
    static const guint8 bytes[] = {0xF0, 0x12, 0x34}, more[] = {0xFF, 0x12}, lock = 0;
    const guint8 block = 2;

    g_assert_cmpint(mem_write(f, 0x1FFF7841, bytes, 3), ==, BOOT_OK);
    g_assert_cmpint(mem_write(f, 0x1FFF7841, bytes, 3), ==, BOOT_OK);
    g_assert_cmpint(mem_write(f, 0x1FFF7841, more, 2), ==, BOOT_FLASH_FAILED);
    g_assert_cmpint(mem_write(f, 0x1FFF7A02, &lock, 1), ==, BOOT_OK);
    g_assert_cmpint(mem_write(f, 0x1FFF7850, bytes, 3), ==, BOOT_WRITE_PROTECTED);
    g_autoptr(GByteArray) otp = boot_line_ask_base(f->serial, FALSE, BOOT_OTP_READ, &block, 1);
    g_assert_cmpuint(otp->len, ==, 33);
    g_assert_cmpmem(otp->data + 1, 3, bytes, 3);
    g_assert_cmphex(otp->data[32], ==, 0);
}

/* A controller that never finishes: named, and the line lives on. */
static void
test_stuck(Fixture *f, gconstpointer data)
{
    static const guint8 word[] = {1, 2, 3, 4};

    native_board_stick(f->board);
    g_assert_cmpint(erase(f, 1u << 3), ==, BOOT_FLASH_TIMEOUT);
    g_assert_cmpint(mem_write(f, APP + 16, word, 4), ==, BOOT_FLASH_TIMEOUT);
    g_assert_true(answers(f));
}

#define ADD(name, function) \
    g_test_add("/firmware/boot-manners/" name, Fixture, NULL, setup, function, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("lost-and-repeated", test_lost_and_repeated);
    ADD("bad-streams", test_bad_streams);
    ADD("stream-ends", test_stream_ends);
    ADD("resynchronizes", test_resynchronizes);
    ADD("baud", test_baud);
    ADD("stays-bootable", test_stays_bootable);
    ADD("write-protection", test_write_protection);
    ADD("level-1", test_level_1);
    ADD("otp", test_otp);
    ADD("stuck", test_stuck);
    return g_test_run();
}
