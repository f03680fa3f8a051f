/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/error.h"
#include "core/target.h"

/*
 * A board in memory, as strict as NOR flash is: programming clears bits, only erasing sets them, and
 * what an operation was doing when power went may read well at first and decay later. One board at a
 * time: the engine's open function carries no pointer. Each board's chip has a unique id of its own.
 */
typedef struct {
    const InlayChip *chip;
    guint8 *flash;          /* as it reads now */
    guint8 *decay;          /* the bits that will read otherwise one day */
    InlayIdentity identity; /* what identify tells; strings are not used */
    InlayOptionBytes options;
    gboolean is_obstinate; /* it takes no other option bytes than it has */
    guint8 otp[528];       /* 16 blocks of 32 bytes, and their lock bytes */
    gboolean tells_moved;  /* of each unit programmed */
    gboolean blank_only;   /* a unit that is not erased refuses to be programmed, as on F1 */

    /* Faults; 0: none. Calls and flash operations (an erase, a unit programmed) count from 1 and
     * go on counting through runs until memory_board_power(). */
    guint fail_call;
    InlayErrorId fail_id;
    guint cut_operation; /* power goes in the middle of it, and stays away until power() */
    guint cancel_operation;
    GCancellable *cancellable;
    guint32 stuck_addr;   /* a byte that stays as it is; 0: none */
    guint32 disturb_addr; /* a byte that every erase damages; 0: none */

    guint n_calls;
    guint64 n_digested; /* bytes */
    guint n_operations;
    guint n_open;                   /* targets not yet freed */
    InlayAccess access;             /* as open was told; no strings */
    guint row;                      /* as begin was told */
    guint64 pending_us, longest_us; /* the most that was posted between two syncs, at its slowest */
    gboolean is_dead;
    GRand *rand;
    GString *log; /* "begin", "erase 5", "program 08020000+16384", "end", "end reset" */
} MemoryBoard;

MemoryBoard *memory_board_new(const InlayChip *chip);
void memory_board_free(MemoryBoard *board);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MemoryBoard, memory_board_free)

/* Power off and on: faults cleared, counters from 0, log empty, flash as it is. */
void memory_board_power(MemoryBoard *board);

/* Long enough for all that is going to decay. */
void memory_board_age(MemoryBoard *board);

/* InlayTargetOpenFunc for the board that was made last. */
InlayTarget *
memory_board_open(const InlayAccess *access, GCancellable *cancellable, GError **error);
