/* SPDX-License-Identifier: MIT-0 */
#include "../stm32/usart2.h"

#include "../gpio.h"
#include "machine.h"
#include "stm32f1.h"

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
    gpio_open_input_pull_up(rx);
    gpio_open_alternate(tx, 0);
}

void
usart2_close(void)
{
    const uint32_t port = RCC_APB2_PORT(tx.port);

    reg_write(RCC_APB1RSTR, RCC_APB1_USART2);
    reg_write(RCC_APB1RSTR, 0);
    reg_write(RCC_APB1ENR, reg_read(RCC_APB1ENR) & ~RCC_APB1_USART2);
    reg_write(RCC_APB2RSTR, port);
    reg_write(RCC_APB2RSTR, 0);
    reg_write(RCC_APB2ENR, reg_read(RCC_APB2ENR) & ~port);
}
