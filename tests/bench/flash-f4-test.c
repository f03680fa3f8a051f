/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/fake-board.h"

#include <string.h>

/* The F4's flash controller as its registers show it. */

#define FLASH 0x08000000u
#define ACR 0x40023c00u
#define KEYR 0x40023c04u
#define SR 0x40023c0cu
#define CR 0x40023c10u
#define OPTCR 0x40023c14u
#define BSY (1u << 16)
#define STRT (1u << 16)
#define LOCK (1u << 31)
#define MS G_GUINT64_CONSTANT(1000000)

static void
unlock(FakeBoard *board)
{
    poke(board, KEYR, 0x45670123);
    poke(board, KEYR, 0xcdef89ab);
}

static void
test_keys(void)
{
    const struct {
        guint32 keys[4];
        gboolean opens;
    } cases[] = {
        {{0x45670123, 0xcdef89ab}, TRUE},
        {{0xcdef89ab, 0x45670123, 0x45670123, 0xcdef89ab}, FALSE},
        {{0x45670123, 0x45670123, 0xcdef89ab}, FALSE},
        {{0x45670123, 0xcdef89ab, 0x45670123, 0xcdef89ab}, FALSE},
        {{0x00000001, 0x45670123, 0xcdef89ab}, FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 1, FALSE);
        for (guint k = 0; k < 4 && cases[i].keys[k] != 0; k++)
            poke(board, KEYR, cases[i].keys[k]);
        g_assert_cmpint(!(peek(board, CR) & LOCK), ==, cases[i].opens);
        fake_board_reset(board, BENCH_RESET_SOFTWARE);
        unlock(board);
        g_assert_false(peek(board, CR) & LOCK);
    }
}

static void
test_erase_times(void)
{
    /* sector, PSIZE, milliseconds by the data sheet's typical figures; -1: all sectors */
    const struct {
        gint sector;
        guint psize, ms;
    } cases[] = {{0, 0, 400},  {3, 1, 300},  {3, 2, 250},  {4, 0, 1200},  {4, 1, 700},  {4, 2, 550},
                 {5, 0, 2000}, {7, 1, 1300}, {7, 2, 1000}, {-1, 0, 8000}, {-1, 2, 4000}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 1, FALSE);
        guint32 what = cases[i].sector < 0 ? 4 : 2 | ((guint32)cases[i].sector << 3);
        unlock(board);
        poke(board, CR, what | (cases[i].psize << 8) | STRT);
        g_assert_cmpuint(board->flash_busy_until_ns, ==, cases[i].ms * MS);
        fake_board_run(board, cases[i].ms * MS - 1);
        g_assert_cmphex(peek(board, SR), ==, BSY);
        g_assert_true(peek(board, CR) & STRT);
        fake_board_run(board, 1);
        g_assert_cmphex(peek(board, SR), ==, 0);
        g_assert_false(peek(board, CR) & STRT);
        g_assert_cmpuint(board->flash_busy_until_ns, ==, 0);
    }
}

