/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The UART bootloader as it is flashed, on a virtual board with an STM32F407: what it answers on USART2,
 * what it says on USART3, what it starts. The images' folder is in INLAY_FIRMWARE. */
#include <string.h>
#include <zlib.h>

#include "bench/serial-link.h"
#include "transports/boot-crc.h"
#include "transports/boot-stream.h"

#define MS ((guint64)1000 * 1000)
#define FLASH 0x08000000
#define APPLICATION 0x8000 /* offset in flash */
#define USART2 0x40004400
#define USART3 0x40004800

#define STAYS "Inlay bootloader 1.0.0 stays, "
#define ASKED STAYS "as it was asked to\r\n"
#define BUTTON STAYS "as the button is pressed\r\n"
#define EMPTY STAYS "as no application has a sane vector table\r\n"
#define RUNS_1 "Inlay application 1 (slow) 1.0.0: 84 MHz from the 8 MHz crystal\r\n"
#define VERSION "a5 51 01 10"
#define N_WAITING 100 /* frames of 74 bytes: nearly the ring */
#define KNOCK "00 e7 03 00 6f 00 01 46 31 0e b5"

typedef struct {
    BenchBoard *board;
    BenchSerialLine *line;
} Fixture;

typedef struct {
    const char *name;
    guint32 hse_hz; /* 0: no crystal */
} Chip;

static void
load_image(BenchBoard *board, const char *name, gsize offset)
{
    g_autofree char *path = g_strdup_printf("%s/%s.bin", g_getenv("INLAY_FIRMWARE"), name);
    g_autofree char *bytes = NULL;
    g_autoptr(GError) error = NULL;
    gsize size, flash_size;
    guint8 *flash = bench_board_get_flash(board, &flash_size);

    g_file_get_contents(path, &bytes, &size, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(offset + size, <=, flash_size);
    memcpy(flash + offset, bytes, size);
    bench_board_flash_changed(board);
}

/* A board with the bootloader, not yet powered. */
static void
set_up(Fixture *f, gconstpointer data)
{
    const Chip *chip = data;
    const BenchBoardConfig config = {
        .name = "f407",
        .chip = chip->name,
        .supply_mv = 3300,
        .hse_hz = chip->hse_hz,
        .button = "PA0 high",
        .led = "PA5 high",
        .uart_base = USART3,
        .seed = 407,
    };
    BenchSerialConfig line = {.kind = "CP210x", .uart_base = USART2, .seed = 407};
    g_autoptr(GError) error = NULL;

    f->board = bench_board_new(&config, &error);
    g_assert_no_error(error);
    bench_board_set_power(f->board, FALSE);
    load_image(f->board, "bootloader", 0);
    line.board = f->board;
    f->line = bench_serial_line_new(&line, &error);
    g_assert_no_error(error);
    bench_serial_line_set_rate(f->line, 115200, FALSE);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    g_assert_null(strstr(bench_board_get_events(f->board)->str, "fault:"));
    bench_serial_line_free(f->line);
    bench_board_free(f->board);
}

/* -- the line -- */

static GByteArray *
parse_hex(const char *hex)
{
    GByteArray *bytes = g_byte_array_new();

    for (; *hex != '\0'; hex += hex[2] == ' ' ? 3 : 2) {
        guint8 byte = (guint8)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));
        g_byte_array_append(bytes, &byte, 1);
    }
    return bytes;
}

static void
append_u32(GByteArray *bytes, guint32 value)
{
    guint32 le = GUINT32_TO_LE(value);

    g_byte_array_append(bytes, (const guint8 *)&le, 4);
}

/* What comes until the line has been quiet for 50 ms: bytes in hex. */
static char *
hear(Fixture *f, guint ms)
{
    GString *hex = g_string_new(NULL);
    guint8 bytes[600];
    guint quiet_ms = 0;

    for (guint at_ms = 0; at_ms < ms && quiet_ms < 50; at_ms++) {
        bench_serial_line_run(f->line, MS);
        gsize size = bench_serial_line_read(f->line, bytes, sizeof bytes);
        for (gsize i = 0; i < size; i++)
            g_string_append_printf(hex, hex->len == 0 ? "%02x" : " %02x", bytes[i]);
        quiet_ms = size == 0 && hex->len > 0 ? quiet_ms + 1 : 0;
    }
    return g_string_free(hex, FALSE);
}

