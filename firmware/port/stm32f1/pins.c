/* SPDX-License-Identifier: MIT-0 */
#include "../stm32/pins.h"

#include "../stm32/bits.h"
#include "registers.h"

static void
open_port(struct pin pin)
{
    bits_open_clock(RCC_PORT_ENR, RCC_PORT(pin.port));
}

static void
set_mode(struct pin pin, uint32_t mode)
{
    bits_set_field(GPIO_BASE(pin.port) + GPIO_CRL + 4u * (pin.number / 8u), 4u * (pin.number % 8u),
                   0xF, mode);
}

void
gpio_open_input(struct pin pin, bool idle)
{
    open_port(pin);
    gpio_write(pin, idle);
    set_mode(pin, GPIO_MODE_INPUT_PULLED);
}

void
gpio_open_output(struct pin pin, bool level)
{
    open_port(pin);
    gpio_write(pin, level);
    set_mode(pin, GPIO_MODE_OUTPUT_2MHZ);
}

/* Which function a pin has is fixed on this family, but for remapping. */
void
pins_open_usart2(struct pin tx, struct pin rx)
{
    gpio_open_input(rx, true);
    open_port(tx);
    set_mode(tx, GPIO_MODE_ALTERNATE_2MHZ);
}