/* RM0090 3.9.8: which sectors a value of CR erases on chips of one bank and of two. */
static void
test_banks(void)
{
    static const struct {
        const char *chip;
        guint32 cr;
        guint first, n; /* n 0: refused */
    } cases[] = {
        {"STM32F429ZI", 0x202 | 11 << 3, 11, 1},
        {"STM32F429ZI", 0x202 | 12 << 3, 0, 0},
        {"STM32F429ZI", 0x202 | 16 << 3, 12, 1},
        {"STM32F429ZI", 0x202 | 27 << 3, 23, 1},
        {"STM32F429ZI", 0x202 | 28 << 3, 0, 0},
        {"STM32F429ZI", 0x204, 0, 12},
        {"STM32F429ZI", 0x8200, 12, 12},
        {"STM32F429ZI", 0x8204, 0, 24},
        {"STM32F429ZG-DB1M", 0x202 | 8 << 3, 0, 0},
        {"STM32F429ZG-DB1M", 0x202 | 16 << 3, 8, 1},
        {"STM32F429ZG-DB1M", 0x8200, 8, 8},
        {"STM32F429ZG", 0x202 | 16 << 3, 0, 0},
        {"STM32F407VG", 0x202 | 11 << 3, 11, 1},
        {"STM32F407VG", 0x204, 0, 12},
        {"STM32F401RC", 0x202 | 6 << 3, 0, 0},
        {"STM32F401RC", 0x202 | 5 << 3, 5, 1},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = fake_board_new(cases[i].chip, 1, TRUE);
        guint32 erases, programs, sector_erases[24];
        unlock(board);
        poke(board, CR, cases[i].cr | STRT);
        g_assert_cmphex(peek(board, SR), ==, cases[i].n == 0 ? 0x80 : 0);
        bench_parts_get_counters(&board->parts, &erases, &programs, sector_erases);
        g_assert_cmpuint(erases, ==, cases[i].n);
        for (guint s = 0; s < cases[i].n; s++)
            g_assert_cmpuint(sector_erases[cases[i].first + s], ==, 1);
    }
}

static void
test_programs_words(void)
{
    g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 1, FALSE);

    unlock(board);
    poke(board, CR, 0x201);
    poke(board, FLASH + 0x100, 0x12345678);
    g_assert_cmphex(peek(board, SR), ==, BSY);
    g_assert_cmpuint(board->flash_busy_until_ns, ==, 16000);
    fake_board_run(board, 16000);
    g_assert_cmphex(peek(board, SR), ==, 0);
    g_assert_cmpmem(board->view + 0x100, 4, "\x78\x56\x34\x12", 4);
    poke(board, FLASH + 0x100, 0xffff00ff);
    fake_board_run(board, 16000);
    g_assert_cmpmem(board->view + 0x100, 4, "\x78\x00\x34\x12", 4);
    /* CR written while busy takes effect afterwards. */
    poke(board, FLASH + 0x104, 0);
    poke(board, CR, LOCK);
    g_assert_cmphex(peek(board, CR), ==, 0x201);
    fake_board_run(board, 16000);
    g_assert_cmphex(peek(board, CR), ==, LOCK);
}

static void
test_errors(void)
{
    /* CR before, access, flag afterwards; sector 1 is write-protected */
    const struct {
        guint32 cr, addr;
        guint size;
        guint32 flag;
    } cases[] = {
        {0x200, FLASH, 4, 0x80},             /* PG is not set: PGSERR */
        {0x201 | LOCK, FLASH, 4, 0x80},      /* locked */
        {0x201, FLASH, 2, 0x40},             /* narrower than PSIZE: PGPERR */
        {0x101, FLASH, 4, 0x40},             /* wider */
        {0x001, FLASH, 2, 0x40},             /* wider than a byte */
        {0x301, FLASH, 4, 0x40},             /* double words need two at once */
        {0x201, FLASH + 14, 4, 0x20},        /* across 16 bytes: PGAERR */
        {0x201, FLASH + 2, 4, 0x40},         /* not aligned */
        {0x201, FLASH + 0x4000, 4, 0x10},    /* WRPERR */
        {0x201, FLASH + 0x8000, 4, 0},       /* the next sector is free */
        {0x203, FLASH, 4, 0},                /* SER left set does not matter */
        {0x202 | 1 << 3 | STRT, 0, 0, 0x10}, /* erase of a protected sector */
        {0x204 | STRT, 0, 0, 0x10},          /* mass erase with any protected */
        {0x202 | 8 << 3 | STRT, 0, 0, 0x80}, /* no such sector */
        {0x206 | STRT, 0, 0, 0x80},          /* both kinds of erase */
        {0x200 | STRT, 0, 0, 0x80},          /* neither */
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 1, TRUE);
        guint32 erases, programs, sector_erases[8];
        bench_parts_protect(&board->parts, 0, 1u << 1);
        fake_board_reset(board, BENCH_RESET_PIN);
        unlock(board);
        poke(board, CR, cases[i].cr);
        if (cases[i].size != 0)
            fake_board_write(board, cases[i].addr, cases[i].size, 0);
        g_assert_cmphex(peek(board, SR), ==, cases[i].flag);
        bench_parts_get_counters(&board->parts, &erases, &programs, sector_erases);
        g_assert_cmpuint(erases + programs, ==, cases[i].flag == 0);
        poke(board, SR, 0xf2);
        g_assert_cmphex(peek(board, SR), ==, 0);
    }
}

