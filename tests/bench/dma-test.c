/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/fake-board.h"

#include "bench/wires.h"

#include <string.h>

/* DMA of an F407 as its USARTs use it. */

#define RCC_AHB1RSTR 0x40023810u
#define RCC_AHB1ENR 0x40023830u
#define RCC_APB1ENR 0x40023840u
#define GPIOA 0x40020000u
#define FLASH_KEYR 0x40023c04u
#define FLASH_CR 0x40023c10u
#define USART2 0x40004400u
#define USART_SR (USART2 + 0x00)
#define USART_DR (USART2 + 0x04)
#define DMA1 0x40026000u
#define HISR (DMA1 + 0x04)
#define HIFCR (DMA1 + 0x0c)
#define RX_STREAM (DMA1 + 0x10 + 5 * 0x18)
#define TX_STREAM (DMA1 + 0x10 + 6 * 0x18)
#define RX_FLAG(bit) ((bit) << 6)
#define TX_FLAG(bit) ((bit) << 16)
#define RX_IRQ 16
#define TX_IRQ 17
#define US G_GUINT64_CONSTANT(1000)
#define MS G_GUINT64_CONSTANT(1000000)

enum { CR = 0x00, NDTR = 0x04, PAR = 0x08, M0AR = 0x0c, M1AR = 0x10 };
enum { TEIF = 1 << 3, HTIF = 1 << 4, TCIF = 1 << 5 };
#define EN 1u
#define TEIE (1u << 2)
#define HTIE (1u << 3)
#define TCIE (1u << 4)
#define TO_PERIPHERAL (1u << 6)
#define CIRC (1u << 8)
#define MINC (1u << 10)
#define DBM (1u << 18)
#define CT (1u << 19)
#define CHANNEL_4 (4u << 25)

/* USART2 at 115200 from 16 MHz, with both of its DMA requests. */
static FakeBoard *
make(void)
{
    FakeBoard *board = fake_board_new("STM32F407VG", 1, FALSE);

    poke(board, RCC_AHB1ENR, 1u << 21 | 1);
    poke(board, RCC_APB1ENR, 1u << 17);
    poke(board, GPIOA, 0xa80000a0);
    poke(board, GPIOA + 0x20, 7u << 8 | 7u << 12);
    poke(board, USART2 + 0x08, 139);
    poke(board, USART2 + 0x14, 1u << 7 | 1u << 6);
    poke(board, USART2 + 0x0c, 1u << 13 | 1u << 3 | 1u << 2);
    fake_board_run(board, 1 * MS);
    return board;
}

static void
start(FakeBoard *board, guint32 stream, guint32 memory, guint32 count, guint32 cr)
{
    poke(board, stream + PAR, USART_DR);
    poke(board, stream + M0AR, memory);
    poke(board, stream + NDTR, count);
    poke(board, stream + CR, CHANNEL_4 | MINC | cr);
    poke(board, stream + CR, CHANNEL_4 | MINC | cr | EN);
}

/* Bytes come to RX, one after the other. */
static void
give(FakeBoard *board, const char *bytes)
{
    BenchPeripheral *usart = board->parts.wires->usart[1];

    for (; *bytes != '\0'; bytes++) {
        BenchUartFrame frame = bench_uart_frame((guint8)*bytes, 115200, FALSE);
        bench_usart_receive(usart, &frame, board->now_ns);
        fake_board_run(board, bench_uart_frame_ns(&frame));
    }
}

static void
test_receives_into_a_ring(void)
{
    g_autoptr(FakeBoard) board = make();

    start(board, RX_STREAM, FAKE_RAM + 8, 4, CIRC | HTIE | TCIE);
    give(board, "a");
    g_assert_cmpuint(peek(board, RX_STREAM + NDTR), ==, 3);
    g_assert_cmphex(peek(board, USART_SR) & 0x28, ==, 0); /* neither RXNE nor an overrun */
    g_assert_false(board->irqs[RX_IRQ]);
    give(board, "b");
    g_assert_cmphex(peek(board, HISR), ==, RX_FLAG(HTIF));
    g_assert_true(board->irqs[RX_IRQ]);
    poke(board, HIFCR, RX_FLAG(HTIF));
    g_assert_false(board->irqs[RX_IRQ]);
    give(board, "cd");
    g_assert_cmphex(peek(board, HISR), ==, RX_FLAG(TCIF));
    g_assert_true(board->irqs[RX_IRQ]);
    g_assert_cmpuint(peek(board, RX_STREAM + NDTR), ==, 4);
    give(board, "e");
    g_assert_cmpmem(board->ram + 7, 6, "\0ebcd\0", 6);
}

