/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/chip.h"
#include "transports/probe.h"

G_BEGIN_DECLS

/* A probe with a chip behind it that knows the debug registers and plays the flash loader's part by
 * the words of firmware/proto/loader.h. It executes nothing: the bench runs the real one. */

typedef enum {
    FAKE_TROUBLE_NONE,
    FAKE_TROUBLE_REFUSE, /* the controller sets WRPERR */
    FAKE_TROUBLE_STALE_COMMAND,
    FAKE_TROUBLE_STALE_DATA,
    FAKE_TROUBLE_TIMEOUT, /* the loader gives up waiting */
    FAKE_TROUBLE_HANG,    /* the loader never finishes */
    FAKE_TROUBLE_HALT,    /* the core halts on a fault */
    FAKE_TROUBLE_LOCKUP,
    FAKE_TROUBLE_RESET, /* the chip resets itself and runs its program */
    FAKE_TROUBLE_LOST,  /* the adapter is gone */
} FakeTrouble;

typedef struct {
    InlayProbe base;
    const InlayChip *chip;
    guint lag;           /* bytes that the host reads while a command takes, 32 more a block */
    FakeTrouble trouble; /* what happens in command number trouble_at */
    guint trouble_at;
    guint nrst_needed; /* nothing answers unless the reset line is low */
    gboolean unwired;
    gboolean has_parity; /* reading a byte of RAM that nobody has written is a fault */
    gboolean nrst_unwired;
    guint power_on_at; /* it answers from this many repeated attempts on */

    guint8 *ram;
    guint8 *ram_written; /* one a byte */
    guint8 *flash;
    gboolean programmed_twice; /* a byte that was not blank lost more bits */
    guint n_erases, n_programs, n_digests;
    guint n_writes; /* blocks written */
    guint n_reads;  /* blocks read */
    guint late;     /* bytes read beyond the lag until a command was seen to be done */

    gboolean attached, nrst_low, halted, lockup, in_loader;
    guint32 dhcsr, demcr, freeze, fp_ctrl, regs[32], dcrdr;
    guint resets, waited, enters;
} FakeChip;

FakeChip *fake_chip_new(const InlayChip *chip);

G_END_DECLS