static void
test_interrupts(void)
{
    g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 1, TRUE);

    unlock(board);
    poke(board, CR, 0x201 | 1u << 24 | 1u << 25);
    poke(board, FLASH, 0);
    g_assert_cmphex(peek(board, SR), ==, 1);
    g_assert_true(board->irqs[4]);
    poke(board, SR, 1);
    g_assert_false(board->irqs[4]);
    fake_board_write(board, FLASH, 1, 0);
    g_assert_cmphex(peek(board, SR), ==, 0x42);
    g_assert_true(board->irqs[4]);
}

/* x32 at 2.4 V looks like a success and is none. */
static void
test_width_against_voltage(void)
{
    const struct {
        guint mv, psize;
        gboolean sound;
    } cases[] = {{3300, 2, TRUE}, {2700, 2, TRUE},  {2699, 2, FALSE},
                 {2699, 1, TRUE}, {2099, 1, FALSE}, {2099, 0, TRUE}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 1, TRUE);
        static const guint8 zeros[4];
        guint size = 1u << cases[i].psize;
        board->host.supply_mv = cases[i].mv;
        unlock(board);
        poke(board, CR, 1 | (cases[i].psize << 8));
        fake_board_write(board, FLASH, size, 0);
        g_assert_cmphex(peek(board, SR), ==, 0);
        g_assert_cmpint(memcmp(board->view, zeros, size) == 0, ==, cases[i].sound);
    }
}

/* -- option bytes and OTP -- */

#define OPTKEYR 0x40023c08u
#define OPTCR1 0x40023c18u
#define OPTCR_LOCK 1u
#define OPTCR_START 2u
#define OPTION_WORDS 0x1fffc000u
#define OTP 0x1fff7800u
#define OTP_LOCKS 0x1fff7a00u

static void
write_optcr(FakeBoard *board, guint32 value)
{
    if (peek(board, OPTCR) & OPTCR_LOCK) {
        poke(board, OPTKEYR, 0x08192a3b);
        poke(board, OPTKEYR, 0x4c5d6e7f);
    }
    poke(board, OPTCR, value);
    poke(board, OPTCR, value | OPTCR_START);
}

static void
test_option_keys(void)
{
    g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 1, FALSE);

    g_assert_cmphex(peek(board, OPTCR), ==, 0x0fffaaed);
    poke(board, OPTCR, 0x0ffeaaec | OPTCR_START); /* locked */
    g_assert_cmphex(peek(board, OPTCR), ==, 0x0fffaaed);
    g_assert_cmphex(peek(board, SR), ==, 0);
    poke(board, OPTKEYR, 0x45670123); /* the other lock's key: shut until the next reset */
    write_optcr(board, 0x0ffeaaec);
    g_assert_cmphex(peek(board, OPTCR), ==, 0x0fffaaed);
    fake_board_reset(board, BENCH_RESET_PIN);
    poke(board, OPTKEYR, 0x08192a3b);
    poke(board, OPTKEYR, 0x4c5d6e7f);
    poke(board, OPTCR, 0x0ffeaaec); /* stored by OPTSTRT only */
    fake_board_reset(board, BENCH_RESET_POWER);
    g_assert_cmphex(peek(board, OPTCR), ==, 0x0fffaaed);
}

