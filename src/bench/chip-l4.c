/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/chip-rows.h"

/* The STM32L432 (RM0394, DS11451): a chip outside the product's table. Modelled is what a debugger
 * and small programs need to write its flash: no pins, no UART. Addresses are from RM0394 table 2. */

/* RM0394 3.3.1, table 8: pages of 2 KiB */
#define EIGHT_PAGES 2048, 2048, 2048, 2048, 2048, 2048, 2048, 2048
#define SIXTY_FOUR_PAGES                                                                       \
    EIGHT_PAGES, EIGHT_PAGES, EIGHT_PAGES, EIGHT_PAGES, EIGHT_PAGES, EIGHT_PAGES, EIGHT_PAGES, \
        EIGHT_PAGES
static const guint32 l432xc_sectors[] = {SIXTY_FOUR_PAGES, SIXTY_FOUR_PAGES};

/* RM0394 table 9, in Hz, at voltage range 1 */
static const BenchWaitStates wait_states[] = {
    {0, {16000000, 32000000, 48000000, 64000000, 80000000}},
};

static const BenchChipFamily family = {
    .rcc_new = bench_rcc_l4_new,
    .flash_new = bench_flash_l4_new,
    .ports = "",
    .wait_states = wait_states,
    .exti_base = 0x40010400,
    .crc_base = 0x40023000,
    .iwdg_base = 0x40003000,
    .syscfg_name = "SYSCFG",
    .syscfg_base = 0x40010000,
    /* RM0394 48.1, 48.2: the unique id at 0x1FFF7590, the flash size in KiB at 0x1FFF75E0 */
    .id_base = 0x1fff7590,
    .id_flash_size = 0x50,
    .id_unique = 0x00,
    /* RM0394 47.6.1: device 0x435 in bits 11:0; 0x1001 is revision Z */
    .idcode = 0x10016435,
    /* RM0394 47.16.4: DBG_IWDG_STOP of DBGMCU_APB1FZR1 */
    .iwdg_stop_reg = 0x08,
    .iwdg_stop_bit = 12,
};

const BenchChip bench_chips_l4[] = {
    {
        .name = "STM32L432KC",
        .core = BENCH_CORE_M4,
        .cpuid = 0x410fc241, /* Cortex-M4 r0p1: PM0214 4.4.2 */
        .dpidr = 0x2ba01477, /* RM0394 47.5.3 */
        .n_irqs = 83,        /* RM0394 table 46: up to CRS at 82 */
        .reset_hz = 4000000, /* MSI, range 6 */
        .dbgmcu_base = 0xe0042000,
        .flash_base = 0x08000000,
        .flash_size = 256 * 1024,
        .n_sectors = G_N_ELEMENTS(l432xc_sectors),
        /* RM0394 2.4: SRAM1 of 48 KiB; SRAM2 of 16 KiB, which is seen behind it as well */
        .ram = {{0x20000000, 64 * 1024}},
        .extra = l432xc_sectors,
        .family = &family,
        .create = bench_chip_create,
    },
    {0},
};
