/* SPDX-License-Identifier: MIT-0 */
#include "../clock.h"

#include "machine.h"
#include "stm32f1.h"

/*
 * 72 MHz from the crystal, or 64 MHz from half of the internal oscillator, which is the most that
 * the PLL makes of it (RM0008 section 7.3.2). APB1, the UART's bus, may run at 36 MHz (DS5319
 * section 5.3.1): half of the core. Above 48 MHz the flash needs 2 wait states (PM0075 section 3.1).
 */
#define HSI_HZ 8000000u
#define CORE_HZ 72000000u
#define CORE_HZ_WITHOUT_CRYSTAL 64000000u
#define FLASH_LATENCY 2u

/* A poll takes 8 cycles of 8 MHz or more. A crystal needs 2 ms typically (DS5319 section 5.3.6), the
 * PLL 0.2 ms at most (section 5.3.8). */
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
start_pll(uint32_t source_and_factor)
{
    const uint32_t cfgr = source_and_factor | RCC_CFGR_PPRE1_DIV2;

    reg_write(RCC_CFGR, cfgr);
    reg_write(RCC_CR, reg_read(RCC_CR) | RCC_CR_PLLON);
    if (wait_for(RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY, PLL_POLLS)) {
        reg_write(FLASH_ACR, FLASH_LATENCY | FLASH_ACR_PRFTBE);
        reg_write(RCC_CFGR, cfgr | RCC_CFGR_SW_PLL);
        if (wait_for(RCC_CFGR, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL, PLL_POLLS))
            return true;
    }

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
    if (start_crystal() && start_pll(RCC_CFGR_PLLSRC_HSE | RCC_CFGR_PLLMUL(CORE_HZ / crystal_hz)))
        return (struct clock){CORE_HZ, CORE_HZ / 2u, true};
    if (start_pll(RCC_CFGR_PLLMUL(CORE_HZ_WITHOUT_CRYSTAL / (HSI_HZ / 2u))))
        return (struct clock){CORE_HZ_WITHOUT_CRYSTAL, CORE_HZ_WITHOUT_CRYSTAL / 2u, false};

    return clock_get_reset();
}