/* Written, in force at once, read back from the cells, kept over power. */
static void
test_write_protection(void)
{
    g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 1, FALSE);

    write_optcr(board, 0x0ffdaae8); /* sector 1; another BOR level */
    g_assert_cmphex(peek(board, SR), ==, BSY);
    g_assert_cmphex(peek(board, OPTCR), ==, 0x0ffdaaea);
    fake_board_run(board, 401 * MS);
    g_assert_cmphex(peek(board, SR), ==, 0);
    g_assert_cmphex(peek(board, OPTCR), ==, 0x0ffdaae8);
    for (guint power = 0; power < 2; power++) {
        g_assert_cmphex(peek(board, OPTION_WORDS), ==, 0x5504aafb);
        g_assert_cmphex(peek(board, OPTION_WORDS + 8), ==, 0xf0020ffd);
        unlock(board);
        poke(board, CR, 0x202 | 1 << 3 | STRT);
        g_assert_cmphex(peek(board, SR), ==, 0x10);
        poke(board, SR, 0x10);
        fake_board_reset(board, BENCH_RESET_POWER);
        g_assert_cmphex(peek(board, OPTCR), ==, 0x0ffdaae9);
    }
    /* The words are no flash to be programmed. */
    unlock(board);
    poke(board, CR, 0x201);
    poke(board, OPTION_WORDS, 0);
    g_assert_cmphex(peek(board, SR), ==, 0x10);
    g_assert_cmphex(peek(board, OPTION_WORDS), ==, 0x5504aafb);
}

/* RDP 1 acts at once, against debuggers only; its end erases the flash, and shows after a reset. */
static void
test_read_protection(void)
{
    g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 1, FALSE);

    memset(board->parts.flash, 0, board->parts.chip->flash_size);
    write_optcr(board, 0x0ffe00ec); /* with sector 0 write-protected, which will not save it */
    fake_board_run(board, 401 * MS);
    g_assert_cmpuint(board->parts.rdp_level, ==, 1);
    unlock(board);
    poke(board, CR, 0x201);
    poke(board, FLASH + 0x20000, 0);
    fake_board_run(board, 1 * MS);
    g_assert_cmphex(peek(board, SR), ==, 0);
    board->host.debugger_attached = TRUE;
    poke(board, FLASH + 0x20000, 0);
    g_assert_cmphex(peek(board, SR), ==, 0x10);
    poke(board, CR, 0x204 | STRT);
    g_assert_cmphex(peek(board, SR), ==, 0x10);
    g_assert_cmphex(board->parts.flash[0], ==, 0);

    poke(board, CR, 0x200); /* x32 */
    write_optcr(board, 0x0fffaaec);
    fake_board_run(board, 4000 * MS - 1);
    g_assert_cmphex(peek(board, SR) & BSY, ==, BSY);
    g_assert_cmphex(board->parts.flash[0], ==, 0);
    fake_board_run(board, 1);
    g_assert_cmphex(board->view[0], ==, 0xff);
    g_assert_cmphex(peek(board, SR) & BSY, ==, BSY);
    fake_board_run(board, 251 * MS);
    g_assert_cmphex(peek(board, SR) & BSY, ==, 0);
    g_assert_cmpuint(board->parts.rdp_level, ==, 1);
    fake_board_reset(board, BENCH_RESET_PIN);
    g_assert_cmpuint(board->parts.rdp_level, ==, 0);
    g_assert_cmphex(peek(board, OPTCR), ==, 0x0fffaaed);
}

static void
test_sealed_for_ever(void)
{
    g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 1, TRUE);

    write_optcr(board, 0x0fffccec);
    g_assert_cmpuint(board->parts.rdp_level, ==, 1);
    fake_board_reset(board, BENCH_RESET_PIN);
    g_assert_cmpuint(board->parts.rdp_level, ==, 2);
    write_optcr(board, 0x0fffaaec);
    g_assert_cmphex(peek(board, SR), ==, 0x10);
    fake_board_reset(board, BENCH_RESET_POWER);
    g_assert_cmpuint(board->parts.rdp_level, ==, 2);
}

/* A cut anywhere leaves the chip as it was, as it shall be, or read-protected; never sealed, and never
 * without protection it had. */
