/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOARDS_BLACKPILL_F411_BOARD_H
#define FIRMWARE_BOARDS_BLACKPILL_F411_BOARD_H

#include "firmware/port/gpio.h"

/* WeAct Black Pill V3 (STM32F411CEU6), as its schematic shows it. */
#define BOARD_CRYSTAL_HZ 25000000u
#define BOARD_BAUD 115200u

static const struct pin board_led = {2, 13}; /* PC13 */
#define BOARD_LED_LIT false                  /* its level while lit */

static const struct pin board_button = {0, 0}; /* PA0 "KEY", to ground */
#define BOARD_BUTTON_PRESSED false
#define board_button_handler exti0_handler

#endif
