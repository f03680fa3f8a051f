/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOARDS_F407_UART_BOARD_H
#define FIRMWARE_BOARDS_F407_UART_BOARD_H

#include "firmware/port/gpio.h"

/* A board with an STM32F405 or F407, its UART on PA2 and PA3, debug text on PB10 and PB11. */
#define BOARD_CRYSTAL_HZ 8000000u
#define BOARD_BAUD 115200u
#define BOARD_SUPPLY_MV 3300u

static const struct pin board_led = {0, 5}; /* PA5 */
#define BOARD_LED_LIT true                  /* its level while lit */

static const struct pin board_button = {0, 0}; /* PA0 "B1", to the supply: the DISCOVERY's */
#define BOARD_BUTTON_PRESSED true

static const struct pin board_debug_tx = {1, 10}, board_debug_rx = {1, 11};
#define BOARD_DEBUG_BAUD 115200u

#endif
