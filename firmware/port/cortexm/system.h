/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_CORTEXM_SYSTEM_H
#define FIRMWARE_PORT_CORTEXM_SYSTEM_H

#include <stdint.h>

/* The core's own peripherals (PM0214 sections 4.3 to 4.5). */
#define SCB_VTOR 0xE000ED08u

/* A tick every millisecond from now on; also resets the count. */
void system_start_ticks(uint32_t core_hz);
uint32_t system_get_ms(void);

/* Sleeps until any interrupt: with ticks running, a millisecond at most. */
void system_sleep(void);

void system_enable_irq(uint32_t irq); /* also forgets an old request */

/* Resets the chip; RAM keeps its contents. */
_Noreturn void system_reset(void);

/* Starts the program whose vector table is at `base`, as from reset: no interrupt enabled, none
 * pending, ticks off, its own vector table and stack. */
_Noreturn void system_start_program(uint32_t base);

#endif
