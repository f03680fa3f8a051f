/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/option-run.h"

#include <string.h>

#include "core/budget.h"
#include "core/error.h"
#include "core/rescue-store.h"
#include "core/write.h"

/* -- what the job wants -- */

static gboolean
assign_fields(const InlayBoardRun *run, InlayOptionBytes *bytes, GError **error)
{
    const GPtrArray *fields = run->job->fields;

    for (guint i = 0; i < fields->len; i++) {
        const char *assignment = fields->pdata[i];
        if (g_ascii_strncasecmp(assignment, "rdp=", 4) == 0) {
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                        "`inlay protect` or `inlay unlock` expected for read protection, got %s",
                        assignment);
            return FALSE;
        }
        if (!inlay_option_bytes_assign(run->chip, assignment, bytes, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
mark_partition(const InlayBoardRun *run, const char *name, gboolean *sectors, GError **error)
{
    const InlayPartition *partition =
        run->layout != NULL ? inlay_layout_find_partition(run->layout, name) : NULL;

    if (partition == NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "a partition of %s expected, got %s",
                    run->layout != NULL ? run->layout->path : "a layout", name);
        return FALSE;
    }
    for (guint i = 0; i < inlay_chip_get_n_sectors(run->chip); i++)
        sectors[i] |=
            inlay_range_overlaps(inlay_chip_get_sector(run->chip, i).range, partition->range);
    return TRUE;
}

/* The sectors that the job names, or all; *any says whether it names some. */
static gboolean
list_sectors(const InlayBoardRun *run, gboolean *sectors, gboolean *any, GError **error)
{
    const InlayJob *job = run->job;

    memset(sectors, 0, INLAY_MAX_SECTORS * sizeof *sectors);
    *any = job->all || job->sectors != NULL || job->names->len > 0;
    if (job->sectors != NULL || job->all) {
        const char *text = job->all ? "all" : job->sectors;
        if (!inlay_sectors_parse(run->chip, text, sectors, error))
            return FALSE;
    }
    for (guint i = 0; i < job->names->len; i++) {
        if (!mark_partition(run, job->names->pdata[i], sectors, error))
            return FALSE;
    }
    return TRUE;
}

/* Protects these sectors against writing besides those that are, or takes it off them. */
static gboolean
change_wrp(const InlayBoardRun *run,
           const gboolean *sectors,
           gboolean protect,
           InlayOptionBytes *bytes,
           GError **error)
{
    const InlayOptionField *wrp = inlay_option_field_find(run->chip, "wrp");
    gboolean wanted[INLAY_MAX_SECTORS] = {0};

    for (guint i = 0; i < inlay_chip_get_n_sectors(run->chip); i++)
        wanted[i] = sectors[i] ? protect : inlay_option_bytes_is_protected(run->chip, bytes, i);
    g_autofree char *text = inlay_sectors_print(run->chip, wanted);
    return inlay_option_field_set(wrp, run->chip, text, bytes, error);
}

static gboolean
protect(const InlayBoardRun *run, InlayOptionBytes *bytes, GError **error)
{
    const InlayJob *job = run->job;
    guint level = job->for_ever ? 2 : job->read ? 1 : 0;
    gboolean sectors[INLAY_MAX_SECTORS], any;

    if (!list_sectors(run, sectors, &any, error))
        return FALSE;
    if (!any && level == 0) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "what to protect expected: against reading, or sectors against writing");
        return FALSE;
    }
    return (!any || change_wrp(run, sectors, TRUE, bytes, error)) &&
           (level == 0 ||
            inlay_option_bytes_set_rdp(
                run->chip, MAX(level, inlay_option_bytes_get_rdp(run->chip, bytes)), bytes, error));
}

static gboolean
unlock(const InlayBoardRun *run, InlayOptionBytes *bytes, GError **error)
{
    gboolean sectors[INLAY_MAX_SECTORS], any;

    if (!list_sectors(run, sectors, &any, error))
        return FALSE;
    for (guint i = 0; i < INLAY_MAX_SECTORS && !any; i++)
        sectors[i] = TRUE;
    if (!run->job->write && inlay_option_bytes_get_rdp(run->chip, bytes) > 0) {
        inlay_option_bytes_drop_pcrop(run->chip, bytes); /* it goes with the flash */
        inlay_option_bytes_set_rdp(run->chip, 0, bytes, NULL);
    }
    return change_wrp(run, sectors, FALSE, bytes, error);
}

