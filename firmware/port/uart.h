/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_UART_H
#define FIRMWARE_PORT_UART_H

#include <stdbool.h>
#include <stdint.h>

/* The board's UART (USART2 on PA2, PA3), 8N1. A UART that does not send loses text, never time beyond
 * 2 ms a character. */
void uart_open(uint32_t uart_hz, uint32_t baud);
void uart_write(const char *text);
/* From now on each byte that arrives calls usart2_handler, which must take it before the next one is
 * complete. */
void uart_listen(void);
bool uart_take(uint8_t *byte); /* FALSE: there is none */
/* Waits for the last bit and gives the UART and its pins back as after reset. */
void uart_close(void);

#endif
