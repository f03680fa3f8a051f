/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/report.h"

#define PROGRESS_INTERVAL_US (G_USEC_PER_SEC / 20)

static void
set_string(JsonObject *event, const char *member, const char *text)
{
    if (text != NULL)
        json_object_set_string_member(event, member, text);
}

static void
set_range(JsonObject *event, InlayRange range)
{
    inlay_event_set_hex(event, "addr", range.addr, 8);
    json_object_set_int_member(event, "size", range.size);
}

void
inlay_report_start(const InlayEventSink *sink, const InlayJob *job)
{
    JsonObject *event = inlay_event_new("start");

    set_string(event, "command", inlay_job_kind_to_string(job->kind));
    set_string(event, "version", INLAY_VERSION);
    set_string(event, "layout", job->layout);
    set_string(event, "adapter", job->access.adapter);
    json_object_set_boolean_member(event, "dry_run", job->dry_run);
    if (job->accept_clone)
        json_object_set_boolean_member(event, "accept_clone", TRUE);
    inlay_event_emit(sink, event);
}

void
inlay_report_board(const InlayEventSink *sink, const InlayIdentity *identity)
{
    JsonObject *event = inlay_event_new("board");
    g_autofree char *uid = inlay_identity_print_uid(identity);
    JsonArray *sectors = NULL;

    set_string(event, "adapter", identity->adapter);
    set_string(event, "probe", identity->adapter_kind);
    set_string(event, "serial", identity->adapter_serial);
    set_string(event, "chip", identity->chip != NULL ? identity->chip->name : NULL);
    set_string(event, "hint", identity->chip_hint);
    inlay_event_set_hex(event, "idcode", identity->idcode, 8);
    if (identity->flash_kib > 0)
        json_object_set_int_member(event, "flash_kib", identity->flash_kib);
    if (!identity->has_no_uid)
        set_string(event, "uid", uid);
    if (identity->supply_mv > 0)
        json_object_set_int_member(event, "supply_mv", identity->supply_mv);
    if (identity->clock_khz > 0)
        json_object_set_int_member(event, "clock_khz", identity->clock_khz);
    set_string(event, "connected", identity->connected);
    set_string(event, "clone", identity->clone);
    if (identity->rdp_level > 0)
        json_object_set_int_member(event, "rdp_level", identity->rdp_level);
    for (guint i = 0; i < INLAY_MAX_SECTORS; i++) {
        if (!inlay_identity_is_protected(identity, i))
            continue;
        if (sectors == NULL)
            sectors = json_array_new();
        json_array_add_int_element(sectors, i);
    }
    if (sectors != NULL)
        json_object_set_array_member(event, "write_protected", sectors);
    inlay_event_emit(sink, event);
}

void
inlay_report_warning(const InlayEventSink *sink, const char *message)
{
    JsonObject *event = inlay_event_new("warning");

    set_string(event, "message", message);
    inlay_event_emit(sink, event);
}

static JsonObject *
piece_to_json(const InlayPiece *piece)
{
    JsonObject *object = json_object_new();

    set_range(object, piece->range);
    if (inlay_piece_is_owned(piece))
        set_string(object, "owner", piece->claim->name);
    return object;
}

static JsonObject *
sector_to_json(const InlayPlan *plan, const InlayPlanSector *sector)
{
    JsonObject *object = json_object_new();
    JsonArray *pieces = json_array_new();

    for (guint i = sector->first_piece; i < sector->first_piece + sector->n_pieces; i++)
        json_array_add_object_element(pieces,
                                      piece_to_json(&g_array_index(plan->survey, InlayPiece, i)));
    json_object_set_int_member(object, "index", sector->sector.index);
    set_range(object, sector->sector.range);
    set_string(object, "fate", inlay_sector_fate_to_string(sector->fate));
    if (sector == plan->erased_first)
        json_object_set_boolean_member(object, "erased_first", TRUE);
    json_object_set_array_member(object, "pieces", pieces);
    json_object_set_int_member(object, "program_bytes", sector->program_size);
    json_object_set_int_member(object, "preserve_bytes", sector->preserve_size);
    json_object_set_int_member(object, "restore_bytes", sector->restore_size);
    if (sector->fate == INLAY_SECTOR_ERASE) {
        const InlaySectorRun *run = sector->sector.run;
        json_object_set_int_member(object, "erase_typ_ms", run->erase_typ_ms[plan->voltage_row]);
        json_object_set_int_member(object, "erase_max_ms", run->erase_max_ms[plan->voltage_row]);
    }
    return object;
}

