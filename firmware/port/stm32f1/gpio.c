/* SPDX-License-Identifier: MIT-0 */
#include "../gpio.h"

#include "../cortexm/system.h"
#include "machine.h"
#include "stm32f1.h"

static void
set_field(uintptr_t addr, unsigned shift, uint32_t mask, uint32_t value)
{
    reg_write(addr, (reg_read(addr) & ~(mask << shift)) | value << shift);
}

static void
open_clock(uint32_t bit)
{
    reg_write(RCC_APB2ENR, reg_read(RCC_APB2ENR) | bit);
    reg_read(RCC_APB2ENR);
}

static void
open_port(struct pin pin)
{
    open_clock(RCC_APB2_PORT(pin.port));
}

static void
set_mode(struct pin pin, uint32_t mode)
{
    set_field(GPIO_BASE(pin.port) + GPIO_CRL + 4u * (pin.number / 8u), 4u * (pin.number % 8u), 0xF,
              mode);
}

void
gpio_open_input_pull_up(struct pin pin)
{
    open_port(pin);
    gpio_write(pin, true);
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
gpio_open_alternate(struct pin pin, uint32_t function)
{
    (void)function;
    open_port(pin);
    set_mode(pin, GPIO_MODE_ALTERNATE_2MHZ);
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

    open_clock(RCC_APB2_AFIO);
    set_field(AFIO_EXTICR1 + 4u * (pin.number / 4u), 4u * (pin.number % 4u), 0xF, pin.port);
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