static void
send(Fixture *f, const char *hex)
{
    g_autoptr(GByteArray) bytes = parse_hex(hex);

    bench_serial_line_write(f->line, bytes->data, bytes->len);
}

/* One of the twelve: command and payload; its length and crc are added. */
static void
send_command(Fixture *f, const char *hex)
{
    g_autoptr(GByteArray) bytes = parse_hex(hex);
    guint8 length = (guint8)(bytes->len + 4);

    g_byte_array_prepend(bytes, &length, 1);
    append_u32(bytes, inlay_boot_crc(bytes->data, bytes->len));
    bench_serial_line_write(f->line, bytes->data, bytes->len);
}

static void
assert_answer(Fixture *f, const char *hex, const char *answer)
{
    g_autofree char *got = NULL;

    g_test_message("%s", hex);
    send_command(f, hex);
    got = hear(f, 3000);
    g_assert_cmpstr(got, ==, answer);
}

/* An extension: the body; the frame around it is added. */
static void
send_extension(Fixture *f, const char *hex)
{
    g_autoptr(GByteArray) bytes = parse_hex(hex);
    guint8 head[] = {0x00, 0xE7, (guint8)bytes->len, 0x00};

    g_byte_array_prepend(bytes, head, sizeof head);
    append_u32(bytes, (guint32)crc32(0, bytes->data + 2, bytes->len - 2));
    bench_serial_line_write(f->line, bytes->data, bytes->len);
}

/* The body of the answer, its frame right. */
static char *
hear_extension(Fixture *f)
{
    g_autofree char *hex = hear(f, 3000);
    g_autoptr(GByteArray) bytes = parse_hex(hex);
    guint size;
    guint32 crc;

    g_assert_cmpuint(bytes->len, >, 8);
    size = bytes->data[2] | (guint)bytes->data[3] << 8;
    g_assert_cmpuint(bytes->len, ==, size + 8);
    memcpy(&crc, bytes->data + 4 + size, 4);
    g_assert_cmphex(GUINT32_FROM_LE(crc), ==, crc32(0, bytes->data + 2, size + 2));
    return g_strndup(hex + 12, 3 * size - 1);
}

static void
assert_extension(Fixture *f, const char *hex, const char *answer)
{
    g_autofree char *got = NULL;

    g_test_message("%s", hex);
    send_extension(f, hex);
    got = hear_extension(f);
    g_assert_cmpstr(got, ==, answer);
}

/* USART3 says this, among other things. */
static void
assert_says(Fixture *f, guint ms, const char *text)
{
    g_autoptr(GString) said = NULL;

    bench_board_run_for(f->board, ms * MS);
    said = bench_board_take_uart(f->board);
    if (strstr(said->str, text) == NULL)
        g_assert_cmpstr(said->str, ==, text);
}

/* On the commands' line come these bytes, then an application's text. */
static void
assert_line_says(Fixture *f, const char *hex, const char *text)
{
    g_autofree char *got = hear(f, 300);
    g_autoptr(GString) expected = g_string_new(hex);

    for (; *text != '\0'; text++)
        g_string_append_printf(expected, expected->len == 0 ? "%02x" : " %02x", (guint8)*text);
    g_assert_cmpstr(got, ==, expected->str);
}

static void
power_on(Fixture *f)
{
    bench_board_set_power(f->board, FALSE);
    bench_board_set_power(f->board, TRUE);
}

/* Powers a board that finds no reason to start anything. */
static void
power_on_empty(Fixture *f)
{
    power_on(f);
    assert_says(f, 100, EMPTY);
}

/* -- the start -- */

static void
test_empty(Fixture *f, gconstpointer data)
{
    power_on(f);
    assert_says(f, 100, EMPTY "84 MHz from the crystal\r\n");
    assert_answer(f, "51", VERSION);
    assert_answer(f, "53", "a5 53 02 13 04");
    assert_answer(f, "54", "a5 54 01 aa");
}

