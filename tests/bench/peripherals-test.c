/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/fake-board.h"

#include "bench/wires.h"

#include <zlib.h>

/* The F411's other peripherals as firmware meets them. */

#define RCC_CR 0x40023800u
#define RCC_PLLCFGR 0x40023804u
#define RCC_CFGR 0x40023808u
#define RCC_AHB1RSTR 0x40023810u
#define RCC_AHB1ENR 0x40023830u
#define RCC_APB1ENR 0x40023840u
#define RCC_APB2ENR 0x40023844u
#define RCC_CSR 0x40023874u
#define FLASH_ACR 0x40023c00u
#define PWR_CR 0x40007000u
#define GPIOA 0x40020000u
#define GPIOC 0x40020800u
#define SYSCFG_EXTICR1 0x40013808u
#define EXTI 0x40013c00u
#define USART2 0x40004400u
#define CRC 0x40023000u
#define IWDG 0x40003000u
#define BACKUP_SRAM 0x40024000u
#define DBGMCU 0xe0042000u
#define US G_GUINT64_CONSTANT(1000)
#define MS G_GUINT64_CONSTANT(1000000)

static FakeBoard *
make(void)
{
    return fake_board_new("STM32F411CE", 1, TRUE);
}

/* -- clocks -- */

/* HSE 25 MHz through the PLL to 96 MHz, as firmware for a Black Pill does it. */
static void
start_pll(FakeBoard *board, guint wait_states)
{
    poke(board, RCC_APB1ENR, 1u << 28);
    poke(board, PWR_CR, 3u << 14);
    poke(board, RCC_CR, peek(board, RCC_CR) | 1u << 16);
    fake_board_run(board, 3 * MS);
    poke(board, RCC_PLLCFGR, 25 | 192 << 6 | 0 << 16 | 1u << 22 | 4u << 24);
    poke(board, RCC_CR, peek(board, RCC_CR) | 1u << 24);
    fake_board_run(board, 1 * MS);
    poke(board, FLASH_ACR, wait_states);
    poke(board, RCC_CFGR, 4u << 10 | 2);
}

static void
test_starts_pll(void)
{
    g_autoptr(FakeBoard) board = make();

    g_assert_cmpuint(board->core_hz, ==, 16000000);
    g_assert_cmphex(peek(board, RCC_CR), ==, 0x83);
    poke(board, RCC_CR, 0x83 | 1u << 16);
    g_assert_false(peek(board, RCC_CR) & 1u << 17);
    start_pll(board, 3);
    g_assert_cmphex(peek(board, RCC_CR) & 0x03030003, ==, 0x03030003);
    g_assert_cmphex(peek(board, RCC_CFGR) & 0xf, ==, 0xa);
    g_assert_cmpuint(board->core_hz, ==, 96000000);
    g_assert_cmpstr(board->faults->str, ==, "");
    /* What drives the core stays on, and the PLL in use keeps its factors. */
    poke(board, RCC_CR, 0x83);
    g_assert_cmphex(peek(board, RCC_CR) & 0x01010000, ==, 0x01010000);
    poke(board, RCC_PLLCFGR, 0x24003010);
    g_assert_cmpuint(board->core_hz, ==, 96000000);
    poke(board, RCC_CFGR, 0);
    g_assert_cmpuint(board->core_hz, ==, 16000000);
    poke(board, RCC_CFGR, 0xb0);
    g_assert_cmpuint(board->core_hz, ==, 1000000);
}

static void
test_missing_crystal(void)
{
    g_autoptr(FakeBoard) board = make();

    board->parts.hse_hz = 0;
    poke(board, RCC_CR, 0x83 | 1u << 16);
    fake_board_run(board, 1000 * MS);
    g_assert_false(peek(board, RCC_CR) & 1u << 17);
    poke(board, RCC_CFGR, 1);
    g_assert_cmphex(peek(board, RCC_CFGR), ==, 1);
    g_assert_cmpuint(board->core_hz, ==, 16000000);
}

