/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_STM32_PLL_H
#define FIRMWARE_PORT_STM32_PLL_H

#include "../clock.h"

/*
 * What a family gives its clock (port/stm32/clock.c): sets the PLL up, which is off, for full speed
 * from a crystal, or from the internal oscillator when `crystal_hz` is 0. Says in `clock` what that
 * makes; returns RCC_CFGR, with the dividers of the buses, for the time before the switch to it.
 */
uint32_t pll_set_up(uint32_t crystal_hz, struct clock *clock);

#endif
