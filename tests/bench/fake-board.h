/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bench/chips.h"

G_BEGIN_DECLS

/*
 * A board without a CPU: the peripherals of a chip, a clock the test moves, and a log of what they
 * ask of their board. `view` is what CPU and debugger would see of the flash.
 */
#define FAKE_RAM 0x20000000u
#define FAKE_CCM 0x10000000u

typedef struct {
    BenchPeripheralHost host;
    BenchParts parts;
    guint64 now_ns;
    guint32 core_hz;
    gboolean irqs[128];
    guint64 flash_busy_until_ns;
    guint8 *view;
    guint8 ram[4096]; /* at FAKE_RAM, for DMA */
    guint n_resets, n_power_fails;
    GString *uart;
    GString *pins;   /* "C13=0 " for each change */
    GString *faults; /* one a line */
} FakeBoard;

FakeBoard *fake_board_new(const char *chip, guint64 seed, gboolean instant_flash);
void fake_board_free(FakeBoard *board);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FakeBoard, fake_board_free)

void fake_board_reset(FakeBoard *board, BenchResetCause cause);
void fake_board_power_off(FakeBoard *board);
void fake_board_run(FakeBoard *board, guint64 ns);
void fake_board_set_halted(FakeBoard *board, gboolean halted);
guint32 fake_board_read(FakeBoard *board, guint32 addr, guint size);
void fake_board_write(FakeBoard *board, guint32 addr, guint size, guint32 value);
/* By words: what nearly all registers want. */
guint32 peek(FakeBoard *board, guint32 addr);
void poke(FakeBoard *board, guint32 addr, guint32 value);

G_END_DECLS