static void
test_no_crystal(Fixture *f, gconstpointer data)
{
    power_on(f);
    assert_says(f, 200, EMPTY "84 MHz from the internal oscillator, as no crystal started\r\n");
    assert_answer(f, "51", VERSION);
}

static void
test_starts(Fixture *f, gconstpointer data)
{
    load_image(f->board, "f407-application1", APPLICATION);
    power_on(f);
    assert_line_says(f, "", RUNS_1);
    assert_says(f, 100, "");
}

static void
test_button(Fixture *f, gconstpointer data)
{
    load_image(f->board, "f407-application1", APPLICATION);
    bench_board_press(f->board, TRUE);
    power_on(f);
    assert_says(f, 100, BUTTON);
    assert_answer(f, "51", VERSION);

    bench_board_press(f->board, FALSE);
    power_on(f);
    assert_line_says(f, "", RUNS_1);
}

static void
press_reset(Fixture *f)
{
    bench_board_set_nrst(f->board, TRUE);
    bench_board_run_for(f->board, MS);
    bench_board_set_nrst(f->board, FALSE);
}

/* An application makes place, once; the bootloader starts it again. */
static void
test_request(Fixture *f, gconstpointer data)
{
    load_image(f->board, "f407-application1", APPLICATION);
    power_on(f);
    assert_line_says(f, "", RUNS_1);
    send(f, KNOCK);
    assert_says(f, 100, ASKED);
    assert_answer(f, "51", VERSION);
    press_reset(f);
    assert_line_says(f, "", RUNS_1);

    send(f, KNOCK);
    assert_says(f, 100, ASKED);
    send_command(f, "55 00 80 00 08"); /* GO_TO_ADDR */
    assert_line_says(f, "a5 55 00", RUNS_1);
}

/* A program finds the chip as after reset, but for its vector table. */
static void
test_untouched(Fixture *f, gconstpointer data)
{
    static const struct {
        guint32 addr, value;
    } registers[] = {
        {0x40023830, 0}, /* RCC_AHB1ENR; the bench has not the clock of the CCM */
        {0x40023840, 0}, /* RCC_APB1ENR */
        {0x40023844, 0}, /* RCC_APB2ENR */
        {0x40023808, 0}, /* RCC_CFGR */
        {0x40023C00, 0}, /* FLASH_ACR */
        {0xE000E010, 0}, /* STK_CTRL */
        {0xE000E100, 0}, /* NVIC_ISER0 */
        {0xE000ED08, FLASH + APPLICATION},
    };
    static const guint8 program[] = {
        0x00, 0x00, 0x02, 0x20, 0x09, 0x80, 0x00, 0x08, /* stack, reset */
        0xFE, 0xE7,                                     /* b . */
    };
    gsize size;

    memcpy(bench_board_get_flash(f->board, &size) + APPLICATION, program, sizeof program);
    bench_board_flash_changed(f->board);
    power_on(f);
    bench_board_run_for(f->board, 100 * MS);
    for (guint i = 0; i < G_N_ELEMENTS(registers); i++) {
        guint32 value = 0;

        g_test_message("0x%08x", registers[i].addr);
        g_assert_cmpint(bench_board_debug_read(f->board, registers[i].addr, 4, &value), ==,
                        BENCH_DEBUG_OK);
        g_assert_cmphex(value, ==, registers[i].value);
    }
}

/* A program in SRAM outlives the reset that starts it. */
static void
test_go_to_sram(Fixture *f, gconstpointer data)
{
    guint32 vtor;

    power_on_empty(f);
    assert_answer(f, "57 00 00 01 20 0a 00 00 02 20 09 00 01 20 fe e7", "a5 57 01 00");
    assert_answer(f, "55 00 00 01 20", "a5 55 00");
    bench_board_run_for(f->board, 100 * MS);
    bench_board_debug_read(f->board, 0xE000ED08, 4, &vtor);
    g_assert_cmphex(vtor, ==, 0x20010000);
    power_on_empty(f);
}

