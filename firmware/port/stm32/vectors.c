/* SPDX-License-Identifier: MIT-0 */
#include "../cortexm/startup.h"
#include "registers.h"

/* The vectors of an STM32: a program takes one by defining its handler. */
#define HANDLER __attribute__((weak, alias("unused_handler")))

__attribute__((naked)) static void
unused_handler(void)
{
    __asm__ volatile("b unexpected_handler");
}

void systick_handler(void) HANDLER;
void exti0_handler(void) HANDLER;
void usart2_handler(void) HANDLER;
void usart3_handler(void) HANDLER;

extern char _estack[];

const vector vector_table[16 + N_IRQS] __attribute__((section(".vectors"), used)) = {
    [0] = (vector)(void (*)(void))_estack,
    [1] = (vector)reset_handler,
    [2 ... 6] = unexpected_handler,
    [11 ... 12] = unexpected_handler,
    [14] = unexpected_handler,
    [15] = systick_handler,
    [16 ... 21] = unexpected_handler,
    [22] = exti0_handler,
    [23 ... 53] = unexpected_handler,
    [54] = usart2_handler,
    [55] = usart3_handler,
    [56 ... 16 + N_IRQS - 1] = unexpected_handler,
};
