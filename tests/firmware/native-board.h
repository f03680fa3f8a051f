/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/serial.h"

/*
 * The bootloader's portable core on the host, behind a serial line in memory: a port (port.h) with a
 * truthful model of NOR flash (program clears bits, only an erase sets them, an operation that was cut
 * leaves a seeded part of its change and may read well now and otherwise later), option bytes, OTP, and
 * a clock that only waiting, the line and the flash move. One at a time, as the core's state is static.
 */
typedef struct NativeBoard NativeBoard;

typedef struct {
    const guint32 *sector_sizes; /* ends with 0; NULL: small ones, two of them the bootloader's */
    guint64 seed;
    guint tick_us; /* of the adapter; 0: 1000 */
} NativeBoardConfig;

NativeBoard *native_board_new(const NativeBoardConfig *config);
void native_board_free(NativeBoard *board);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NativeBoard, native_board_free)

/* The host's end; to be freed before the board. Reading lets the chip run. */
InlaySerial *native_board_open(NativeBoard *board);

/* One in so many bytes, each way; 0: none. */
void native_board_set_noise(NativeBoard *board, guint drop, guint garble, guint duplicate);
/* Power fails in the middle of the n-th erase or program from now (0: the next), and stays away until
 * native_board_power(). */
void native_board_cut_at(NativeBoard *board, guint n);
gboolean native_board_is_cut(const NativeBoard *board);
void native_board_power(NativeBoard *board); /* off and on: the core starts anew */
void native_board_stick(NativeBoard *board); /* what begins from now on never ends */
void native_board_age(NativeBoard *board);   /* what is going to decay has decayed */

guint8 *native_board_get_flash(NativeBoard *board,
                               gsize *size);                 /* (transfer none) from 0x08000000 */
guint native_board_get_operations(const NativeBoard *board); /* erases and programs so far */
/* What the last start of the board chose: TRUE when the application would run. */
gboolean native_board_runs_application(const NativeBoard *board);