/* Makes of the option bytes what the job wants. */
static gboolean
change(const InlayBoardRun *run, InlayOptionBytes *bytes, GError **error)
{
    switch (run->job->kind) {
    case INLAY_JOB_OPTION_SET:
        return assign_fields(run, bytes, error);
    case INLAY_JOB_PROTECT:
        return protect(run, bytes, error);
    case INLAY_JOB_UNLOCK:
        return unlock(run, bytes, error);
    default:
        g_return_val_if_reached(FALSE);
    }
}

/* -- doing it -- */

/* Whether the chip will erase its whole flash when it is given these. */
static gboolean
erases_all(const InlayChip *chip, const InlayOptionBytes *before, const InlayOptionBytes *after)
{
    return inlay_option_bytes_get_rdp(chip, before) == 1 &&
           inlay_option_bytes_get_rdp(chip, after) == 0;
}

static gboolean
check_confirmed(const InlayBoardRun *run,
                const InlayOptionBytes *before,
                const InlayOptionBytes *after,
                GError **error)
{
    const InlayChip *chip = run->chip;

    if (erases_all(chip, before, after) && run->job->confirmed != INLAY_CONFIRMED_ERASE) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_UNCONFIRMED,
                    "taking off read protection erases all %u KiB of %s", chip->flash.size / 1024,
                    chip->name);
        return FALSE;
    }
    if (inlay_option_bytes_get_rdp(chip, after) == 2 &&
        run->job->confirmed != INLAY_CONFIRMED_FOR_EVER) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_UNCONFIRMED,
                    "read protection level 2 locks %s for ever: nobody can debug it, change its "
                    "option bytes or unlock it again",
                    chip->name);
        return FALSE;
    }
    return TRUE;
}

/* Programming them erases cells as large as the first sector's at most; and no mass erase takes
 * longer than its sectors one by one. At the least supply, as nobody says how the chip drives it. */
static guint
find_limit_ms(const InlayChip *chip, gboolean erases)
{
    guint ms = inlay_chip_get_sector(chip, 0).run->erase_max_ms[0];

    for (guint i = 0; erases && i < inlay_chip_get_n_sectors(chip); i++)
        ms += inlay_chip_get_sector(chip, i).run->erase_max_ms[0];
    return ms * (100 + INLAY_BUDGET_FLASH_MARGIN) / 100;
}

static gboolean
check_taken(const InlayChip *chip,
            const InlayOptionBytes *expected,
            const InlayOptionBytes *found,
            GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const InlayOptionField *field;

    if (inlay_option_bytes_equal(chip, expected, found) && !found->is_damaged)
        return TRUE;
    for (guint i = 0; (field = inlay_option_field_get(chip, i)) != NULL; i++) {
        g_autofree char *wanted = inlay_option_field_print(field, chip, expected);
        g_autofree char *got = inlay_option_field_print(field, chip, found);
        if (!g_str_equal(wanted, got))
            g_string_append_printf(text, "%s%s: %s expected, found %s", text->len > 0 ? "; " : "",
                                   inlay_option_field_get_name(field), wanted, got);
    }
    if (text->len == 0)
        g_string_printf(text, "0x%08x 0x%08x expected, found 0x%08x 0x%08x%s", expected->words[0],
                        expected->words[1], found->words[0], found->words[1],
                        found->is_damaged ? ", damaged" : "");
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_OPTIONS_FAILED, "after a reset: %s", text->str);
    return FALSE;
}

/* The chip was erased by its unlocking: it must be blank, and what a rescue file has of it is void. */
static gboolean
check_blank(const InlayBoardRun *run, GError **error)
{
    const InlayTargetOps *ops = run->target->ops;
    guint n = inlay_chip_get_n_sectors(run->chip);
    InlayProgress progress;

    inlay_progress_begin(&progress, run->sink, "verify", run->chip->flash.size);
    if (!ops->begin(run->target, run->voltage_row, run->cancellable, error))
        return FALSE;
    for (guint i = 0; i < n; i++) {
        InlayRange range = inlay_chip_get_sector(run->chip, i).range;
        InlayDigest digest;
        if (!ops->digest(run->target, &range, 1, &digest, run->cancellable, error))
            return FALSE;
        if (!inlay_digest_equal(digest, inlay_digest_of_blank(range.size))) {
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_VERIFY_FAILED,
                        "sector %u at 0x%08x: blank expected after unlocking, found other bytes", i,
                        range.addr);
            return FALSE;
        }
        inlay_progress_add(&progress, range.size);
    }
    return TRUE;
}

