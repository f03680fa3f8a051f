/* SPDX-License-Identifier: MIT-0 */
#include "../clock.h"

#include "machine.h"
#include "stm32f4.h"

/*
 * 96 MHz: the PLL takes 1 MHz, makes 192 MHz of it and halves that (RM0383 section 6.3.2), from
 * any source of whole megahertz. APB1, the UART's bus, may run at 50 MHz (DS10314 section 6.3.1):
 * half of the core. At 96 MHz and 2.7 V or more the flash needs 3 wait states (RM0383 section 3.4.1)
 * and the regulator scale 1 (section 5.1.4).
 */
#define HSI_HZ 16000000u
#define PLL_INPUT_HZ 1000000u
#define PLL_N 192u
#define PLL_P_DIV2 0u
#define PLL_Q 4u
#define CORE_HZ 96000000u
#define APB1_HZ 48000000u
#define FLASH_LATENCY 3u

/* A poll takes 8 cycles of 16 MHz or more. A crystal needs 2 ms typically (DS10314 section 6.3.8),
 * the PLL 0.3 ms at most (section 6.3.10). */
#define POLLS_PER_MS (HSI_HZ / 8u / 1000u)
#define CRYSTAL_POLLS (50u * POLLS_PER_MS)
#define PLL_POLLS (10u * POLLS_PER_MS)

static bool
wait_for(uintptr_t addr, uint32_t mask, uint32_t value, uint32_t polls)
{
    for (; polls > 0; polls--)
        if ((reg_read(addr) & mask) == value)
            return true;

    return false;
}

static bool
start_crystal(void)
{
    reg_write(RCC_CR, reg_read(RCC_CR) | RCC_CR_HSEON);
    if (wait_for(RCC_CR, RCC_CR_HSERDY, RCC_CR_HSERDY, CRYSTAL_POLLS))
        return true;

    reg_write(RCC_CR, reg_read(RCC_CR) & ~RCC_CR_HSEON);
    return false;
}

static bool
switch_to_pll(void)
{
    reg_write(RCC_CR, reg_read(RCC_CR) | RCC_CR_PLLON);
    if (!wait_for(RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY, PLL_POLLS))
        return false;

    reg_write(FLASH_ACR, FLASH_LATENCY | FLASH_ACR_PRFTEN | FLASH_ACR_ICEN | FLASH_ACR_DCEN);
    if (!wait_for(FLASH_ACR, FLASH_ACR_LATENCY_MASK, FLASH_LATENCY, PLL_POLLS))
        return false;

    reg_write(RCC_CFGR, RCC_CFGR_PPRE1_DIV2 | RCC_CFGR_SW_PLL);
    return wait_for(RCC_CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL, PLL_POLLS);
}

static bool
start_pll(uint32_t source_hz, uint32_t source)
{
    reg_write(RCC_APB1ENR, reg_read(RCC_APB1ENR) | RCC_APB1_PWR);
    reg_write(PWR_CR, reg_read(PWR_CR) | PWR_CR_VOS_SCALE1);
    reg_write(RCC_PLLCFGR, source_hz / PLL_INPUT_HZ | PLL_N << RCC_PLLCFGR_N_SHIFT |
                               PLL_P_DIV2 << RCC_PLLCFGR_P_SHIFT | PLL_Q << RCC_PLLCFGR_Q_SHIFT |
                               source);
    if (switch_to_pll())
        return true;

    reg_write(RCC_CFGR, 0);
    reg_write(RCC_CR, reg_read(RCC_CR) & ~RCC_CR_PLLON);
    return false;
}

struct clock
clock_get_reset(void)
{
    return (struct clock){HSI_HZ, HSI_HZ, false};
}

struct clock
clock_start(uint32_t crystal_hz)
{
    if (start_crystal() && start_pll(crystal_hz, RCC_PLLCFGR_SRC_HSE))
        return (struct clock){CORE_HZ, APB1_HZ, true};
    if (start_pll(HSI_HZ, 0))
        return (struct clock){CORE_HZ, APB1_HZ, false};

    return clock_get_reset();
}