static void
test_cut_option_bytes(void)
{
    for (guint seed = 0; seed < 40; seed++) {
        for (guint n = 0; n < 4; n++) {
            g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", seed, FALSE);
            guint8 *flash = board->parts.flash;
            memset(flash, 0, 16);
            write_optcr(board, 0x0fff00ec);
            fake_board_run(board, 401 * MS);
            bench_parts_cut_power_at(&board->parts, n, FALSE);
            write_optcr(board, 0x0ffeaaec);
            fake_board_run(board, 9000 * MS);
            g_assert_cmpuint(board->n_power_fails, ==, 1);
            fake_board_reset(board, BENCH_RESET_POWER);
            g_assert_cmpuint(board->parts.rdp_level, <, 2);
            if (board->parts.rdp_level == 0 || n > 0)
                g_assert_cmphex(flash[0], ==, 0xff);
            write_optcr(board, 0x0fffaaec);
            fake_board_run(board, 9000 * MS);
            fake_board_reset(board, BENCH_RESET_POWER);
            g_assert_cmphex(peek(board, OPTCR), ==, 0x0fffaaed);
        }
    }
}

/* PCROP turns the meaning of nWRP round and is not given up for a write of OPTCR alone. */
static void
test_pcrop(void)
{
    g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 1, TRUE);
    g_autoptr(FakeBoard) without = fake_board_new("STM32F407VG", 1, TRUE);

    write_optcr(board, 0x8002aaec);
    unlock(board);
    poke(board, CR, 0x202 | 1 << 3 | STRT);
    g_assert_cmphex(peek(board, SR), ==, 0x10);
    poke(board, SR, 0x10);
    poke(board, CR, 0x202 | 2 << 3 | STRT);
    g_assert_cmphex(peek(board, SR), ==, 0);
    write_optcr(board, 0x0fffaaec);
    g_assert_cmphex(peek(board, SR), ==, 0x10);
    fake_board_reset(board, BENCH_RESET_PIN);
    write_optcr(board, 0x800255ec);
    write_optcr(board, 0x0fffaaec);
    fake_board_reset(board, BENCH_RESET_PIN);
    g_assert_cmphex(peek(board, OPTCR), ==, 0x0fffaaed);

    write_optcr(without, 0x8fffaaec);
    g_assert_cmphex(peek(without, OPTCR), ==, 0x0fffaaec);
    g_assert_nonnull(strstr(without->faults->str, "reserved"));
}

static void
test_second_bank(void)
{
    g_autoptr(FakeBoard) board = fake_board_new("STM32F429ZI", 1, TRUE);

    poke(board, OPTKEYR, 0x08192a3b);
    poke(board, OPTKEYR, 0x4c5d6e7f);
    poke(board, OPTCR1, 0x0ffe0000);
    poke(board, OPTCR, 0x0fffaaec | OPTCR_START);
    fake_board_reset(board, BENCH_RESET_PIN);
    g_assert_cmphex(peek(board, OPTCR1), ==, 0x0ffe0000);
    g_assert_cmphex(peek(board, 0x1ffec008), ==, 0xf0010ffe);
    unlock(board);
    poke(board, CR, 0x202 | 16 << 3 | STRT);
    g_assert_cmphex(peek(board, SR), ==, 0x10);
    poke(board, SR, 0x10);
    poke(board, CR, 0x202 | STRT);
    g_assert_cmphex(peek(board, SR), ==, 0);
}

/* The hardware watchdog runs from the next reset on, unfed: 4096 periods of 125 us. */
static void
test_hardware_watchdog(void)
{
    g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 1, TRUE);

    write_optcr(board, 0x0fffaacc);
    fake_board_run(board, 2000 * MS);
    g_assert_cmpuint(board->n_resets, ==, 0);
    fake_board_reset(board, BENCH_RESET_PIN);
    fake_board_run(board, 511 * MS);
    g_assert_cmpuint(board->n_resets, ==, 0);
    fake_board_run(board, 1 * MS);
    g_assert_cmpuint(board->n_resets, ==, 1);
    fake_board_reset(board, BENCH_RESET_WATCHDOG);
    fake_board_run(board, 500 * MS);
    poke(board, 0x40003000, 0xaaaa);
    fake_board_run(board, 500 * MS);
    g_assert_cmpuint(board->n_resets, ==, 1);
}