/* A fault of the last run is told. */
static void
test_fault(Fixture *f, gconstpointer data)
{
    const guint32 note = 0x20007FE0; /* the beginning of .noinit */

    power_on_empty(f);
    bench_board_debug_write(f->board, note, 4, 0xFA017EDD);
    bench_board_debug_write(f->board, note + 4, 4, 3);
    bench_board_debug_write(f->board, note + 8, 4, 0x20001234);
    send_extension(f, "6f 01 01"); /* RESET into the bootloader */
    assert_says(f, 100,
                ASKED "84 MHz from the crystal\r\n"
                      "restarted after exception 3 at 0x20001234\r\n");
}

/* -- memories -- */

static void
test_write(Fixture *f, gconstpointer data)
{
    gsize size;
    const guint8 *flash = bench_board_get_flash(f->board, &size);

    load_image(f->board, "f407-application1", APPLICATION);
    bench_board_press(f->board, TRUE);
    power_on(f);
    assert_says(f, 100, BUTTON);

    assert_answer(f, "56 00 01", "a5 56 01 03"); /* its own sectors: OWN_SECTOR */
    assert_answer(f, "56 01 02", "a5 56 01 03");
    assert_answer(f, "57 00 40 00 08 04 01 02 03 04", "a5 57 01 03");
    assert_answer(f, "56 02 01", "a5 56 01 00");
    g_assert_cmphex(flash[APPLICATION], ==, 0xFF);
    assert_answer(f, "57 10 80 00 08 05 11 22 33 44 55", "a5 57 01 00");
    assert_answer(f, "59 10 80 00 08 06", "a5 59 06 11 22 33 44 55 ff");
    g_assert_cmpmem(flash + APPLICATION + 0x10, 5, "\x11\x22\x33\x44\x55", 5);
    assert_answer(f, "55 00 80 00 08", "7f"); /* nothing to start any more */
}

/* What arrives while a sector of 128 KiB is erased is answered behind it. */
static void
test_busy(Fixture *f, gconstpointer data)
{
    g_autoptr(GString) ping = g_string_new("64 00");

    for (guint i = 0; i < 64; i++)
        g_string_append_printf(ping, " %02x", i);
    power_on_empty(f);
    for (guint turn = 0; turn < 3; turn++) { /* the ring goes round */
        g_autofree char *early = NULL, *got = NULL;

        send_command(f, "56 05 01");
        for (guint i = 0; i < N_WAITING; i++)
            send_extension(f, ping->str);
        bench_board_run_for(f->board, 800 * MS);
        early = hear(f, 10);
        g_assert_cmpstr(early, ==, "");
        got = hear(f, 3000);
        g_assert_true(g_str_has_prefix(got, "a5 56 01 00 00 e7"));
        g_assert_cmpuint((strlen(got) + 1) / 3, ==, 4 + N_WAITING * (8 + 3 + 64));
    }
}

static void
test_memories(Fixture *f, gconstpointer data)
{
    power_on_empty(f);
    assert_answer(f, "57 00 80 00 20 02 12 34", "a5 57 01 00"); /* SRAM behind the bootloader's */
    assert_answer(f, "59 00 80 00 20 02", "a5 59 02 12 34");
    assert_answer(f, "57 00 70 00 20 02 12 34", "a5 57 01 01"); /* the bootloader's: BAD_ADDRESS */
    assert_answer(f, "57 f7 ff 01 20 02 12 34", "a5 57 01 01"); /* into the mailbox */
    assert_answer(f, "57 00 00 00 10 02 56 78", "a5 57 01 00"); /* core-coupled */
    assert_answer(f, "59 ff ff 00 10 02", "7f");                /* beyond its end */
    assert_answer(f, "57 00 40 02 40 02 9a bc", "a5 57 01 00"); /* backup SRAM */
    assert_answer(f, "59 00 40 02 40 02", "a5 59 02 9a bc");
    assert_answer(f, "59 22 7a ff 1f 02", "a5 59 02 00 04"); /* flash size: 1024 KiB */
    assert_answer(f, "59 00 c0 ff 1f 02", "a5 59 02 ff aa"); /* option bytes as delivered */
    assert_answer(f, "57 00 c0 ff 1f 01 00", "a5 57 01 01");
    assert_answer(f, "59 00 00 02 40 01", "7f"); /* peripherals */
    /* GO_TO_ADDR: no vectors, no memory for code, none at all. */
    assert_answer(f, "55 00 80 00 20", "7f");
    assert_answer(f, "55 00 00 00 10", "7f");
    assert_answer(f, "55 00 00 00 e0", "7f");
    assert_answer(f, "51", VERSION);
}