static void
set_steps(JsonObject *event, const InlayPlan *plan)
{
    g_autoptr(GArray) steps = inlay_plan_list_steps(plan);
    JsonArray *budget = json_array_new();

    for (guint i = 0; i < steps->len; i++) {
        const InlayPlanStep *step = &g_array_index(steps, InlayPlanStep, i);
        JsonObject *object = json_object_new();
        set_string(object, "step", step->step);
        json_object_set_int_member(object, "ms", step->ms);
        json_array_add_object_element(budget, object);
    }
    json_object_set_array_member(event, "budget", budget);
}

void
inlay_report_plan(const InlayEventSink *sink, const InlayPlan *plan)
{
    JsonObject *event = inlay_event_new("plan");
    JsonArray *sectors = json_array_new();
    g_autofree char *summary = inlay_plan_to_summary(plan);
    g_autofree char *text = inlay_plan_to_text(plan);
    guint64 program_size = 0, preserve_size = 0, restore_size = 0;
    guint typ_ms, max_ms;

    for (guint i = 0; i < inlay_chip_get_n_sectors(plan->chip); i++) {
        program_size += plan->sectors[i].program_size;
        preserve_size += plan->sectors[i].preserve_size;
        restore_size += plan->sectors[i].restore_size;
        json_array_add_object_element(sectors, sector_to_json(plan, &plan->sectors[i]));
    }
    inlay_plan_estimate(plan, &typ_ms, &max_ms);
    set_string(event, "chip", plan->chip->name);
    json_object_set_int_member(event, "width",
                               plan->chip->family->voltage[plan->voltage_row].width);
    json_object_set_array_member(event, "sectors", sectors);
    json_object_set_int_member(event, "program_bytes", (gint64)program_size);
    json_object_set_int_member(event, "preserve_bytes", (gint64)preserve_size);
    json_object_set_int_member(event, "restore_bytes", (gint64)restore_size);
    if (plan->rescue != NULL) {
        g_autofree char *time = g_date_time_format_iso8601(plan->rescue->time);
        set_string(event, "rescue", time);
    }
    json_object_set_int_member(event, "typ_ms", typ_ms);
    json_object_set_int_member(event, "max_ms", max_ms);
    set_steps(event, plan);
    set_string(event, "summary", summary);
    set_string(event, "text", text);
    inlay_event_emit(sink, event);
}

static void
emit_progress(const InlayProgress *progress)
{
    JsonObject *event = inlay_event_new("progress");

    set_string(event, "phase", progress->phase);
    json_object_set_int_member(event, "done",
                               (gint64)MIN(progress->done + progress->moved, progress->total));
    json_object_set_int_member(event, "total", (gint64)progress->total);
    inlay_event_emit(progress->sink, event);
}

void
inlay_progress_begin(InlayProgress *progress,
                     const InlayEventSink *sink,
                     const char *phase,
                     guint64 total)
{
    inlay_progress_begin_long(progress, sink, phase, total, 0);
}

void
inlay_progress_begin_long(InlayProgress *progress,
                          const InlayEventSink *sink,
                          const char *phase,
                          guint64 total,
                          guint limit_ms)
{
    JsonObject *event = inlay_event_new("phase");

    *progress = (InlayProgress){.sink = sink, .phase = phase, .total = total};
    set_string(event, "phase", phase);
    if (limit_ms > 0)
        json_object_set_int_member(event, "limit_ms", limit_ms);
    inlay_event_emit(sink, event);
}

static void
show_progress(InlayProgress *progress, gboolean is_last)
{
    gint64 now = g_get_monotonic_time();

    if (now < progress->next_event && !is_last)
        return;
    progress->next_event = now + PROGRESS_INTERVAL_US;
    emit_progress(progress);
}

void
inlay_progress_add(InlayProgress *progress, guint64 bytes)
{
    progress->moved = 0;
    progress->done += bytes;
    show_progress(progress, progress->done >= progress->total);
}

static void
on_moved_cb(guint64 bytes, gpointer user_data)
{
    InlayProgress *progress = user_data;

    progress->moved += bytes;
    show_progress(progress, FALSE);
}

void
inlay_progress_follow(InlayProgress *progress, InlayTarget *target)
{
    target->moved = progress != NULL ? on_moved_cb : NULL;
    target->moved_data = progress;
}

/* Pieces of one claim, or between two claims, that have one digest together; *n is how many. */
typedef struct {
    const InlayClaim *claim;
    InlayRange range;
    InlayDigest digest;
} Group;

