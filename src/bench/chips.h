/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "flash-area.h"
#include "peripheral.h"

G_BEGIN_DECLS

/*
 * The bench's own chips: what the board needs to know of one to build it. chips.c holds the rows
 * and creates the peripherals; the board (board.c) owns what it creates, gives it a clock and a CPU,
 * and never looks inside.
 */

typedef enum {
    BENCH_CORE_M3,
    BENCH_CORE_M4, /* with single precision FPU */
} BenchCore;

typedef struct {
    guint32 base;
    guint32 size; /* 0 ends a list */
} BenchRange;

typedef struct BenchParts BenchParts;

typedef struct {
    const char *name; /* as in BenchBoardConfig.chip */
    BenchCore core;
    guint32 cpuid;
    guint32 dpidr;
    guint16 designer, part; /* of its ROM table, JEP106; 0: ST, and its device id */
    guint16 rev_id;         /* of DBGMCU_IDCODE; 0: the family's */
    guint n_irqs;
    guint32 reset_hz;                     /* core clock after reset: the internal oscillator */
    guint32 dbgmcu_base;                  /* DBGMCU_IDCODE; survives all but power-on */
    guint32 flash_base;                   /* also seen at 0 */
    guint32 flash_size;                   /* sum of the sectors */
    guint32 n_sectors;                    /* what bench_parts_get_counters() counts by */
    BenchRange ram[4];                    /* executable; kept over system resets */
    const guint32 *extra;                 /* for the rows' own use (sector sizes): chips.c */
    const struct BenchChipFamily *family; /* chip-rows.h */
    /* Creates all peripherals into parts->peripherals, the flash into parts->flash, the rest of
     * `parts` as its fields say. */
    void (*create)(BenchParts *parts);
} BenchChip;

/* What a board with this chip is made of. The board zeroes it and sets the first group; create()
 * sets the second. */
struct BenchParts {
    const BenchChip *chip;
    BenchPeripheralHost *host;
    guint32 hse_hz;    /* 0: no crystal */
    guint32 uart_base; /* whose output is watched, 0: none */
    guint64 seed;
    gboolean instant_flash;

    GPtrArray *peripherals; /* BenchPeripheral *, made by the board; freed by the board, in reverse.
                             * Words of ROM (unique id, flash size, option bytes) are peripherals
                             * with their own address. No overlaps; the smallest base first. */
    guint8 *flash;          /* the true bytes, chip->flash_size of them; owned by a peripheral */
    guint rdp_level;        /* in force; the board blocks flash by it */
    struct BenchWires *wires; /* for chips.c */
};

/* NULL: the bench has no such chip. */
const BenchChip *bench_chip_find(const char *name);
/* All names, for messages; NULL-terminated. */
const char *const *bench_chip_names(void);

/* A write of CPU or debugger to the flash array (not while it is busy: the board stalls first);
 * offset from flash_base; size 1, 2 or 4. */
void bench_parts_flash_write(BenchParts *parts, guint32 offset, guint size, guint32 value);

typedef enum { BENCH_PIN_FLOATING, BENCH_PIN_LOW, BENCH_PIN_HIGH } BenchPinDrive;
/* What the world outside does to a pin; port 0 is A. */
void bench_parts_drive_pin(BenchParts *parts, guint port, guint pin, BenchPinDrive drive);

/* UARTs, by their base address. A start bit comes to RX at `start_ns`, and the frame behind it; whether
 * it has something to send in its shift register. */
gboolean bench_parts_has_uart(const BenchParts *parts, guint32 base);
void bench_parts_uart_receive(BenchParts *parts,
                              guint32 base,
                              const BenchUartFrame *frame,
                              guint64 start_ns);
gboolean bench_parts_uart_is_sending(const BenchParts *parts, guint32 base);

/* Whether the program leaves SWDIO and SWCLK to the debug port. */
gboolean bench_parts_swd_is_open(const BenchParts *parts);

/* The fault script and the option bytes: as the functions of the same names in board.h. */
void bench_parts_cut_power_at(BenchParts *parts, guint n, gboolean erases_only);
void bench_parts_stick_busy(BenchParts *parts, gboolean stuck);
void bench_parts_protect(BenchParts *parts, guint rdp_level, guint32 wrp_sectors);
/* The cells of an area, (transfer none); NULL: the chip has none. */
guint8 *bench_parts_get_area(BenchParts *parts, BenchFlashArea area, gsize *size);
/* Option bytes take effect as after a power-on. */
void bench_parts_load_options(BenchParts *parts);
/* What is in force and what is stored, in words, a line each. (transfer full) */
char *bench_parts_describe_options(BenchParts *parts);
/* Erases of option bytes since creation. */
guint32 bench_parts_get_option_erases(BenchParts *parts);
/* Adds nothing, fills in erases, programs and sector_erases[n_sectors] (totals since creation). */
void bench_parts_get_counters(BenchParts *parts,
                              guint32 *erases,
                              guint32 *programs,
                              guint32 *sector_erases);

G_END_DECLS
