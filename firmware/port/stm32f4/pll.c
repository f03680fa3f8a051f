/* SPDX-License-Identifier: MIT-0 */
#include "../stm32/pll.h"

#include "machine.h"
#include "registers.h"

/* What the chip's factors (chip.h) expect of any source of whole megahertz (RM0383 section 6.3.2). */
#define PLL_INPUT_HZ 1000000u

uint32_t
pll_set_up(uint32_t crystal_hz, struct clock *clock)
{
    const bool has_crystal = crystal_hz != 0;

    reg_write(RCC_APB1ENR, reg_read(RCC_APB1ENR) | RCC_APB1_PWR);
    reg_write(PWR_CR, reg_read(PWR_CR) | PWR_CR_VOS_FAST);
    reg_write(RCC_PLLCFGR, (has_crystal ? crystal_hz : HSI_HZ) / PLL_INPUT_HZ |
                               PLL_N << RCC_PLLCFGR_N_SHIFT | PLL_P_FIELD << RCC_PLLCFGR_P_SHIFT |
                               PLL_Q << RCC_PLLCFGR_Q_SHIFT |
                               (has_crystal ? RCC_PLLCFGR_SRC_HSE : 0));
    *clock = (struct clock){CORE_HZ, CORE_HZ / 2u, has_crystal};
    return RCC_CFGR_PPRE1_DIV2;
}
