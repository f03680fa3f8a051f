/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_STM32F1_REGISTERS_H
#define FIRMWARE_PORT_STM32F1_REGISTERS_H

/* The registers that this port and port/stm32 use. Sections are of RM0008 (STM32F103). */

/* Of an STM32F103x8 or xB (10.1.2). */
#define N_IRQS 43

/* The internal oscillator. */
#define HSI_HZ 8000000u

/* Clocks (7.3). */
#define RCC_CR 0x40021000u
#define RCC_CR_HSEON (1u << 16)
#define RCC_CR_HSERDY (1u << 17)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR 0x40021004u
#define RCC_CFGR_SW_PLL 2u
#define RCC_CFGR_SWS_MASK (3u << 2)
#define RCC_CFGR_SWS_PLL (2u << 2)
#define RCC_CFGR_PPRE1_DIV2 (4u << 8)
#define RCC_CFGR_PLLSRC_HSE (1u << 16)
#define RCC_CFGR_PLLMUL(n) (((n)-2u) << 18)
#define RCC_PORT_RSTR 0x4002100Cu /* APB2RSTR */
#define RCC_APB1RSTR 0x40021010u
#define RCC_PORT_ENR 0x40021018u /* APB2ENR */
#define RCC_PORT(port) (1u << (2u + (port)))
#define RCC_EXTICR_ENR RCC_PORT_ENR
#define RCC_EXTICR_EN (1u << 0) /* AFIOEN */
#define RCC_APB1ENR 0x4002101Cu
#define RCC_APB1_USART2 (1u << 17)

/* Flash access (PM0075 section 3.1): above 48 MHz it needs 2 wait states. */
#define FLASH_ACR 0x40022000u
#define FLASH_ACR_LATENCY_MASK 0x7u
#define FLASH_ACR_PRFTBE (1u << 4)
#define FLASH_ACR_FAST (2u | FLASH_ACR_PRFTBE)

/* Ports (9.2). A pin's four bits in CRL or CRH: */
#define GPIO_BASE(port) (0x40010800u + 0x400u * (port))
#define GPIO_CRL 0x00u
#define GPIO_MODE_OUTPUT_2MHZ 0x2u
#define GPIO_MODE_INPUT_PULLED 0x8u /* up or down as ODR says */
#define GPIO_MODE_ALTERNATE_2MHZ 0xAu
#define GPIO_IDR 0x08u
#define GPIO_BSRR 0x10u

/* Interrupt lines of pins (9.4.3, 10.3). EXTI0 to EXTI4 are interrupts 6 to 10 (10.1.2). */
#define EXTICR1 0x40010008u
#define EXTI_IMR 0x40010400u
#define EXTI_FTSR 0x4001040Cu
#define EXTI_PR 0x40010414u
#define IRQ_EXTI0 6u

#endif