/* The unique id was perhaps not to be had while the chip was locked. */
static gboolean
drop_rescue(const InlayBoardRun *run, GError **error)
{
    InlayRescueStore store;
    guint8 uid[12];
    InlayRange range = {run->chip->family->uid_addr, sizeof uid};
    gboolean ok;

    if (!run->target->ops->read(run->target, range, uid, run->cancellable, error))
        return FALSE;
    inlay_rescue_store_init(&store, run->chip, uid);
    ok = inlay_rescue_store_remove(&store, error);
    inlay_rescue_store_clear(&store);
    return ok;
}

static gboolean
write_options(const InlayBoardRun *run,
              const InlayOptionBytes *before,
              const InlayOptionBytes *after,
              GError **error)
{
    const InlayTargetOps *ops = run->target->ops;
    gboolean erases = erases_all(run->chip, before, after);
    guint limit_ms = find_limit_ms(run->chip, erases);
    InlayOptionBytes found = {0};
    InlayProgress phase;

    if (!inlay_check_cancelled(run->cancellable, error))
        return FALSE;
    inlay_progress_begin_long(&phase, run->sink, "options", 0, limit_ms);
    if (!ops->write_options(run->target, after, limit_ms, error)) {
        g_prefix_error(error, "failed to write the option bytes: ");
        return FALSE;
    }
    if (inlay_option_bytes_get_rdp(run->chip, after) == 2)
        return TRUE; /* it answers no more */
    if (!ops->read_options(run->target, &found, NULL, error)) {
        g_prefix_error(error, "failed to read the option bytes back: ");
        return FALSE;
    }
    inlay_report_options(run->sink, "after", run->chip, NULL, &found, NULL, FALSE);
    return check_taken(run->chip, after, &found, error) &&
           (!erases || (check_blank(run, error) && drop_rescue(run, error)));
}

static void
say_what_remains(const InlayBoardRun *run,
                 const InlayOptionBytes *before,
                 const InlayOptionBytes *after)
{
    if (inlay_option_bytes_get_rdp(run->chip, after) >
        inlay_option_bytes_get_rdp(run->chip, before))
        inlay_report_warning(run->sink,
                             "power the board off and on: only then the read protection is whole, "
                             "and until then its program may not run");
}

static gboolean
get_options(const InlayBoardRun *run, const InlayOptionBytes *bytes, GError **error)
{
    const GPtrArray *names = run->job->fields;

    for (guint i = 0; i < names->len; i++) {
        if (inlay_option_field_find(run->chip, names->pdata[i]) == NULL)
            return inlay_option_fail_field(run->chip, names->pdata[i], error);
    }
    inlay_report_options(run->sink, "now", run->chip, NULL, bytes, names, FALSE);
    return TRUE;
}

gboolean
inlay_option_run(const InlayBoardRun *run, GError **error)
{
    InlayOptionBytes before = {0}, after;

    if (inlay_option_field_get(run->chip, 0) == NULL || run->target->ops->read_options == NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_CHIP_LACKS,
                    "%s: option bytes that Inlay knows expected, found none", run->chip->name);
        return FALSE;
    }
    if (!run->target->ops->read_options(run->target, &before, run->cancellable, error))
        return FALSE;
    if (before.is_damaged)
        inlay_report_warning(
            run->sink, inlay_option_bytes_get_rdp(run->chip, &before) > 0
                           ? "the option bytes are damaged, as a cut leaves them, and so the chip "
                             "has locked itself: `inlay unlock` opens it, and erases its flash"
                           : "the option bytes are damaged, as a cut leaves them: writing any of "
                             "them (`inlay option set`, `inlay unlock`) mends them");
    if (run->job->kind == INLAY_JOB_OPTION_GET)
        return get_options(run, &before, error);
    after = before;
    if (!change(run, &after, error))
        return FALSE;
    inlay_report_options(run->sink, "planned", run->chip, &before, &after, NULL,
                         erases_all(run->chip, &before, &after));
    if (run->job->dry_run)
        return TRUE;
    if (inlay_option_bytes_equal(run->chip, &before, &after) && !before.is_damaged)
        return TRUE;
    if (!check_confirmed(run, &before, &after, error) ||
        !write_options(run, &before, &after, error))
        return FALSE;
    say_what_remains(run, &before, &after);
    return TRUE;
}
