/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bench/flash-front.h"

G_BEGIN_DECLS

/*
 * Option bytes of the STM32F1 and F3, a part of their flash interface (flash-f1.c): OPTKEYR, OBR and
 * WRPR, erasing and programming the bytes, and what is in force of them, which is what was loaded at
 * the last reset.
 */

enum { BENCH_F1_OPTKEYR = 0x08, BENCH_F1_OBR = 0x1c, BENCH_F1_WRPR = 0x20 };

/* PM0075 3.4, 3.5 */
#define BENCH_F1_SR_PGERR (1u << 2)
#define BENCH_F1_SR_WRPRTERR (1u << 4)
#define BENCH_F1_CR_OPTPG (1u << 4)
#define BENCH_F1_CR_OPTER (1u << 5)
#define BENCH_F1_CR_OPTWRE (1u << 9)

#define BENCH_F1_N_OPTIONS 8

/* How long operations take, and the supply that they need. */
typedef struct {
    guint64 erase_ns, program_ns;
    guint min_mv;
} BenchOptionsF1Times;

typedef struct {
    BenchFlashFront *front;
    const BenchOptionsF1Times *times;
    BenchKeys keys;
    guint8 loaded[BENCH_F1_N_OPTIONS];
    gboolean mismatch;  /* a byte and its complement did not agree */
    gboolean rdp_waits; /* the flash is erased before this is programmed */
    guint32 rdp_value;
} BenchOptionsF1;

/* Fills the cells as the factory does; `front` is connected already; `times` (transfer none). */
void bench_options_f1_init(BenchOptionsF1 *options,
                           BenchFlashFront *front,
                           const BenchOptionsF1Times *times);
/* OBR and WRPR; 0 of others. */
guint32 bench_options_f1_read(const BenchOptionsF1 *options, guint32 offset);
void bench_options_f1_write_key(BenchOptionsF1 *options, guint32 value);
/* CR says so; error flags when it may not be. */
void bench_options_f1_erase(BenchOptionsF1 *options);
/* A half-word outside of the flash. */
void bench_options_f1_program(BenchOptionsF1 *options, guint32 addr, guint32 value);
/* After each operation: the next of a sequence has begun. */
gboolean bench_options_f1_go_on(BenchOptionsF1 *options);
/* Option bytes are loaded. */
void bench_options_f1_reset(BenchOptionsF1 *options);
/* As BenchWires.flash_protect and flash_describe_options. */
void bench_options_f1_protect(BenchOptionsF1 *options, guint rdp_level, guint32 wrp_units);
void bench_options_f1_describe(const BenchOptionsF1 *options, GString *text);

/* 0, or the flag of SR that refuses to erase or program at a flash address. */
guint32 bench_options_f1_check(const BenchOptionsF1 *options, guint32 addr);

/* PM0075 2.4.2, RM0316 4.3.2: one bit of WRPR protects four pages of 1 KiB or two of 2 KiB, the
 * last one all that is left. */
#define BENCH_F1_PROTECTED_UNIT 4096

G_END_DECLS