static void
test_otp(Fixture *f, gconstpointer data)
{
    gsize size;
    const guint8 *otp = bench_board_get_area(f->board, BENCH_AREA_OTP, &size);

    power_on_empty(f);
    assert_answer(f, "57 20 78 ff 1f 03 01 02 03", "a5 57 01 00");
    g_assert_cmpmem(otp + 0x20, 4, "\x01\x02\x03\xff", 4);
    assert_answer(f, "57 01 7a ff 1f 01 00", "a5 57 01 00"); /* locks block 1 */
    assert_answer(f, "57 23 78 ff 1f 01 04", "a5 57 01 04"); /* WRITE_PROTECTED */
    assert_answer(
        f, "5b 01",
        "a5 5b 21 01 02 03 ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff "
        "ff ff ff ff ff ff ff ff 00");
}

static void
reset_and_stay(Fixture *f)
{
    send_extension(f, "6f 01 01");
    assert_says(f, 100, ASKED);
    g_free(hear(f, 10));
}

static void
test_protection(Fixture *f, gconstpointer data)
{
    power_on_empty(f);
    assert_answer(f, "5a", "a5 5a 02 ff 0f");
    assert_answer(f, "58 03 02", "a5 58 01 06"); /* PCROP: UNSUPPORTED */
    assert_answer(f, "58 0f 01", "a5 58 01 00");
    reset_and_stay(f);
    assert_answer(f, "5a", "a5 5a 02 f0 0f");
    assert_answer(f, "56 02 01", "a5 56 01 04"); /* WRITE_PROTECTED */
    assert_answer(f, "57 00 80 00 08 04 00 00 00 00", "a5 57 01 04");
    assert_answer(f, "5c", "a5 5c 01 00");
    reset_and_stay(f);
    assert_answer(f, "57 10 80 00 08 04 00 00 00 00", "a5 57 01 00");
}

/* Level 1 is raised here, and not lowered. */
static void
test_read_protection(Fixture *f, gconstpointer data)
{
    power_on_empty(f);
    assert_extension(f, "6d 01", "6d 01 00 ed aa ff 0f ec ff ff 0f");
    assert_extension(f, "6e 01 ed 55 ff 0f", "6e 01 00");
    power_on_empty(f);
    assert_answer(f, "54", "a5 54 01 55");
    assert_answer(f, "59 00 80 00 08 04", "7f");
    assert_extension(f, "6e 01 ed aa ff 0f", "6e 01 0b"); /* IRREVERSIBLE */
    assert_extension(f, "6e 01 ed cc ff 0f", "6e 01 0b");
    assert_answer(f, "56 02 01", "a5 56 01 00");
}

/* -- the chip and its line -- */

static void
test_small_chip(Fixture *f, gconstpointer data)
{
    power_on_empty(f);
    assert_answer(f, "56 07 01", "a5 56 01 00");
    assert_answer(f, "56 08 01", "a5 56 01 02"); /* BAD_ARGUMENT */
    assert_answer(f, "59 fc ff 07 08 04", "a5 59 04 ff ff ff ff");
    assert_answer(f, "59 fc ff 07 08 05", "7f");
}

static void
test_baud(Fixture *f, gconstpointer data)
{
    power_on_empty(f);
    assert_extension(f, "63 01 00 10 0e 00", "63 01 00"); /* 921600 */
    bench_serial_line_set_rate(f->line, 921600, FALSE);
    assert_extension(f, "64 02 55", "64 02 00 55");
    assert_answer(f, "51", VERSION);

    /* Without a frame at the new one the old one is back. */
    assert_extension(f, "63 03 80 84 1e 00", "63 03 00"); /* 2000000 */
    bench_board_run_for(f->board, 600 * MS);
    assert_answer(f, "51", VERSION);
    assert_extension(f, "63 04 c0 c6 2d 00", "63 04 02"); /* 3000000: BAD_ARGUMENT */
}

