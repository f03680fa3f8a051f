/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_STM32_PINS_H
#define FIRMWARE_PORT_STM32_PINS_H

#include "../gpio.h"

/* What a family gives its UART (port/stm32/uart.c) beside the pins of port/gpio.h: USART2 on TX and
 * RX. */
void pins_open_usart2(struct pin tx, struct pin rx);

#endif
