/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/chip-rows.h"

/* The STM32F303 (RM0316; DS9866, DS9118, DS10362). Addresses are from RM0316 3.2. Its USARTs are not
 * modelled: they have other registers than those of the F1 and F4. */

/* RM0316 4.2.1: pages of 2 KiB. */
#define FOUR_PAGES 2048, 2048, 2048, 2048
#define SIXTEEN_PAGES FOUR_PAGES, FOUR_PAGES, FOUR_PAGES, FOUR_PAGES
#define PAGES_64 SIXTEEN_PAGES, SIXTEEN_PAGES, SIXTEEN_PAGES, SIXTEEN_PAGES
static const guint32 pages[] = {PAGES_64, PAGES_64, PAGES_64, PAGES_64};

/* RM0316 4.5.1, in Hz */
static const BenchWaitStates wait_states[] = {{0, {24000000, 48000000, 72000000}}};

/* RM0316 9.4.6 to 9.4.8 */
static const BenchGate gates[] = {
    {0x40023000, 0x14, 6},  /* CRC */
    {0x48000000, 0x14, 17}, /* GPIOA */
    {0x48000400, 0x14, 18}, /* GPIOB */
    {0x48000800, 0x14, 19}, /* GPIOC */
    {0x48000c00, 0x14, 20}, /* GPIOD */
    {0x48001000, 0x14, 21}, /* GPIOE */
    {0x48001400, 0x14, 22}, /* GPIOF */
    {0x40010000, 0x18, 0},  /* SYSCFG */
};

/* RM0316 34: the unique id at 0x1FFFF7AC, the flash size in KiB at 0x1FFFF7CC. 33.16.4: DBG_IWDG_STOP of
 * DBGMCU_APB1_FZ. 4.5.7: OBR; 4.5.5: OBL_LAUNCH; 4.3.1: RDP. */
#define COMMON                                                                                     \
    .rcc_new = bench_rcc_f3_new, .flash_new = bench_flash_f1_new, .gpio_new = bench_gpio_f4_new,   \
    .ports = "ABCDEF", .gates = gates, .n_gates = G_N_ELEMENTS(gates), .wait_states = wait_states, \
    .max_hz = 72000000, .max_pclk_hz = {36000000, 72000000}, .exti_base = 0x40010400,              \
    .crc_base = 0x40023000, .iwdg_base = 0x40003000, .gpio_base = 0x48000000,                      \
    .gpio_has_brr = TRUE, .syscfg_name = "SYSCFG", .syscfg_base = 0x40010000,                      \
    .id_base = 0x1ffff7ac, .id_flash_size = 0x20, .id_unique = 0x00, .iwdg_stop_reg = 0x08,        \
    .iwdg_stop_bit = 12, .areas[BENCH_AREA_OPTIONS] = {0x1ffff800, 16}, .rdp_unprotected = 0xaa,   \
    .max_rdp_level = 2, .obr_user_shift = 8, .obr_data_shift = 16, .cr_obl_launch = 0x2000

/* DBGMCU_IDCODE (RM0316 33.6.1): device in bits 11:0, a revision above. */
static const BenchChipFamily small = {COMMON, .idcode = 0x10016438};
static const BenchChipFamily medium = {COMMON, .idcode = 0x10036422};
static const BenchChipFamily large = {COMMON, .idcode = 0x10016446};

/* Core: Cortex-M4 r0p1 (PM0214 4.4.2); interrupts: up to the FPU's at 81 (RM0316 14.1.3). RAM: SRAM, and
 * the core-coupled memory. */
#define F303(chip_name, line, kib, sram_kib, ccm_kib)                                             \
    {                                                                                             \
        .name = chip_name, .core = BENCH_CORE_M4, .cpuid = 0x410fc241, .dpidr = 0x2ba01477,       \
        .n_irqs = 82, .reset_hz = 8000000, .dbgmcu_base = 0xe0042000, .flash_base = 0x08000000,   \
        .flash_size = 1024 * (kib), .n_sectors = (kib) / 2,                                       \
        .ram = {{0x20000000, 1024 * (sram_kib)}, {0x10000000, 1024 * (ccm_kib)}}, .extra = pages, \
        .family = &line, .create = bench_chip_create,                                             \
    }

const BenchChip bench_chips_f3[] = {
    F303("STM32F303K8", small, 64, 12, 4),
    F303("STM32F303VC", medium, 256, 40, 8),
    F303("STM32F303RE", large, 512, 64, 16),
    {0},
};
