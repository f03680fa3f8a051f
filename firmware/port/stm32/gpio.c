/* SPDX-License-Identifier: MIT-0 */
#include "../gpio.h"

#include "../cortexm/system.h"
#include "bits.h"
#include "machine.h"
#include "registers.h"

/* What pins do once a family (its pins.c) has opened them. */

void
gpio_close_port(struct pin pin)
{
    reg_write(RCC_PORT_RSTR, RCC_PORT(pin.port));
    reg_write(RCC_PORT_RSTR, 0);
    reg_write(RCC_PORT_ENR, reg_read(RCC_PORT_ENR) & ~RCC_PORT(pin.port));
}

bool
gpio_read(struct pin pin)
{
    return reg_read(GPIO_BASE(pin.port) + GPIO_IDR) >> pin.number & 1u;
}

void
gpio_write(struct pin pin, bool level)
{
    reg_write(GPIO_BASE(pin.port) + GPIO_BSRR, 1u << (pin.number + (level ? 0u : 16u)));
}

void
gpio_watch_falling_edge(struct pin pin)
{
    const uint32_t line = 1u << pin.number;

    bits_open_clock(RCC_EXTICR_ENR, RCC_EXTICR_EN);
    bits_set_field(EXTICR1 + 4u * (pin.number / 4u), 4u * (pin.number % 4u), 0xF, pin.port);
    reg_write(EXTI_FTSR, reg_read(EXTI_FTSR) | line);
    gpio_clear_edge(pin);
    reg_write(EXTI_IMR, reg_read(EXTI_IMR) | line);
    system_enable_irq(IRQ_EXTI0 + pin.number);
}

void
gpio_clear_edge(struct pin pin)
{
    reg_write(EXTI_PR, 1u << pin.number);
}
