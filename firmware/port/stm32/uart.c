/* SPDX-License-Identifier: MIT-0 */
#include "../uart.h"

#include "../cortexm/system.h"
#include "bits.h"
#include "machine.h"
#include "pins.h"
#include "registers.h"

/* USART2 as on F1 and F4 (RM0008 section 27.6, RM0383 section 19.6). */
#define USART2_SR 0x40004400u
#define USART_SR_ORE (1u << 3)
#define USART_SR_RXNE (1u << 5)
#define USART_SR_TC (1u << 6)
#define USART_SR_TXE (1u << 7)
#define USART2_DR 0x40004404u
#define USART2_BRR 0x40004408u
#define USART2_CR1 0x4000440Cu
#define USART_CR1_RE (1u << 2)
#define USART_CR1_TE (1u << 3)
#define USART_CR1_RXNEIE (1u << 5)
#define USART_CR1_UE (1u << 13)

/* Of all of them (RM0008 section 10.1.2, RM0383 section 10.2). */
#define IRQ_USART2 38u

static const struct pin tx = {0, 2}, rx = {0, 3};

/* A poll takes 8 cycles or more of 100 MHz at most: 2 ms or more, while a character takes 87 us. */
#define SEND_POLLS (100000000u / 8u / 500u)

static void
wait_for(uint32_t flag)
{
    for (uint32_t polls = SEND_POLLS; polls > 0; polls--)
        if (reg_read(USART2_SR) & flag)
            return;
}

/* The pins come last: until then a pull-up or the far end keeps the line idle. */
void
uart_open(uint32_t uart_hz, uint32_t baud)
{
    bits_open_clock(RCC_APB1ENR, RCC_APB1_USART2);
    reg_write(USART2_BRR, (uart_hz + baud / 2u) / baud);
    reg_write(USART2_CR1, USART_CR1_UE | USART_CR1_TE);
    pins_open_usart2(tx, rx);
}

void
uart_write(const char *text)
{
    for (; *text != '\0'; text++) {
        wait_for(USART_SR_TXE);
        reg_write(USART2_DR, (uint8_t)*text);
    }
}

void
uart_listen(void)
{
    reg_write(USART2_CR1, reg_read(USART2_CR1) | USART_CR1_RE | USART_CR1_RXNEIE);
    system_enable_irq(IRQ_USART2);
}

/* Reading the status, then the data, also ends an overrun, which asks for the interrupt too. */
bool
uart_take(uint8_t *byte)
{
    const uint32_t sr = reg_read(USART2_SR);

    if ((sr & (USART_SR_RXNE | USART_SR_ORE)) == 0)
        return false;

    *byte = (uint8_t)reg_read(USART2_DR);
    return true;
}

void
uart_close(void)
{
    wait_for(USART_SR_TC);
    reg_write(RCC_APB1RSTR, RCC_APB1_USART2);
    reg_write(RCC_APB1RSTR, 0);
    reg_write(RCC_APB1ENR, reg_read(RCC_APB1ENR) & ~RCC_APB1_USART2);
    gpio_close_port(tx);
}
