/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/chip.h"

#define KIB 1024u

/* STM32F4 */
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

/* STM32F1 with one bank: half-word programming of erased half-words. */
static const InlayChipFamily family_f1 = {
    .name = "f1",
    .idcode_addr = 0xe0042000,                 /* RM0008 31.6.1, MCU device ID code */
    .flash_size_addr = 0x1ffff7e0,             /* RM0008 30.1.1, flash size register */
    .uid_addr = 0x1ffff7e8,                    /* RM0008 30.2, unique device ID register */
    .voltage = {{.min_mv = 2000, .width = 2}}, /* DS5319 5.3.9, V_prog; PM0075 2.3.3, half-words */
    .program_typ_us = 53,                      /* DS5319 5.3.9, t_prog, 52.5 */
    .program_max_us = 70,
};

/* STM32F3: the controller of the F1 with other option bytes, and its ids elsewhere. */
static const InlayChipFamily family_f3 = {
    .name = "f3",
    .idcode_addr = 0xe0042000,                 /* RM0316 33.6.1, MCU device ID code */
    .flash_size_addr = 0x1ffff7cc,             /* RM0316 34.2, memory size data register */
    .uid_addr = 0x1ffff7ac,                    /* RM0316 34.1, unique device ID register */
    .voltage = {{.min_mv = 2000, .width = 2}}, /* DS9118 6.3.1, V_DD; RM0316 4.2.3, half-words */
    .program_typ_us = 54,                      /* DS9118 6.3.10, t_prog, 53.5 */
    .program_max_us = 60,
};

/*
 * Sectors of the F1 and F3. PM0075 2.1: 1 KiB on low and medium density, 2 KiB on high density;
 * RM0316 4.2.1: 2 KiB. t_ERASE is 20 to 40 ms for each: DS5319 5.3.9, DS5792 5.3.9, DS9118 6.3.10.
 */
#define PAGES(n, kib)                                                                   \
    {                                                                                   \
        {                                                                               \
            .count = n, .size = (kib)*KIB, .erase_typ_ms = {20}, .erase_max_ms = { 40 } \
        }                                                                               \
    }

/*
 * Sectors of the F4: four of 16 KiB, one of 64, the rest of 128 (RM0090 3.4, RM0368 3.3, RM0383 3.3,
 * RM0390 3.3, RM0402 3.3), counted by the controller from `first`. t_ERASE by width x8, x16, x32, the
 * same on all: DS10314 6.3.12, DS8626 5.3.12, DS9405 6.3.12.
 */
#define BANK(first, n_large)                                                     \
    {                                                                            \
        .count = 4,                                                              \
        .size = 16 * KIB,                                                        \
        .number = first,                                                         \
        .erase_typ_ms = {400, 300, 250},                                         \
        .erase_max_ms = {800, 600, 500},                                         \
    },                                                                           \
        {                                                                        \
            .count = 1,                                                          \
            .size = 64 * KIB,                                                    \
            .erase_typ_ms = {1200, 700, 550},                                    \
            .erase_max_ms = {2400, 1400, 1100},                                  \
        },                                                                       \
    {                                                                            \
        .count = n_large, .size = 128 * KIB, .erase_typ_ms = {2000, 1300, 1000}, \
        .erase_max_ms = {4000, 2600, 2000},                                      \
    }
#define SECOND_BANK 16 /* RM0090 3.9.8: SNB of its first sector, which is sector 12 */

/* RM0090 3.9.11, FLASH_OPTCR of the F42x and F43x: DB1M makes two banks of the 1 MiB of a chip. */
#define DB1M(set)                                                           \
    {                                                                       \
        .addr = 0x40023c14, .mask = 1u << 30, .value = (guint32)(set) << 30 \
    }

/* What a row is made of. The first name is the one that is shown; the others are parts that have the
 * same id and size of flash. Sizes of flash, RAM and sectors are in KiB; a page's size is its one. */
#define NAMES(shown, ...) .name = shown, .also = {__VA_ARGS__}
#define MEMORY(flash_kib, ram_kib) \
    .flash = {0x08000000, (flash_kib)*KIB}, .ram = {0x20000000, (ram_kib)*KIB}
#define PLAIN .features = 0
#define PCROP .features = INLAY_CHIP_HAS_PCROP
#define BANKS .features = INLAY_CHIP_HAS_PCROP | INLAY_CHIP_HAS_BANKS
#define BANKS_BY_DB1M(set) BANKS, .mode = DB1M(set)

/* CPUID with variant and patch level masked out: PM0056 4.4.1, r1p1; PM0214 4.4.2, r0p1 */
#define M3 .core = "Cortex-M3", .cpuid = 0x410fc230
#define M4 .core = "Cortex-M4", .cpuid = 0x410fc240

#define F1(names, id, flash_kib, ram_kib, page_kib)                                \
    {                                                                              \
        names, M3, .dev_id = id, .family = &family_f1, MEMORY(flash_kib, ram_kib), \
                   .sectors = PAGES((flash_kib) / (page_kib), page_kib)            \
    }