/* Zeros only, no erase, and nothing more once a block's lock byte is 0x00. */
static void
test_otp(void)
{
    g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 1, TRUE);

    unlock(board);
    poke(board, CR, 0x201);
    poke(board, OTP + 32, 0x12345678);
    g_assert_cmphex(peek(board, OTP + 32), ==, 0x12345678);
    poke(board, OTP + 32, 0xffff00ff);
    g_assert_cmphex(peek(board, OTP + 32), ==, 0x12340078);
    poke(board, CR, 0x001);
    fake_board_write(board, OTP_LOCKS + 1, 1, 0x00);
    g_assert_cmphex(peek(board, SR), ==, 0);
    fake_board_write(board, OTP + 33, 1, 0x00);
    g_assert_cmphex(peek(board, SR), ==, 0x10);
    poke(board, SR, 0x10);
    fake_board_write(board, OTP + 64, 1, 0x55);
    g_assert_cmphex(peek(board, SR), ==, 0);
    fake_board_write(board, OTP_LOCKS + 2, 1, 0x01);
    g_assert_nonnull(strstr(board->faults->str, "lock byte"));
    poke(board, CR, 0x004 | STRT);
    fake_board_reset(board, BENCH_RESET_POWER);
    g_assert_cmphex(peek(board, OTP + 32), ==, 0x12340078);
    g_assert_cmphex(peek(board, OTP + 64), ==, 0xffffff55);
}

/* A cut word keeps some of its bits: what is programmed again is what it was to be. */
static void
test_cut_otp(void)
{
    guint partly = 0;

    for (guint seed = 0; seed < 20; seed++) {
        g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", seed, FALSE);
        bench_parts_cut_power_at(&board->parts, 1, FALSE);
        unlock(board);
        poke(board, CR, 0x201);
        for (guint i = 0; i < 2; i++) {
            poke(board, OTP + 4 * i, 0);
            fake_board_run(board, 1 * MS);
        }
        g_assert_cmpuint(board->n_power_fails, ==, 1);
        g_assert_cmphex(peek(board, OTP), ==, 0);
        partly += peek(board, OTP + 4) != 0;
        fake_board_reset(board, BENCH_RESET_POWER);
        unlock(board);
        poke(board, CR, 0x201);
        poke(board, OTP + 4, 0);
        fake_board_run(board, 1 * MS);
        g_assert_cmphex(peek(board, OTP + 4), ==, 0);
    }
    g_assert_cmpuint(partly, >, 15);
}

static void
test_describes_options(void)
{
    g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 1, TRUE);

    write_optcr(board, 0x0ff9aacc);
    g_autofree char *text = bench_parts_describe_options(&board->parts);
    g_assert_cmpstr(text, ==,
                    "in force: read protection level 0, write protection sectors 1 2, software "
                    "watchdog, user 0xec\n"
                    "stored:   read protection level 0, write protection sectors 1 2, hardware "
                    "watchdog, user 0xcc\n"
                    "otp:      no locked block\n");
    bench_parts_protect(&board->parts, 1, 0x83);
    g_assert_cmphex(peek(board, OPTCR), ==, 0x0f7c55cd);
    g_assert_cmpuint(board->parts.rdp_level, ==, 1);
}

