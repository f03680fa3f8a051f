/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/longtail.h"

/*
 * What was read in libstlink 1.7.0 (src/common.c, src/stlink-lib/flash_loader.c) and found right for
 * a chip stands here; what is missing is not driven:
 *
 * - L0, L1: erased flash reads 0x00, and Inlay's idea of blank is 0xFF.
 * - L41x/L42x: its erase takes them for an F4. L4R/L4S: its page number does not follow DBANK.
 * - WB: a part of the flash belongs to the second core. H7: neither found (another debug address)
 *   nor written by whole flash words.
 */

#define KIB 1024u

/* FLASH_ACR of F2, F4, L4, G4: ICEN, DCEN; of G0: ICEN (RM0444 3.7.1) */
#define ICEN (1u << 9)
#define DCEN (1u << 10)
/* DBG_IWDG_STOP */
#define FREEZE_F1 0xe0042004, .freeze_bits = 1u << 8  /* RM0008 31.16.3, DBGMCU_CR */
#define FREEZE 0xe0042008, .freeze_bits = 1u << 12    /* RM0394 47.16.4, DBGMCU_APB1FZR1 */
#define FREEZE_M0 0x40015808, .freeze_bits = 1u << 12 /* RM0091 32.9.4, DBGMCU_APB1_FZ */

#define IDCODE 0xe0042000    /* RM0394 47.6.1, RM0008 31.6.1 */
#define IDCODE_M0 0x40015800 /* RM0091 32.4.1, RM0444 40.9.1 */

/* Erase and program times are the longest of the line's datasheets, rounded up. */
#define PAGE(typ, max)                                       \
    {                                                        \
        1, 0, .erase_typ_ms = {typ}, .erase_max_ms = { max } \
    }
#define SECTOR(count, kib, typ, max)                                               \
    {                                                                              \
        count, (kib)*KIB, .erase_typ_ms = {typ, typ}, .erase_max_ms = { max, max } \
    }

/* DS5319 5.3.9: half-words 52.5 to 70 us, of which four make what is written at once
 * (longtail-writer.c), and none may be programmed before; pages 20 to 40 ms. */
#define HALF_WORDS {{.min_mv = 2000, .width = 8}}, .program_typ_us = 210, .program_max_us = 280
static const InlayLongtailLine f1 = {
    .family = {.name = "libstlink",
               .idcode_addr = IDCODE,
               .uid_addr = 0x1ffff7e8, /* RM0008 30.2 */
               .voltage = HALF_WORDS},
    .freeze_addr = FREEZE_F1,
    .rdp_addr = 0x4002201c, /* PM0075 3.7, FLASH_OBR */
    .rdp = INLAY_LONGTAIL_RDP_OBR_BIT,
    .sectors = {PAGE(20, 40)},
};

static const InlayLongtailLine f3 = {
    .family = {.name = "libstlink",
               .idcode_addr = IDCODE,
               .uid_addr = 0x1ffff7ac, /* RM0316 34.1 */
               .voltage = HALF_WORDS},
    .freeze_addr = FREEZE,
    .rdp_addr = 0x4002201c, /* RM0316 4.5.7, FLASH_OBR */
    .rdp = INLAY_LONGTAIL_RDP_OBR_BITS,
    .sectors = {PAGE(20, 40)},
};

static const InlayLongtailLine f0 = {
    .family = {.name = "libstlink",
               .idcode_addr = IDCODE_M0,
               .uid_addr = 0x1ffff7ac, /* RM0091 33.1 */
               .voltage = HALF_WORDS},
    .freeze_addr = FREEZE_M0,
    .rdp_addr = 0x4002201c, /* RM0091 3.5.7, FLASH_OBR */
    .rdp = INLAY_LONGTAIL_RDP_OBR_BITS,
    .sectors = {PAGE(20, 40)},
};

/* libstlink erases at the width that CR is left with, the narrowest at first: times of x8, DS6329
 * 6.3.12 and DS8626 5.3.12; it programs words above 2.7 V, else bytes. */
#define WORDS_OR_BYTES                                                                  \
    {{.min_mv = 1800, .width = 1}, {.min_mv = 2701, .width = 4}}, .program_typ_us = 16, \
                                                                  .program_max_us = 100
#define F4_LINE(uid)                                                                \
    {                                                                               \
        .family = {.name = "libstlink",                                             \
                   .idcode_addr = IDCODE,                                           \
                   .uid_addr = uid,                                                 \
                   .voltage = WORDS_OR_BYTES},                                      \
        .freeze_addr = FREEZE, .cache_addr = 0x40023c00, .cache_bits = ICEN | DCEN, \
        .rdp_addr = 0x40023c14, .rdp = INLAY_LONGTAIL_RDP_OPTCR,                    \
        .sectors = {SECTOR(4, 16, 400, 800), SECTOR(1, 64, 1200, 2400),             \
                    SECTOR(1, 128, 2000, 4000)},                                    \
    }
static const InlayLongtailLine f4 = F4_LINE(0x1fff7a10);  /* RM0090 39.1, RM0033 33.1 */
static const InlayLongtailLine f72 = F4_LINE(0x1ff07a10); /* RM0431 35.1 */

