/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/chip-rows.h"

/* The medium-density STM32F103 (RM0008, PM0075, DS5319). Addresses are from RM0008 3.3. */

/* PM0075 table 3: pages of 1 KiB; the x8 has the first half. */
#define SIXTEEN_PAGES \
    1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024
static const guint32 f103xb_sectors[] = {
    SIXTEEN_PAGES, SIXTEEN_PAGES, SIXTEEN_PAGES, SIXTEEN_PAGES,
    SIXTEEN_PAGES, SIXTEEN_PAGES, SIXTEEN_PAGES, SIXTEEN_PAGES,
};

/* PM0075 3.1, in Hz */
static const BenchWaitStates wait_states[] = {{0, {24000000, 48000000, 72000000}}};

/* DS5319 table 5: pins of TX, which has no number here. Interrupts: RM0008 10.1.2. */
static const BenchUsartRow usarts[] = {
    {0x40013800, 37, 1, {{0, 9, 0}}, 1},
    {0x40004400, 38, 0, {{0, 2, 0}}, 1},
    {0x40004800, 39, 0, {{1, 10, 0}}, 1},
};

/* RM0008 7.3.6 to 7.3.8 */
static const BenchGate gates[] = {
    {0x40023000, 0x14, 6},  /* CRC */
    {0x40010000, 0x18, 0},  /* AFIO */
    {0x40010800, 0x18, 2},  /* GPIOA */
    {0x40010c00, 0x18, 3},  /* GPIOB */
    {0x40011000, 0x18, 4},  /* GPIOC */
    {0x40011400, 0x18, 5},  /* GPIOD */
    {0x40011800, 0x18, 6},  /* GPIOE */
    {0x40013800, 0x18, 14}, /* USART1 */
    {0x40004400, 0x1c, 17}, /* USART2 */
    {0x40004800, 0x1c, 18}, /* USART3 */
};

static const BenchChipFamily family = {
    .rcc_new = bench_rcc_f1_new,
    .flash_new = bench_flash_f1_new,
    .gpio_new = bench_gpio_f1_new,
    .ports = "ABCDE",
    .usarts = usarts,
    .n_usarts = G_N_ELEMENTS(usarts),
    .gates = gates,
    .n_gates = G_N_ELEMENTS(gates),
    .wait_states = wait_states,
    .exti_base = 0x40010400,
    .crc_base = 0x40023000,
    .iwdg_base = 0x40003000,
    .syscfg_name = "AFIO",
    .syscfg_base = 0x40010000,
    /* RM0008 30: the flash size in KiB at 0x1FFFF7E0, the unique id at 0x1FFFF7E8. */
    .id_base = 0x1ffff7e0,
    .id_flash_size = 0x00,
    .id_unique = 0x08,
    /* RM0008 31.6.1: device 0x410 in bits 11:0; 0x2003 is revision Y and later. */
    .idcode = 0x20036410,
    /* RM0008 31.16.3: DBG_IWDG_STOP of DBGMCU_CR */
    .iwdg_stop_reg = 0x04,
    .iwdg_stop_bit = 8,
};

/* Core: Cortex-M3 r1p1 (PM0056 4.4.2); debug port: RM0008 31.8.3; interrupts: up to the USB wake-up
 * at 42 (RM0008 10.1.2). */
#define F103(chip_name, sectors)                                                                  \
    {                                                                                             \
        .name = chip_name, .core = BENCH_CORE_M3, .cpuid = 0x411fc231, .dpidr = 0x1ba01477,       \
        .n_irqs = 43, .reset_hz = 8000000, .dbgmcu_base = 0xe0042000, .flash_base = 0x08000000,   \
        .flash_size = 1024 * (sectors), .n_sectors = (sectors), .ram = {{0x20000000, 20 * 1024}}, \
        .extra = f103xb_sectors, .family = &family, .create = bench_chip_create,                  \
    }

const BenchChip bench_chip_stm32f103c8 = F103("STM32F103C8", 64);
const BenchChip bench_chip_stm32f103cb = F103("STM32F103CB", 128);
