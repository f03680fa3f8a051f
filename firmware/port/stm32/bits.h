/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_STM32_BITS_H
#define FIRMWARE_PORT_STM32_BITS_H

#include <stdbool.h>
#include <stdint.h>

/* Parts of registers. */

void bits_set_field(uintptr_t addr, unsigned shift, uint32_t mask, uint32_t value);

/* In an enable register of RCC: when it returns, what it clocks can be accessed (RM0383 section
 * 6.1). */
void bits_open_clock(uintptr_t addr, uint32_t bit);

/* FALSE: not within so many polls, of 8 cycles or more each. */
bool bits_wait_for(uintptr_t addr, uint32_t mask, uint32_t value, uint32_t polls);

#endif
