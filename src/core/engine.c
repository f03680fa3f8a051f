/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/engine.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "core/board-check.h"
#include "core/claims.h"
#include "core/compare.h"
#include "core/error.h"
#include "core/observe.h"
#include "core/otp-run.h"
#include "core/preserve.h"
#include "core/read.h"
#include "core/report.h"
#include "core/rescue-run.h"
#include "core/selftest.h"
#include "core/suspect.h"
#include "core/write.h"

typedef struct {
    const InlayJob *job;
    const InlayEventSink *sink;
    GCancellable *cancellable;
    InlayLayout *layout; /* NULL: none */
    InlayAccess access;  /* the job's; the layout fills in what it does not say */
    InlayClaims *claims;
    GBytes *otp;         /* what an OTP_WRITE writes; else NULL */
    InlayTarget *target; /* NULL: not opened */
    InlayIdentity identity;
    const InlayChip *chip;
    guint voltage_row;
    InlayRescueRun rescue;
    InlayPlan *plan;
} Engine;

static void
engine_clear(Engine *engine)
{
    inlay_plan_free(engine->plan);
    inlay_rescue_run_clear(&engine->rescue);
    inlay_claims_free(engine->claims);
    g_clear_pointer(&engine->otp, g_bytes_unref);
    inlay_layout_free(engine->layout);
    inlay_target_free(engine->target);
    inlay_access_clear(&engine->access);
    inlay_identity_clear(&engine->identity);
}

static gboolean
is_about_options(const InlayJob *job)
{
    switch (job->kind) {
    case INLAY_JOB_OPTION_GET:
    case INLAY_JOB_OPTION_SET:
    case INLAY_JOB_PROTECT:
    case INLAY_JOB_UNLOCK:
    case INLAY_JOB_OTP_READ:
    case INLAY_JOB_OTP_WRITE:
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean
uses_flash(const InlayJob *job)
{
    return job->kind != INLAY_JOB_RESET && job->kind != INLAY_JOB_INFO && !is_about_options(job);
}

/* Not when the memory is only read, beside the program that runs. */
static gboolean
takes_chip_over(const InlayJob *job)
{
    return job->kind != INLAY_JOB_READ && job->kind != INLAY_JOB_DIFF;
}

/* Better to hear it now than after the whole flash was read. */
static gboolean
check_output(const InlayJob *job, GError **error)
{
    g_autofree char *folder = job->output != NULL ? g_path_get_dirname(job->output) : NULL;

    if (job->kind != INLAY_JOB_READ)
        return TRUE;
    if (folder == NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "a file to write to is not named");
        return FALSE;
    }
    if (g_access(folder, W_OK) == 0)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_FILE,
                "%s: expected a folder to write to, found none", folder);
    return FALSE;
}

/* All that can be known to be wrong without the board. */
static gboolean
prepare(Engine *engine, GError **error)
{
    const InlayJob *job = engine->job;

    if (!check_output(job, error))
        return FALSE;
    if (job->layout != NULL) {
        engine->layout = inlay_layout_load(job->layout, error);
        if (engine->layout == NULL)
            return FALSE;
    }
    if (job->kind == INLAY_JOB_OTP_WRITE && (engine->otp = inlay_otp_load(job, error)) == NULL)
        return FALSE;
    engine->claims = inlay_claims_new(job, engine->layout, error);
    return engine->claims != NULL;
}

static guint
get_declared_mv(const Engine *engine)
{
    guint mv = engine->job->access.supply_mv;

    return mv != 0 || engine->layout == NULL ? mv : engine->layout->supply_mv;
}

/* All that can be known to be wrong before the chip is taken over. */
static gboolean
check_board(Engine *engine, GError **error)
{
    const InlayIdentity *identity = &engine->identity;

    if (!inlay_board_check_chip(identity, engine->job, engine->layout, engine->sink, error))
        return FALSE;
    engine->chip = identity->chip;
    return inlay_claims_set_chip(engine->claims, engine->job, engine->chip, identity->own, error) &&
           inlay_board_choose_voltage_row(identity, get_declared_mv(engine), engine->sink,
                                          &engine->voltage_row, error);
}

