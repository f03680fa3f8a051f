/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/chip-rows.h"

/*
 * The STM32F4: F401 (RM0368), F405 and F407 (RM0090, DS8626), F411 (RM0383, DS10314), F412 (RM0402),
 * F429 (RM0090, DS9405), F446 (RM0390). Where nothing else is said, all are as RM0383 has it.
 */

/* RM0383 table 4, RM0090 table 5: the first sectors of a megabyte; smaller chips have less of them. */
#define FIRST_SECTORS 16 * 1024, 16 * 1024, 16 * 1024, 16 * 1024, 64 * 1024
#define THREE_LARGE 128 * 1024, 128 * 1024, 128 * 1024
static const guint32 one_bank[] = {
    FIRST_SECTORS,
    THREE_LARGE,
    THREE_LARGE,
    128 * 1024,
};
/* RM0090 tables 6 and 7: two banks of 1 MiB, or of 512 KiB on a chip of 1 MiB with DB1M. */
static const guint32 two_large_banks[] = {
    FIRST_SECTORS, THREE_LARGE, THREE_LARGE, 128 * 1024,
    FIRST_SECTORS, THREE_LARGE, THREE_LARGE, 128 * 1024,
};
static const guint32 two_small_banks[] = {
    FIRST_SECTORS,
    THREE_LARGE,
    FIRST_SECTORS,
    THREE_LARGE,
};

/* Core clock by wait states and supply, in Hz: RM0368 table 6, RM0383 table 5 (RM0402 has the same),
 * RM0090 tables 10 and 11 (RM0390 has the latter). */
static const BenchWaitStates wait_states_f401[] = {
    {2700, {30000000, 60000000, 84000000}},
    {2400, {24000000, 48000000, 72000000, 84000000}},
    {2100, {18000000, 36000000, 54000000, 72000000, 84000000}},
    {0, {16000000, 32000000, 48000000, 64000000, 80000000, 84000000}},
};
static const BenchWaitStates wait_states_f411[] = {
    {2700, {30000000, 64000000, 90000000, 100000000}},
    {2400, {24000000, 48000000, 72000000, 96000000, 100000000}},
    {2100, {18000000, 36000000, 54000000, 72000000, 90000000, 100000000}},
    {0, {16000000, 32000000, 48000000, 64000000, 80000000, 96000000, 100000000}},
};
#define FAST_SUPPLIES(most)                                                                      \
    {2700, {30000000, 60000000, 90000000, 120000000, 150000000, most}},                          \
        {2400, {24000000, 48000000, 72000000, 96000000, 120000000, 144000000, 168000000, most}}, \
    {                                                                                            \
        2100,                                                                                    \
        {                                                                                        \
            22000000, 44000000, 66000000, 88000000, 110000000, 132000000, 154000000, 168000000   \
        }                                                                                        \
    }
static const BenchWaitStates wait_states_f407[] = {
    FAST_SUPPLIES(168000000),
    {0, {20000000, 40000000, 60000000, 80000000, 100000000, 120000000, 140000000, 160000000}},
};
static const BenchWaitStates wait_states_f429[] = {
    FAST_SUPPLIES(180000000),
    {0, {20000000, 40000000, 60000000, 80000000, 100000000, 120000000, 140000000, 160000000}},
};

/* DS10314 table 9, DS8626 table 9 (alternate functions): pins of TX and RX. Interrupts: RM0383 table
 * 37. Streams and channels of their DMA requests: RM0090 tables 42 and 43. */
#define USART1_ROW                                                                         \
    {                                                                                      \
        .base = 0x40011000, .irq = 37, .bus = 1, .tx = {{0, 9, 7}, {0, 15, 7}, {1, 6, 7}}, \
        .n_tx = 3, .rx = {{0, 10, 7}, {1, 3, 7}, {1, 7, 7}}, .n_rx = 3,                    \
        .dma_rx = {{2, 2, 4}, {2, 5, 4}}, .dma_tx = {{2, 7, 4}},                           \
    }
