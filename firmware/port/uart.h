/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_UART_H
#define FIRMWARE_PORT_UART_H

#include <stdint.h>

/* The board's UART (USART2 on PA2, PA3), 8N1, sending only. A UART that does not send loses text,
 * never time beyond 2 ms a character. */
void uart_open(uint32_t uart_hz, uint32_t baud);
void uart_write(const char *text);
/* Waits for the last bit and gives the UART and its pins back as after reset. */
void uart_close(void);

#endif
