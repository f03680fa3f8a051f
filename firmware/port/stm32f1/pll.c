/* SPDX-License-Identifier: MIT-0 */
#include "../stm32/pll.h"

#include "machine.h"
#include "registers.h"

/*
 * 72 MHz from the crystal, or 64 MHz from half of the internal oscillator, which is the most that
 * the PLL makes of it (RM0008 section 7.3.2). APB1, the UART's bus, may run at 36 MHz (DS5319
 * section 5.3.1): half of the core.
 */
#define CORE_HZ 72000000u
#define CORE_HZ_WITHOUT_CRYSTAL 64000000u

uint32_t
pll_set_up(uint32_t crystal_hz, struct clock *clock)
{
    uint32_t cfgr = RCC_CFGR_PPRE1_DIV2;

    if (crystal_hz != 0) {
        *clock = (struct clock){CORE_HZ, CORE_HZ / 2u, true};
        cfgr |= RCC_CFGR_PLLSRC_HSE | RCC_CFGR_PLLMUL(CORE_HZ / crystal_hz);
    } else {
        *clock = (struct clock){CORE_HZ_WITHOUT_CRYSTAL, CORE_HZ_WITHOUT_CRYSTAL / 2u, false};
        cfgr |= RCC_CFGR_PLLMUL(CORE_HZ_WITHOUT_CRYSTAL / (HSI_HZ / 2u));
    }
    reg_write(RCC_CFGR, cfgr);
    return cfgr;
}