static void
test_reports_bad_clocks(void)
{
    g_autoptr(FakeBoard) slow_flash = make();
    start_pll(slow_flash, 2);
    g_assert_nonnull(strstr(slow_flash->faults->str, "wait states"));

    g_autoptr(FakeBoard) low_voltage = make();
    low_voltage->host.supply_mv = 2500;
    start_pll(low_voltage, 3);
    g_assert_cmpstr(low_voltage->faults->str, ==, "");
    poke(low_voltage, FLASH_ACR, 2);
    g_assert_nonnull(strstr(low_voltage->faults->str, "wait states"));

    g_autoptr(FakeBoard) fast_bus = make();
    start_pll(fast_bus, 3);
    poke(fast_bus, RCC_CFGR, 2);
    g_assert_nonnull(strstr(fast_bus->faults->str, "APB1"));

    g_autoptr(FakeBoard) low_scale = make();
    poke(low_scale, RCC_APB1ENR, 1u << 28);
    poke(low_scale, PWR_CR, 2u << 14);
    poke(low_scale, RCC_PLLCFGR, 16 | 192 << 6 | 4u << 24);
    poke(low_scale, RCC_CR, 0x83 | 1u << 24);
    poke(low_scale, PWR_CR, 3u << 14); /* too late: the PLL is on */
    fake_board_run(low_scale, 1 * MS);
    poke(low_scale, FLASH_ACR, 3);
    poke(low_scale, RCC_CFGR, 4u << 10 | 2);
    g_assert_nonnull(strstr(low_scale->faults->str, "voltage scale"));
}

static void
test_gates_and_resets(void)
{
    g_autoptr(FakeBoard) board = make();

    poke(board, GPIOC + 0x14, 0x2000);
    g_assert_cmphex(peek(board, GPIOC), ==, 0);
    poke(board, RCC_AHB1ENR, 1u << 2);
    g_assert_cmphex(peek(board, GPIOC + 0x14), ==, 0);
    poke(board, GPIOC + 0x14, 0x2000);
    g_assert_cmphex(peek(board, GPIOC + 0x14), ==, 0x2000);
    poke(board, RCC_AHB1RSTR, 1u << 2);
    poke(board, RCC_AHB1RSTR, 0);
    g_assert_cmphex(peek(board, GPIOC + 0x14), ==, 0);
}

static void
test_reset_flags(void)
{
    const struct {
        BenchResetCause cause;
        guint32 flags;
    } cases[] = {{BENCH_RESET_POWER, 0x0e000000},
                 {BENCH_RESET_PIN, 0x04000000},
                 {BENCH_RESET_SOFTWARE, 0x14000000},
                 {BENCH_RESET_WATCHDOG, 0x24000000}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = make();
        poke(board, RCC_CSR, 1u << 24);
        g_assert_cmphex(peek(board, RCC_CSR), ==, 0);
        fake_board_reset(board, cases[i].cause);
        g_assert_cmphex(peek(board, RCC_CSR), ==, cases[i].flags);
    }
    g_autoptr(FakeBoard) board = make();
    fake_board_reset(board, BENCH_RESET_SOFTWARE);
    g_assert_cmphex(peek(board, RCC_CSR), ==, 0x1e000000);
}

/* -- pins -- */

