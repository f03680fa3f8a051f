/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "range.h"

G_BEGIN_DECLS

/*
 * The chip table (chip-table.c): one entry a chip, each figure with its manual and section. Adding
 * a chip of a known family is adding an entry (docs/adding-a-chip.md).
 */

/* How the flash may be driven from a supply voltage upwards. Wider programming is faster, and so is
 * its erase. */
typedef struct {
    guint min_mv; /* smallest supply for this row; rows are sorted, the first is what an unknown
                     supply gets */
    guint width;  /* bytes a program access: 1, 2, 4 */
} InlayVoltageRow;

#define INLAY_MAX_VOLTAGE_ROWS 4
#define INLAY_MAX_SECTOR_RUNS 7
#define INLAY_MAX_CHIP_NAMES 4
#define INLAY_MAX_SECTORS 256 /* of a chip */

/* A run of equal sectors, in address order. Times are those of one sector, by voltage row. */
typedef struct {
    guint count;
    guint32 size; /* bytes */
    guint number; /* of its first sector, as the flash controller counts; 0: goes on counting */
    guint erase_typ_ms[INLAY_MAX_VOLTAGE_ROWS]; /* datasheet typical */
    guint erase_max_ms[INLAY_MAX_VOLTAGE_ROWS]; /* datasheet maximum: the budget */
} InlaySectorRun;

/* One-time programmable bytes, in blocks that can be locked; a block's lock byte is 0x00 when it is. */
typedef struct {
    guint32 addr;
    guint32 block_size; /* bytes; a multiple of 4 */
    guint n_blocks;     /* 0: the family has none */
    guint32 lock_addr;  /* of the first block's lock byte */
} InlayOtp;

/* What a family's chips share; drivers and loaders are found by `name`. */
typedef struct {
    const char *name;                                /* "f1", "f3", "f4" */
    guint32 idcode_addr;                             /* DBGMCU_IDCODE; DEV_ID is bits 11:0 */
    guint32 flash_size_addr;                         /* u16, KiB */
    guint32 uid_addr;                                /* 12 bytes */
    InlayVoltageRow voltage[INLAY_MAX_VOLTAGE_ROWS]; /* ends with width 0 */
    guint program_typ_us;                            /* one access of any width */
    guint program_max_us;
    InlayOtp otp;
} InlayChipFamily;

/* What not all chips of a family have: bits of InlayChip.features. */
#define INLAY_CHIP_HAS_PCROP (1u << 0) /* F4: FLASH_OPTCR.SPRMOD */
#define INLAY_CHIP_HAS_BANKS (1u << 1) /* F4: FLASH_OPTCR1, BFB2, DB1M */

/* What tells chips apart that have one device id and flash size: bits of a register. */
typedef struct {
    guint32 addr;
    guint32 mask; /* 0: there is only one such chip */
    guint32 value;
} InlayChipMode;

typedef struct {
    const char *name;                       /* as a layout writes it: "STM32F411xE" */
    const char *also[INLAY_MAX_CHIP_NAMES]; /* parts of the same die; ends with NULL or the array */
    const char *core;                       /* "Cortex-M4" */
    guint16 dev_id;                         /* DBGMCU_IDCODE bits 11:0 */
    guint32 cpuid; /* CPUID with variant and revision masked out (0x410FC240) */
    const InlayChipFamily *family;
    InlayRange flash;
    InlayRange ram; /* where the loader may live: executable, contiguous, at least 6 KiB */
    guint features; /* INLAY_CHIP_HAS_* */
    InlayChipMode mode;
    InlaySectorRun sectors[INLAY_MAX_SECTOR_RUNS]; /* ends with count 0 */
} InlayChip;

typedef struct {
    guint index;  /* in address order, from 0 */
    guint number; /* as the flash controller counts */
    InlayRange range;
    const InlaySectorRun *run;
} InlaySector;

guint inlay_chip_get_n_chips(void);
const InlayChip *inlay_chip_get(guint index);
const InlayChip *inlay_chip_find_by_name(
    const char *name); /* case-insensitive; also a full part number ("STM32F411CEU6"); NULL */
const InlayChip *inlay_chip_find_by_id(guint16 dev_id,
                                       guint flash_kib); /* the first one, or NULL */

/* Any chip with this id, whatever its flash size: they are of one family; or NULL. */
const InlayChip *inlay_chip_find_relative(guint16 dev_id);

/* The chip with the id and size of `chip` that is in the mode which `word`, read at chip->mode.addr,
 * says; `chip` itself when it knows no modes; NULL. */
const InlayChip *inlay_chip_find_by_mode(const InlayChip *chip, guint32 word);

/* The device id that a chip should have given: one revision gives another's. */
guint16 inlay_chip_mend_dev_id(guint16 dev_id, guint32 cpuid);

guint inlay_chip_get_n_sectors(const InlayChip *chip);
InlaySector inlay_chip_get_sector(const InlayChip *chip, guint index);
guint inlay_chip_find_sector(const InlayChip *chip,
                             guint32 addr); /* its index; addr lies in the flash */

/* The row for a supply in millivolts; 0 (unknown) gives the slowest, safest row. */
guint inlay_chip_find_voltage_row(const InlayChip *chip, guint supply_mv);

G_END_DECLS
