/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bench/wires.h"

G_BEGIN_DECLS

/*
 * What the flash controllers of all families do in front of the NOR model (nor.h): the lock and its
 * keys, registers KEYR, SR and CR, beginning and ending operations, the interrupt, resets. A family
 * (flash-f4.c, flash-f1.c) embeds BenchFlashFront as its first member, says which bits are where,
 * and decides what may be begun and how long it takes.
 */
typedef struct BenchFlashFront BenchFlashFront;

/* The offset that all families have in common. */
enum { BENCH_FLASH_ACR = 0x00 };

typedef struct {
    guint32 base;         /* of the registers */
    guint32 keyr, sr, cr; /* offsets */
    guint irq;
    guint32 acr_reset, acr_writable, acr_latency;
    guint32 sr_bsy, sr_eop;
    guint32 sr_errie_flags; /* those that ERRIE makes an interrupt */
    guint32 sr_writable;    /* cleared by writing ones */
    guint32 cr_strt, cr_lock, cr_eopie, cr_errie, cr_writable;
    guint32 cr_options;         /* bits that would program option bytes, where the bench does not */
    guint32 cr_clearable;       /* bits that a write of CR can clear and not set */
    gboolean eop_by_eopie;      /* EOP is set only while EOPIE is */
    gboolean open_ignores_keys; /* a key at an open lock does not shut it */

    /* Begins what CR says, or refuses it: STRT stands in CR. */
    void (*erase)(BenchFlashFront *front);
    /* A program access inside the flash; nothing that was due is left. */
    void (*program)(BenchFlashFront *front, guint32 addr, guint size, guint32 value);
    /* The family's own registers and ACR, as in BenchPeripheralOps; `offset` is of the word. */
    guint32 (*read)(BenchFlashFront *front, guint32 offset);
    void (*write)(BenchFlashFront *front, guint32 offset, guint size, guint32 value);
    /* What the family has beside the common registers returns to its reset state. */
    void (*reset)(BenchFlashFront *front);
    /* An operation has ended: TRUE when another one that belongs to it has begun. NULL: never. */
    gboolean (*go_on)(BenchFlashFront *front);
    /* An operation has changed bytes of the flash. NULL: all of them are seen at once. */
    void (*changed)(BenchFlashFront *front, guint32 addr, guint32 size);
    /* As the functions of BenchWires with flash_ before these names. NULL but for protect: the bench
     * does not program option bytes of this family. */
    void (*protect)(BenchPeripheral *flash, guint rdp_level, guint32 wrp_sectors);
    void (*load_options)(BenchPeripheral *flash);
    void (*describe_options)(BenchPeripheral *flash, GString *text);
} BenchFlashFamily;

/*
 * The lock of a register: two keys in order open it, anything else shuts it until the next reset, a
 * third key included (RM0383 3.5.1, PM0075 2.3.1). Not so the third key of an F1: OpenOCD writes the
 * keys again and again there, and real chips take it.
 */
typedef enum {
    BENCH_KEYS_NONE,
    BENCH_KEYS_FIRST,
    BENCH_KEYS_OPEN,
    BENCH_KEYS_SHUT,
} BenchKeys;

struct BenchFlashFront {
    BenchPeripheral base;
    const BenchFlashFamily *family;
    BenchWires *wires;
    guint32 acr, sr, cr;
    BenchKeys keys;
    gboolean cr_waits; /* a write of CR while busy takes effect at the end */
    guint32 cr_next;
};

/* Connects zeroed memory (g_new0, freed by the peripheral) to the chip; `family` is static. */
BenchPeripheral *
bench_flash_front_init(BenchFlashFront *front, const BenchFlashFamily *family, BenchWires *wires);

BenchKeys bench_keys_write(BenchKeys keys, guint32 value, guint32 first, guint32 second);

/* Stores ACR: its wait states hold from now on. */
void bench_flash_front_set_acr(BenchFlashFront *front, guint32 value);
/* Sets error flags. */
void bench_flash_front_fail(BenchFlashFront *front, guint32 flags);
/* Read protection keeps all away from the flash: a debugger has been there since power-on. */
gboolean bench_flash_front_is_blocked(const BenchFlashFront *front);

/* Begin an operation, which is weak below a supply of `min_mv`; the rest as in nor.h. */
void bench_flash_front_begin_erase(BenchFlashFront *front,
                                   gint sector,
                                   guint64 duration_ns,
                                   guint min_mv);
/* `n` sectors from `first` on, in one operation. */
void bench_flash_front_begin_bank_erase(
    BenchFlashFront *front, guint first, guint n, guint64 duration_ns, guint min_mv);
void bench_flash_front_begin_area_erase(BenchFlashFront *front,
                                        BenchFlashArea area,
                                        guint64 duration_ns,
                                        guint min_mv);
void bench_flash_front_begin_program(BenchFlashFront *front,
                                     guint32 addr,
                                     guint width,
                                     guint64 value,
                                     guint64 duration_ns,
                                     guint min_mv);

G_END_DECLS
