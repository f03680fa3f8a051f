/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_STM32F411_CHIP_H
#define FIRMWARE_PORT_STM32F411_CHIP_H

/* What port/stm32f4 does not find alike on all of its chips. Sections are of RM0383 (STM32F411). */

/* Interrupts (10.2). */
#define N_IRQS 86

/*
 * 96 MHz: the PLL takes 1 MHz, makes 192 MHz of it and halves that (6.3.2). APB1 may run at 50 MHz
 * (DS10314 section 6.3.1): half of the core.
 */
#define CORE_HZ 96000000u
#define PLL_N 192u
#define PLL_P_FIELD 0u
#define PLL_Q 4u

/* At 96 MHz and 2.7 V or more the flash needs 3 wait states (3.4.1), the core the regulator's
 * scale 1 (5.1.4, 5.4.1). */
#define FLASH_WAIT_STATES 3u
#define PWR_CR_VOS_FAST (3u << 14)

#endif