/* The host's own code writes, byte by byte and compressed, while the flash erases and programs. */
static void
test_stream(Fixture *f, gconstpointer data)
{
    enum { SECTOR = 0x20000, SIZE = 0x8000 };
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *bytes = g_malloc(SIZE);
    g_autoptr(InlayBoot) boot = NULL;
    guint32 random = 1;
    guint got;
    gsize size;
    const guint8 *flash = bench_board_get_flash(f->board, &size);

    for (gsize i = 0; i < SIZE; i++) {
        random = random * 1664525 + 1013904223;
        bytes[i] = (guint8)(random >> (i % 4 == 0 ? 24 : 30)); /* to about two thirds */
    }
    power_on_empty(f);
    boot = inlay_boot_new(bench_serial_link_new(f->line), NULL, &error);
    g_assert_no_error(error);
    g_assert_true(inlay_boot_set_baud(boot, 921600, &got, NULL, &error));
    g_assert_cmpuint(got, ==, 921600);
    for (guint plain = 0; plain < 2; plain++) {
        const InlayBootStream stream = {
            .addr = FLASH + SECTOR,
            .bytes = bytes,
            .size = SIZE,
            .erase = TRUE,
            .plain = plain == 1,
            .limit_ms = 10000,
        };
        const guint64 start_ns = bench_board_now_ns(f->board);

        bytes[0] ^= 0xFF;
        g_assert_true(inlay_boot_stream(boot, &stream, NULL, &error));
        g_assert_no_error(error);
        g_assert_cmpmem(flash + SECTOR, SIZE, bytes, SIZE);
        g_test_message("%s: %.3f s of the board's clock", plain ? "plain" : "compressed",
                       (double)(bench_board_now_ns(f->board) - start_ns) / 1e9);
    }
    g_assert_cmpuint(inlay_boot_get_counters(boot)->resent_bytes, ==, 0);
}

/* A watchdog that the option bytes start is fed, also while the flash is busy. */
static void
test_watchdog(Fixture *f, gconstpointer data)
{
    gsize size;
    const guint8 *cells = bench_board_get_area(f->board, BENCH_AREA_OPTIONS, &size);
    g_autofree guint8 *options = g_memdup2(cells, size);

    options[0] &= (guint8)~0x20; /* WDG_SW */
    options[2] |= 0x20;
    g_assert_true(bench_board_set_area(f->board, BENCH_AREA_OPTIONS, options, size));
    power_on_empty(f);
    bench_board_run_for(f->board, 3000 * MS);
    assert_answer(f, "56 05 02", "a5 56 01 00");
    g_assert_null(strstr(bench_board_get_events(f->board)->str, "watchdog"));
}

int
main(int argc, char **argv)
{
    static const Chip vg = {"STM32F407VG", 8000000}, ve = {"STM32F407VE", 8000000},
                      bare = {"STM32F407VG", 0};

    g_test_init(&argc, &argv, NULL);
#define ADD(name, chip, function) \
    g_test_add("/firmware/bootloader/" name, Fixture, &chip, set_up, function, tear_down)
    ADD("empty", vg, test_empty);
    ADD("no-crystal", bare, test_no_crystal);
    ADD("starts", vg, test_starts);
    ADD("button", vg, test_button);
    ADD("request", vg, test_request);
    ADD("untouched", vg, test_untouched);
    ADD("go-to-sram", vg, test_go_to_sram);
    ADD("fault", vg, test_fault);
    ADD("write", vg, test_write);
    ADD("busy", vg, test_busy);
    ADD("memories", vg, test_memories);
    ADD("otp", vg, test_otp);
    ADD("protection", vg, test_protection);
    ADD("read-protection", vg, test_read_protection);
    ADD("small-chip", ve, test_small_chip);
    ADD("baud", vg, test_baud);
    ADD("stream", vg, test_stream);
    ADD("watchdog", vg, test_watchdog);
#undef ADD
    return g_test_run();
}
