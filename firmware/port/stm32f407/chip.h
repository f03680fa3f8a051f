/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_STM32F407_CHIP_H
#define FIRMWARE_PORT_STM32F407_CHIP_H

/* What port/stm32f4 does not find alike on all of its chips. Sections are of RM0090 (STM32F405 and
 * STM32F407). */

/* Interrupts (12.2). */
#define N_IRQS 82

/*
 * 84 MHz: the PLL takes 1 MHz, makes 336 MHz of it and divides that by four (7.3.2). APB1 may run at
 * 42 MHz (DS8626 section 5.3.1): half of the core.
 */
#define CORE_HZ 84000000u
#define PLL_N 336u
#define PLL_P_FIELD 1u
#define PLL_Q 7u

/* At 84 MHz and 2.7 V or more the flash needs 2 wait states (3.5.1). The regulator's one bit is set
 * after reset (5.4.1). */
#define FLASH_WAIT_STATES 2u
#define PWR_CR_VOS_FAST (1u << 14)

#endif
