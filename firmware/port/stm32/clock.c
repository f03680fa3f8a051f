/* SPDX-License-Identifier: MIT-0 */
#include "../clock.h"

#include "bits.h"
#include "machine.h"
#include "pll.h"
#include "registers.h"

/* A poll takes 8 cycles of the internal oscillator or more. A crystal needs 2 ms typically (DS10314
 * section 6.3.8, DS5319 section 5.3.6), the PLL 0.3 ms at most (DS10314 section 6.3.10; 0.2 ms: DS5319
 * section 5.3.8). */
#define POLLS_PER_MS (HSI_HZ / 8u / 1000u)
#define CRYSTAL_POLLS (50u * POLLS_PER_MS)
#define PLL_POLLS (10u * POLLS_PER_MS)

static bool
start_crystal(void)
{
    reg_write(RCC_CR, reg_read(RCC_CR) | RCC_CR_HSEON);
    if (bits_wait_for(RCC_CR, RCC_CR_HSERDY, RCC_CR_HSERDY, CRYSTAL_POLLS))
        return true;

    reg_write(RCC_CR, reg_read(RCC_CR) & ~RCC_CR_HSEON);
    return false;
}

static bool
switch_to_pll(uint32_t cfgr)
{
    reg_write(RCC_CR, reg_read(RCC_CR) | RCC_CR_PLLON);
    if (!bits_wait_for(RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY, PLL_POLLS))
        return false;

    reg_write(FLASH_ACR, FLASH_ACR_FAST);
    if (!bits_wait_for(FLASH_ACR, FLASH_ACR_LATENCY_MASK, FLASH_ACR_FAST & FLASH_ACR_LATENCY_MASK,
                       PLL_POLLS))
        return false;

    reg_write(RCC_CFGR, cfgr | RCC_CFGR_SW_PLL);
    return bits_wait_for(RCC_CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL, PLL_POLLS);
}

static bool
start_pll(uint32_t crystal_hz, struct clock *clock)
{
    if (switch_to_pll(pll_set_up(crystal_hz, clock)))
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
    struct clock clock;

    if ((start_crystal() && start_pll(crystal_hz, &clock)) || start_pll(0, &clock))
        return clock;

    return clock_get_reset();
}
