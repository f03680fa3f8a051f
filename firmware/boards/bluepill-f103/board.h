/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOARDS_BLUEPILL_F103_BOARD_H
#define FIRMWARE_BOARDS_BLUEPILL_F103_BOARD_H

#include "firmware/port/gpio.h"

/* Blue Pill (STM32F103C8T6), as its schematic shows it. It has no button but reset. */
#define BOARD_CRYSTAL_HZ 8000000u
#define BOARD_BAUD 115200u

static const struct pin board_led = {2, 13}; /* PC13 */
#define BOARD_LED_LIT false                  /* its level while lit */

#endif
