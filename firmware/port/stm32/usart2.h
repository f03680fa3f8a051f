/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_STM32_USART2_H
#define FIRMWARE_PORT_STM32_USART2_H

/* What a family gives its UART (port/stm32/uart.c): the clock of USART2, and then its pins PA2 and
 * PA3; both as after reset again. */
void usart2_open_clock(void);
void usart2_open_pins(void);
void usart2_close(void);

#endif
