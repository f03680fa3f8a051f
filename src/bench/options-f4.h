/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bench/flash-front.h"

G_BEGIN_DECLS

/*
 * Option bytes and one-time programmable bytes of the STM32F4, a part of its flash interface
 * (flash-f4.c): OPTKEYR, OPTCR and OPTCR1, the sequence that writes option bytes, what of them is in
 * force, and which OTP bytes may be programmed. docs/bench.md says what takes effect when.
 */

enum { BENCH_F4_OPTKEYR = 0x08, BENCH_F4_OPTCR = 0x14, BENCH_F4_OPTCR1 = 0x18 };

/* How long the parts of writing option bytes take, at the width that is set. */
typedef struct {
    guint64 mass_erase_ns, erase_ns, program_ns;
    guint min_mv;
} BenchOptionsF4Times;

typedef enum { BENCH_F4_ERASE_FLASH, BENCH_F4_ERASE_AREA, BENCH_F4_PROGRAM } BenchOptionsF4What;

typedef struct {
    BenchOptionsF4What what;
    BenchFlashArea area;
    guint32 addr, value;
} BenchOptionsF4Step;

typedef struct {
    BenchFlashFront *front;
    guint32 optcr, optcr1; /* the registers */
    guint32 force, force1; /* what is in force of them */
    BenchKeys keys;
    BenchOptionsF4Times times;
    BenchOptionsF4Step steps[7]; /* of the operation in progress */
    guint n_steps, n_begun;
} BenchOptionsF4;

/* Fills the cells as the factory does; `front` is connected already. */
void bench_options_f4_init(BenchOptionsF4 *options, BenchFlashFront *front);
/* 0 of an offset that is none of its own. */
guint32 bench_options_f4_read(const BenchOptionsF4 *options, guint32 offset);
/* Whole words. Sets WRPERR when the option bytes may not be changed in this way. */
void bench_options_f4_write(BenchOptionsF4 *options,
                            guint32 offset,
                            guint32 value,
                            const BenchOptionsF4Times *times);
/* After each operation: the next of a sequence has begun. */
gboolean bench_options_f4_go_on(BenchOptionsF4 *options);
/* Option bytes are loaded; all of them are in force. */
void bench_options_f4_reset(BenchOptionsF4 *options);
/* As BenchWires.flash_protect and flash_describe_options. */
void bench_options_f4_protect(BenchOptionsF4 *options, guint rdp_level, guint32 wrp_sectors);
void bench_options_f4_describe(const BenchOptionsF4 *options, GString *text);

/* A sector may not be erased nor programmed. */
gboolean bench_options_f4_is_protected(const BenchOptionsF4 *options, guint sector);
/* A program access outside of the flash: 0, or the flag of SR that refuses it. */
guint32 bench_options_f4_check_program(const BenchOptionsF4 *options, guint32 addr, guint32 value);

#define BENCH_F4_SR_WRPERR (1u << 4) /* RM0383 3.8.4 */

G_END_DECLS
