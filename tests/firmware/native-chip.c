/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "native-private.h"

#include <string.h>
#include <zlib.h>

#include "firmware/bootloader/port.h"
#include "firmware/proto/boot.h"

#define FLASH 0x08000000u
#define SRAM 0x20000000u
#define SRAM_FREE 0x20008000u
#define MAILBOX 0x2001FFF8u
#define CCM 0x10000000u
#define BACKUP 0x40024000u
#define OTP 0x1FFF7800u
#define IDS 0x1FFF7A10u
#define OPTIONS 0x1FFFC000u

#define OWN_SECTORS 2
#define MAX_SECTORS 24
#define KIB 1024u
#define MS 1000000ull
#define US 1000ull

/* RM0090 section 3.9.10: what a factory leaves. */
#define OPTCR 0x0FFFAAECu
#define OPTCR_WRITABLE 0x0FFFFFECu
#define NWRP_SHIFT 16

static const guint32 small_sectors[] = {256, 256, 256, 256, 512, 0};
static struct port_sector sectors[MAX_SECTORS];

struct port_chip port_chip;

void
native_chip_init(NativeBoard *board, const guint32 *sector_sizes)
{
    guint32 addr = FLASH;
    guint n = 0;

    if (sector_sizes == NULL)
        sector_sizes = small_sectors;
    for (; sector_sizes[n] != 0; addr += sector_sizes[n++])
        sectors[n] = (struct port_sector){addr, sector_sizes[n]};
    board->flash_size = addr - FLASH;
    board->flash = g_malloc(board->flash_size);
    memset(board->flash, 0xFF, board->flash_size);
    board->uncertain = g_malloc0(board->flash_size);
    memset(board->otp, 0xFF, sizeof board->otp);
    memset(board->ids, 0xFF, sizeof board->ids);
    board->options_stored = OPTCR;

    port_chip = (struct port_chip){
        .idcode = 0x10076413,
        .flash_kib = (guint16)(board->flash_size / KIB),
        .supply_mv = 3300,
        .n_sectors = (guint8)n,
        .own_sectors = OWN_SECTORS,
        .sectors = sectors,
        .app_base = sectors[OWN_SECTORS].base,
        .app_size = addr - sectors[OWN_SECTORS].base,
        .version = 0x010000,
        .build = "native",
    };
    for (guint i = 0; i < sizeof port_chip.uid; i++)
        board->ids[i] = port_chip.uid[i] = (guint8)(0x30 + i);
    board->ids[0x12] = (guint8)port_chip.flash_kib;
    board->ids[0x13] = (guint8)(port_chip.flash_kib >> 8);
    for (guint32 at = FLASH; at < sectors[OWN_SECTORS].base; at++) /* stands for the bootloader */
        board->flash[at - FLASH] = (guint8)(at * 7u + (at >> 8));
}

void
native_chip_clear(NativeBoard *board)
{
    g_free(board->flash);
    g_free(board->uncertain);
}

/* -- memories -- */

static guint8 *
find_cell(guint32 addr)
{
    NativeBoard *board = native_board;

    if (addr - FLASH < board->flash_size) /* nearly always */
        return board->flash + (addr - FLASH);
    const struct {
        guint32 base;
        gsize size;
        guint8 *cells;
    } memories[] = {
        {FLASH, board->flash_size, board->flash}, {SRAM, sizeof board->sram, board->sram},
        {CCM, sizeof board->ccm, board->ccm},     {BACKUP, sizeof board->backup, board->backup},
        {OTP, sizeof board->otp, board->otp},     {IDS, sizeof board->ids, board->ids},
    };

    for (guint i = 0; i < G_N_ELEMENTS(memories); i++)
        if (addr - memories[i].base < memories[i].size)
            return memories[i].cells + (addr - memories[i].base);
    g_error("the core reached for 0x%08x", addr);
}