static void
test_outputs(void)
{
    g_autoptr(FakeBoard) board = make();

    poke(board, RCC_AHB1ENR, 1u << 2);
    poke(board, GPIOC + 0x14, 1u << 13);
    poke(board, GPIOC, 1u << 26);
    poke(board, GPIOC + 0x18, 1u << 29);
    g_assert_cmphex(peek(board, GPIOC + 0x10) & 0x2000, ==, 0);
    fake_board_write(board, GPIOC + 0x18, 2, 1u << 13);
    fake_board_write(board, GPIOC + 0x1a, 2, 1u << 13);
    poke(board, GPIOC + 0x18, 1u << 29 | 1u << 13);
    g_assert_cmpstr(board->pins->str, ==, "C13=1 C13=0 C13=1 C13=0 C13=1 ");
    /* An open drain that is off follows the world. */
    poke(board, GPIOC + 0x04, 1u << 13);
    bench_parts_drive_pin(&board->parts, 2, 13, BENCH_PIN_LOW);
    g_assert_cmphex(peek(board, GPIOC + 0x10) & 0x2000, ==, 0);
}

static void
press(FakeBoard *board, gboolean pressed)
{
    bench_parts_drive_pin(&board->parts, 0, 0, pressed ? BENCH_PIN_LOW : BENCH_PIN_FLOATING);
}

static void
test_inputs(void)
{
    g_autoptr(FakeBoard) board = make();

    poke(board, RCC_AHB1ENR, 1);
    poke(board, GPIOA + 0x0c, 0x64000001);
    g_assert_cmphex(peek(board, GPIOA + 0x10) & 1, ==, 1);
    press(board, TRUE);
    g_assert_cmphex(peek(board, GPIOA + 0x10) & 1, ==, 0);
    press(board, FALSE);
    g_assert_cmphex(peek(board, GPIOA + 0x10) & 1, ==, 1);
    poke(board, GPIOA, 0xa8000003);
    g_assert_cmphex(peek(board, GPIOA + 0x10) & 1, ==, 0);
}

static void
test_exti(void)
{
    /* RTSR, FTSR: whether PR is set after a press (falling) and then after the release */
    const struct {
        guint32 rising, falling;
        gboolean on_press, on_release;
    } cases[] = {
        {0, 1, TRUE, FALSE}, {1, 0, FALSE, TRUE}, {1, 1, TRUE, TRUE}, {0, 0, FALSE, FALSE}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = make();
        poke(board, RCC_AHB1ENR, 1);
        poke(board, RCC_APB2ENR, 1u << 14);
        poke(board, GPIOA + 0x0c, 0x64000001);
        poke(board, EXTI + 0x08, cases[i].rising);
        poke(board, EXTI + 0x0c, cases[i].falling);
        poke(board, EXTI, 1);
        press(board, TRUE);
        g_assert_cmpint(board->irqs[6], ==, cases[i].on_press);
        poke(board, EXTI + 0x14, 1);
        g_assert_false(board->irqs[6]);
        press(board, FALSE);
        g_assert_cmpint(board->irqs[6], ==, cases[i].on_release);
        poke(board, EXTI + 0x14, 1);
        poke(board, SYSCFG_EXTICR1, 2);
        poke(board, EXTI + 0x14, 1);
        press(board, TRUE);
        g_assert_false(board->irqs[6]);
    }
}

static void
test_exti_lines(void)
{
    const struct {
        guint line, irq;
    } cases[] = {{0, 6}, {1, 7}, {4, 10}, {5, 23}, {9, 23}, {10, 40}, {15, 40}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = make();
        guint32 bit = 1u << cases[i].line;
        poke(board, EXTI + 0x10, bit);
        g_assert_false(board->irqs[cases[i].irq]); /* masked */
        fake_board_reset(board, BENCH_RESET_PIN);
        poke(board, EXTI, bit);
        poke(board, EXTI + 0x10, bit);
        g_assert_true(board->irqs[cases[i].irq]);
        g_assert_cmphex(peek(board, EXTI + 0x14), ==, bit);
        poke(board, EXTI + 0x14, bit);
        g_assert_false(board->irqs[cases[i].irq]);
        g_assert_cmphex(peek(board, EXTI + 0x10), ==, 0);
    }
}

/* -- USART -- */

