/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/selftest.h"

#include <string.h>

#include "core/commit.h"
#include "core/error.h"
#include "core/read.h"
#include "core/write.h"

#define PATTERN_SIZE (16 * 1024) /* at most: enough for many blocks of data, and soon done */

typedef struct {
    const InlaySelftest *test;
    guint n_sectors;
    guint8 *bytes;       /* of the whole flash, as read first */
    InlayDigest *before; /* one a sector, by the chip */
    GString *seen;       /* for the row */
    GString *skipped;    /* for the row */
    gint64 start_us;     /* of the check in hand */
} Run;

/* -- what is told -- */

static void
begin_check(Run *run)
{
    run->start_us = g_get_monotonic_time();
}

static gint64
elapsed_ms(const Run *run)
{
    return (g_get_monotonic_time() - run->start_us) / 1000;
}

static void
append_to_list(GString *list, const char *text)
{
    g_string_append_printf(list, "%s%s", list->len > 0 ? "; " : "", text);
}

static void G_GNUC_PRINTF(3, 4) pass(Run *run, const char *check, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *seen = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    inlay_report_check(run->test->sink, check, "passed", seen, elapsed_ms(run));
    append_to_list(run->seen, seen);
}

static void
skip(Run *run, const char *check, const char *why)
{
    g_autofree char *text = g_strdup_printf("%s (%s)", check, why);

    inlay_report_check(run->test->sink, check, "skipped", why, 0);
    append_to_list(run->skipped, text);
}

/* One line of the table in docs/hardware.md. */
static void
report_row(Run *run, const GError *failure)
{
    const InlayIdentity *identity = run->test->identity;
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *date = g_date_time_format(now, "%Y-%m-%d");
    g_autoptr(GString) row = g_string_new(NULL);

    g_string_printf(row, "| %s | %s (%s) | %s | %s, uid …%02x%02x | ", date, INLAY_VERSION,
                    INLAY_COMMIT, identity->adapter_kind, run->test->chip->name, identity->uid[10],
                    identity->uid[11]);
    g_string_append_printf(row, "%s%s%s | %s%s%s |", run->seen->str,
                           run->skipped->len > 0 ? "; **skipped:** " : "", run->skipped->str,
                           failure != NULL          ? "**failed:** "
                           : run->skipped->len == 0 ? "all passed"
                                                    : "passed, but for what was skipped",
                           failure != NULL ? inlay_error_get_info(failure)->id : "",
                           failure != NULL ? ", see the report" : "");
    inlay_report_row(run->test->sink, row->str);
}

/* -- looking -- */

static void
check_identity(Run *run)
{
    const InlayIdentity *identity = run->test->identity;

    begin_check(run);
    pass(run, "identify", "idcode 0x%08x, %u KiB", identity->idcode, identity->flash_kib);
    if (identity->supply_mv > 0)
        pass(run, "supply", "%.2f V", identity->supply_mv / 1000.0);
    else
        skip(run, "supply", "not measured by this probe");
    if (identity->clock_khz > 0)
        pass(run, "clock", "%u kHz", identity->clock_khz);
    else
        skip(run, "clock", "not told by this probe");
}

static gboolean
read_flash(Run *run, guint8 *bytes, InlayProgress *progress, GError **error)
{
    const InlaySelftest *test = run->test;

    return inlay_read_range(test->target, test->chip->flash, bytes, progress, test->cancellable,
                            error);
}

static gboolean
compare_reads(Run *run, const guint8 *first, const guint8 *second, GError **error)
{
    InlayRange flash = run->test->chip->flash;
    guint32 i = 0;

    while (i < flash.size && first[i] == second[i])
        i++;
    if (i == flash.size)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                "failed to read 0x%08x twice: 0x%02x, then 0x%02x; unless the program on the board "
                "writes to its flash",
                flash.addr + i, first[i], second[i]);
    return FALSE;
}

/* *halted stays as it is when the adapter cannot tell. */
static gboolean
look_at_core(Run *run, gboolean *halted, GError **error)
{
    const InlaySelftest *test = run->test;

    return test->target->ops->is_halted == NULL ||
           test->target->ops->is_halted(test->target, halted, test->cancellable, error);
}

/* Twice, beside the program that runs. */
static gboolean
check_read(Run *run, GError **error)
{
    guint32 size = run->test->chip->flash.size;
    g_autofree guint8 *again = g_malloc(size);
    gboolean was_halted = FALSE, is_halted = FALSE;
    InlayProgress progress;

    if (!look_at_core(run, &was_halted, error))
        return FALSE;
    begin_check(run);
    inlay_progress_begin(&progress, run->test->sink, "read", 2 * (guint64)size);
    if (!read_flash(run, run->bytes, &progress, error) ||
        !read_flash(run, again, &progress, error) || !compare_reads(run, run->bytes, again, error))
        return FALSE;
    pass(run, "read", "%u KiB read twice, the same, %" G_GINT64_FORMAT " KiB/s", size / 1024,
         2 * (gint64)(size / 1024) * 1000 / MAX(elapsed_ms(run), 1));
    if (!look_at_core(run, &is_halted, error))
        return FALSE;
    if (run->test->target->ops->is_halted == NULL)
        skip(run, "state", "this adapter does not tell");
    else if (was_halted == is_halted)
        pass(run, "state", is_halted ? "halted as it was found" : "not halted while it was read");
    else
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST,
                    "core: %s expected while it is read, found %s",
                    was_halted ? "halted" : "running", is_halted ? "halted" : "running");
    return was_halted == is_halted;
}