#define USART2_ROW                                                                             \
    {                                                                                          \
        .base = 0x40004400, .irq = 38, .bus = 0, .tx = {{0, 2, 7}, {3, 5, 7}}, .n_tx = 2,      \
        .rx = {{0, 3, 7}, {3, 6, 7}}, .n_rx = 2, .dma_rx = {{1, 5, 4}}, .dma_tx = {{1, 6, 4}}, \
    }
#define USART3_ROW                                                                              \
    {                                                                                           \
        .base = 0x40004800, .irq = 39, .bus = 0, .tx = {{1, 10, 7}, {2, 10, 7}, {3, 8, 7}},     \
        .n_tx = 3, .rx = {{1, 11, 7}, {2, 11, 7}, {3, 9, 7}}, .n_rx = 3, .dma_rx = {{1, 1, 4}}, \
        .dma_tx = {{1, 3, 4}, {1, 4, 7}},                                                       \
    }
#define USART6_DMA .dma_rx = {{2, 1, 5}, {2, 2, 5}}, .dma_tx = {{2, 6, 5}, {2, 7, 5}}
static const BenchUsartRow three_usarts[] = {
    USART1_ROW,
    USART2_ROW,
    {0x40011400, 71, 1, {{0, 11, 8}, {2, 6, 8}}, 2, {{0, 12, 8}, {2, 7, 8}}, 2, USART6_DMA},
};
static const BenchUsartRow four_usarts[] = {
    USART1_ROW,
    USART2_ROW,
    USART3_ROW,
    {0x40011400, 71, 1, {{2, 6, 8}, {6, 14, 8}}, 2, {{2, 7, 8}, {6, 9, 8}}, 2, USART6_DMA},
};

/* RM0383 6.3.9, 6.3.11, 6.3.12; RM0090 7.3.10, 7.3.13, 7.3.14 */
static const BenchGate gates[] = {
    {0x40020000, 0x30, 0},  /* GPIOA */
    {0x40020400, 0x30, 1},  /* GPIOB */
    {0x40020800, 0x30, 2},  /* GPIOC */
    {0x40020c00, 0x30, 3},  /* GPIOD */
    {0x40021000, 0x30, 4},  /* GPIOE */
    {0x40021400, 0x30, 5},  /* GPIOF */
    {0x40021800, 0x30, 6},  /* GPIOG */
    {0x40021c00, 0x30, 7},  /* GPIOH */
    {0x40023000, 0x30, 12}, /* CRC */
    {0x40024000, 0x30, 18}, /* BKPSRAM */
    {0x40026000, 0x30, 21}, /* DMA1 */
    {0x40026400, 0x30, 22}, /* DMA2 */
    {0x40004400, 0x40, 17}, /* USART2 */
    {0x40004800, 0x40, 18}, /* USART3 */
    {0x40007000, 0x40, 28}, /* PWR */
    {0x40011000, 0x44, 4},  /* USART1 */
    {0x40011400, 0x44, 5},  /* USART6 */
    {0x40013800, 0x44, 14}, /* SYSCFG */
};

/* RM0383 24: the unique id at 0x1FFF7A10, the flash size in KiB at 0x1FFF7A22; 23.16.4:
 * DBG_IWDG_STOP of DBGMCU_APB1_FZ. Table 4: option bytes and OTP. */
#define COMMON                                                                                   \
    .rcc_new = bench_rcc_f4_new, .flash_new = bench_flash_f4_new, .gpio_new = bench_gpio_f4_new, \
    .pwr_new = bench_pwr_f4_new, .dma_base = {0x40026000, 0x40026400}, .gates = gates,           \
    .n_gates = G_N_ELEMENTS(gates), .exti_base = 0x40013c00, .crc_base = 0x40023000,             \
    .iwdg_base = 0x40003000, .gpio_base = 0x40020000, .syscfg_name = "SYSCFG",                   \
    .syscfg_base = 0x40013800, .id_base = 0x1fff7a10, .id_flash_size = 0x12, .id_unique = 0x00,  \
    .iwdg_stop_reg = 0x08, .iwdg_stop_bit = 12, .areas[BENCH_AREA_OPTIONS] = {0x1fffc000, 16},   \
    .areas[BENCH_AREA_OTP] = {0x1fff7800, 528}
