/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <ucontext.h>

#include "native-board.h"

G_BEGIN_DECLS

/* What the native board's files share: native-board.c (starts, the core's own stack, power), native-line.c (the
 * wires and the adapter), native-chip.c (memories, flash, option bytes). */

typedef struct {
    guint64 arrives_ns;
    guint baud;
    guint8 byte;
} NativeByte;

typedef struct {
    GArray *bytes; /* NativeByte, by time */
    guint head;    /* so many of them are done */
    guint64 free_ns;
} NativeWire;

typedef enum { NATIVE_OFF, NATIVE_CORE, NATIVE_APPLICATION } NativeState;
typedef enum { NATIVE_IDLE, NATIVE_ERASE, NATIVE_PROGRAM } NativeOperation;

struct NativeBoard {
    guint64 random, now_ns;

    NativeState state;
    ucontext_t host, core;
    guint8 *stack;
    void *fake_stack; /* AddressSanitizer's, of the side that does not run */
    const void *host_bottom;
    gsize host_size;
    guint64 host_until_ns; /* when the host's read gives up */
    guint64 started_ns;
    guint32 request, request_addr; /* for the next start */
    gboolean is_reset;             /* the core asked for one */

    NativeWire to_chip, from_chip;
    guint host_baud, chip_baud;
    guint64 tick_ns;
    guint drop, garble, duplicate;
    guint32 received; /* by the ring */
    guint8 heard[16]; /* by an application, the last bytes */

    guint8 *flash;
    guint8 *uncertain; /* bits that a cut erase left between 0 and 1 */
    gsize flash_size;
    guint8 sram[128 * 1024], ccm[64 * 1024], backup[4 * 1024];
    guint8 otp[16 * 32 + 16], ids[32], option_bytes[16];
    guint32 options_loaded, options_stored;

    NativeOperation operation;
    guint32 operation_addr, operation_size, operation_value;
    guint64 operation_end_ns;
    guint8 operation_status;
    guint operations, cut_after;
    gboolean is_cut_armed, is_stuck;
};

extern NativeBoard *native_board; /* the one there is */

guint32 native_random(NativeBoard *board);

/* native-board.c, in the core's context: time passes, and the host goes on when it is its turn; power fails. */
void native_sleep_until(NativeBoard *board, guint64 until_ns);
void native_die(NativeBoard *board);

/* native-line.c */
void native_line_init(NativeBoard *board);
void native_line_clear(NativeBoard *board);
/* Moves the clock, and what has arrived by then to where it goes. */
void native_line_move(NativeBoard *board, guint64 now_ns);
gboolean native_line_is_readable(const NativeBoard *board);
guint64
native_line_next_ns(const NativeBoard *board); /* the host gets something; G_MAXUINT64: never */
InlaySerial *native_line_open(NativeBoard *board);
void native_board_run(NativeBoard *board, guint64 until_ns); /* in the host's context */

/* native-chip.c */
void native_chip_init(NativeBoard *board, const guint32 *sector_sizes);
void native_chip_clear(NativeBoard *board);
void native_chip_reset(NativeBoard *board); /* loads option bytes; an operation under way is lost */
void native_chip_lose_power(NativeBoard *board);

G_END_DECLS