static void
start_usart(FakeBoard *board, guint32 brr, guint32 cr1)
{
    poke(board, RCC_AHB1ENR, 1);
    poke(board, RCC_APB1ENR, 1u << 17);
    poke(board, GPIOA, 0xa80000a0);
    poke(board, GPIOA + 0x20, 7u << 8 | 7u << 12);
    poke(board, USART2 + 0x08, brr);
    poke(board, USART2 + 0x0c, cr1);
    fake_board_run(board, 1 * MS); /* the idle frame */
}

static void
test_usart_sends(void)
{
    g_autoptr(FakeBoard) board = make();
    const guint64 frame_ns = 139 * 10 * G_GUINT64_CONSTANT(1000000000) / 16000000;

    start_usart(board, 139, 1u << 13 | 1u << 3);
    g_assert_cmphex(peek(board, USART2), ==, 0xc0);
    poke(board, USART2 + 4, 'A');
    g_assert_cmphex(peek(board, USART2), ==, 0x80); /* straight into the shift register */
    poke(board, USART2 + 4, 'B');
    g_assert_cmphex(peek(board, USART2), ==, 0x00);
    fake_board_run(board, frame_ns - 1);
    g_assert_cmpstr(board->uart->str, ==, "");
    fake_board_run(board, 1);
    g_assert_cmpstr(board->uart->str, ==, "A");
    g_assert_cmphex(peek(board, USART2), ==, 0x80);
    fake_board_run(board, frame_ns);
    g_assert_cmpstr(board->uart->str, ==, "AB");
    g_assert_cmphex(peek(board, USART2), ==, 0xc0);
    /* A reset in mid-frame loses the byte. */
    poke(board, USART2 + 4, 'C');
    fake_board_reset(board, BENCH_RESET_SOFTWARE);
    fake_board_run(board, 1 * MS);
    g_assert_cmpstr(board->uart->str, ==, "AB");
}

static void
test_usart_needs(void)
{
    /* what firmware may have forgotten or set wrongly: the far end does not see an 'A' */
    const struct {
        guint32 brr, cr1, moder, afrl;
        const char *seen;
    } cases[] = {
        {139, 1u << 13 | 1u << 3, 0xa8000020, 7u << 8, "A"},
        {135, 1u << 13 | 1u << 3, 0xa8000020, 7u << 8, "A"},
        {17 << 4 | 3, 1u << 15 | 1u << 13 | 1u << 3, 0xa8000020, 7u << 8, "A"},
        {139, 1u << 13, 0xa8000020, 7u << 8, ""},
        {139, 1u << 3, 0xa8000020, 7u << 8, ""},
        {139, 1u << 13 | 1u << 3, 0xa8000000, 7u << 8, ""},
        {139, 1u << 13 | 1u << 3, 0xa8000020, 8u << 8, ""},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = make();
        start_usart(board, cases[i].brr, cases[i].cr1);
        poke(board, GPIOA, cases[i].moder);
        poke(board, GPIOA + 0x20, cases[i].afrl);
        poke(board, USART2 + 4, 'A');
        fake_board_run(board, 1 * MS);
        g_assert_cmpstr(board->uart->str, ==, cases[i].seen);
    }
    for (guint32 brr = 16; brr < 2000; brr += 1 + brr / 32) {
        g_autoptr(FakeBoard) board = make();
        gboolean fits = 16000000 / brr * 100 >= 115200 * 97 && 16000000 / brr * 100 <= 115200 * 103;
        start_usart(board, brr, 1u << 13 | 1u << 3);
        fake_board_run(board, 100 * MS);
        poke(board, USART2 + 4, 'A');
        fake_board_run(board, 100 * MS);
        g_assert_cmpuint(board->uart->len, ==, 1);
        g_assert_cmpint(board->uart->str[0] == 'A', ==, fits);
    }
}

static BenchPeripheral *
find_usart2(FakeBoard *board)
{
    BenchPeripheral *usart = board->parts.peripherals->pdata[0];

    for (guint i = 0; usart->base != USART2; i++)
        usart = g_ptr_array_index(board->parts.peripherals, i);
    return usart;
}

