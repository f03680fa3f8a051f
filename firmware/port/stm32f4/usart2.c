/* SPDX-License-Identifier: MIT-0 */
#include "../stm32/usart2.h"

#include "../gpio.h"
#include "machine.h"
#include "stm32f4.h"

static const struct pin tx = {0, 2}, rx = {0, 3};

void
usart2_open_clock(void)
{
    reg_write(RCC_APB1ENR, reg_read(RCC_APB1ENR) | RCC_APB1_USART2);
    reg_read(RCC_APB1ENR);
}

void
usart2_open_pins(void)
{
    gpio_open_alternate(tx, USART2_ALTERNATE);
    gpio_open_alternate(rx, USART2_ALTERNATE);
}

void
usart2_close(void)
{
    const uint32_t port = 1u << tx.port;

    reg_write(RCC_APB1RSTR, RCC_APB1_USART2);
    reg_write(RCC_APB1RSTR, 0);
    reg_write(RCC_APB1ENR, reg_read(RCC_APB1ENR) & ~RCC_APB1_USART2);
    reg_write(RCC_AHB1RSTR, port);
    reg_write(RCC_AHB1RSTR, 0);
    reg_write(RCC_AHB1ENR, reg_read(RCC_AHB1ENR) & ~port);
}
