/* SPDX-License-Identifier: MIT-0 */
/* The line: USART2, received by DMA. */
#include "firmware/port/cortexm/system.h"
#include "firmware/port/stm32/bits.h"
#include "firmware/port/stm32/pins.h"
#include "machine.h"
#include "port-f4.h"
#include "port.h"
#include "registers.h"

/* USART2 (30.6). */
#define USART2_SR 0x40004400u
#define USART_SR_IDLE (1u << 4)
#define USART_SR_TC (1u << 6)
#define USART_SR_TXE (1u << 7)
#define USART2_DR 0x40004404u
#define USART2_BRR 0x40004408u
#define USART2_CR1 0x4000440Cu
#define USART_CR1_RE (1u << 2)
#define USART_CR1_TE (1u << 3)
#define USART_CR1_IDLEIE (1u << 4)
#define USART_CR1_UE (1u << 13)
#define USART2_CR3 0x40004414u
#define USART_CR3_DMAR (1u << 6)
#define IRQ_USART2 38u

/* DMA1, stream 5, channel 4: USART2's receiver (10.5, table 42). */
#define RCC_AHB1ENR RCC_PORT_ENR
#define RCC_AHB1_DMA1 (1u << 21)
#define DMA_S5CR 0x40026088u
#define DMA_CR_EN (1u << 0)
#define DMA_CR_CIRC (1u << 8)
#define DMA_CR_MINC (1u << 10)
#define DMA_CR_PL_VERY_HIGH (3u << 16)
#define DMA_CR_CHANNEL(n) ((uint32_t)(n) << 25)
#define DMA_S5NDTR 0x4002608Cu
#define DMA_S5PAR 0x40026090u
#define DMA_S5M0AR 0x40026094u

/* A divider holds 16 bits and, with 16 samples a bit, is 16 at least (30.3.4). A character at the
 * lowest rate takes 9 ms. */
#define SAMPLES 16u
#define BAUD_MIN 1200u
#define CHARACTER_MS_MAX 20u

static const struct pin tx = {0, 2}, rx = {0, 3};

volatile uint8_t port_ring[PORT_RING_SIZE];
static uint32_t line_hz, line_baud;
static uint32_t received;

void usart2_handler(void);

/* The line has gone quiet: it wakes the core from port_wait(). The flag is cleared by reading the status,
 * then the data (30.6.1); the latter is left to the DMA, from which it would take a byte. Until the next
 * byte the interrupt is off. */
void
usart2_handler(void)
{
    reg_write(USART2_CR1, reg_read(USART2_CR1) & ~USART_CR1_IDLEIE);
}

static uint32_t
divider(uint32_t baud)
{
    return (line_hz + baud / 2u) / baud;
}

static void
start_reception(void)
{
    bits_open_clock(RCC_AHB1ENR, RCC_AHB1_DMA1);
    reg_write(DMA_S5PAR, USART2_DR);
    reg_write(DMA_S5M0AR, (uint32_t)(uintptr_t)port_ring);
    reg_write(DMA_S5NDTR, PORT_RING_SIZE);
    reg_write(DMA_S5CR, DMA_CR_CHANNEL(4) | DMA_CR_PL_VERY_HIGH | DMA_CR_MINC | DMA_CR_CIRC);
    reg_write(DMA_S5CR, reg_read(DMA_S5CR) | DMA_CR_EN);
}

/* The pins come last: until then a pull-up or the far end keeps the line idle. */
void
port_open_line(uint32_t uart_hz, uint32_t baud)
{
    line_hz = uart_hz;
    line_baud = baud;
    bits_open_clock(RCC_APB1ENR, RCC_APB1_USART2);
    start_reception();
    reg_write(USART2_BRR, divider(baud));
    reg_write(USART2_CR3, USART_CR3_DMAR);
    reg_write(USART2_CR1, USART_CR1_UE | USART_CR1_TE | USART_CR1_RE | USART_CR1_IDLEIE);
    system_enable_irq(IRQ_USART2);
    pins_open_usart2(tx, rx);
}

/*
 * The DMA's count runs down from the ring's size and starts again; of the total it has the lowest
 * bits, so that there is nothing to count at its turn. Whoever asks less than once a ring has lost
 * bytes anyhow.
 */
uint32_t
port_received(void)
{
    const uint32_t at = PORT_RING_SIZE - reg_read(DMA_S5NDTR);

    received += (at - received) % PORT_RING_SIZE;
    return received;
}

static void
wait_for(uint32_t flag)
{
    const uint32_t start_ms = system_get_ms();

    while ((reg_read(USART2_SR) & flag) == 0 && system_get_ms() - start_ms < CHARACTER_MS_MAX)
        ;
}

void
port_send(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        wait_for(USART_SR_TXE);
        reg_write(USART2_DR, bytes[i]);
    }
    port_feed_watchdog();
}

void
port_drain_line(void)
{
    wait_for(USART_SR_TC);
}

bool
port_can_baud(uint32_t baud)
{
    uint32_t made;

    if (baud < BAUD_MIN || baud > line_hz / SAMPLES)
        return false;

    made = line_hz / divider(baud);
    return made >= baud - baud / 50u && made <= baud + baud / 50u;
}

void
port_set_baud(uint32_t baud)
{
    port_drain_line();
    reg_write(USART2_BRR, divider(baud));
    line_baud = baud;
}

uint32_t
port_get_baud(void)
{
    return line_baud;
}

uint32_t
port_get_baud_max(void)
{
    return line_hz / SAMPLES;
}

/* What arrives after the look at the count ends in an idle line, which wakes. */
void
port_wait(void)
{
    const uint32_t before = received;

    port_feed_watchdog();
    if ((reg_read(USART2_SR) & USART_SR_IDLE) == 0)
        reg_write(USART2_CR1, reg_read(USART2_CR1) | USART_CR1_IDLEIE);
    if (port_received() == before)
        system_sleep();
}