/* A frame comes to RX, and ends. */
static void
give(FakeBoard *board, guint8 byte, guint32 baud, gboolean even_parity)
{
    BenchUartFrame frame = bench_uart_frame(byte, baud, even_parity);

    bench_usart_receive(find_usart2(board), &frame, board->now_ns);
    fake_board_run(board, bench_uart_frame_ns(&frame));
}

static void
test_usart_receives(void)
{
    g_autoptr(FakeBoard) board = make();

    start_usart(board, 139, 1u << 13 | 1u << 2 | 1u << 5 | 1u << 4);
    give(board, 'x', 115200, FALSE);
    g_assert_true(board->irqs[38]);
    g_assert_cmphex(peek(board, USART2), ==, 0xe0);
    give(board, 'y', 115200, FALSE);
    g_assert_cmphex(peek(board, USART2), ==, 0xe8);
    g_assert_cmphex(peek(board, USART2 + 4), ==, 'x');
    g_assert_cmphex(peek(board, USART2), ==, 0xc0);
    g_assert_false(board->irqs[38]);
    fake_board_run(board, 1 * MS);
    g_assert_cmphex(peek(board, USART2), ==, 0xd0);
    g_assert_true(board->irqs[38]);
    peek(board, USART2 + 4);
    g_assert_false(board->irqs[38]);
}

static void
test_usart_receives_what(void)
{
    enum { FE = 2, PE = 1, RXNE = 0x20, QUIET = 0xc0, M = 1u << 12, PCE = 1u << 10 };
    const struct {
        guint8 byte;
        guint32 baud;
        gboolean parity;
        guint32 moder, cr1, sr, dr;
    } cases[] = {
        {'U', 115200, FALSE, 0xa80000a0, 0, RXNE, 'U'},
        {'U', 112500, FALSE, 0xa80000a0, 0, RXNE, 'U'},
        {'U', 118500, FALSE, 0xa80000a0, 0, RXNE, 'U'},
        {'U', 115200, FALSE, 0xa8000020, 0, 0, 0}, /* PA3 is an input */
        {0x00, 57600, FALSE, 0xa80000a0, 0, RXNE | FE, 0x80},
        {0x0f, 230400, FALSE, 0xa80000a0, 0, RXNE, 0xf9},
        {'U', 921600, FALSE, 0xa80000a0, 0, RXNE, 0xff},
        {0x01, 115200, TRUE, 0xa80000a0, M | PCE, RXNE, 0x101},
        {0x01, 115200, FALSE, 0xa80000a0, M | PCE, RXNE, 0x101},
        {0x03, 115200, FALSE, 0xa80000a0, M | PCE, RXNE | PE, 0x103},
        {0x03, 115200, TRUE, 0xa80000a0, 0, RXNE | FE, 0x03},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = make();
        start_usart(board, 139, cases[i].cr1 | 1u << 13 | 1u << 2);
        poke(board, GPIOA, cases[i].moder);
        give(board, cases[i].byte, cases[i].baud, cases[i].parity);
        g_assert_cmphex(peek(board, USART2), ==, QUIET | cases[i].sr);
        g_assert_cmphex(peek(board, USART2 + 4), ==, cases[i].dr);
    }
}

/* A receiver that is set anew in the middle of a frame has lost it. */
static void
test_usart_is_set_too_late(void)
{
    g_autoptr(FakeBoard) board = make();
    BenchUartFrame frame = bench_uart_frame('x', 115200, FALSE);

    start_usart(board, 278, 1u << 13 | 1u << 2);
    bench_usart_receive(find_usart2(board), &frame, board->now_ns);
    fake_board_run(board, 40 * US);
    poke(board, USART2 + 8, 139);
    fake_board_run(board, 50 * US);
    g_assert_cmphex(peek(board, USART2), ==, 0xc0);
    give(board, 'y', 115200, FALSE);
    g_assert_cmphex(peek(board, USART2 + 4), ==, 'y');
}