/* RM0385 3.3.2, RM0410 3.3.2 with one bank; times: DS10916 5.3.13 */
static const InlayLongtailLine f7 = {
    .family = {.name = "libstlink",
               .idcode_addr = IDCODE,
               .uid_addr = 0x1ff0f420, /* RM0385 41.1, RM0410 45.1 */
               .voltage = WORDS_OR_BYTES},
    .freeze_addr = FREEZE,
    .rdp_addr = 0x40023c14, /* RM0385 3.7.6, FLASH_OPTCR */
    .rdp = INLAY_LONGTAIL_RDP_OPTCR,
    .sectors = {SECTOR(4, 32, 400, 1000), SECTOR(1, 128, 2000, 4000), SECTOR(1, 256, 4000, 8000)},
};

/* Double words of 64 bits; DS11451 6.3.10, DS12288 5.3.10, DS12232 5.3.10 */
#define DOUBLE_WORDS {{.min_mv = 1710, .width = 8}}, .program_typ_us = 85, .program_max_us = 125
#define L4_LINE(idcode, freeze, caches)                                                    \
    {                                                                                      \
        .family = {.name = "libstlink",                                                    \
                   .idcode_addr = idcode,                                                  \
                   .uid_addr = 0x1fff7590, /* RM0394 48.1, RM0440 48.1, RM0444 41.1 */     \
                   .voltage = DOUBLE_WORDS},                                               \
        .freeze_addr = freeze, .cache_addr = 0x40022000, .cache_bits = caches,             \
        .rdp_addr = 0x40022020, /* RM0394 3.7.8, RM0440 3.7.8, RM0444 3.7.8, FLASH_OPTR */ \
            .rdp = INLAY_LONGTAIL_RDP_OPTR, .sectors = {PAGE(22, 40)},                     \
    }
static const InlayLongtailLine l4 = L4_LINE(IDCODE, FREEZE, ICEN | DCEN);
static const InlayLongtailLine g0 = L4_LINE(IDCODE_M0, FREEZE_M0, ICEN);

/* OPTCR of the F42x, F46x (RM0386 3.9.12): DB1M, two banks of 512 KiB */
#define ONE_BANK_OF_1M 0x40023c14, .mode_mask = 1u << 30, .mode_value = 0
/* OPTCR of the F76x (RM0410 3.7.6): nDBANK */
#define ONE_BANK_F7 0x40023c14, .mode_mask = 1u << 29, .mode_value = 1u << 29
/* OPTR of the G47x (RM0440 3.7.8): DBANK */
#define ONE_BANK_G4 0x40022020, .mode_mask = 1u << 22, .mode_value = 0

static const InlayLongtailRow rows[] = {
    {0x410, &f1, 128},                  /* F1 medium density */
    {0x412, &f1, 32},                   /* F1 low density */
    {0x414, &f1, 512},                  /* F1 high density */
    {0x418, &f1, 256},                  /* F105, F107 */
    {0x420, &f1, 128},                  /* F100 low and medium density */
    {0x428, &f1, 512},                  /* F100 high density */
    {0x422, &f3, 256},                  /* F302xB, F303xB */
    {0x432, &f3, 256},                  /* F37x */
    {0x438, &f3, 64},                   /* F303x6, F334 */
    {0x439, &f3, 64},                   /* F301, F302x6 */
    {0x446, &f3, 512},                  /* F302xD, F303xD */
    {0x440, &f0, 64},                   /* F05x, F030x8 */
    {0x442, &f0, 256},                  /* F09x, F030xC */
    {0x444, &f0, 32},                   /* F03x */
    {0x445, &f0, 32},                   /* F04x, F070x6 */
    {0x448, &f0, 128},                  /* F07x */
    {0x411, &f4, 1024},                 /* F2 */
    {0x413, &f4, 1024},                 /* F405, F407 */
    {0x419, &f4, 1024, ONE_BANK_OF_1M}, /* F42x */
    {0x421, &f4, 512},                  /* F446 */
    {0x423, &f4, 256},                  /* F401xB */
    {0x431, &f4, 512},                  /* F411 */
    {0x433, &f4, 512},                  /* F401xD */
    {0x434, &f4, 1024, ONE_BANK_OF_1M}, /* F469 */
    {0x441, &f4, 1024},                 /* F412 */
    {0x458, &f4, 128},                  /* F410 */
    {0x463, &f4,
     1024}, /* F413; from its sector 12 on libstlink counts as if there were two banks */
    {0x449, &f7, 1024},              /* F74x */
    {0x451, &f7, 2048, ONE_BANK_F7}, /* F76x */
    {0x452, &f72, 512},              /* F72x */
    {0x415, &l4, 1024},              /* L47x */
    {0x435, &l4, 256},               /* L43x, L44x */
    {0x461, &l4, 1024},              /* L49x */
    {0x462, &l4, 512},               /* L45x, L46x */
    {0x468, &l4, 128},               /* G43x */
    {0x469, &l4, 512, ONE_BANK_G4},  /* G47x */
    {0x460, &g0, 128},               /* G07x, G08x */
    {0x466, &g0, 64},                /* G03x, G04x */
};

const InlayLongtailRow *
inlay_longtail_find_row(guint16 dev_id)
{
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].dev_id == dev_id)
            return &rows[i];
    }
    return NULL;
}
