/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "claims.h"
#include "difference.h"
#include "event.h"
#include "plan.h"
#include "target.h"

G_BEGIN_DECLS

/* The events of a run, each built here and nowhere else (event.h lists their members). */

void inlay_report_start(const InlayEventSink *sink, const InlayJob *job);
void inlay_report_board(const InlayEventSink *sink, const InlayIdentity *identity);
void inlay_report_warning(const InlayEventSink *sink, const char *message);
void inlay_report_plan(const InlayEventSink *sink, const InlayPlan *plan);

/* A phase's progress: at most 20 events a second, and always the last. */
typedef struct {
    const InlayEventSink *sink;
    const char *phase;
    guint64 done;
    guint64 moved;     /* of what is in hand, before it is added to done */
    guint64 total;     /* bytes */
    gint64 next_event; /* monotonic microseconds */
} InlayProgress;

/* Tells of the phase; total 0: it has no progress. */
void inlay_progress_begin(InlayProgress *progress,
                          const InlayEventSink *sink,
                          const char *phase,
                          guint64 total);
/* Of one that does not end at once after a cancel: what is in hand may take limit_ms longer than
 * INLAY_BUDGET_CANCEL. */
void inlay_progress_begin_long(InlayProgress *progress,
                               const InlayEventSink *sink,
                               const char *phase,
                               guint64 total,
                               guint limit_ms);
void inlay_progress_add(InlayProgress *progress, guint64 bytes);
/* Shows what the target tells of the operation in hand, which inlay_progress_add then counts; NULL: no
 * longer. */
void inlay_progress_follow(InlayProgress *progress, InlayTarget *target);

/* One event a claim, and one a run of bytes between claims. */
void inlay_report_digests(const InlayEventSink *sink,
                          const char *when,
                          const GArray *survey,
                          const InlayDigest *digests);

/* One event a claim of the plan's survey, from what the chip holds now. */
void inlay_report_partitions(const InlayEventSink *sink,
                             const InlayPlan *plan,
                             const InlayDigest *now,
                             InlayJobKind kind);

/* A range that differs; name NULL: in no partition. */
void inlay_report_difference(const InlayEventSink *sink,
                             const char *name,
                             const InlayDifference *difference);

/* What was compared as a whole. */
void inlay_report_compared(const InlayEventSink *sink,
                           const char *name,
                           InlayRange range,
                           gboolean is_equal,
                           guint32 crc32);

/* One step of a selftest: state is "passed" or "skipped", seen what was found or why it was skipped. */
void inlay_report_check(
    const InlayEventSink *sink, const char *check, const char *state, const char *seen, gint64 ms);
/* The line for docs/hardware.md. */
void inlay_report_row(const InlayEventSink *sink, const char *text);

/* The option bytes: all fields, or those that `names` (of char *) has, or only those that differ from
 * `before` (NULL: none), with what they were. `when`: "now", "planned" or "after". `erases`: writing
 * them erases the whole flash. */
void inlay_report_options(const InlayEventSink *sink,
                          const char *when,
                          const InlayChip *chip,
                          const InlayOptionBytes *before,
                          const InlayOptionBytes *bytes,
                          const GPtrArray *names,
                          gboolean erases);

/* A block of one-time programmable bytes. `state`: "read", "planned", "written" or "equal". */
void inlay_report_otp(const InlayEventSink *sink,
                      const char *state,
                      guint block,
                      InlayRange range,
                      const guint8 *bytes,
                      gboolean locked);

/* The last one. `outside`: what is known of the bytes that are not the job's; NULL: nothing was written. */
void inlay_report_result(const InlayEventSink *sink,
                         const GError *failure,
                         gint64 ms,
                         const char *outside);

/* One partition that was read. */
void
inlay_report_read(const InlayEventSink *sink, const char *name, InlayRange range, guint32 crc32);

G_END_DECLS