static void
test_sends_from_memory(void)
{
    g_autoptr(FakeBoard) board = make();

    memcpy(board->ram, "Hello", 5);
    poke(board, USART_SR, 0); /* TC, as firmware clears it first */
    start(board, TX_STREAM, FAKE_RAM, 5, TO_PERIPHERAL | TCIE);
    fake_board_run(board, 2 * 87 * US);
    g_assert_false(board->irqs[TX_IRQ]); /* two frames have gone, and two bytes are in the USART */
    g_assert_cmpuint(peek(board, TX_STREAM + NDTR), ==, 1);
    fake_board_run(board, 87 * US);
    g_assert_true(board->irqs[TX_IRQ]);
    g_assert_cmphex(peek(board, HISR), ==, TX_FLAG(TCIF | HTIF));
    g_assert_false(peek(board, TX_STREAM + CR) & EN);
    g_assert_false(peek(board, USART_SR) & 1u << 6); /* the last one is still under way */
    fake_board_run(board, 2 * 87 * US);
    g_assert_true(peek(board, USART_SR) & 1u << 6);
    g_assert_cmpstr(board->uart->str, ==, "Hello");
}

/* What nobody fetches overruns, and what has come before the stream is fetched at once. */
static void
test_overruns_without_a_stream(void)
{
    const struct {
        guint32 ahb1enr, channel;
    } cases[] = {{1u << 21 | 1, 5u << 25}, {1, CHANNEL_4}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = make();
        start(board, RX_STREAM, FAKE_RAM, 4, 0);
        poke(board, RX_STREAM + CR, 0);
        poke(board, HIFCR, ~0u);
        poke(board, RX_STREAM + CR, cases[i].channel | MINC | EN);
        poke(board, RCC_AHB1ENR, cases[i].ahb1enr);
        give(board, "ab");
        g_assert_cmphex(peek(board, USART_SR) & 0x28, ==, 0x28);
        poke(board, RCC_AHB1ENR, 1u << 21 | 1);
        poke(board, RX_STREAM + CR, 0);
        poke(board, HIFCR, ~0u);
        poke(board, RX_STREAM + CR, CHANNEL_4 | MINC | EN);
        g_assert_cmpuint(peek(board, RX_STREAM + NDTR), ==, 3);
        g_assert_cmpmem(board->ram, 2, "a\0", 2);
    }
}

static void
test_is_locked_while_enabled(void)
{
    g_autoptr(FakeBoard) board = make();

    start(board, RX_STREAM, FAKE_RAM, 4, CIRC);
    poke(board, RX_STREAM + NDTR, 100);
    poke(board, RX_STREAM + PAR, 1);
    poke(board, RX_STREAM + M0AR, 1);
    poke(board, RX_STREAM + CR, EN | TCIE);
    g_assert_cmpuint(peek(board, RX_STREAM + NDTR), ==, 4);
    g_assert_cmphex(peek(board, RX_STREAM + PAR), ==, USART_DR);
    g_assert_cmphex(peek(board, RX_STREAM + M0AR), ==, FAKE_RAM);
    g_assert_cmphex(peek(board, RX_STREAM + CR), ==, CHANNEL_4 | MINC | CIRC | EN | TCIE);
    give(board, "a");
    /* Switched off it says that it has ended, and keeps its count. */
    poke(board, RX_STREAM + CR, CHANNEL_4 | MINC);
    g_assert_cmphex(peek(board, HISR), ==, RX_FLAG(TCIF));
    g_assert_cmpuint(peek(board, RX_STREAM + NDTR), ==, 3);
    /* RM0090 10.5.5: not again before that is cleared. */
    poke(board, RX_STREAM + CR, CHANNEL_4 | MINC | EN);
    g_assert_cmphex(peek(board, RX_STREAM + CR), ==, CHANNEL_4 | MINC);
    g_assert_cmpstr(board->faults->str, ==,
                    "DMA: a stream is enabled before its flags are cleared\n");
}