/* RM0090 table 1, RM0390 table 1 */
#define BACKUP_SRAM .backup_sram_base = 0x40024000
/* RM0090 table 6 */
#define SECOND_BANK .two_banks = TRUE, .areas[BENCH_AREA_OPTIONS2] = {0x1ffec000, 16}
#define USARTS(rows) .usarts = rows, .n_usarts = G_N_ELEMENTS(rows)

/* OPTCR: RM0383 3.8.6; without SPRMOD: RM0090 3.9.10; with DB1M and BFB2: RM0090 3.9.11. */
#define OPTIONS .optcr_delivered = 0x0fffaaed, .optcr_writable = 0x8fffffee
#define OPTIONS_F407 .optcr_delivered = 0x0fffaaed, .optcr_writable = 0x0fffffee
#define OPTIONS_F429 .optcr_delivered = 0x0fffaaed, .optcr_writable = 0xcffffffe
#define OPTCR_DB1M 0x40000000u

/* PWR_CR: RM0368 5.4.1, RM0383 5.4.1 (RM0402 has the same), RM0090 5.4.1 and 5.5.1 (RM0390 has the
 * latter), without over-drive. The reserved 0 reads as the lowest scale. */
#define VOS_F401 \
    {60000000, 60000000, 84000000, 84000000}, .vos_mask = 0xc000, .pwr_cr_reset = 0x8000
#define VOS_F411 \
    {64000000, 64000000, 84000000, 100000000}, .vos_mask = 0xc000, .pwr_cr_reset = 0x8000
#define VOS_F407 {144000000, 168000000}, .vos_mask = 0x4000, .pwr_cr_reset = 0x4000
#define VOS_F429 \
    {120000000, 120000000, 144000000, 168000000}, .vos_mask = 0xc000, .pwr_cr_reset = 0xc000

/* DBGMCU_IDCODE: device in bits 11:0, a revision above (RM0383 23.6.1, RM0368 23.6.1, RM0090 38.6.1,
 * RM0402 30.6.1, RM0390 33.6.1). */
static const BenchChipFamily f401xc = {
    COMMON,
    USARTS(three_usarts),
    OPTIONS,
    .ports = "ABCDEH",
    .wait_states = wait_states_f401,
    .max_hz = 84000000,
    .max_pclk_hz = {42000000, 84000000},
    .vos_hz = VOS_F401,
    .idcode = 0x10016423,
};
static const BenchChipFamily f401xe = {
    COMMON,
    USARTS(three_usarts),
    OPTIONS,
    .ports = "ABCDEH",
    .wait_states = wait_states_f401,
    .max_hz = 84000000,
    .max_pclk_hz = {42000000, 84000000},
    .vos_hz = VOS_F401,
    .idcode = 0x10016433,
};
#define F407_LINE                                                                  \
    COMMON, USARTS(four_usarts), OPTIONS_F407, BACKUP_SRAM,                        \
        .ports = "ABCDEFGH", .wait_states = wait_states_f407, .max_hz = 168000000, \
        .max_pclk_hz = {42000000, 84000000}, .vos_hz = VOS_F407
