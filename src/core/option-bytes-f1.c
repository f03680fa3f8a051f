/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/option-bytes-private.h"

/*
 * STM32F1 and F3 (PM0075, 2.5; RM0316, 4.5). Word 0 has the bytes RDP, USER, DATA0 and DATA1 from
 * its lowest on, word 1 WRP0 to WRP3; their complements are the driver's affair.
 */
#define WRP_UNIT 4096u /* bytes a bit of WRP; the last bit is all the rest (PM0075, 2.5) */
#define WRP_BITS 32u

#define RDP                                                                               \
    {                                                                                     \
        .name = "rdp", .summary = "protection against reading", .kind = INLAY_OPTION_RDP, \
        .word = 0, .shift = 0, .width = 8,                                                \
    }
#define USER_BIT(bit, field, what, zero, zero_means, one, one_means)                              \
    {                                                                                             \
        .name = field, .summary = what, .kind = INLAY_OPTION_CHOICE, .word = 0, .shift = 8 + bit, \
        .width = 1, .values = {{zero, zero_means}, {one, one_means}},                             \
    }
#define WDG_SW                                                                             \
    USER_BIT(0, "wdg_sw", "the independent watchdog", "hardware", "it runs from reset on", \
             "software", "the program starts it")
#define NRST_STOP                                                                          \
    USER_BIT(1, "nrst_stop", "entering Stop mode", "reset", "resets the chip", "no-reset", \
             "resets nothing")
#define NRST_STDBY                                                                             \
    USER_BIT(2, "nrst_stdby", "entering Standby mode", "reset", "resets the chip", "no-reset", \
             "resets nothing")
#define DATA(index)                                                                \
    {                                                                              \
        .name = "data" #index, .summary = "a byte of the product's own",           \
        .kind = INLAY_OPTION_BYTE, .word = 0, .shift = 16 + 8 * index, .width = 8, \
    }
#define WRP                                                                     \
    {                                                                           \
        .name = "wrp", .summary = "sectors that are protected against writing", \
        .kind = INLAY_OPTION_WRP,                                               \
    }

static const InlayOptionField f1_fields[] = {
    RDP, WDG_SW, NRST_STOP, NRST_STDBY, DATA(0), DATA(1), WRP,
};

static const InlayOptionField f3_fields[] = {
    RDP,
    WDG_SW,
    NRST_STOP,
    NRST_STDBY,
    USER_BIT(4,
             "nboot1",
             "with BOOT0 high it starts from",
             "ram",
             "SRAM",
             "system",
             "the chip's own bootloader"),
    USER_BIT(5, "vdda_monitor", "the monitor of VDDA", "off", "off", "on", "on"),
    USER_BIT(6, "sram_pe", "the parity check of SRAM", "on", "on", "off", "off"),
    DATA(0),
    DATA(1),
    WRP,
};

static InlayOptionBit
find_wrp(const InlayChip *chip, guint sector)
{
    guint32 offset = inlay_chip_get_sector(chip, sector).range.addr - chip->flash.addr;

    return (InlayOptionBit){.word = 1, .shift = MIN(offset / WRP_UNIT, WRP_BITS - 1)};
}

/* PM0075, 2.4.1: RDP is 0xA5 or the chip is protected; there are no further levels. */
const InlayOptionCodec inlay_option_codec_f1 = {
    .family = "f1",
    .fields = f1_fields,
    .n_fields = G_N_ELEMENTS(f1_fields),
    .rdp_codes = {0xa5, 0x00},
    .programmed = {~0u, ~0u},
    .find_wrp = find_wrp,
};

/* RM0316, 4.3.1: read protection */
const InlayOptionCodec inlay_option_codec_f3 = {
    .family = "f3",
    .fields = f3_fields,
    .n_fields = G_N_ELEMENTS(f3_fields),
    .rdp_codes = {0xaa, 0x00, 0xcc},
    .has_level_2 = TRUE,
    .programmed = {~0u, ~0u},
    .find_wrp = find_wrp,
};