static void
test_bad_addresses(void)
{
    const struct {
        guint32 memory, peripheral;
    } cases[] = {
        {FAKE_CCM, USART_DR},     /* core-coupled memory */
        {0x20001000, USART_DR},   /* behind the RAM */
        {0x08000000, USART_DR},   /* flash, writing */
        {FAKE_RAM, 0x40011004},   /* USART1 is on APB2, which DMA1 does not reach */
        {FAKE_RAM, FAKE_RAM + 4}, /* no peripheral */
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeBoard) board = make();
        poke(board, RX_STREAM + PAR, cases[i].peripheral);
        poke(board, RX_STREAM + M0AR, cases[i].memory);
        poke(board, RX_STREAM + NDTR, 4);
        poke(board, RX_STREAM + CR, CHANNEL_4 | MINC | TEIE | EN);
        give(board, "a");
        g_assert_cmphex(peek(board, HISR), ==, RX_FLAG(TEIF));
        g_assert_true(board->irqs[RX_IRQ]);
        g_assert_false(peek(board, RX_STREAM + CR) & EN);
    }
}

static void
test_two_buffers(void)
{
    g_autoptr(FakeBoard) board = make();

    poke(board, RX_STREAM + M1AR, FAKE_RAM + 16);
    start(board, RX_STREAM, FAKE_RAM, 2, DBM);
    give(board, "abc");
    g_assert_true(peek(board, RX_STREAM + CR) & CT);
    poke(board, RX_STREAM + M0AR, FAKE_RAM + 32);
    poke(board, RX_STREAM + M1AR, FAKE_RAM + 48); /* in use: not changed */
    give(board, "de");
    g_assert_cmpmem(board->ram, 3, "ab\0", 3);
    g_assert_cmpmem(board->ram + 16, 3, "cd\0", 3);
    g_assert_cmpmem(board->ram + 32, 2, "e\0", 2);
}

/* A controller that reads from a busy flash stands, and what comes in meanwhile overruns. */
static void
test_stands_while_the_flash_is_busy(void)
{
    g_autoptr(FakeBoard) board = make();

    start(board, RX_STREAM, FAKE_RAM, 8, CIRC);
    poke(board, FLASH_KEYR, 0x45670123);
    poke(board, FLASH_KEYR, 0xcdef89ab);
    poke(board, FLASH_CR, 2u << 8 | 2u << 3 | 2);
    poke(board, FLASH_CR, 2u << 8 | 2u << 3 | 2 | 1u << 16);
    g_assert_cmpuint(board->flash_busy_until_ns, >, board->now_ns);
    give(board, "abc");
    g_assert_cmpuint(peek(board, RX_STREAM + NDTR), ==, 5);
    start(board, TX_STREAM, 0x08000000, 1, TO_PERIPHERAL);
    give(board, "de");
    g_assert_cmpuint(peek(board, RX_STREAM + NDTR), ==, 5);
    g_assert_cmpuint(peek(board, TX_STREAM + NDTR), ==, 1);
    g_assert_cmphex(peek(board, USART_SR) & 0x28, ==, 0x28);
    fake_board_run(board, 600 * MS);
    g_assert_cmpuint(peek(board, RX_STREAM + NDTR), ==, 4);
    g_assert_cmpuint(peek(board, TX_STREAM + NDTR), ==, 0);
    g_assert_cmpmem(board->ram, 5, "abcd\0", 5);
}

static void
test_reset(void)
{
    g_autoptr(FakeBoard) board = make();

    start(board, RX_STREAM, FAKE_RAM, 4, CIRC | HTIE);
    give(board, "ab");
    poke(board, RCC_AHB1RSTR, 1u << 21);
    poke(board, RCC_AHB1RSTR, 0);
    g_assert_false(board->irqs[RX_IRQ]);
    g_assert_cmphex(peek(board, HISR), ==, 0);
    g_assert_cmphex(peek(board, RX_STREAM + CR), ==, 0);
    g_assert_cmphex(peek(board, RX_STREAM + 0x14), ==, 0x21);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bench/dma/receives-into-a-ring", test_receives_into_a_ring);
    g_test_add_func("/bench/dma/sends-from-memory", test_sends_from_memory);
    g_test_add_func("/bench/dma/overruns-without-a-stream", test_overruns_without_a_stream);
    g_test_add_func("/bench/dma/is-locked-while-enabled", test_is_locked_while_enabled);
    g_test_add_func("/bench/dma/bad-addresses", test_bad_addresses);
    g_test_add_func("/bench/dma/two-buffers", test_two_buffers);
    g_test_add_func("/bench/dma/stands-while-the-flash-is-busy",
                    test_stands_while_the_flash_is_busy);
    g_test_add_func("/bench/dma/reset", test_reset);
    return g_test_run();
}