static const BenchChipFamily f407 = {F407_LINE, .idcode = 0x10076413};
/* ES0182: revision A says that it is an F2. */
static const BenchChipFamily f407_revision_a = {F407_LINE, .idcode = 0x20006411};
static const BenchChipFamily f411 = {
    COMMON,
    USARTS(three_usarts),
    OPTIONS,
    .ports = "ABCDEH",
    .wait_states = wait_states_f411,
    .max_hz = 100000000, /* DS10314 6.3.1 */
    .max_pclk_hz = {50000000, 100000000},
    .vos_hz = VOS_F411,
    .idcode = 0x10006431,
};
static const BenchChipFamily f412 = {
    COMMON,
    USARTS(four_usarts),
    OPTIONS,
    .ports = "ABCDEFGH",
    .wait_states = wait_states_f411,
    .max_hz = 100000000,
    .max_pclk_hz = {50000000, 100000000},
    .vos_hz = VOS_F411,
    .idcode = 0x30006441,
};
#define F429_LINE                                                                  \
    COMMON, USARTS(four_usarts), BACKUP_SRAM,                                      \
        .ports = "ABCDEFGH", .wait_states = wait_states_f429, .max_hz = 180000000, \
        .max_pclk_hz = {45000000, 90000000}, .vos_hz = VOS_F429, .idcode = 0x20036419
static const BenchChipFamily f429xg = {F429_LINE, OPTIONS_F429};
static const BenchChipFamily f429xg_db1m = {
    F429_LINE,
    .optcr_delivered = 0x0fffaaed | OPTCR_DB1M,
    .optcr_writable = 0xcffffffe,
    SECOND_BANK,
};
static const BenchChipFamily f429xi = {F429_LINE, OPTIONS_F429, SECOND_BANK};
static const BenchChipFamily f446 = {
    COMMON,
    USARTS(four_usarts),
    OPTIONS,
    BACKUP_SRAM,
    .ports = "ABCDEFGH",
    .wait_states = wait_states_f429,
    .max_hz = 180000000,
    .max_pclk_hz = {45000000, 90000000},
    .vos_hz = VOS_F429,
    .idcode = 0x10006421,
};

/* Core: Cortex-M4 r0p1 (PM0214 4.4.2); debug port: RM0383 23.8.3. Interrupts: the last one's number
 * and one (RM0383 table 37: SPI5 at 85; RM0090 table 61: the FPU's at 81, the DMA2D's at 90). RAM:
 * SRAM as one piece, and the core-coupled memory, if there is one. */
#define F4(chip_name, line, irqs, kib, sectors, count, sram_kib, ccm_kib)                          \
    {                                                                                              \
        .name = chip_name, .core = BENCH_CORE_M4, .cpuid = 0x410fc241, .dpidr = 0x2ba01477,        \
        .n_irqs = irqs, .reset_hz = 16000000, .dbgmcu_base = 0xe0042000, .flash_base = 0x08000000, \
        .flash_size = 1024 * (kib), .n_sectors = count,                                            \
        .ram = {{0x20000000, 1024 * (sram_kib)}, {0x10000000, 1024 * (ccm_kib)}},                  \
        .extra = sectors, .family = &line, .create = bench_chip_create,                            \
    }

const BenchChip bench_chips_f4[] = {
    F4("STM32F401RC", f401xc, 85, 256, one_bank, 6, 64, 0),
    F4("STM32F401RE", f401xe, 85, 512, one_bank, 8, 96, 0),
    F4("STM32F405RG", f407, 82, 1024, one_bank, 12, 128, 64),
    F4("STM32F407VE", f407, 82, 512, one_bank, 8, 128, 64),
    F4("STM32F407VG", f407, 82, 1024, one_bank, 12, 128, 64),
    F4("STM32F407VG-A", f407_revision_a, 82, 1024, one_bank, 12, 128, 64),
    F4("STM32F411CE", f411, 86, 512, one_bank, 8, 128, 0),
    F4("STM32F412ZG", f412, 97, 1024, one_bank, 12, 256, 0),
    F4("STM32F429ZG", f429xg, 91, 1024, one_bank, 12, 192, 64),
    F4("STM32F429ZG-DB1M", f429xg_db1m, 91, 1024, two_small_banks, 16, 192, 64),
    F4("STM32F429ZI", f429xi, 91, 2048, two_large_banks, 24, 192, 64),
    F4("STM32F446RE", f446, 97, 512, one_bank, 8, 128, 0),
    {0},
};
