/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The one table of how long a step may take, in milliseconds of host time. Flash operations take
 * their figure from the chip table (datasheet maxima) and add INLAY_BUDGET_FLASH_MARGIN percent.
 * `--dry-run` prints it. */
#define INLAY_BUDGETS(X)                                                       \
    X(FIND_ADAPTER, "find the adapter", 500)                                   \
    X(OPEN_ADAPTER, "open the adapter; a mute one is named by then", 2500)     \
    X(FIND_BOARD, "find the chip; a missing board is named by then", 2000)     \
    X(RACE, "--connect race: until the power is switched on", 30000)           \
    X(COMMAND, "one command and its reply", 1000)                              \
    X(TRANSFER, "one data transfer, up to 64 KiB at 1 MHz", 3000)              \
    X(RESET, "reset and halt", 500)                                            \
    X(DIGEST, "digest 128 KiB on the chip", 1500)                              \
    X(RELEASE, "let the board go", 2000)                                       \
    X(FIND_BOOTLOADER, "find the bootloader on a port", 3000)                  \
    X(BOOT_COMMAND, "one command of the bootloader, asked again", 5000)        \
    X(CANCEL, "the worker after a cancel, beyond the operation in hand", 3000) \
    X(SILENCE, "the longest pause between two events of the worker", 30000)

typedef enum {
#define X(NAME, step, ms) INLAY_BUDGET_##NAME,
    INLAY_BUDGETS(X)
#undef X
        INLAY_N_BUDGETS
} InlayBudget;

#define INLAY_BUDGET_FLASH_MARGIN 50 /* percent on top of the datasheet maximum */

guint inlay_budget_get_ms(InlayBudget step);
/* When a step that begins now must have ended, in monotonic microseconds. */
gint64 inlay_budget_get_deadline_us(InlayBudget step);
const char *inlay_budget_get_name(InlayBudget step);

G_END_DECLS
