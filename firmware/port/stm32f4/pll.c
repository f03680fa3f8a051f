/* SPDX-License-Identifier: MIT-0 */
#include "../stm32/pll.h"

#include "machine.h"
#include "registers.h"

/*
 * 96 MHz: the PLL takes 1 MHz, makes 192 MHz of it and halves that (RM0383 section 6.3.2), from
 * any source of whole megahertz. APB1, the UART's bus, may run at 50 MHz (DS10314 section 6.3.1):
 * half of the core. The regulator must be at scale 1 (RM0383 section 5.1.4).
 */
#define PLL_INPUT_HZ 1000000u
#define PLL_N 192u
#define PLL_P_DIV2 0u
#define PLL_Q 4u
#define CORE_HZ 96000000u

uint32_t
pll_set_up(uint32_t crystal_hz, struct clock *clock)
{
    const bool has_crystal = crystal_hz != 0;

    reg_write(RCC_APB1ENR, reg_read(RCC_APB1ENR) | RCC_APB1_PWR);
    reg_write(PWR_CR, reg_read(PWR_CR) | PWR_CR_VOS_SCALE1);
    reg_write(RCC_PLLCFGR, (has_crystal ? crystal_hz : HSI_HZ) / PLL_INPUT_HZ |
                               PLL_N << RCC_PLLCFGR_N_SHIFT | PLL_P_DIV2 << RCC_PLLCFGR_P_SHIFT |
                               PLL_Q << RCC_PLLCFGR_Q_SHIFT |
                               (has_crystal ? RCC_PLLCFGR_SRC_HSE : 0));
    *clock = (struct clock){CORE_HZ, CORE_HZ / 2u, has_crystal};
    return RCC_CFGR_PPRE1_DIV2;
}
