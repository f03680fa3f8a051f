/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/chip-rows.h"

/* The STM32F103 of low, medium and high density (RM0008, PM0075; DS6087, DS5319, DS5792). Addresses
 * are from RM0008 3.3. */

/* PM0075 2.1: pages of 1 KiB up to 128 KiB of flash, of 2 KiB above. */
#define FOUR_PAGES(size) size, size, size, size
#define SIXTEEN_PAGES(size) FOUR_PAGES(size), FOUR_PAGES(size), FOUR_PAGES(size), FOUR_PAGES(size)
#define PAGES_64(size) \
    SIXTEEN_PAGES(size), SIXTEEN_PAGES(size), SIXTEEN_PAGES(size), SIXTEEN_PAGES(size)
static const guint32 small_pages[] = {PAGES_64(1024), PAGES_64(1024)};
static const guint32 large_pages[] = {PAGES_64(2048), PAGES_64(2048), PAGES_64(2048),
                                      PAGES_64(2048)};

/* PM0075 3.1, in Hz */
static const BenchWaitStates wait_states[] = {{0, {24000000, 48000000, 72000000}}};

/* DS5319 table 5: pins of TX, which has no number here. Interrupts: RM0008 10.1.2. */
static const BenchUsartRow usarts[] = {
    {.base = 0x40013800, .irq = 37, .bus = 1, .tx = {{0, 9, 0}}, .n_tx = 1},
    {.base = 0x40004400, .irq = 38, .bus = 0, .tx = {{0, 2, 0}}, .n_tx = 1},
    {.base = 0x40004800, .irq = 39, .bus = 0, .tx = {{1, 10, 0}}, .n_tx = 1},
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
    {0x40011c00, 0x18, 7},  /* GPIOF */
    {0x40012000, 0x18, 8},  /* GPIOG */
    {0x40013800, 0x18, 14}, /* USART1 */
    {0x40004400, 0x1c, 17}, /* USART2 */
    {0x40004800, 0x1c, 18}, /* USART3 */
};

/* RM0008 30: the flash size in KiB at 0x1FFFF7E0, the unique id at 0x1FFFF7E8. 31.16.3: DBG_IWDG_STOP
 * of DBGMCU_CR. PM0075 table 7: option bytes; 3.7: OBR. DS5319 5.3.1: the clocks. */
#define COMMON                                                                                    \
    .rcc_new = bench_rcc_f1_new, .flash_new = bench_flash_f1_new, .gpio_new = bench_gpio_f1_new,  \
    .usarts = usarts, .gates = gates, .n_gates = G_N_ELEMENTS(gates), .wait_states = wait_states, \
    .max_hz = 72000000, .max_pclk_hz = {36000000, 72000000}, .exti_base = 0x40010400,             \
    .crc_base = 0x40023000, .iwdg_base = 0x40003000, .syscfg_name = "AFIO",                       \
    .syscfg_base = 0x40010000, .id_base = 0x1ffff7e0, .id_flash_size = 0x00, .id_unique = 0x08,   \
    .iwdg_stop_reg = 0x04, .iwdg_stop_bit = 8, .areas[BENCH_AREA_OPTIONS] = {0x1ffff800, 16},     \
    .rdp_unprotected = 0xa5, .max_rdp_level = 1, .obr_user_shift = 2, .obr_data_shift = 10

/* DBGMCU_IDCODE (RM0008 31.6.1): device in bits 11:0, above a revision: A; Y and later; Z and later. */
static const BenchChipFamily low = {COMMON, .ports = "ABCD", .n_usarts = 2, .idcode = 0x10006412};
static const BenchChipFamily medium = {COMMON, .ports = "ABCDE", .n_usarts = 3,
                                       .idcode = 0x20036410};
static const BenchChipFamily high = {COMMON, .ports = "ABCDEFG", .n_usarts = 3,
                                     .idcode = 0x10036414};

/* Core: Cortex-M3 r1p1 (PM0056 4.4.1); debug port: RM0008 31.8.3; interrupts (RM0008 10.1.2): up to the
 * USB wake-up at 42, on the high density to DMA2's last channels at 59. */
#define F103(chip_name, line, irqs, kib, pages, count, sram_kib)                                  \
    {                                                                                             \
        .name = chip_name, .core = BENCH_CORE_M3, .cpuid = 0x411fc231, .dpidr = 0x1ba01477,       \
        .n_irqs = irqs, .reset_hz = 8000000, .dbgmcu_base = 0xe0042000, .flash_base = 0x08000000, \
        .flash_size = 1024 * (kib), .n_sectors = count, .ram = {{0x20000000, 1024 * (sram_kib)}}, \
        .extra = pages, .family = &line, .create = bench_chip_create,                             \
    }

/* Copies by other makers, which behave as the original in all that is modelled. Their cores are r2p1;
 * maker and part in the ROM table are those that blaatschaap.be's comparison of the 32F103 found, the
 * revision of the GD32 that of its part 4, the debug port of the CS32 that of stlink's issue 757. */
#define COPY(chip_name, line, kib, count, maker, rom_part, revision, debug_port)            \
    {                                                                                       \
        .name = chip_name, .core = BENCH_CORE_M3, .cpuid = 0x412fc231, .dpidr = debug_port, \
        .designer = maker, .part = rom_part, .rev_id = revision, .n_irqs = 43,              \
        .reset_hz = 8000000, .dbgmcu_base = 0xe0042000, .flash_base = 0x08000000,           \
        .flash_size = 1024 * (kib), .n_sectors = count, .ram = {{0x20000000, 1024 * 20}},   \
        .extra = small_pages, .family = &line, .create = bench_chip_create,                 \
    }

const BenchChip bench_chips_f1[] = {
    F103("STM32F103C6", low, 43, 32, small_pages, 32, 10),
    F103("STM32F103C8", medium, 43, 64, small_pages, 64, 20),
    F103("STM32F103CB", medium, 43, 128, small_pages, 128, 20),
    F103("STM32F103RC", high, 60, 256, large_pages, 128, 48),
    F103("STM32F103ZE", high, 60, 512, large_pages, 256, 64),
    COPY("GD32F103C8", medium, 64, 64, 0x751, 0x76f, 0x1303, 0x1ba01477),
    COPY("CS32F103C8", medium, 64, 64, 0x43b, 0x4c3, 0x2003, 0x2ba01477),
    COPY("APM32F103CB", medium, 128, 128, 0x43b, 0x4c3, 0x2003, 0x2ba01477),
    {0},
};
