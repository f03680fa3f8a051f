/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/fake-board.h"

#include <string.h>

/* The F103: its flash controller, and what else of it differs from the F4. */

#define FLASH 0x08000000u
#define KEYR 0x40022004u
#define SR 0x4002200cu
#define CR 0x40022010u
#define AR 0x40022014u
#define OBR 0x4002201cu
#define WRPR 0x40022020u
#define RCC_CR 0x40021000u
#define RCC_CFGR 0x40021004u
#define RCC_APB2ENR 0x40021018u
#define RCC_APB1ENR 0x4002101cu
#define RCC_CSR 0x40021024u
#define FLASH_ACR 0x40022000u
#define GPIOA 0x40010800u
#define GPIOC 0x40011000u
#define AFIO_EXTICR1 0x40010008u
#define EXTI 0x40010400u
#define USART2 0x40004400u
#define LOCK (1u << 7)
#define STRT (1u << 6)
#define MS G_GUINT64_CONSTANT(1000000)

static FakeBoard *
make(gboolean instant)
{
    return fake_board_new("STM32F103C8", 1, instant);
}

static void
unlock(FakeBoard *board)
{
    poke(board, KEYR, 0x45670123);
    poke(board, KEYR, 0xcdef89ab);
}

static void
test_keys(void)
{
    g_autoptr(FakeBoard) board = make(TRUE);

    g_assert_cmphex(peek(board, CR), ==, LOCK);
    unlock(board);
    g_assert_cmphex(peek(board, CR), ==, 0);
    poke(board, CR, LOCK);
    poke(board, KEYR, 0xcdef89ab);
    unlock(board);
    g_assert_cmphex(peek(board, CR), ==, LOCK);
    fake_board_reset(board, BENCH_RESET_PIN);
    unlock(board);
    g_assert_cmphex(peek(board, CR), ==, 0);
}

static void
test_erases_a_page(void)
{
    g_autoptr(FakeBoard) board = make(FALSE);

    memset(board->parts.flash, 0x5a, 4096);
    unlock(board);
    poke(board, CR, 2);
    poke(board, AR, FLASH + 1024 + 100);
    poke(board, CR, 2 | STRT);
    g_assert_cmphex(peek(board, SR), ==, 1);
    fake_board_run(board, 20 * MS);
    g_assert_cmphex(peek(board, SR), ==, 1);
    fake_board_run(board, 20 * MS);
    g_assert_cmphex(peek(board, SR), ==, 0x20);
    g_assert_cmphex(peek(board, CR), ==, 2);
    g_assert_cmphex(board->parts.flash[1023], ==, 0x5a);
    g_assert_cmphex(board->parts.flash[1024], ==, 0xff);
    g_assert_cmphex(board->parts.flash[2047], ==, 0xff);
    g_assert_cmphex(board->parts.flash[2048], ==, 0x5a);
}

static void
test_programs_erased_half_words(void)
{
    /* before, written, flags, after */
    const struct {
        guint16 before, value;
        guint32 sr;
        guint16 after;
    } cases[] = {
        {0xffff, 0x1234, 0x20, 0x1234},
        {0x1234, 0x0000, 0x20, 0x0000},
        {0x1234, 0x1230, 0x04, 0x1234},
        {0xfffe, 0xfffe, 0x04, 0xfffe},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = make(TRUE);
        board->parts.flash[2] = (guint8)cases[i].before;
        board->parts.flash[3] = (guint8)(cases[i].before >> 8);
        unlock(board);
        poke(board, CR, 1);
        fake_board_write(board, FLASH + 2, 2, cases[i].value);
        g_assert_cmphex(peek(board, SR), ==, cases[i].sr);
        g_assert_cmphex(board->parts.flash[2] | board->parts.flash[3] << 8, ==, cases[i].after);
        poke(board, SR, 0x34);
        g_assert_cmphex(peek(board, SR), ==, 0);
    }
}

static void
test_refuses(void)
{
    /* a word, a byte, no PG, locked, HSI off: nothing happens and the board hears of it */
    const struct {
        guint32 cr;
        guint size;
        gboolean hsi_off;
    } cases[] = {{1, 4, FALSE}, {1, 1, FALSE}, {0, 2, FALSE}, {LOCK, 2, FALSE}, {1, 2, TRUE}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = make(TRUE);
        if (cases[i].hsi_off) {
            poke(board, RCC_CR, 0x10083);
            fake_board_run(board, 3 * MS);
            poke(board, RCC_CFGR, 1);
            poke(board, RCC_CR, 0x10082);
        }
        unlock(board);
        poke(board, CR, cases[i].cr);
        fake_board_write(board, FLASH, cases[i].size, 0);
        g_assert_cmphex(board->parts.flash[0], ==, 0xff);
        g_assert_cmpint(board->faults->len, >, 0);
    }
}

