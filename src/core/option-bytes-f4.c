/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/option-bytes-private.h"

/*
 * STM32F4 (RM0383, 3.8.6; RM0090, 3.9.10 and 3.9.12). Word 0 is FLASH_OPTCR, word 1 FLASH_OPTCR1 of
 * chips with two banks; without their lock and start bits.
 */
#define BIT(position, field, what, zero, zero_means, one, one_means, features)                     \
    {                                                                                              \
        .name = field, .summary = what, .kind = INLAY_OPTION_CHOICE, .word = 0, .shift = position, \
        .width = 1, .values = {{zero, zero_means}, {one, one_means}}, .needs = features,           \
    }
#define WRP_SHIFT 16u
#define BANK_NUMBERS 16u /* the controller counts the second bank's sectors from here */

static const InlayOptionField fields[] = {
    {
        .name = "rdp",
        .summary = "protection against reading",
        .kind = INLAY_OPTION_RDP,
        .word = 0,
        .shift = 8,
        .width = 8,
    },
    {
        .name = "bor",
        .summary = "the brown-out reset",
        .kind = INLAY_OPTION_CHOICE,
        .word = 0,
        .shift = 2,
        .width = 2,
        .values = {{"2.7V", "held in reset below 2.7 V (level 3)"},
                   {"2.4V", "held in reset below 2.4 V (level 2)"},
                   {"2.1V", "held in reset below 2.1 V (level 1)"},
                   {"off", "the power-on reset alone"}},
    },
    BIT(5,
        "wdg_sw",
        "the independent watchdog",
        "hardware",
        "it runs from reset on",
        "software",
        "the program starts it",
        0),
    BIT(6,
        "nrst_stop",
        "entering Stop mode",
        "reset",
        "resets the chip",
        "no-reset",
        "resets nothing",
        0),
    BIT(7,
        "nrst_stdby",
        "entering Standby mode",
        "reset",
        "resets the chip",
        "no-reset",
        "resets nothing",
        0),
    BIT(4,
        "bfb2",
        "starting from bank 2",
        "off",
        "always bank 1",
        "on",
        "bank 2, when it holds a program",
        INLAY_CHIP_HAS_BANKS),
    BIT(30,
        "db1m",
        "two banks on a chip of 1 MiB",
        "off",
        "one bank",
        "on",
        "two banks",
        INLAY_CHIP_HAS_BANKS),
    {
        .name = "wrp",
        .summary = "sectors that are protected against writing",
        .kind = INLAY_OPTION_WRP,
    },
    {
        .name = "pcrop",
        .summary = "sectors whose code runs but cannot be read",
        .kind = INLAY_OPTION_PCROP,
        .needs = INLAY_CHIP_HAS_PCROP,
    },
};

static InlayOptionBit
find_wrp(const InlayChip *chip, guint sector)
{
    guint number = inlay_chip_get_sector(chip, sector).number;

    return (InlayOptionBit){.word = number / BANK_NUMBERS,
                            .shift = WRP_SHIFT + number % BANK_NUMBERS};
}

/* RM0383, 3.6.3: read protection; all codes that are no other level's are level 1's */
const InlayOptionCodec inlay_option_codec_f4 = {
    .family = "f4",
    .fields = fields,
    .n_fields = G_N_ELEMENTS(fields),
    .rdp_codes = {0xaa, 0x55, 0xcc},
    .has_level_2 = TRUE,
    .programmed = {~3u, 0x0fff0000},
    .sprmod = {.word = 0, .shift = 31},
    .find_wrp = find_wrp,
};