static Group
take_group(const GArray *survey, const InlayDigest *digests, guint first, guint *n)
{
    const InlayPiece *piece = &g_array_index(survey, InlayPiece, first);
    Group group = {piece->claim, piece->range, digests[first]};
    guint i;

    for (i = first + 1; i < survey->len; i++) {
        const InlayPiece *next = &g_array_index(survey, InlayPiece, i);
        /* the second sum of bytes that begin within a word cannot be joined */
        if (next->claim != group.claim || next->is_unobserved || group.range.size % 4 != 0)
            break;
        group.digest =
            inlay_digest_join(group.digest, group.range.size, digests[i], next->range.size);
        group.range.size += next->range.size;
    }
    *n = i - first;
    return group;
}

void
inlay_report_digests(const InlayEventSink *sink,
                     const char *when,
                     const GArray *survey,
                     const InlayDigest *digests)
{
    guint n;

    for (guint i = 0; i < survey->len; i += n) {
        n = 1;
        if (g_array_index(survey, InlayPiece, i).is_unobserved)
            continue;
        Group group = take_group(survey, digests, i, &n);
        JsonObject *event = inlay_event_new("digest");
        set_string(event, "when", when);
        set_range(event, group.range);
        if (group.claim != NULL && group.claim->image != NULL)
            set_string(event, "owner", group.claim->name);
        else if (group.claim != NULL)
            set_string(event, "kept", group.claim->name);
        inlay_event_set_hex(event, "crc32", group.digest.crc32, 8);
        inlay_event_set_hex(event, "sum", group.digest.sum, 16);
        inlay_event_emit(sink, event);
    }
}

/* crc NULL: it is not known. */
static void
report_partition(const InlayEventSink *sink,
                 const char *name,
                 InlayRange range,
                 const char *state,
                 const guint32 *crc)
{
    JsonObject *event = inlay_event_new("partition");

    set_string(event, "name", name);
    set_range(event, range);
    set_string(event, "state", state);
    if (crc != NULL)
        inlay_event_set_hex(event, "crc32", *crc, 8);
    inlay_event_emit(sink, event);
}

static const char *
find_state(gboolean is_owned, gboolean was_equal, gboolean is_equal, InlayJobKind kind)
{
    if (!is_owned && is_equal)
        return was_equal ? "kept" : "restored";
    if (!is_owned)
        return "changed";
    if (!is_equal)
        return "differs";
    if (kind == INLAY_JOB_VERIFY)
        return "verified";
    if (was_equal)
        return "equal";
    return kind == INLAY_JOB_ERASE ? "erased" : "written";
}

void
inlay_report_partitions(const InlayEventSink *sink,
                        const InlayPlan *plan,
                        const InlayDigest *now,
                        InlayJobKind kind)
{
    const GArray *survey = plan->survey;

    for (guint i = 0; i < survey->len;) {
        const InlayClaim *claim = g_array_index(survey, InlayPiece, i).claim;
        gboolean was_equal = TRUE, is_equal = TRUE, is_observed = TRUE;
        guint32 crc = 0;
        if (claim == NULL) {
            i++;
            continue;
        }
        for (; i < survey->len && g_array_index(survey, InlayPiece, i).claim == claim; i++) {
            gsize size = g_array_index(survey, InlayPiece, i).range.size;
            crc = inlay_digest_join((InlayDigest){.crc32 = crc}, 0, now[i], size).crc32;
            was_equal &= inlay_digest_equal(plan->before[i], plan->after[i]);
            is_equal &= inlay_digest_equal(now[i], plan->after[i]);
            is_observed &= !g_array_index(survey, InlayPiece, i).is_unobserved;
        }
        if (kind == INLAY_JOB_VERIFY && claim->image == NULL)
            continue; /* it was not compared with anything */
        if (!is_observed && is_equal)
            report_partition(sink, claim->name, claim->range, "unobserved", NULL);
        else
            report_partition(sink, claim->name, claim->range,
                             find_state(claim->image != NULL, was_equal, is_equal, kind), &crc);
    }
}

/* "00ff12" */
static void
set_bytes(JsonObject *event, const char *member, const guint8 *bytes, guint n)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < n; i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    set_string(event, member, text->str);
}