enum port_memory
port_find_memory(enum port_use use, uint32_t addr, uint32_t size)
{
    enum { R = 1 << PORT_READ, W = 1 << PORT_WRITE, G = 1 << PORT_GO };
    const struct {
        guint32 base, end;
        guint uses;
        enum port_memory memory;
    } rows[] = {
        {FLASH, FLASH + (guint32)native_board->flash_size, R | G, PORT_FLASH},
        {port_chip.app_base, FLASH + (guint32)native_board->flash_size, W, PORT_FLASH},
        {SRAM, SRAM + sizeof native_board->sram, R | G, PORT_PLAIN},
        {SRAM_FREE, MAILBOX, W, PORT_PLAIN},
        {CCM, CCM + sizeof native_board->ccm, R | W, PORT_PLAIN},
        {BACKUP, BACKUP + sizeof native_board->backup, R | W | G, PORT_PLAIN},
        {OTP, OTP + sizeof native_board->otp, R | W, PORT_OTP},
        {IDS, IDS + sizeof native_board->ids, R, PORT_PLAIN},
        {OPTIONS, OPTIONS + 16, R, PORT_PLAIN},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        if ((rows[i].uses >> use & 1u) != 0 && addr >= rows[i].base && addr < rows[i].end &&
            size <= rows[i].end - addr)
            return rows[i].memory;
    return PORT_NOWHERE;
}

uint8_t
port_read8(uint32_t addr)
{
    g_assert_true(native_board->operation == NATIVE_IDLE ||
                  addr - FLASH >= native_board->flash_size);
    return *find_cell(addr);
}

uint32_t
port_read32(uint32_t addr)
{
    guint32 value;

    g_assert_cmphex(addr & 3u, ==, 0);
    g_assert_true(native_board->operation == NATIVE_IDLE ||
                  addr - FLASH >= native_board->flash_size);
    memcpy(&value, find_cell(addr), sizeof value);
    return GUINT32_FROM_LE(value);
}

void
port_write8(uint32_t addr, uint8_t value)
{
    g_assert_cmpint(port_find_memory(PORT_WRITE, addr, 1), ==, PORT_PLAIN);
    *find_cell(addr) = value;
}

uint32_t
port_crc32(uint32_t crc, uint32_t addr, uint32_t words)
{
    g_assert_cmphex(addr & 3u, ==, 0);
    g_assert_true(words == 0 || find_cell(addr + 4 * words - 1) - find_cell(addr) == 4 * words - 1);
    return (guint32)crc32(crc, find_cell(addr), 4 * words);
}

/* -- flash -- */

static guint8
mask(NativeBoard *board, guint eighths)
{
    guint8 bits = 0;

    for (guint i = 0; i < 8; i++)
        bits |= (guint8)((native_random(board) % 8 < eighths) << i);
    return bits;
}

static void
finish(NativeBoard *board)
{
    guint8 *cells = find_cell(board->operation_addr);

    for (guint i = 0; i < board->operation_size && board->operation_status == BOOT_OK; i++)
        cells[i] = board->operation == NATIVE_ERASE
                       ? 0xFF
                       : cells[i] & (guint8)(board->operation_value >> 8 * i);
    if (board->operation_status == BOOT_OK && board->operation == NATIVE_ERASE)
        memset(board->uncertain + (board->operation_addr - FLASH), 0, board->operation_size);
    board->operation = NATIVE_IDLE;
}

/* Of its change an operation leaves a part, a seeded one: much or little, in all bytes or in few. Of four
 * erases one reads blank, and falls back later. */
static void
finish_partly(NativeBoard *board)
{
    guint8 *cells = find_cell(board->operation_addr);
    const guint degree = native_random(board) % 8, one_in = native_random(board) % 2 ? 16 : 1;
    const gboolean reads_blank = native_random(board) % 4 == 0;

    for (guint i = 0; i < board->operation_size && board->operation_status == BOOT_OK; i++) {
        const guint8 old = cells[i];

        if (board->operation == NATIVE_PROGRAM) {
            cells[i] &= (guint8)(board->operation_value >> 8 * i) | mask(board, degree);
        } else {
            if (reads_blank)
                cells[i] = 0xFF;
            else if (native_random(board) % one_in == 0)
                cells[i] |= mask(board, degree);
            board->uncertain[board->operation_addr - FLASH + i] |= (guint8)~old;
        }
    }
    board->operation = NATIVE_IDLE;
}

void
native_board_age(NativeBoard *board)
{
    for (gsize i = 0; i < board->flash_size; i++)
        if (board->uncertain[i] != 0)
            board->flash[i] &= (guint8) ~(board->uncertain[i] & mask(board, 2));
}

static guint8
find_refusal(NativeBoard *board, guint32 addr)
{
    for (guint i = 0; i < port_chip.n_sectors; i++)
        if (addr - sectors[i].base < sectors[i].size &&
            (board->options_loaded >> (NWRP_SHIFT + i) & 1u) == 0)
            return BOOT_WRITE_PROTECTED;
    return BOOT_OK;
}

static void
begin(NativeOperation operation, guint32 addr, guint32 size, guint32 value, guint64 ns)
{
    NativeBoard *board = native_board;

    g_assert_cmpint(board->operation, ==, NATIVE_IDLE);
    g_assert_true(addr - FLASH >= board->flash_size || addr >= port_chip.app_base);
    board->operation = operation;
    board->operation_addr = addr;
    board->operation_size = size;
    board->operation_value = value;
    board->operation_end_ns = board->is_stuck ? G_MAXUINT64 : board->now_ns + ns;
    board->operation_status = find_refusal(board, addr);
    board->operations++;
    if (board->is_cut_armed && board->cut_after-- == 0) {
        board->is_cut_armed = FALSE;
        finish_partly(board);
        native_die(board);
    }
}

/* DS8626 section 5.3.12, x32, typical; smaller sectors take a part of it. */
static guint64
erase_ns(guint32 size)
{
    if (size > 64 * KIB)
        return 1000 * MS;
    if (size > 16 * KIB)
        return 550 * MS;
    return 250 * MS * size / (16 * KIB);
}

void
port_flash_erase(uint8_t sector)
{
    begin(NATIVE_ERASE, sectors[sector].base, sectors[sector].size, 0,
          erase_ns(sectors[sector].size));
}

void
port_flash_program32(uint32_t addr, uint32_t value)
{
    g_assert_cmphex(addr & 3u, ==, 0);
    begin(NATIVE_PROGRAM, addr, 4, value, 16 * US);
}

void
port_flash_program8(uint32_t addr, uint8_t value)
{
    begin(NATIVE_PROGRAM, addr, 1, value, 16 * US);
}

/* Asking takes time too, or a wait for a word would never end. */
uint8_t
port_flash_poll(void)
{
    NativeBoard *board = native_board;

    if (board->operation == NATIVE_IDLE)
        return BOOT_OK;
    if (board->now_ns < board->operation_end_ns)
        native_sleep_until(board, MIN(board->operation_end_ns, board->now_ns + 20 * US));
    if (board->now_ns < board->operation_end_ns)
        return BOOT_BUSY;

    finish(board);
    return board->operation_status;
}

/* -- option bytes -- */

uint32_t
port_options_read(void)
{
    return native_board->options_loaded;
}

uint32_t
port_options_writable(void)
{
    return OPTCR_WRITABLE;
}

uint8_t
port_options_write(uint32_t optcr)
{
    NativeBoard *board = native_board;

    board->operations++;
    if (board->is_cut_armed && board->cut_after-- == 0) {
        board->is_cut_armed = FALSE;
        native_die(board);
    }
    board->options_stored = optcr;
    native_sleep_until(board, board->now_ns + 100 * MS);
    return BOOT_OK;
}

void
native_chip_reset(NativeBoard *board)
{
    /* RM0090 section 3.6.1: RDP and user byte, nWRP in the second double word, with their complements. */
    const guint32 halves[] = {board->options_stored & 0xFFFFu,
                              board->options_stored >> NWRP_SHIFT & 0xFFFu};

    memset(board->option_bytes, 0xFF, sizeof board->option_bytes);
    for (guint i = 0; i < 4; i++) {
        const guint32 word = halves[i / 2] | ~halves[i / 2] << 16;
        board->option_bytes[8 * (i / 2) + i % 2] = (guint8)(word >> 8 * (i % 2));
        board->option_bytes[8 * (i / 2) + 2 + i % 2] = (guint8)(word >> (16 + 8 * (i % 2)));
    }
    board->options_loaded = board->options_stored;
    if (board->operation != NATIVE_IDLE)
        finish_partly(board);
}

void
native_chip_lose_power(NativeBoard *board)
{
    memset(board->sram, 0xA5, sizeof board->sram);
    memset(board->ccm, 0x5A, sizeof board->ccm);
    board->received = 0;
}

/* -- what nobody looks at here -- */

void
port_set_led(bool lit)
{
    (void)lit;
}

void
port_debug(const char *text)
{
    g_debug("chip: %s", text);
}
