/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/fake-board.h"

#include <string.h>

/* The L432: double words that are programmed once, pages, protection, and its own clock. */

#define FLASH 0x08000000u
#define KEYR 0x40022008u
#define SR 0x40022010u
#define CR 0x40022014u
#define OPTR 0x40022020u
#define ACR 0x40022000u
#define RCC_CR 0x40021000u
#define RCC_CFGR 0x40021008u
#define PG 1u
#define PER(page) (2u | (page) << 3)
#define STRT (1u << 16)
#define OPTLOCK (1u << 30)
#define LOCK (1u << 31)
#define PROGERR 0x08u
#define WRPERR 0x10u
#define PGAERR 0x20u
#define SIZERR 0x40u
#define PGSERR 0x80u
#define MS G_GUINT64_CONSTANT(1000000)

static FakeBoard *
make(gboolean instant)
{
    return fake_board_new("STM32L432KC", 1, instant);
}

static void
unlock(FakeBoard *board)
{
    poke(board, KEYR, 0x45670123);
    poke(board, KEYR, 0xcdef89ab);
}

static void
test_erases_a_page(void)
{
    g_autoptr(FakeBoard) board = make(FALSE);

    memset(board->parts.flash, 0x5a, 3 * 2048);
    g_assert_cmphex(peek(board, CR), ==, LOCK | OPTLOCK);
    poke(board, CR, PER(1) | STRT);
    g_assert_cmphex(peek(board, SR), ==, 0);
    unlock(board);
    poke(board, CR, PER(1));
    poke(board, CR, PER(1) | STRT);
    g_assert_cmphex(peek(board, SR), ==, 1u << 16);
    fake_board_run(board, 22 * MS);
    g_assert_cmphex(peek(board, SR), ==, 1u << 16);
    fake_board_run(board, 1 * MS);
    g_assert_cmphex(peek(board, SR), ==, 0);
    g_assert_cmphex(board->parts.flash[2047], ==, 0x5a);
    g_assert_cmphex(board->parts.flash[2048], ==, 0xff);
    g_assert_cmphex(board->parts.flash[4095], ==, 0xff);
    g_assert_cmphex(board->parts.flash[4096], ==, 0x5a);
}

static void
test_programs_blank_double_words(void)
{
    static const guint8 written[8] = {0x44, 0x33, 0x22, 0x11, 0x88, 0x77, 0x66, 0x55};
    /* what the first byte was, the words, flags, the first byte after */
    const struct {
        guint8 before;
        guint32 low, high, sr;
        guint8 after;
    } cases[] = {
        {0xff, 0x11223344, 0x55667788, 0, 0x44},
        {0xfe, 0x11223344, 0x55667788, PROGERR, 0xfe},
        {0xfe, 0, 0, 0, 0x00},
        {0xfe, 0, 1, PROGERR, 0xfe},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = make(TRUE);
        board->parts.flash[8] = cases[i].before;
        unlock(board);
        poke(board, CR, PG);
        poke(board, FLASH + 8, cases[i].low);
        g_assert_cmphex(board->parts.flash[8], ==, cases[i].before);
        poke(board, FLASH + 12, cases[i].high);
        g_assert_cmphex(peek(board, SR), ==, cases[i].sr);
        g_assert_cmphex(board->parts.flash[8], ==, cases[i].after);
        if (i == 0)
            g_assert_cmpmem(board->parts.flash + 8, 8, written, 8);
    }
}

