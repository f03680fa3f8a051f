/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_STM32F4_REGISTERS_H
#define FIRMWARE_PORT_STM32F4_REGISTERS_H

#include "chip.h" /* of the chip's folder */

/* The registers that this port and port/stm32 use. Sections are of RM0383 (STM32F411). */

/* The internal oscillator. */
#define HSI_HZ 16000000u

/* Power (5.4.1, 5.4.2). */
#define PWR_CR 0x40007000u

/* Clocks (6.3). */
#define RCC_CR 0x40023800u
#define RCC_CR_HSEON (1u << 16)
#define RCC_CR_HSERDY (1u << 17)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_PLLCFGR 0x40023804u
#define RCC_PLLCFGR_N_SHIFT 6
#define RCC_PLLCFGR_P_SHIFT 16
#define RCC_PLLCFGR_SRC_HSE (1u << 22)
#define RCC_PLLCFGR_Q_SHIFT 24
#define RCC_CFGR 0x40023808u
#define RCC_CFGR_SW_PLL 2u
#define RCC_CFGR_SWS_MASK (3u << 2)
#define RCC_CFGR_SWS_PLL (2u << 2)
#define RCC_CFGR_PPRE1_DIV2 (4u << 10)
#define RCC_PORT_RSTR 0x40023810u /* AHB1RSTR */
#define RCC_APB1RSTR 0x40023820u
#define RCC_PORT_ENR 0x40023830u /* AHB1ENR */
#define RCC_PORT(port) (1u << (port))
#define RCC_APB1ENR 0x40023840u
#define RCC_APB1_USART2 (1u << 17)
#define RCC_APB1_PWR (1u << 28)
#define RCC_EXTICR_ENR 0x40023844u /* APB2ENR */
#define RCC_EXTICR_EN (1u << 14)   /* SYSCFGEN */

/* Flash access (3.8.1). */
#define FLASH_ACR 0x40023C00u
#define FLASH_ACR_LATENCY_MASK 0xFu
#define FLASH_ACR_PRFTEN (1u << 8)
#define FLASH_ACR_ICEN (1u << 9)
#define FLASH_ACR_DCEN (1u << 10)
#define FLASH_ACR_FAST (FLASH_WAIT_STATES | FLASH_ACR_PRFTEN | FLASH_ACR_ICEN | FLASH_ACR_DCEN)

/* Ports (8.4). */
#define GPIO_BASE(port) (0x40020000u + 0x400u * (port))
#define GPIO_MODER 0x00u
#define GPIO_MODER_OUTPUT 1u
#define GPIO_MODER_ALTERNATE 2u
#define GPIO_PUPDR 0x0Cu
#define GPIO_PUPDR_UP 1u
#define GPIO_PUPDR_DOWN 2u
#define GPIO_IDR 0x10u
#define GPIO_BSRR 0x18u
#define GPIO_AFRL 0x20u

/* Interrupt lines of pins (7.2.3, 10.3). EXTI0 to EXTI4 are interrupts 6 to 10 (10.2). */
#define EXTICR1 0x40013808u
#define EXTI_IMR 0x40013C00u
#define EXTI_FTSR 0x40013C0Cu
#define EXTI_PR 0x40013C14u
#define IRQ_EXTI0 6u

/* The alternate function of USART2's pins (DS10314 table 9). */
#define USART2_ALTERNATE 7u

#endif