#define F3(names, id, flash_kib, ram_kib, page_kib)                                \
    {                                                                              \
        names, M4, .dev_id = id, .family = &family_f3, MEMORY(flash_kib, ram_kib), \
                   .sectors = PAGES((flash_kib) / (page_kib), page_kib)            \
    }
#define F4(names, id, flash_kib, ram_kib, has, ...)                                     \
    {                                                                                   \
        names, M4, .dev_id = id, .family = &family_f4, MEMORY(flash_kib, ram_kib), has, \
                   .sectors = {                                                         \
                       __VA_ARGS__                                                      \
                   }                                                                    \
    }

/* clang-format off */
static const InlayChip chips[] = {
    /* RM0008 31.6.1: low, medium and high density; DS6087, DS5319, DS5792 2.1, device overview */
    F1(NAMES("STM32F103x4"), 0x412, 16, 6, 1),
    F1(NAMES("STM32F103x6"), 0x412, 32, 10, 1),
    F1(NAMES("STM32F103x8"), 0x410, 64, 20, 1),
    F1(NAMES("STM32F103xB"), 0x410, 128, 20, 1),
    F1(NAMES("STM32F103xC"), 0x414, 256, 48, 2),
    F1(NAMES("STM32F103xD"), 0x414, 384, 64, 2),
    F1(NAMES("STM32F103xE"), 0x414, 512, 64, 2),

    /* RM0316 33.6.1; DS9866, DS9118, DS10362 2, description: SRAM without the core-coupled memory */
    F3(NAMES("STM32F303x6", "STM32F334x6"), 0x438, 32, 12, 2),
    F3(NAMES("STM32F303x8", "STM32F334x8"), 0x438, 64, 12, 2),
    F3(NAMES("STM32F303xB", "STM32F302xB"), 0x422, 128, 32, 2),
    F3(NAMES("STM32F303xC", "STM32F302xC"), 0x422, 256, 40, 2),
    F3(NAMES("STM32F303xD", "STM32F302xD"), 0x446, 384, 64, 2),
    F3(NAMES("STM32F303xE", "STM32F302xE"), 0x446, 512, 64, 2),

    /* RM0368 23.6.1; 3.8.6, SPRMOD; DS9716, DS10086 2, description */
    F4(NAMES("STM32F401xB"), 0x423, 128, 64, PCROP, BANK(0, 0)),
    F4(NAMES("STM32F401xC"), 0x423, 256, 64, PCROP, BANK(0, 1)),
    F4(NAMES("STM32F401xD"), 0x433, 384, 96, PCROP, BANK(0, 2)),
    F4(NAMES("STM32F401xE"), 0x433, 512, 96, PCROP, BANK(0, 3)),

    /* RM0090 38.6.1; 2.3.1: SRAM1 and SRAM2, without the core-coupled memory */
    F4(NAMES("STM32F407xE", "STM32F405xE", "STM32F417xE"), 0x413, 512, 128, PLAIN, BANK(0, 3)),
    F4(NAMES("STM32F407xG", "STM32F405xG", "STM32F415xG", "STM32F417xG"), 0x413, 1024, 128, PLAIN,
       BANK(0, 7)),

    /* RM0383 23.6.1; 2.3.1, embedded SRAM; 3.8.6, SPRMOD */
    F4(NAMES("STM32F411xC"), 0x431, 256, 128, PCROP, BANK(0, 1)),
    F4(NAMES("STM32F411xE"), 0x431, 512, 128, PCROP, BANK(0, 3)),

    /* RM0402 30.6.1; DS11139 2, description */
    F4(NAMES("STM32F412xE"), 0x441, 512, 256, PCROP, BANK(0, 3)),
    F4(NAMES("STM32F412xG"), 0x441, 1024, 256, PCROP, BANK(0, 7)),

    /* RM0090 38.6.1; 2.3.1: SRAM1 to SRAM3; 3.4, tables 6 and 7: two banks on 2 MiB, and on 1 MiB when
     * DB1M says so */
    F4(NAMES("STM32F429xE"), 0x419, 512, 192, BANKS, BANK(0, 3)),
    F4(NAMES("STM32F429xG", "STM32F427xG", "STM32F437xG", "STM32F439xG"), 0x419, 1024, 192,
       BANKS_BY_DB1M(0), BANK(0, 7)),
    F4(NAMES("STM32F429xG-DB1M", "STM32F427xG-DB1M", "STM32F437xG-DB1M", "STM32F439xG-DB1M"), 0x419,
       1024, 192, BANKS_BY_DB1M(1), BANK(0, 3), BANK(SECOND_BANK, 3)),
    F4(NAMES("STM32F429xI", "STM32F427xI", "STM32F437xI", "STM32F439xI"), 0x419, 2048, 192, BANKS,
       BANK(0, 7), BANK(SECOND_BANK, 7)),

    /* RM0390 33.6.1; DS10693 2, description */
    F4(NAMES("STM32F446xC"), 0x421, 256, 128, PCROP, BANK(0, 1)),
    F4(NAMES("STM32F446xE"), 0x421, 512, 128, PCROP, BANK(0, 3)),
};
/* clang-format on */

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
