/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

/* Runs from RAM: erases sector 1 at x32, polling BSY, and programs 64 words of it. words[0..1]:
 * cycles of both. Ends in a BKPT. */

#define FLASH_KEYR REG(0x40023c04u)
#define FLASH_SR REG(0x40023c0cu)
#define FLASH_CR REG(0x40023c10u)
#define BSY (1u << 16)

__attribute__((section(".first"))) void
start(void)
{
    uint32_t from;

    DEMCR = 1u << 24;
    DWT_CTRL |= 1;
    FLASH_KEYR = 0x45670123u;
    FLASH_KEYR = 0xcdef89abu;
    from = DWT_CYCCNT;
    FLASH_CR = 2u << 8 | 1u << 1 | 1u << 3;
    FLASH_CR |= 1u << 16;
    while (FLASH_SR & BSY)
        ;
    report.words[0] = DWT_CYCCNT - from;
    from = DWT_CYCCNT;
    FLASH_CR = 2u << 8 | 1u;
    for (uint32_t i = 0; i < 64; i++) {
        REG(0x08004000u + 4 * i) = 0xa5000000u + i;
        while (FLASH_SR & BSY)
            ;
    }
    report.words[1] = DWT_CYCCNT - from;
    report.words[2] = FLASH_SR;
    report.done = REPORT_DONE;
    __asm volatile("bkpt 0");
    for (;;)
        ;
}