/* -- digests -- */

static InlaySector
get_sector(const Run *run, guint index)
{
    return inlay_chip_get_sector(run->test->chip, index);
}

/* (transfer full) One a sector; NULL on failure. */
static InlayDigest *
digest_sectors(Run *run, GError **error)
{
    const InlaySelftest *test = run->test;
    g_autofree InlayDigest *digests = g_new0(InlayDigest, run->n_sectors);
    InlayProgress progress;

    inlay_progress_begin(&progress, test->sink, "verify", test->chip->flash.size);
    for (guint i = 0; i < run->n_sectors; i++) {
        InlayRange range = get_sector(run, i).range;
        if (!inlay_check_cancelled(test->cancellable, error))
            return NULL;
        if (!test->target->ops->digest(test->target, &range, 1, &digests[i], test->cancellable,
                                       error)) {
            g_prefix_error(error, "failed to sum up 0x%08x: ", range.addr);
            return NULL;
        }
        inlay_progress_add(&progress, range.size);
    }
    return g_steal_pointer(&digests);
}

static gboolean
expect_digest(
    InlayRange range, InlayDigest expected, InlayDigest found, InlayErrorId id, GError **error)
{
    if (inlay_digest_equal(expected, found))
        return TRUE;
    g_set_error(error, INLAY_ERROR, (int)id, "0x%08x-0x%08x: crc32 0x%08x expected, got 0x%08x",
                range.addr, inlay_range_last(range), expected.crc32, found.crc32);
    return FALSE;
}

static gboolean
check_digests(Run *run, GError **error)
{
    const InlaySelftest *test = run->test;

    begin_check(run);
    if (!test->target->ops->begin(test->target, test->voltage_row, test->cancellable, error))
        return FALSE;
    run->before = digest_sectors(run, error);
    if (run->before == NULL)
        return FALSE;
    for (guint i = 0; i < run->n_sectors; i++) {
        InlayRange range = get_sector(run, i).range;
        InlayDigest read =
            inlay_digest_of(run->bytes + (range.addr - test->chip->flash.addr), range.size);
        if (!expect_digest(range, read, run->before[i], INLAY_ERROR_ADAPTER_PROTOCOL, error)) {
            g_prefix_error(error, "what was read is not what the chip sums up: ");
            return FALSE;
        }
    }
    pass(run, "digest", "%u sectors summed up on the chip as read", run->n_sectors);
    return TRUE;
}

/* -- the write round -- */

static gboolean
is_blank(const Run *run, guint sector)
{
    InlayDigest blank = inlay_digest_of_blank(get_sector(run, sector).range.size);

    return inlay_digest_equal(run->before[sector], blank);
}

/* A bootloader keeps itself, and what it starts whole. */
static gboolean
is_bootloaders(const Run *run, guint sector)
{
    InlayRange range = get_sector(run, sector).range;

    return inlay_range_overlaps(range, run->test->identity->own) ||
           inlay_range_overlaps(range, run->test->identity->boots);
}

/* The last blank sector that may be written; -1: there is none. */
static int
find_sector(const Run *run)
{
    for (int i = (int)run->n_sectors - 1; i >= 0; i--)
        if (is_blank(run, (guint)i) && !is_bootloaders(run, (guint)i) &&
            !inlay_identity_is_protected(run->test->identity, (guint)i))
            return i;
    return -1;
}

/* Every byte of it depends on its place; single bits, and none of the words blank. */
static void
fill_pattern(guint8 *bytes, guint32 size)
{
    guint32 x = 0x12345678;

    for (guint32 i = 0; i < size; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        bytes[i] = i < 256 ? (guint8)(1u << (i % 8)) : (guint8)(x & 0xfe);
    }
}

/* Should we be cut: the sector was blank, and the next run shall make it so again. */
static gboolean
save_rescue(Run *run, InlayRange range, GError **error)
{
    const InlaySelftest *test = run->test;
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autoptr(InlayRescue) rescue = inlay_rescue_new(test->chip->dev_id, test->identity->uid, now);

    inlay_rescue_add(rescue, range, INLAY_RESCUE_BLANK, NULL);
    test->rescue->is_stored = inlay_rescue_store_save(&test->rescue->store, rescue, error);
    return test->rescue->is_stored;
}

