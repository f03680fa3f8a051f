/* SPDX-License-Identifier: MIT-0 */
/* Text for people, on USART3: the interrupt sends it, and nothing waits for it. */
#include "board.h"
#include "firmware/port/cortexm/system.h"
#include "firmware/port/stm32/bits.h"
#include "firmware/port/stm32f4/alternate.h"
#include "machine.h"
#include "port-f4.h"
#include "port.h"
#include "registers.h"

/* USART3 (30.6, 7.3.13; DS8626 table 9). */
#define RCC_APB1_USART3 (1u << 18)
#define USART3_SR 0x40004800u
#define USART_SR_TC (1u << 6)
#define USART3_DR 0x40004804u
#define USART3_BRR 0x40004808u
#define USART3_CR1 0x4000480Cu
#define USART_CR1_TE (1u << 3)
#define USART_CR1_TXEIE (1u << 7)
#define USART_CR1_UE (1u << 13)
#define USART_CR1_OPEN (USART_CR1_UE | USART_CR1_TE)
#define USART3_ALTERNATE 7u
#define IRQ_USART3 39u

/* Counted without end; the buffer's size divides 2^32. */
#define BUFFER_SIZE 256u
#define DRAIN_MS_MAX 30u /* 23 ms at 115200 baud */
static volatile char buffer[BUFFER_SIZE];
static volatile uint32_t written, sent;

void usart3_handler(void);

void
usart3_handler(void)
{
    if (sent == written) {
        reg_write(USART3_CR1, USART_CR1_OPEN);
        return;
    }

    reg_write(USART3_DR, (uint8_t)buffer[sent % BUFFER_SIZE]);
    sent++;
}

void
port_open_debug(uint32_t uart_hz, uint32_t baud)
{
    bits_open_clock(RCC_APB1ENR, RCC_APB1_USART3);
    reg_write(USART3_BRR, (uart_hz + baud / 2u) / baud);
    reg_write(USART3_CR1, USART_CR1_OPEN);
    system_enable_irq(IRQ_USART3);
    pins_open_alternate(board_debug_tx, USART3_ALTERNATE);
    pins_open_alternate(board_debug_rx, USART3_ALTERNATE);
}

static uint32_t
append(uint32_t at, const char *text)
{
    for (; *text != '\0' && at - sent < BUFFER_SIZE; text++)
        buffer[at++ % BUFFER_SIZE] = *text;

    return at;
}

/* What does not fit is lost. */
void
port_debug(const char *text)
{
    written = append(append(written, text), "\r\n");
    reg_write(USART3_CR1, USART_CR1_OPEN | USART_CR1_TXEIE);
}

void
port_drain_debug(void)
{
    const uint32_t start_ms = system_get_ms();

    while ((sent != written || (reg_read(USART3_SR) & USART_SR_TC) == 0) &&
           system_get_ms() - start_ms < DRAIN_MS_MAX)
        ;
}