static void
test_refuses(void)
{
    /* CR; where the first access goes and how wide; where a second one, 0: none */
    const struct {
        guint32 cr, first;
        guint size;
        guint32 second, sr;
    } cases[] = {
        {0, FLASH, 4, 0, PGSERR},          {PG | LOCK, FLASH, 4, 0, PGSERR},
        {PG, FLASH, 2, 0, SIZERR},         {PG, FLASH, 1, 0, SIZERR},
        {PG, FLASH + 4, 4, 0, PGAERR},     {PG, FLASH, 4, FLASH + 12, PGAERR},
        {PG, FLASH, 4, FLASH + 8, PGAERR}, {PG, FLASH + 8, 4, FLASH + 8, PGAERR},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = make(TRUE);
        unlock(board);
        poke(board, CR, cases[i].cr);
        fake_board_write(board, cases[i].first, cases[i].size, 0);
        if (cases[i].second != 0)
            poke(board, cases[i].second, 0);
        g_assert_cmphex(peek(board, SR), ==, cases[i].sr);
        for (guint b = 0; b < 16; b++)
            g_assert_cmphex(board->parts.flash[b], ==, 0xff);

        /* a flag that stands refuses what follows, until it is cleared */
        if (cases[i].cr & LOCK)
            unlock(board);
        poke(board, CR, PER(0));
        poke(board, CR, PER(0) | STRT);
        g_assert_cmphex(peek(board, SR), ==, cases[i].sr | PGSERR);
        poke(board, SR, 0x3f8);
        g_assert_cmphex(peek(board, SR), ==, 0);
    }
}

static void
test_protection(void)
{
    g_autoptr(FakeBoard) board = make(TRUE);

    g_assert_cmphex(peek(board, OPTR) & 0xff, ==, 0xaa);
    bench_parts_protect(&board->parts, 1, 1u << 2 | 1u << 3);
    fake_board_reset(board, BENCH_RESET_POWER);
    g_assert_cmphex(peek(board, OPTR) & 0xff, ==, 0x55);
    g_assert_cmpuint(board->parts.rdp_level, ==, 1);
    const guint32 flags[] = {0, 0, WRPERR, WRPERR, 0, PGSERR};
    const guint pages[] = {0, 1, 2, 3, 127, 128};
    for (guint i = 0; i < G_N_ELEMENTS(pages); i++) {
        unlock(board);
        poke(board, CR, PER(pages[i]));
        poke(board, CR, PER(pages[i]) | STRT);
        g_assert_cmphex(peek(board, SR), ==, flags[i]);
        poke(board, SR, 0x3f8);
        poke(board, CR, LOCK);
    }
}

static void
test_clock(void)
{
    g_autoptr(FakeBoard) board = make(TRUE);

    g_assert_cmpuint(board->core_hz, ==, 4000000);
    poke(board, ACR, 0x601); /* one wait state */
    poke(board, RCC_CR, 0x63 | 1u << 8);
    poke(board, RCC_CFGR, 1);
    g_assert_cmphex(peek(board, RCC_CFGR), ==, 5);
    g_assert_cmpuint(board->core_hz, ==, 16000000);
    poke(board, RCC_CFGR, 0);
    poke(board, RCC_CR, 0x99); /* MSI, range 9 */
    g_assert_cmpuint(board->core_hz, ==, 24000000);
    g_assert_cmpstr(board->faults->str, ==, "");
    poke(board, RCC_CR, 0xb9);
    g_assert_nonnull(strstr(board->faults->str, "wait states"));
}

static void
test_ids(void)
{
    g_autoptr(FakeBoard) board = make(TRUE);

    g_assert_cmphex(peek(board, 0xe0042000) & 0xfff, ==, 0x435);
    g_assert_cmpuint(peek(board, 0x1fff75e0) & 0xffff, ==, 256);
    g_assert_cmphex(peek(board, 0x1fff7590), !=, 0xffffffff);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bench/flash-l4/erases-a-page", test_erases_a_page);
    g_test_add_func("/bench/flash-l4/programs-blank-double-words",
                    test_programs_blank_double_words);
    g_test_add_func("/bench/flash-l4/refuses", test_refuses);
    g_test_add_func("/bench/flash-l4/protection", test_protection);
    g_test_add_func("/bench/flash-l4/clock", test_clock);
    g_test_add_func("/bench/flash-l4/ids", test_ids);
    return g_test_run();
}