/* -- the rest -- */

static guint32
reverse_bits(guint32 word)
{
    guint32 reversed = 0;

    for (guint bit = 0; bit < 32; bit++)
        reversed |= ((word >> bit) & 1) << (31 - bit);
    return reversed;
}

static void
test_crc(void)
{
    g_autoptr(FakeBoard) board = make();
    guint8 bytes[64];

    poke(board, RCC_AHB1ENR, 1u << 12);
    poke(board, CRC + 8, 1);
    for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = (guint8)(i * 37 + 11);
    for (guint i = 0; i < sizeof bytes; i += 4)
        poke(board, CRC,
             reverse_bits(bytes[i] | (guint32)bytes[i + 1] << 8 | (guint32)bytes[i + 2] << 16 |
                          (guint32)bytes[i + 3] << 24));
    g_assert_cmphex(~reverse_bits(peek(board, CRC)), ==, crc32(0, bytes, sizeof bytes));
    poke(board, CRC + 8, 1);
    g_assert_cmphex(peek(board, CRC), ==, 0xffffffff);
    poke(board, CRC, 0);
    g_assert_cmphex(peek(board, CRC), ==, 0xc704dd7b);
    fake_board_write(board, CRC, 1, 0);
    g_assert_cmpint(board->faults->len, >, 0);
}

static void
test_backup_sram(void)
{
    g_autoptr(FakeBoard) board = fake_board_new("STM32F407VG", 1, TRUE);

    poke(board, BACKUP_SRAM, 1);
    g_assert_cmphex(peek(board, BACKUP_SRAM), ==, 0); /* no clock */
    poke(board, RCC_AHB1ENR, 1u << 18);
    poke(board, RCC_APB1ENR, 1u << 28);
    guint32 before = peek(board, BACKUP_SRAM);
    poke(board, BACKUP_SRAM, ~before);
    g_assert_cmphex(peek(board, BACKUP_SRAM), ==, before);
    poke(board, PWR_CR, 1u << 8);
    poke(board, BACKUP_SRAM, 0x11223344);
    fake_board_write(board, BACKUP_SRAM + 1, 1, 0x55);
    fake_board_reset(board, BENCH_RESET_SOFTWARE);
    poke(board, RCC_AHB1ENR, 1u << 18);
    g_assert_cmphex(peek(board, BACKUP_SRAM), ==, 0x11225544);
    poke(board, BACKUP_SRAM, 0);
    g_assert_cmphex(peek(board, BACKUP_SRAM), ==, 0x11225544);
    fake_board_reset(board, BENCH_RESET_POWER);
    poke(board, RCC_AHB1ENR, 1u << 18);
    g_assert_cmphex(peek(board, BACKUP_SRAM), !=, 0x11225544);
}

static void
test_iwdg(void)
{
    g_autoptr(FakeBoard) board = make();

    fake_board_run(board, 10000 * MS);
    poke(board, IWDG, 0xcccc);
    poke(board, IWDG + 4, 6); /* no access without its key */
    poke(board, IWDG, 0x5555);
    poke(board, IWDG + 4, 1);
    poke(board, IWDG + 8, 999);
    g_assert_cmphex(peek(board, IWDG + 0x0c), ==, 3);
    fake_board_run(board, 200 * US);
    g_assert_cmphex(peek(board, IWDG + 0x0c), ==, 0);
    poke(board, IWDG, 0xaaaa); /* 1000 periods of 8 / 32 kHz */
    fake_board_run(board, 249 * MS);
    poke(board, IWDG, 0xaaaa);
    fake_board_run(board, 249 * MS);
    /* Halted it goes on, until DBGMCU says otherwise. */
    poke(board, DBGMCU + 8, 1u << 12);
    fake_board_set_halted(board, TRUE);
    fake_board_run(board, 1000 * MS);
    g_assert_cmpuint(board->n_resets, ==, 0);
    fake_board_set_halted(board, FALSE);
    fake_board_run(board, 1 * MS - 1);
    g_assert_cmpuint(board->n_resets, ==, 0);
    fake_board_run(board, 1);
    g_assert_cmpuint(board->n_resets, ==, 1);
    fake_board_reset(board, BENCH_RESET_WATCHDOG);
    g_assert_cmphex(peek(board, DBGMCU + 8), ==, 1u << 12);
    fake_board_run(board, 10000 * MS);
    g_assert_cmpuint(board->n_resets, ==, 1);
}