/* What the bootloader on the board starts, or shall once it is there: the same plan on all ways. */
static InlayRange
find_boots(const Engine *engine)
{
    if (engine->identity.boots.size > 0)
        return engine->identity.boots;
    return engine->layout != NULL && engine->layout->uart.starts != NULL
               ? engine->layout->uart.starts->range
               : (InlayRange){0};
}

/* Takes the chip over and finds out what it holds. */
static gboolean
survey(Engine *engine, const char *phase, GError **error)
{
    const GArray *claims = engine->claims->claims;
    g_autoptr(GArray) pieces = inlay_survey_new(
        engine->chip, (const InlayClaim *)(void *)claims->data, claims->len, engine->rescue.open);

    if (engine->identity.reads_back && !engine->job->paranoid)
        inlay_survey_narrow(pieces, engine->chip, find_boots(engine));
    if (!inlay_rescue_run_check_pieces(&engine->rescue, pieces, engine->sink, error) ||
        !inlay_board_check_survey(&engine->identity, pieces, error) ||
        !engine->target->ops->begin(engine->target, engine->voltage_row, engine->cancellable,
                                    error))
        return FALSE;
    g_autofree InlayDigest *before =
        inlay_observe(engine->target, pieces, phase, engine->sink, engine->cancellable, error);
    if (before == NULL)
        return FALSE;
    inlay_report_digests(engine->sink, "before", pieces, before);
    engine->plan = inlay_plan_new(engine->chip, engine->voltage_row, g_steal_pointer(&pieces),
                                  before, engine->rescue.open, find_boots(engine));
    return TRUE;
}

static gboolean
verify_all(Engine *engine, GError **error)
{
    const InlayPlan *plan = engine->plan;
    g_autofree InlayDigest *now = inlay_observe(engine->target, plan->survey, "verify",
                                                engine->sink, engine->cancellable, error);

    if (now == NULL)
        return FALSE;
    inlay_report_digests(engine->sink, "after", plan->survey, now);
    inlay_report_partitions(engine->sink, plan, now, engine->job->kind);
    return inlay_observe_check(plan, now, TRUE, INLAY_ERROR_VERIFY_FAILED, error) &&
           inlay_observe_check(plan, now, FALSE, INLAY_ERROR_OUTSIDE_CHANGED, error);
}

static gboolean
write_all(Engine *engine, GError **error)
{
    g_autoptr(GPtrArray) preserved =
        inlay_preserve_read(engine->target, engine->plan, engine->sink, engine->cancellable, error);

    return preserved != NULL &&
           inlay_rescue_run_save(&engine->rescue, engine->plan, preserved, engine->sink, error) &&
           inlay_write_plan(engine->target, engine->plan, preserved, engine->identity.bytes_per_s,
                            engine->sink, engine->cancellable, error);
}

/* FLASH and ERASE */
static gboolean
run_write(Engine *engine, GError **error)
{
    if (!survey(engine, "survey", error))
        return FALSE;
    inlay_report_plan(engine->sink, engine->plan);
    if ((engine->identity.rdp_level == 0 &&
         !inlay_suspect_cut(engine->target, engine->plan, engine->sink, engine->cancellable,
                            error)) ||
        !inlay_board_check_plan(&engine->identity, engine->plan, error))
        return FALSE;
    if (engine->job->dry_run)
        return TRUE;
    return write_all(engine, error) && verify_all(engine, error) &&
           inlay_rescue_run_close(&engine->rescue, error);
}

static gboolean
run_verify(Engine *engine, GError **error)
{
    if (!survey(engine, "verify", error))
        return FALSE;
    inlay_report_partitions(engine->sink, engine->plan, engine->plan->before, INLAY_JOB_VERIFY);
    return inlay_observe_check(engine->plan, engine->plan->before, TRUE, INLAY_ERROR_VERIFY_FAILED,
                               error) &&
           inlay_rescue_run_check_closed(&engine->rescue, engine->plan, error);
}

static gboolean
read_range(Engine *engine, InlayRange range, guint8 *bytes, GError **error)
{
    InlayProgress progress;

    inlay_progress_begin(&progress, engine->sink, "read", range.size);
    return inlay_read_range(engine->target, range, bytes, &progress, engine->cancellable, error);
}