static void
test_protection(void)
{
    g_autoptr(FakeBoard) board = make(TRUE);

    g_assert_cmphex(peek(board, WRPR), ==, 0xffffffff);
    bench_parts_protect(&board->parts, 1, 1u << 2);
    fake_board_reset(board, BENCH_RESET_POWER);
    g_assert_cmphex(peek(board, WRPR), ==, 0xfffffffb);
    g_assert_true(peek(board, OBR) & 2);
    g_assert_cmpuint(board->parts.rdp_level, ==, 1);
    const struct {
        guint32 cr, addr, sr;
    } cases[] = {{2, 0x0000, 0x10},
                 {2, 0x1000, 0x20},
                 {2, 0x2c00, 0x10},
                 {2, 0x3000, 0x20},
                 {4, 0x0000, 0x10}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        unlock(board);
        poke(board, CR, cases[i].cr);
        poke(board, AR, FLASH + cases[i].addr);
        poke(board, CR, cases[i].cr | STRT);
        g_assert_cmphex(peek(board, SR), ==, cases[i].sr);
        poke(board, SR, 0x34);
        poke(board, CR, LOCK);
    }
}

/* -- option bytes -- */

#define OPTKEYR 0x40022008u
#define OPTIONS 0x1ffff800u
#define OPTPG (1u << 4)
#define OPTER (1u << 5)
#define OPTWRE (1u << 9)
#define OBL_LAUNCH (1u << 13)

