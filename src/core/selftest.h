/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "report.h"
#include "rescue-run.h"
#include "target.h"

G_BEGIN_DECLS

/*
 * A safe round on a board (`inlay selftest --board`): all of its flash is read twice and compared, and
 * with what the chip sums up; then, in the last blank sector alone, a pattern is programmed, verified and
 * erased again, and every other sector must be as before. Each check is an event, and at the end there is
 * a row for docs/hardware.md, of a failure too. What cannot be checked (no blank sector, no sense pin) is
 * skipped and said so; it never counts as passed.
 *
 * Should the round be cut, the next run on this chip erases the sector: it is in the rescue record.
 */
typedef struct {
    InlayTarget *target; /* identified, not begun */
    const InlayIdentity *identity;
    const InlayChip *chip;
    guint voltage_row;
    InlayRescueRun *rescue; /* loaded */
    gboolean dry_run;       /* nothing is written */
    const InlayEventSink *sink;
    GCancellable *cancellable;
} InlaySelftest;

/* Errors: ADAPTER_PROTOCOL (two reads differ), VERIFY_FAILED, OUTSIDE_CHANGED, RESCUE_UNWRITABLE,
 * CANCELLED, those of the target. */
gboolean inlay_selftest_run(const InlaySelftest *test, GError **error);

G_END_DECLS