static gboolean
write_pattern(Run *run, InlaySector sector, GError **error)
{
    const InlaySelftest *test = run->test;
    guint32 size = MIN(PATTERN_SIZE, sector.range.size);
    g_autofree guint8 *wanted = g_malloc(sector.range.size);
    g_autofree guint8 *found = g_malloc(sector.range.size);
    const InlayTargetOps *ops = test->target->ops;
    InlayDigest digest;

    memset(wanted, 0xff, sector.range.size);
    fill_pattern(wanted, size);
    begin_check(run);
    if (!ops->program(test->target, sector.range.addr, wanted, size, test->cancellable, error) ||
        !ops->sync(test->target, test->cancellable, error))
        return FALSE;
    gint64 ms = elapsed_ms(run);
    if (!ops->digest(test->target, &sector.range, 1, &digest, test->cancellable, error) ||
        !expect_digest(sector.range, inlay_digest_of(wanted, sector.range.size), digest,
                       INLAY_ERROR_VERIFY_FAILED, error) ||
        !ops->read(test->target, sector.range, found, test->cancellable, error) ||
        !expect_digest(sector.range, digest, inlay_digest_of(found, sector.range.size),
                       INLAY_ERROR_ADAPTER_PROTOCOL, error))
        return FALSE;
    pass(run, "program", "%u KiB programmed in sector %u at 0x%08x in %" G_GINT64_FORMAT " ms",
         (size + 1023) / 1024, sector.index, sector.range.addr, ms);
    return TRUE;
}

/* Whether the target may be asked for more. */
static gboolean
is_usable(const GError *failure)
{
    return failure == NULL || g_error_matches(failure, INLAY_ERROR, INLAY_ERROR_CANCELLED) ||
           g_error_matches(failure, INLAY_ERROR, INLAY_ERROR_VERIFY_FAILED);
}

/* Also after a cancel, and after a failure if it can be: so it cannot be cancelled. */
static gboolean
erase_again(Run *run, InlaySector sector, GError **error)
{
    InlayTarget *target = run->test->target;
    InlayDigest digest;

    begin_check(run);
    if (!target->ops->erase(target, sector, NULL, error) || !target->ops->sync(target, NULL, error))
        return FALSE;
    gint64 ms = elapsed_ms(run);
    if (!target->ops->digest(target, &sector.range, 1, &digest, NULL, error) ||
        !expect_digest(sector.range, inlay_digest_of_blank(sector.range.size), digest,
                       INLAY_ERROR_VERIFY_FAILED, error))
        return FALSE;
    pass(run, "erase", "erased in %" G_GINT64_FORMAT " ms, blank again", ms);
    return TRUE;
}

static gboolean
check_others(Run *run, GError **error)
{
    begin_check(run);
    g_autofree InlayDigest *after = digest_sectors(run, error);
    if (after == NULL)
        return FALSE;
    for (guint i = 0; i < run->n_sectors; i++)
        if (!expect_digest(get_sector(run, i).range, run->before[i], after[i],
                           INLAY_ERROR_OUTSIDE_CHANGED, error))
            return FALSE;
    pass(run, "others", "all other sectors as before");
    return TRUE;
}

static gboolean
write_round(Run *run, InlaySector sector, GError **error)
{
    InlayProgress phase;

    if (!save_rescue(run, sector.range, error))
        return FALSE;
    inlay_progress_begin(&phase, run->test->sink, "write", 0);
    GError *failure = NULL;
    gboolean ok = write_pattern(run, sector, &failure);
    if (is_usable(failure))
        ok = erase_again(run, sector, ok ? &failure : NULL) && ok;
    if (!ok) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    return check_others(run, error) && inlay_rescue_run_close(run->test->rescue, error);
}

static gboolean
check_write(Run *run, GError **error)
{
    int sector = find_sector(run);

    if (run->test->dry_run)
        skip(run, "write", "--dry-run");
    else if (run->test->rescue->open != NULL)
        skip(run, "write", "a run on this chip was cut and shall be completed first");
    else if (sector < 0)
        skip(run, "write",
             run->test->identity->boots.size > 0
                 ? "no sector is blank, unprotected and outside what the bootloader starts"
                 : "no sector is blank and unprotected");
    else
        return write_round(run, get_sector(run, (guint)sector), error);
    return TRUE;
}

gboolean
inlay_selftest_run(const InlaySelftest *test, GError **error)
{
    Run run = {
        .test = test,
        .n_sectors = inlay_chip_get_n_sectors(test->chip),
        .bytes = g_malloc(test->chip->flash.size),
        .seen = g_string_new(NULL),
        .skipped = g_string_new(NULL),
    };
    GError *failure = NULL;

    check_identity(&run);
    gboolean ok =
        check_read(&run, &failure) && check_digests(&run, &failure) && check_write(&run, &failure);
    report_row(&run, failure);
    g_free(run.bytes);
    g_free(run.before);
    g_string_free(run.seen, TRUE);
    g_string_free(run.skipped, TRUE);
    if (!ok)
        g_propagate_error(error, failure);
    return ok;
}
