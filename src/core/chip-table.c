/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/chip.h"

#define KIB 1024u

/* STM32F4 with the single-bank flash controller. */
static const InlayChipFamily family_f4 = {
    .name = "f4",
    .idcode_addr = 0xe0042000,     /* RM0383 23.6.1, MCU device ID code */
    .flash_size_addr = 0x1fff7a22, /* RM0383 24.2, flash size */
    .uid_addr = 0x1fff7a10,        /* RM0383 24.1, unique device ID register */
    /* RM0383 3.5.2, program/erase parallelism; 1.7 V is the least supply of DS10314 6.3.1 */
    .voltage = {{.min_mv = 1700, .width = 1},
                {.min_mv = 2100, .width = 2},
                {.min_mv = 2700, .width = 4}},
    /* DS10314 6.3.12, flash memory programming: t_prog, whatever the width */
    .program_typ_us = 16,
    .program_max_us = 100,
    /* RM0383 3.7, one-time programmable bytes */
    .otp = {.addr = 0x1fff7800, .block_size = 32, .n_blocks = 16, .lock_addr = 0x1fff7a00},
};

/* STM32F1, low and medium density: one bank, half-word programming of erased half-words. */
static const InlayChipFamily family_f1 = {
    .name = "f1",
    .idcode_addr = 0xe0042000,                 /* RM0008 31.6.1, MCU device ID code */
    .flash_size_addr = 0x1ffff7e0,             /* RM0008 30.1.1, flash size register */
    .uid_addr = 0x1ffff7e8,                    /* RM0008 30.2, unique device ID register */
    .voltage = {{.min_mv = 2000, .width = 2}}, /* DS5319 5.3.9, V_prog; PM0075 2.3.3, half-words */
    .program_typ_us = 53,                      /* DS5319 5.3.9, t_prog, 52.5 */
    .program_max_us = 70,
};

/* PM0075 2.1, medium-density flash: pages of 1 KiB; DS5319 5.3.9, t_ERASE, 20 to 40 ms */
#define F1_SECTOR 1 * KIB, .erase_typ_ms = {20}, .erase_max_ms = {40}

static const InlayChip chips[] = {
    {
        .name = "STM32F103x8",
        .core = "Cortex-M3",
        .dev_id = 0x410,     /* RM0008 31.6.1, medium density */
        .cpuid = 0x410fc230, /* PM0056 4.4.1, CPUID; r1p1 with variant and patch masked out */
        .family = &family_f1,
        .flash = {0x08000000, 64 * KIB}, /* DS5319 2.1, device overview */
        .ram = {0x20000000, 20 * KIB},   /* DS5319 2.1 */
        .sectors = {{64, F1_SECTOR}},
    },
    {
        .name = "STM32F103xB",
        .core = "Cortex-M3",
        .dev_id = 0x410,     /* RM0008 31.6.1, medium density */
        .cpuid = 0x410fc230, /* PM0056 4.4.1 */
        .family = &family_f1,
        .flash = {0x08000000, 128 * KIB}, /* DS5319 2.1 */
        .ram = {0x20000000, 20 * KIB},    /* DS5319 2.1 */
        .sectors = {{128, F1_SECTOR}},
    },
    {
        .name = "STM32F411xE",
        .core = "Cortex-M4",
        .dev_id = 0x431,     /* RM0383 23.6.1 */
        .cpuid = 0x410fc240, /* PM0214 4.4.2, CPUID; r0 with its patch level masked out */
        .family = &family_f4,
        .flash = {0x08000000, 512 * KIB}, /* RM0383 3.3, flash module organization */
        .ram = {0x20000000, 128 * KIB},   /* RM0383 2.3.1, embedded SRAM */
        .features = INLAY_CHIP_HAS_PCROP, /* RM0383 3.8.6, SPRMOD */
        /* sizes: RM0383 3.3; times by width x8, x16, x32: DS10314 6.3.12, t_ERASE */
        .sectors =
            {
                {4, 16 * KIB, .erase_typ_ms = {400, 300, 250}, .erase_max_ms = {800, 600, 500}},
                {1, 64 * KIB, .erase_typ_ms = {1200, 700, 550}, .erase_max_ms = {2400, 1400, 1100}},
                {3, 128 * KIB, .erase_typ_ms = {2000, 1300, 1000},
                 .erase_max_ms = {4000, 2600, 2000}},
            },
    },
};

guint
inlay_chip_get_n_chips(void)
{
    return G_N_ELEMENTS(chips);
}

const InlayChip *
inlay_chip_get(guint index)
{
    g_return_val_if_fail(index < G_N_ELEMENTS(chips), NULL);
    return &chips[index];
}
