/* SPDX-License-Identifier: MIT-0 */
#include "../gpio.h"

#include "../cortexm/system.h"
#include "machine.h"
#include "stm32f4.h"

static void
set_field(uintptr_t addr, unsigned shift, uint32_t mask, uint32_t value)
{
    reg_write(addr, (reg_read(addr) & ~(mask << shift)) | value << shift);
}

static void
set_mode(struct pin pin, uint32_t mode)
{
    set_field(GPIO_BASE(pin.port) + GPIO_MODER, 2u * pin.number, 3, mode);
}

/* The read makes sure that the port has its clock before the next access (RM0383 section 6.1). */
static void
open_port(struct pin pin)
{
    reg_write(RCC_AHB1ENR, reg_read(RCC_AHB1ENR) | 1u << pin.port);
    reg_read(RCC_AHB1ENR);
}

void
gpio_open_input_pull_up(struct pin pin)
{
    open_port(pin);
    set_mode(pin, 0);
    set_field(GPIO_BASE(pin.port) + GPIO_PUPDR, 2u * pin.number, 3, GPIO_PUPDR_UP);
}

void
gpio_open_output(struct pin pin, bool level)
{
    open_port(pin);
    gpio_write(pin, level);
    set_mode(pin, GPIO_MODER_OUTPUT);
}

void
gpio_open_alternate(struct pin pin, uint32_t function)
{
    open_port(pin);
    set_field(GPIO_BASE(pin.port) + GPIO_AFRL + 4u * (pin.number / 8u), 4u * (pin.number % 8u), 0xF,
              function);
    set_mode(pin, GPIO_MODER_ALTERNATE);
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

    reg_write(RCC_APB2ENR, reg_read(RCC_APB2ENR) | RCC_APB2ENR_SYSCFGEN);
    reg_read(RCC_APB2ENR);
    set_field(SYSCFG_EXTICR1 + 4u * (pin.number / 4u), 4u * (pin.number % 4u), 0xF, pin.port);
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
