/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "job.h"
#include "layout.h"
#include "report.h"
#include "target.h"

G_BEGIN_DECLS

/* What a job about option bytes or one-time programmable bytes needs of the engine, which has found
 * the board and checked that it may be worked on. Nothing is owned. */
typedef struct {
    const InlayJob *job;
    const InlayLayout *layout; /* NULL: none */
    InlayTarget *target;
    const InlayChip *chip;
    guint voltage_row;
    const InlayEventSink *sink;
    GCancellable *cancellable;
} InlayBoardRun;

/* OPTION_GET, OPTION_SET, PROTECT and UNLOCK: reads the option bytes, makes of them what the job
 * wants, tells what changes and what that destroys, writes them if anything does, and reads them back
 * after a reset. A chip that was erased by it is verified blank, and its rescue file goes.
 * Errors: USAGE, CHIP_LACKS, OPTION_INVALID, UNCONFIRMED, OPTIONS_FAILED, VERIFY_FAILED, those of the
 * target. */
gboolean inlay_option_run(const InlayBoardRun *run, GError **error);

G_END_DECLS
