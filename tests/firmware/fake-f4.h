/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * As much of an STM32F4 as the flash loader and the bootloader's flash and CRC touch: the flash
 * controller with its manners, the CRC unit, some flash and RAM. Its numbers are its own (RM0383,
 * RM0090), not theirs.
 */
#define FAKE_FLASH 0x08000000u
#define FAKE_FLASH_SIZE (64u * 1024u) /* four sectors of 16 KiB */
#define FAKE_SECTOR_SIZE (16u * 1024u)
#define FAKE_RAM 0x20000000u
#define FAKE_RAM_SIZE (32u * 1024u)

typedef struct {
    guint8 flash[FAKE_FLASH_SIZE];
    guint8 ram[FAKE_RAM_SIZE];
    GString *log; /* writes to the flash controller and to flash: "CR 00000201", "08000010 4 …" */
    guint32 cr, sr, acr, optcr;
    guint32 crc;
    guint keys;          /* right keys given in a row */
    guint option_keys;   /* the same of FLASH_OPTKEYR */
    gboolean keys_fail;  /* it stays locked until reset */
    gboolean stuck;      /* the next operation never ends */
    guint32 error_at;    /* programming or erasing this address, or that of OPTCR, sets … */
    guint32 error_flags; /* … these */
    guint busy_polls;    /* BSY reads as set so many more times */
    guint crc_clock;
    guint64 sr_reads;
    guint64 watchdog_feeds;
} FakeF4;

/* A chip after reset, its flash blank. The log is freed by fake_f4_clear. */
void fake_f4_init(FakeF4 *chip);
void fake_f4_clear(FakeF4 *chip);

G_END_DECLS
