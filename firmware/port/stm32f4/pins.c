/* SPDX-License-Identifier: MIT-0 */
#include "../stm32/pins.h"

#include "../stm32/bits.h"
#include "alternate.h"
#include "registers.h"

static void
open_port(struct pin pin)
{
    bits_open_clock(RCC_PORT_ENR, RCC_PORT(pin.port));
}

static void
set_mode(struct pin pin, uint32_t mode)
{
    bits_set_field(GPIO_BASE(pin.port) + GPIO_MODER, 2u * pin.number, 3, mode);
}

void
gpio_open_input(struct pin pin, bool idle)
{
    open_port(pin);
    set_mode(pin, 0);
    bits_set_field(GPIO_BASE(pin.port) + GPIO_PUPDR, 2u * pin.number, 3,
                   idle ? GPIO_PUPDR_UP : GPIO_PUPDR_DOWN);
}

void
gpio_open_output(struct pin pin, bool level)
{
    open_port(pin);
    gpio_write(pin, level);
    set_mode(pin, GPIO_MODER_OUTPUT);
}

void
pins_open_alternate(struct pin pin, uint32_t function)
{
    open_port(pin);
    bits_set_field(GPIO_BASE(pin.port) + GPIO_AFRL + 4u * (pin.number / 8u), 4u * (pin.number % 8u),
                   0xF, function);
    set_mode(pin, GPIO_MODER_ALTERNATE);
}

void
pins_open_usart2(struct pin tx, struct pin rx)
{
    gpio_open_input(rx, true); /* pulled up also while nothing is connected */
    pins_open_alternate(tx, USART2_ALTERNATE);
    pins_open_alternate(rx, USART2_ALTERNATE);
}
