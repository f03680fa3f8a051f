/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

/* Sends back on USART2 of an F407 what comes there, at 115200 from 16 MHz; an E erases sector 11 first. It
 * takes bytes from the UART itself, or, when there is an R at 0x08004000, from a ring that DMA fills. */

#define RCC_AHB1ENR REG(0x40023830u)
#define RCC_APB1ENR REG(0x40023840u)
#define GPIOA_MODER REG(0x40020000u)
#define GPIOA_AFRL REG(0x40020020u)
#define FLASH_KEYR REG(0x40023c04u)
#define FLASH_CR REG(0x40023c10u)
#define USART_SR REG(0x40004400u)
#define USART_DR REG(0x40004404u)
#define USART_BRR REG(0x40004408u)
#define USART_CR1 REG(0x4000440cu)
#define USART_CR3 REG(0x40004414u)
#define DMA_CR REG(0x40026088u)
#define DMA_NDTR REG(0x4002608cu)
#define DMA_PAR REG(0x40026090u)
#define DMA_M0AR REG(0x40026094u)
#define USES_RING (*(volatile const uint8_t *)0x08004000u == 'R')
#define RING_SIZE 256u
#define ring ((volatile uint8_t *)0x20004000u)

static void
take(uint8_t byte)
{
    if (byte == 'E') {
        FLASH_KEYR = 0x45670123;
        FLASH_KEYR = 0xcdef89ab;
        FLASH_CR = 2u << 8 | 11u << 3 | 1u << 1;
        FLASH_CR |= 1u << 16;
    }
    while (!(USART_SR & 1u << 7))
        ;
    USART_DR = byte;
}

static void
poll(void)
{
    for (;;)
        if (USART_SR & 1u << 5)
            take((uint8_t)USART_DR);
}

static void
drain_ring(void)
{
    uint32_t at = 0;

    DMA_PAR = 0x40004404u;
    DMA_M0AR = (uint32_t)(uintptr_t)ring;
    DMA_NDTR = RING_SIZE;
    DMA_CR = 4u << 25 | 1u << 10 | 1u << 8;
    DMA_CR |= 1;
    USART_CR3 = 1u << 6;
    for (;;) {
        __asm volatile("wfi");
        for (; at != RING_SIZE - DMA_NDTR; at = (at + 1) % RING_SIZE)
            take(ring[at]);
    }
}

static void
tick(void)
{
}

void
start(void)
{
    RCC_AHB1ENR = 1u << 21 | 1;
    RCC_APB1ENR = 1u << 17;
    GPIOA_AFRL = 7u << 8 | 7u << 12;
    GPIOA_MODER = 0xa80000a0;
    USART_BRR = 139;
    USART_CR1 = 1u << 13 | 1u << 3 | 1u << 2;
    SYST_RVR = 15999;
    SYST_CVR = 0;
    SYST_CSR = 7;
    if (USES_RING)
        drain_ring();
    poll();
}

VECTORS = {STACK, {[0] = start, [14] = tick}};