/* Until the caches are reset while off, some lines of an erased sector look as before. */
static void
test_caches(void)
{
    g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 1, TRUE);
    const guint32 size = board->parts.chip->flash_size;

    memset(board->parts.flash, 0x11, size);
    memset(board->view, 0x11, size);
    unlock(board);
    poke(board, CR, 0x202 | 7 << 3 | STRT);
    g_assert_cmpmem(board->view, size, board->parts.flash, size);

    poke(board, ACR, 0x600);
    poke(board, ACR, 0x000);
    poke(board, CR, 0x202 | 6 << 3 | STRT);
    g_assert_cmphex(board->parts.flash[0x40000], ==, 0xff);
    g_assert_cmpint(memcmp(board->view, board->parts.flash, size), !=, 0);
    poke(board, ACR, 0x600);
    poke(board, ACR, 0x1e00);
    g_assert_cmpint(board->faults->len, >, 0);
    g_assert_cmpint(memcmp(board->view, board->parts.flash, size), !=, 0);
    poke(board, ACR, 0x000);
    poke(board, ACR, 0x1800);
    g_assert_cmpmem(board->view, size, board->parts.flash, size);
    poke(board, CR, 0x202 | 5 << 3 | STRT);
    g_assert_cmpmem(board->view, size, board->parts.flash, size);

    poke(board, ACR, 0x600);
    poke(board, CR, 0x202 | 4 << 3 | STRT);
    g_assert_cmpint(memcmp(board->view, board->parts.flash, size), !=, 0);
    fake_board_reset(board, BENCH_RESET_PIN);
    g_assert_cmpmem(board->view, size, board->parts.flash, size);
}

static void
test_power_cut(void)
{
    g_autoptr(FakeBoard) board = fake_board_new("STM32F411CE", 5, FALSE);
    const guint32 size = board->parts.chip->flash_size;

    memset(board->parts.flash, 0, 0x8000);
    bench_parts_cut_power_at(&board->parts, 1, TRUE);
    for (guint sector = 0; sector < 2; sector++) {
        unlock(board);
        poke(board, CR, 0x202 | sector << 3 | STRT);
        fake_board_run(board, 250 * MS);
        g_assert_cmpuint(board->n_power_fails, ==, sector);
        poke(board, CR, LOCK);
    }
    g_assert_cmphex(board->parts.flash[0], ==, 0xff);
    g_assert_cmpmem(board->view, size, board->parts.flash, size);

    /* A system reset in mid-operation ends it as well. */
    fake_board_reset(board, BENCH_RESET_POWER);
    unlock(board);
    poke(board, CR, 0x202 | 1 << 3 | STRT);
    fake_board_reset(board, BENCH_RESET_PIN);
    g_assert_cmphex(peek(board, SR), ==, 0);
    g_assert_cmpuint(board->flash_busy_until_ns, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bench/flash-f4/keys", test_keys);
    g_test_add_func("/bench/flash-f4/erase-times", test_erase_times);
    g_test_add_func("/bench/flash-f4/banks", test_banks);
    g_test_add_func("/bench/flash-f4/programs-words", test_programs_words);
    g_test_add_func("/bench/flash-f4/errors", test_errors);
    g_test_add_func("/bench/flash-f4/interrupts", test_interrupts);
    g_test_add_func("/bench/flash-f4/width-against-voltage", test_width_against_voltage);
    g_test_add_func("/bench/flash-f4/option-keys", test_option_keys);
    g_test_add_func("/bench/flash-f4/write-protection", test_write_protection);
    g_test_add_func("/bench/flash-f4/read-protection", test_read_protection);
    g_test_add_func("/bench/flash-f4/sealed-for-ever", test_sealed_for_ever);
    g_test_add_func("/bench/flash-f4/cut-option-bytes", test_cut_option_bytes);
    g_test_add_func("/bench/flash-f4/pcrop", test_pcrop);
    g_test_add_func("/bench/flash-f4/second-bank", test_second_bank);
    g_test_add_func("/bench/flash-f4/hardware-watchdog", test_hardware_watchdog);
    g_test_add_func("/bench/flash-f4/otp", test_otp);
    g_test_add_func("/bench/flash-f4/cut-otp", test_cut_otp);
    g_test_add_func("/bench/flash-f4/describes-options", test_describes_options);
    g_test_add_func("/bench/flash-f4/caches", test_caches);
    g_test_add_func("/bench/flash-f4/power-cut", test_power_cut);
    return g_test_run();
}