static gboolean
write_output(const InlayJob *job, InlayRange range, const guint8 *bytes, GError **error)
{
    InlayFileFormat format =
        job->format != INLAY_FILE_BY_NAME ? job->format : inlay_file_format_for_path(job->output);
    g_autoptr(InlayImage) image = inlay_image_new();
    g_autoptr(GBytes) held = g_bytes_new(bytes, range.size);
    g_autoptr(GError) file_error = NULL;
    gsize size;

    if (!inlay_image_add(image, range.addr, held, error))
        return FALSE;
    g_autoptr(GBytes) file = inlay_image_write(image, format);
    const char *contents = g_bytes_get_data(file, &size);
    /* a new file put in the place of the old one when it is on the disk */
    if (g_file_set_contents_full(job->output, contents, (gssize)size,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0666,
                                 &file_error))
        return TRUE;
    g_set_error_literal(error, INLAY_ERROR, INLAY_ERROR_FILE, file_error->message);
    return FALSE;
}

static gboolean
run_read(Engine *engine, GError **error)
{
    const char *name;
    InlayRange range;

    if (!inlay_claims_find_place(engine->job, engine->layout, engine->chip, &name, &range, error))
        return FALSE;
    g_autofree guint8 *bytes = g_malloc(range.size);
    if (!read_range(engine, range, bytes, error) || !write_output(engine->job, range, bytes, error))
        return FALSE;
    inlay_report_read(engine->sink, name, range, inlay_digest_of(bytes, range.size).crc32);
    return TRUE;
}

/* What the image does not fill shall be blank. */
static gboolean
compare_claim(Engine *engine, const InlayClaim *claim, InlayComparison *comparison, GError **error)
{
    g_autofree guint8 *expected = g_malloc(claim->range.size);
    g_autofree guint8 *found = g_malloc(claim->range.size);

    if (!read_range(engine, claim->range, found, error))
        return FALSE;
    inlay_image_read(claim->image, claim->range, expected);
    g_autoptr(GArray) differences =
        inlay_difference_find(claim->range.addr, expected, found, claim->range.size);
    inlay_comparison_add(comparison, claim->name, differences);
    inlay_report_compared(engine->sink, claim->name, claim->range, differences->len == 0,
                          inlay_digest_of(found, claim->range.size).crc32);
    return TRUE;
}

static gboolean
run_diff(Engine *engine, GError **error)
{
    InlayComparison comparison = {.sink = engine->sink};

    for (guint i = 0; i < engine->claims->n_owned; i++) {
        if (!compare_claim(engine, &g_array_index(engine->claims->claims, InlayClaim, i),
                           &comparison, error))
            return FALSE;
    }
    return inlay_comparison_check(&comparison, error);
}

static void
on_note_cb(const char *message, gpointer user_data)
{
    inlay_report_warning(user_data, message);
}

static gboolean
run_selftest(Engine *engine, GError **error)
{
    InlaySelftest test = {
        .target = engine->target,
        .identity = &engine->identity,
        .chip = engine->chip,
        .voltage_row = engine->voltage_row,
        .rescue = &engine->rescue,
        .dry_run = engine->job->dry_run,
        .sink = engine->sink,
        .cancellable = engine->cancellable,
    };

    return inlay_selftest_run(&test, error);
}

static gboolean
connect_board(Engine *engine, InlayTargetOpenFunc open_target, GError **error)
{
    InlayProgress phase;

    inlay_progress_begin(&phase, engine->sink, "connect", 0);
    if (engine->layout != NULL)
        inlay_access_copy(&engine->layout->uart.access, &engine->access);
    inlay_access_override(&engine->access, &engine->job->access);
    engine->access.chip = engine->layout != NULL ? engine->layout->chip : NULL;
    engine->target = open_target(&engine->access, engine->cancellable, error);
    if (engine->target == NULL)
        return FALSE;
    engine->target->note = on_note_cb;
    engine->target->note_data = (gpointer)engine->sink;
    if (!engine->target->ops->identify(engine->target, &engine->identity, engine->cancellable,
                                       error))
        return FALSE;
    inlay_report_board(engine->sink, &engine->identity);
    for (guint i = 0; engine->identity.warnings != NULL && i < engine->identity.warnings->len; i++)
        inlay_report_warning(engine->sink, g_ptr_array_index(engine->identity.warnings, i));
    return TRUE;
}