static void
test_ids(void)
{
    g_autoptr(FakeBoard) board = make();
    g_autoptr(FakeBoard) other = fake_board_new("STM32F411CE", 2, TRUE);

    g_assert_cmphex(peek(board, DBGMCU) & 0xfff, ==, 0x431);
    g_assert_cmpuint(fake_board_read(board, 0x1fff7a22, 2), ==, 512);
    g_assert_true(peek(board, 0x1fff7a10) != peek(other, 0x1fff7a10) ||
                  peek(board, 0x1fff7a14) != peek(other, 0x1fff7a14));
}

static void
test_chips_are_known(void)
{
    g_assert_null(bench_chip_find("STM32F999"));
    for (const char *const *name = bench_chip_names(); *name != NULL; name++) {
        const BenchChip *chip = bench_chip_find(*name);
        guint32 size = 0;
        for (guint i = 0; i < chip->n_sectors; i++)
            size += chip->extra[i];
        g_assert_cmpuint(size, ==, chip->flash_size);

        g_autoptr(FakeBoard) board = fake_board_new(*name, 1, FALSE);
        g_assert_cmpuint(board->core_hz, ==, chip->reset_hz);
        guint64 end = 0;
        for (guint i = 0; i < board->parts.peripherals->len; i++) {
            BenchPeripheral *p = g_ptr_array_index(board->parts.peripherals, i);
            g_assert_cmphex(p->base, >=, end);
            end = (guint64)p->base + p->size;
            for (guint32 offset = 0; offset < p->size; offset += 4)
                bench_peripheral_read(p, offset, 4);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bench/rcc/starts-pll", test_starts_pll);
    g_test_add_func("/bench/rcc/missing-crystal", test_missing_crystal);
    g_test_add_func("/bench/rcc/reports-bad-clocks", test_reports_bad_clocks);
    g_test_add_func("/bench/rcc/gates-and-resets", test_gates_and_resets);
    g_test_add_func("/bench/rcc/reset-flags", test_reset_flags);
    g_test_add_func("/bench/gpio/outputs", test_outputs);
    g_test_add_func("/bench/gpio/inputs", test_inputs);
    g_test_add_func("/bench/exti/edges", test_exti);
    g_test_add_func("/bench/exti/lines", test_exti_lines);
    g_test_add_func("/bench/usart/sends", test_usart_sends);
    g_test_add_func("/bench/usart/needs-pin-and-baud", test_usart_needs);
    g_test_add_func("/bench/usart/receives", test_usart_receives);
    g_test_add_func("/bench/usart/receives-what", test_usart_receives_what);
    g_test_add_func("/bench/usart/is-set-too-late", test_usart_is_set_too_late);
    g_test_add_func("/bench/crc/is-that-of-zlib-reversed", test_crc);
    g_test_add_func("/bench/backup-sram/is-kept", test_backup_sram);
    g_test_add_func("/bench/iwdg/bites-and-freezes", test_iwdg);
    g_test_add_func("/bench/ids/tell-the-chip", test_ids);
    g_test_add_func("/bench/chips/are-known", test_chips_are_known);
    return g_test_run();
}
