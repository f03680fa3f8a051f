/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/chip-rows.h"

/* The STM32F411 (RM0383, DS10314). Addresses are from RM0383 table 1. */

/* RM0383 table 4 */
static const guint32 f411xe_sectors[] = {
    16 * 1024, 16 * 1024, 16 * 1024, 16 * 1024, 64 * 1024, 128 * 1024, 128 * 1024, 128 * 1024,
};

/* RM0383 table 5, in Hz */
static const BenchWaitStates wait_states[] = {
    {2700, {30000000, 64000000, 90000000, 100000000}},
    {2400, {24000000, 48000000, 72000000, 96000000, 100000000}},
    {2100, {18000000, 36000000, 54000000, 72000000, 90000000, 100000000}},
    {0, {16000000, 32000000, 48000000, 64000000, 80000000, 96000000, 100000000}},
};

/* DS10314 table 9 (alternate functions): pins of TX. Interrupts: RM0383 table 37. */
static const BenchUsartRow usarts[] = {
    {0x40011000, 37, 1, {{0, 9, 7}, {0, 15, 7}, {1, 6, 7}}, 3},
    {0x40004400, 38, 0, {{0, 2, 7}, {3, 5, 7}}, 2},
    {0x40011400, 71, 1, {{0, 11, 8}, {2, 6, 8}}, 2},
};

/* RM0383 6.3.9, 6.3.11, 6.3.12 */
static const BenchGate gates[] = {
    {0x40020000, 0x30, 0},  /* GPIOA */
    {0x40020400, 0x30, 1},  /* GPIOB */
    {0x40020800, 0x30, 2},  /* GPIOC */
    {0x40020c00, 0x30, 3},  /* GPIOD */
    {0x40021000, 0x30, 4},  /* GPIOE */
    {0x40021c00, 0x30, 7},  /* GPIOH */
    {0x40023000, 0x30, 12}, /* CRC */
    {0x40004400, 0x40, 17}, /* USART2 */
    {0x40007000, 0x40, 28}, /* PWR */
    {0x40011000, 0x44, 4},  /* USART1 */
    {0x40011400, 0x44, 5},  /* USART6 */
    {0x40013800, 0x44, 14}, /* SYSCFG */
};

static const BenchChipFamily family = {
    .rcc_new = bench_rcc_f4_new,
    .flash_new = bench_flash_f4_new,
    .gpio_new = bench_gpio_f4_new,
    .pwr_new = bench_pwr_f4_new,
    .ports = "ABCDEH",
    .usarts = usarts,
    .n_usarts = G_N_ELEMENTS(usarts),
    .gates = gates,
    .n_gates = G_N_ELEMENTS(gates),
    .wait_states = wait_states,
    .exti_base = 0x40013c00,
    .crc_base = 0x40023000,
    .iwdg_base = 0x40003000,
    .syscfg_name = "SYSCFG",
    .syscfg_base = 0x40013800,
    /* RM0383 24: the unique id at 0x1FFF7A10, the flash size in KiB at 0x1FFF7A22. */
    .id_base = 0x1fff7a10,
    .id_flash_size = 0x12,
    .id_unique = 0x00,
    /* RM0383 23.6.1: device 0x431 in bits 11:0; 0x1000 is revision A. */
    .idcode = 0x10006431,
    /* RM0383 23.16.4: DBG_IWDG_STOP of DBGMCU_APB1_FZ */
    .iwdg_stop_reg = 0x08,
    .iwdg_stop_bit = 12,
};

const BenchChip bench_chip_stm32f411ce = {
    .name = "STM32F411CE",
    .core = BENCH_CORE_M4,
    .cpuid = 0x410fc241, /* Cortex-M4 r0p1: PM0214 4.4.2 */
    .dpidr = 0x2ba01477, /* RM0383 23.8.3 */
    .n_irqs = 86,        /* RM0383 table 37: up to SPI5 at 85 */
    .reset_hz = 16000000,
    .dbgmcu_base = 0xe0042000,
    .flash_base = 0x08000000,
    .flash_size = 512 * 1024,
    .n_sectors = G_N_ELEMENTS(f411xe_sectors),
    .ram = {{0x20000000, 128 * 1024}},
    .extra = f411xe_sectors,
    .family = &family,
    .create = bench_chip_create,
};