/* Option bytes and one-time programmable bytes: also of a chip whose flash is locked. */
static gboolean
run_options(Engine *engine, GError **error)
{
    InlayJobKind kind = engine->job->kind;
    gboolean is_otp = kind == INLAY_JOB_OTP_READ || kind == INLAY_JOB_OTP_WRITE;

    if (!inlay_board_check_chip(&engine->identity, engine->job, engine->layout, engine->sink,
                                error) ||
        (kind != INLAY_JOB_OPTION_GET && kind != INLAY_JOB_OTP_READ &&
         !inlay_board_choose_voltage_row(&engine->identity, get_declared_mv(engine), engine->sink,
                                         &engine->voltage_row, error)))
        return FALSE;
    engine->chip = engine->identity.chip;
    InlayBoardRun run = {.job = engine->job,
                         .layout = engine->layout,
                         .target = engine->target,
                         .chip = engine->chip,
                         .voltage_row = engine->voltage_row,
                         .sink = engine->sink,
                         .cancellable = engine->cancellable};
    return is_otp ? inlay_otp_run(&run, engine->otp, error) : inlay_option_run(&run, error);
}

static gboolean
run_on_board(Engine *engine, GError **error)
{
    if (uses_flash(engine->job) && !check_board(engine, error))
        return FALSE;
    if (uses_flash(engine->job) && takes_chip_over(engine->job) &&
        !inlay_rescue_run_load(&engine->rescue, engine->chip, engine->identity.uid,
                               engine->job->accept_loss, error))
        return FALSE;
    switch (engine->job->kind) {
    case INLAY_JOB_FLASH:
    case INLAY_JOB_ERASE:
        return run_write(engine, error);
    case INLAY_JOB_VERIFY:
        return run_verify(engine, error);
    case INLAY_JOB_READ:
        return run_read(engine, error);
    case INLAY_JOB_DIFF:
        return run_diff(engine, error);
    case INLAY_JOB_SELFTEST:
        return run_selftest(engine, error);
    case INLAY_JOB_OPTION_GET:
    case INLAY_JOB_OPTION_SET:
    case INLAY_JOB_PROTECT:
    case INLAY_JOB_UNLOCK:
    case INLAY_JOB_OTP_READ:
    case INLAY_JOB_OTP_WRITE:
        return run_options(engine, error);
    case INLAY_JOB_RESET: /* letting the board go does it */
    case INLAY_JOB_INFO:
        break;
    }
    return TRUE;
}

/* Always, whatever has failed before: the first error counts. */
static gboolean
release(Engine *engine, gboolean ok, GError **error)
{
    InlayProgress phase;
    g_autoptr(GError) end_error = NULL;

    if (engine->target == NULL)
        return ok;
    inlay_progress_begin(&phase, engine->sink, "release", 0);
    if (engine->target->ops->end(engine->target, engine->job->kind == INLAY_JOB_RESET, &end_error))
        return ok;
    if (ok)
        g_propagate_prefixed_error(error, g_steal_pointer(&end_error),
                                   "failed to let the board go: ");
    return FALSE;
}

/* What is known, after a run that wrote, of the bytes that are not the job's; NULL: nothing was written. */
static const char *
find_outside(const Engine *engine, gboolean ok)
{
    if (!ok || engine->plan == NULL || engine->job->kind == INLAY_JOB_VERIFY ||
        engine->job->dry_run)
        return NULL;
    return inlay_observe_is_whole(engine->plan->survey) ? "unchanged" : "not observed";
}

gboolean
inlay_engine_run(const InlayJob *job,
                 InlayTargetOpenFunc open_target,
                 const InlayEventSink *sink,
                 GCancellable *cancellable,
                 GError **error)
{
    Engine engine = {.job = job, .sink = sink, .cancellable = cancellable};
    g_autoptr(GError) failure = NULL;
    gint64 start = g_get_monotonic_time();
    const char *outside;

    inlay_report_start(sink, job);
    gboolean ok = prepare(&engine, &failure) && connect_board(&engine, open_target, &failure) &&
                  run_on_board(&engine, &failure);
    ok = release(&engine, ok, &failure);
    outside = find_outside(&engine, ok);
    engine_clear(&engine);
    gint64 ms = (g_get_monotonic_time() - start) / 1000;
    inlay_report_result(sink, failure, ms, outside);
    if (!ok)
        g_propagate_error(error, g_steal_pointer(&failure));
    return ok;
}
