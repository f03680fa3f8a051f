/* SPDX-License-Identifier: MIT-0 */
#include "../uart.h"

#include "../gpio.h"
#include "machine.h"
#include "stm32f4.h"

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

/* The pins come last: until then the pull-up or the far end keeps the line idle. */
void
uart_open(uint32_t uart_hz, uint32_t baud)
{
    reg_write(RCC_APB1ENR, reg_read(RCC_APB1ENR) | RCC_APB1_USART2);
    reg_read(RCC_APB1ENR);
    reg_write(USART2_BRR, (uart_hz + baud / 2u) / baud);
    reg_write(USART2_CR1, USART_CR1_UE | USART_CR1_TE);
    gpio_open_alternate(tx, USART2_ALTERNATE);
    gpio_open_alternate(rx, USART2_ALTERNATE);
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
uart_close(void)
{
    const uint32_t port = 1u << tx.port;

    wait_for(USART_SR_TC);
    reg_write(RCC_APB1RSTR, RCC_APB1_USART2);
    reg_write(RCC_APB1RSTR, 0);
    reg_write(RCC_APB1ENR, reg_read(RCC_APB1ENR) & ~RCC_APB1_USART2);
    reg_write(RCC_AHB1RSTR, port);
    reg_write(RCC_AHB1RSTR, 0);
    reg_write(RCC_AHB1ENR, reg_read(RCC_AHB1ENR) & ~port);
}