void
inlay_report_difference(const InlayEventSink *sink,
                        const char *name,
                        const InlayDifference *difference)
{
    JsonObject *event = inlay_event_new("difference");

    set_string(event, "name", name);
    set_range(event, difference->range);
    json_object_set_int_member(event, "bytes", difference->n_bytes);
    set_bytes(event, "first", difference->first, difference->n_shown);
    set_bytes(event, "second", difference->second, difference->n_shown);
    inlay_event_emit(sink, event);
}

void
inlay_report_compared(const InlayEventSink *sink,
                      const char *name,
                      InlayRange range,
                      gboolean is_equal,
                      guint32 crc32)
{
    report_partition(sink, name, range, is_equal ? "same" : "differs", &crc32);
}

void
inlay_report_read(const InlayEventSink *sink, const char *name, InlayRange range, guint32 crc32)
{
    report_partition(sink, name, range, "read", &crc32);
}

void
inlay_report_check(
    const InlayEventSink *sink, const char *check, const char *state, const char *seen, gint64 ms)
{
    JsonObject *event = inlay_event_new("check");

    set_string(event, "check", check);
    set_string(event, "state", state);
    set_string(event, "seen", seen);
    json_object_set_int_member(event, "ms", ms);
    inlay_event_emit(sink, event);
}

void
inlay_report_row(const InlayEventSink *sink, const char *text)
{
    JsonObject *event = inlay_event_new("row");

    set_string(event, "text", text);
    inlay_event_emit(sink, event);
}

static JsonObject *
field_to_json(const InlayOptionField *field,
              const InlayChip *chip,
              const InlayOptionBytes *before,
              const InlayOptionBytes *bytes)
{
    JsonObject *object = json_object_new();
    g_autofree char *value = inlay_option_field_print(field, chip, bytes);
    g_autofree char *meaning = inlay_option_field_explain(field, chip, bytes);

    set_string(object, "name", inlay_option_field_get_name(field));
    set_string(object, "value", value);
    set_string(object, "meaning", meaning);
    if (before != NULL) {
        g_autofree char *old = inlay_option_field_print(field, chip, before);
        set_string(object, "before", old);
    }
    return object;
}

static gboolean
is_reported(const InlayOptionField *field,
            const InlayChip *chip,
            const InlayOptionBytes *before,
            const InlayOptionBytes *bytes,
            const GPtrArray *names)
{
    if (before != NULL) {
        g_autofree char *old = inlay_option_field_print(field, chip, before);
        g_autofree char *new = inlay_option_field_print(field, chip, bytes);
        return !g_str_equal(old, new);
    }
    for (guint i = 0; names != NULL && i < names->len; i++) {
        if (g_ascii_strcasecmp(names->pdata[i], inlay_option_field_get_name(field)) == 0)
            return TRUE;
    }
    return names == NULL || names->len == 0;
}

void
inlay_report_options(const InlayEventSink *sink,
                     const char *when,
                     const InlayChip *chip,
                     const InlayOptionBytes *before,
                     const InlayOptionBytes *bytes,
                     const GPtrArray *names,
                     gboolean erases)
{
    JsonObject *event = inlay_event_new("options");
    JsonArray *fields = json_array_new();
    const InlayOptionField *field;

    for (guint i = 0; (field = inlay_option_field_get(chip, i)) != NULL; i++) {
        if (is_reported(field, chip, before, bytes, names))
            json_array_add_object_element(fields, field_to_json(field, chip, before, bytes));
    }
    set_string(event, "when", when);
    json_object_set_array_member(event, "fields", fields);
    if (erases)
        json_object_set_int_member(event, "erases", chip->flash.size);
    inlay_event_emit(sink, event);
}

void
inlay_report_otp(const InlayEventSink *sink,
                 const char *state,
                 guint block,
                 InlayRange range,
                 const guint8 *bytes,
                 gboolean locked)
{
    JsonObject *event = inlay_event_new("otp");
    g_autofree char *hex = g_malloc(2 * (gsize)range.size + 1);

    for (guint32 i = 0; i < range.size; i++)
        g_snprintf(hex + 2 * (gsize)i, 3, "%02x", bytes[i]);
    json_object_set_int_member(event, "block", block);
    set_range(event, range);
    set_string(event, "state", state);
    set_string(event, "hex", hex);
    json_object_set_boolean_member(event, "locked", locked);
    inlay_event_emit(sink, event);
}

void
inlay_report_result(const InlayEventSink *sink,
                    const GError *failure,
                    gint64 ms,
                    const char *outside)
{
    JsonObject *event = inlay_event_new_result(failure, ms);

    set_string(event, "outside", outside);
    inlay_event_emit(sink, event);
}