/* Delivered, but for one byte. */
static const guint8 delivered[] = {0xa5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static void
unlock_options(FakeBoard *board)
{
    unlock(board);
    poke(board, OPTKEYR, 0x45670123);
    poke(board, OPTKEYR, 0xcdef89ab);
}

static void
erase_options(FakeBoard *board)
{
    poke(board, CR, OPTER | OPTWRE);
    poke(board, CR, OPTER | OPTWRE | STRT);
    fake_board_run(board, 40 * MS);
}

static void
program_options(FakeBoard *board, const guint8 bytes[8], guint from)
{
    poke(board, CR, OPTPG | OPTWRE);
    for (guint i = from; i < 8; i++) {
        fake_board_write(board, OPTIONS + 2 * i, 2, bytes[i]);
        fake_board_run(board, 40 * MS);
    }
}

static void
test_option_keys(void)
{
    g_autoptr(FakeBoard) board = make(TRUE);

    unlock(board);
    poke(board, CR, OPTWRE | OPTER | STRT); /* software cannot set OPTWRE */
    g_assert_cmphex(peek(board, CR), ==, OPTER);
    g_assert_cmphex(peek(board, SR), ==, 0x10);
    g_assert_cmphex(peek(board, OPTIONS), ==, 0x00ff5aa5);
    unlock_options(board);
    g_assert_cmphex(peek(board, CR), ==, OPTER | OPTWRE);
    unlock_options(board); /* once more does not matter */
    g_assert_cmphex(peek(board, CR), ==, OPTER | OPTWRE);
    poke(board, CR, 0);
    g_assert_cmphex(peek(board, CR), ==, 0);
    unlock_options(board);
    g_assert_cmphex(peek(board, CR), ==, OPTWRE);
    poke(board, CR, 0);
    poke(board, OPTKEYR, 0xcdef89ab); /* wrong: shut until a reset */
    unlock_options(board);
    g_assert_cmphex(peek(board, CR), ==, 0);
    fake_board_reset(board, BENCH_RESET_PIN);
    unlock_options(board);
    g_assert_cmphex(peek(board, CR), ==, OPTWRE);
}

/* In force after a reset; the controller makes the complements; erased half-words only. */
static void
test_writes_options(void)
{
    const guint8 bytes[] = {0xa5, 0xf8, 0x12, 0x34, 0xfd, 0xff, 0xff, 0x7f};
    g_autoptr(FakeBoard) board = make(FALSE);

    unlock_options(board);
    fake_board_write(board, OPTIONS + 2, 2, 0);
    g_assert_nonnull(strstr(board->faults->str, "OPTPG"));
    poke(board, CR, OPTPG | OPTWRE);
    fake_board_write(board, OPTIONS + 2, 2, 0xf8);
    g_assert_cmphex(peek(board, SR), ==, 0x04);
    poke(board, SR, 0x04);
    erase_options(board);
    g_assert_cmphex(peek(board, OPTIONS), ==, 0xffffffff);
    program_options(board, bytes, 0);
    g_assert_cmphex(peek(board, SR), ==, 0x20);
    g_assert_cmphex(peek(board, OPTIONS), ==, 0x07f85aa5);
    g_assert_cmphex(peek(board, OPTIONS + 4), ==, 0xcb34ed12);
    g_assert_cmphex(peek(board, OBR), ==, 0x03fffffc);
    g_assert_cmphex(peek(board, WRPR), ==, 0xffffffff);
    fake_board_reset(board, BENCH_RESET_SOFTWARE);
    g_assert_cmphex(peek(board, OBR), ==, 0x00d04be0);
    g_assert_cmphex(peek(board, WRPR), ==, 0x7ffffffd);
    g_autofree char *text = bench_parts_describe_options(&board->parts);
    g_assert_cmpstr(
        text, ==,
        "in force: read protection level 0, write protection units 1, hardware watchdog, "
        "user 0xf8, data 0x12 0x34\n"
        "stored:   read protection level 0, write protection units 1, hardware watchdog, "
        "user 0xf8, data 0x12 0x34\n");
    fake_board_run(board, 512 * MS);
    g_assert_cmpuint(board->n_resets, ==, 1);
}

/* Erased option bytes protect; the way back costs the flash. */
static void
test_erased_options_protect(void)
{
    g_autoptr(FakeBoard) board = make(FALSE);

    memset(board->parts.flash, 0, 65536);
    unlock_options(board);
    erase_options(board);
    g_assert_cmpuint(board->parts.rdp_level, ==, 0);
    fake_board_reset(board, BENCH_RESET_PIN);
    g_assert_cmpuint(board->parts.rdp_level, ==, 1);
    g_assert_cmphex(peek(board, OBR), ==, 0x03fffffe);
    board->host.debugger_attached = TRUE;
    unlock_options(board);
    poke(board, CR, 2);
    poke(board, AR, FLASH + 0x2000);
    poke(board, CR, 2 | STRT);
    g_assert_cmphex(peek(board, SR), ==, 0x10);
    poke(board, SR, 0x10);
    poke(board, CR, OPTPG);
    unlock_options(board);
    fake_board_write(board, OPTIONS, 2, 0xa5);
    fake_board_run(board, 29 * MS);
    g_assert_cmphex(board->parts.flash[0], ==, 0);
    g_assert_cmphex(peek(board, OPTIONS), ==, 0xffffffff);
    fake_board_run(board, 2 * MS);
    g_assert_cmphex(board->view[0], ==, 0xff);
    g_assert_cmphex(board->view[65535], ==, 0xff);
    g_assert_cmphex(peek(board, OPTIONS), ==, 0xffff5aa5);
    g_assert_cmpuint(board->parts.rdp_level, ==, 1);
    fake_board_reset(board, BENCH_RESET_PIN);
    g_assert_cmpuint(board->parts.rdp_level, ==, 0);
}

/* Other option bytes can change without harm to the flash: while RDP is in force as loaded, writing it
 * again is no change. */
static void
test_keeps_the_flash(void)
{
    g_autoptr(FakeBoard) board = make(FALSE);

    memset(board->parts.flash, 0x5a, 1024);
    unlock_options(board);
    erase_options(board);
    program_options(board, delivered, 0);
    fake_board_reset(board, BENCH_RESET_PIN);
    g_assert_cmphex(board->parts.flash[0], ==, 0x5a);
    g_assert_cmphex(peek(board, OBR), ==, 0x03fffffc);
}

/* A cut anywhere leaves the old state, the new one or read protection; and it can be undone. */
static void
test_cut_options(void)
{
    for (guint seed = 0; seed < 40; seed++) {
        for (guint n = 0; n < 9; n++) {
            const guint8 bytes[] = {0xa5, 0xff, 0x12, 0x34, 0xff, 0xff, 0xff, 0xff};
            g_autoptr(FakeBoard) board = fake_board_new("STM32F103C8", seed, FALSE);
            bench_parts_cut_power_at(&board->parts, n, FALSE);
            unlock_options(board);
            erase_options(board);
            if (board->n_power_fails == 0) {
                poke(board, CR, OPTPG | OPTWRE);
                for (guint i = 0; i < n; i++) {
                    fake_board_write(board, OPTIONS + 2 * i, 2, bytes[i]);
                    fake_board_run(board, 1 * MS);
                }
            }
            g_assert_cmpuint(board->n_power_fails, ==, 1);
            fake_board_reset(board, BENCH_RESET_POWER);
            if (n > 1)
                g_assert_cmpuint(board->parts.rdp_level, ==, 0);
            unlock_options(board);
            erase_options(board);
            program_options(board, delivered, 0);
            fake_board_reset(board, BENCH_RESET_POWER);
            g_assert_cmphex(peek(board, OBR), ==, 0x03fffffc);
            g_assert_cmphex(peek(board, WRPR), ==, 0xffffffff);
        }
    }
}

/* A byte that its complement contradicts is 0xff, and OPTERR says so. */
static void
test_complements(void)
{
    g_autoptr(FakeBoard) board = make(TRUE);
    gsize size;
    guint8 *cells = bench_parts_get_area(&board->parts, BENCH_AREA_OPTIONS, &size);

    g_assert_cmpuint(size, ==, 16);
    cells[8] = 0x00; /* WRP0 */
    fake_board_reset(board, BENCH_RESET_PIN);
    g_assert_cmphex(peek(board, OBR), ==, 0x03fffffd);
    g_assert_cmphex(peek(board, WRPR), ==, 0xffffffff);
    cells[1] = 0x00; /* of RDP */
    fake_board_reset(board, BENCH_RESET_PIN);
    g_assert_cmpuint(board->parts.rdp_level, ==, 1);
}

/* The F3: 0xAA, OBR's other places, OBL_LAUNCH, and level 2. */
static void
test_f3(void)
{
    const guint8 bytes[] = {0xaa, 0xff, 0x12, 0x34, 0xff, 0xff, 0xff, 0xff};
    g_autoptr(FakeBoard) board = fake_board_new("STM32F303VC", 1, FALSE);

    g_assert_cmphex(peek(board, OBR), ==, 0xffffff00);
    unlock_options(board);
    erase_options(board);
    program_options(board, bytes, 0);
    poke(board, CR, OBL_LAUNCH);
    g_assert_cmpuint(board->n_resets, ==, 1);
    fake_board_reset(board, BENCH_RESET_OPTIONS);
    g_assert_cmphex(peek(board, RCC_CSR) & 1u << 25, !=, 0);
    g_assert_cmphex(peek(board, OBR), ==, 0x3412ff00);

    unlock_options(board);
    erase_options(board);
    poke(board, CR, OPTPG | OPTWRE);
    fake_board_write(board, OPTIONS, 2, 0xcc);
    fake_board_run(board, 1 * MS);
    fake_board_reset(board, BENCH_RESET_POWER);
    g_assert_cmpuint(board->parts.rdp_level, ==, 2);
    g_assert_cmphex(peek(board, OBR), ==, 0xffffff06);
    unlock_options(board);
    erase_options(board);
    g_assert_cmphex(peek(board, SR), ==, 0x10);
    g_assert_cmphex(peek(board, OPTIONS), ==, 0xffff33cc);
}

static void
test_power_cut(void)
{
    g_autoptr(FakeBoard) board = make(FALSE);

    memset(board->parts.flash, 0, 1024);
    bench_parts_cut_power_at(&board->parts, 0, FALSE);
    unlock(board);
    poke(board, CR, 2);
    poke(board, AR, FLASH);
    poke(board, CR, 2 | STRT);
    fake_board_run(board, 40 * MS);
    g_assert_cmpuint(board->n_power_fails, ==, 1);
    g_assert_cmpmem(board->view, 65536, board->parts.flash, 65536);
}

/* HSE 8 MHz times 9, as every Blue Pill does it. */
static void
test_clocks(void)
{
    g_autoptr(FakeBoard) board = make(TRUE);

    g_assert_cmphex(peek(board, RCC_CSR), ==, 0x0c000000);
    poke(board, RCC_CR, 0x10083);
    fake_board_run(board, 3 * MS);
    poke(board, FLASH_ACR, 0x12);
    poke(board, RCC_CFGR, 7u << 18 | 1u << 16 | 4u << 8);
    poke(board, RCC_CR, 0x1010083);
    fake_board_run(board, 1 * MS);
    poke(board, RCC_CFGR, 7u << 18 | 1u << 16 | 4u << 8 | 2);
    g_assert_cmpuint(board->core_hz, ==, 72000000);
    g_assert_cmpstr(board->faults->str, ==, "");
    poke(board, RCC_CFGR, 4u << 8 | 2); /* the PLL keeps its factor */
    g_assert_cmpuint(board->core_hz, ==, 72000000);
    poke(board, FLASH_ACR, 0x11);
    g_assert_nonnull(strstr(board->faults->str, "wait states"));
}

static void
test_pins(void)
{
    g_autoptr(FakeBoard) board = make(TRUE);

    poke(board, RCC_APB2ENR, 1 | 1u << 2 | 1u << 4);
    poke(board, GPIOC + 0x0c, 1u << 13);
    poke(board, GPIOC + 0x04, 0x44244444);
    poke(board, GPIOC + 0x14, 1u << 13);
    poke(board, GPIOC + 0x10, 1u << 13);
    g_assert_cmpstr(board->pins->str, ==, "C13=1 C13=0 C13=1 ");
    poke(board, GPIOA, 0x44444448);
    g_assert_false(peek(board, GPIOA + 8) & 1);
    poke(board, GPIOA + 0x0c, 1);
    g_assert_true(peek(board, GPIOA + 8) & 1);
    poke(board, AFIO_EXTICR1, 0);
    poke(board, EXTI + 0x0c, 1);
    poke(board, EXTI, 1);
    bench_parts_drive_pin(&board->parts, 0, 0, BENCH_PIN_LOW);
    g_assert_true(board->irqs[6]);
}

static void
test_usart(void)
{
    g_autoptr(FakeBoard) board = make(TRUE);

    poke(board, RCC_APB2ENR, 1u << 2);
    poke(board, RCC_APB1ENR, 1u << 17);
    poke(board, USART2 + 8, 69);
    poke(board, USART2 + 0x0c, 1u << 13 | 1u << 3);
    poke(board, USART2 + 4, 'A');
    fake_board_run(board, 1 * MS);
    g_assert_cmpstr(board->uart->str, ==, ""); /* the pin is an input still */
    poke(board, GPIOA, 0x44444b44);
    poke(board, USART2 + 4, 'B');
    fake_board_run(board, 1 * MS);
    g_assert_cmpstr(board->uart->str, ==, "B");
}

static void
test_ids(void)
{
    g_autoptr(FakeBoard) small = make(TRUE);
    g_autoptr(FakeBoard) large = fake_board_new("STM32F103CB", 1, TRUE);

    g_assert_cmphex(peek(small, 0xe0042000) & 0xfff, ==, 0x410);
    g_assert_cmpuint(fake_board_read(small, 0x1ffff7e0, 2), ==, 64);
    g_assert_cmpuint(fake_board_read(large, 0x1ffff7e0, 2), ==, 128);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bench/flash-f1/keys", test_keys);
    g_test_add_func("/bench/flash-f1/erases-a-page", test_erases_a_page);
    g_test_add_func("/bench/flash-f1/programs-erased-half-words", test_programs_erased_half_words);
    g_test_add_func("/bench/flash-f1/refuses", test_refuses);
    g_test_add_func("/bench/flash-f1/protection", test_protection);
    g_test_add_func("/bench/flash-f1/option-keys", test_option_keys);
    g_test_add_func("/bench/flash-f1/writes-options", test_writes_options);
    g_test_add_func("/bench/flash-f1/erased-options-protect", test_erased_options_protect);
    g_test_add_func("/bench/flash-f1/keeps-the-flash", test_keeps_the_flash);
    g_test_add_func("/bench/flash-f1/cut-options", test_cut_options);
    g_test_add_func("/bench/flash-f1/complements", test_complements);
    g_test_add_func("/bench/flash-f1/f3", test_f3);
    g_test_add_func("/bench/flash-f1/power-cut", test_power_cut);
    g_test_add_func("/bench/f103/clocks", test_clocks);
    g_test_add_func("/bench/f103/pins", test_pins);
    g_test_add_func("/bench/f103/usart", test_usart);
    g_test_add_func("/bench/f103/ids", test_ids);
    return g_test_run();
}
