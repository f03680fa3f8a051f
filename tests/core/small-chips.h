/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/chip.h"

/* Chips with flash so small that every operation on it can be tried: sectors of one size with
 * half-word units, as F1 has, and of growing size with word units, as F4 has. */
static const InlayChipFamily small_f1_family = {
    .name = "f1",
    .voltage = {{.min_mv = 2000, .width = 2}},
    .program_typ_us = 53,
    .program_max_us = 70,
};

static const InlayChip small_f1 = {
    .name = "small F1",
    .dev_id = 0x410,
    .family = &small_f1_family,
    .flash = {0x08000000, 2048},
    .ram = {0x20000000, 1024},
    .sectors = {{8, 256, .erase_typ_ms = {20}, .erase_max_ms = {40}}},
};

static const InlayChipFamily small_f4_family = {
    .name = "f4",
    .voltage = {{.min_mv = 1700, .width = 1}, {.min_mv = 2700, .width = 4}},
    .program_typ_us = 16,
    .program_max_us = 100,
};

static const InlayChip small_f4 = {
    .name = "small F4",
    .dev_id = 0x431,
    .family = &small_f4_family,
    .flash = {0x08000000, 2048},
    .ram = {0x20000000, 1024},
    .sectors = {{4, 128, .erase_typ_ms = {400, 250}, .erase_max_ms = {800, 500}},
                {1, 512, .erase_typ_ms = {1200, 550}, .erase_max_ms = {2400, 1100}},
                {1, 1024, .erase_typ_ms = {2000, 1000}, .erase_max_ms = {4000, 2000}}},
};
