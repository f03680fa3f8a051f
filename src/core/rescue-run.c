/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/rescue-run.h"

#include <string.h>

#include "core/error.h"
#include "core/preserve.h"

gboolean
inlay_rescue_run_load(InlayRescueRun *run,
                      const InlayChip *chip,
                      const guint8 *uid,
                      gboolean accept_loss,
                      GError **error)
{
    memcpy(run->uid, uid, sizeof run->uid);
    inlay_rescue_store_init(&run->store, chip, uid);
    if (!inlay_rescue_store_load(&run->store, chip, uid, &run->open, error))
        return FALSE;
    if (run->open != NULL && accept_loss)
        inlay_rescue_accept_loss(run->open);
    return TRUE;
}

void
inlay_rescue_run_clear(InlayRescueRun *run)
{
    g_clear_pointer(&run->open, inlay_rescue_free);
    inlay_rescue_store_clear(&run->store);
}

static void
append_place(GString *list, const InlayPiece *piece)
{
    g_string_append_printf(list, "%s%s%s0x%08x-0x%08x", list->len > 0 ? ", " : "",
                           piece->claim != NULL ? piece->claim->name : "",
                           piece->claim != NULL ? " " : "", piece->range.addr,
                           inlay_range_last(piece->range));
}

gboolean
inlay_rescue_run_check_pieces(const InlayRescueRun *run,
                              const GArray *survey,
                              const InlayEventSink *sink,
                              GError **error)
{
    g_autoptr(GString) lost = g_string_new(NULL);
    g_autoptr(GString) unfinished = g_string_new(NULL);

    if (run->open == NULL)
        return TRUE;
    for (guint i = 0; i < survey->len; i++) {
        const InlayPiece *piece = &g_array_index(survey, InlayPiece, i);
        if (piece->rescue != NULL && piece->rescue->kind == INLAY_RESCUE_ELSEWHERE)
            append_place(lost, piece);
        if (piece->rescue != NULL && piece->rescue->kind == INLAY_RESCUE_UNFINISHED)
            append_place(unfinished, piece);
    }
    g_autofree char *time = inlay_rescue_print_time(run->open);
    if (lost->len > 0) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_RESCUE_MISSING,
                    "%s: expected the bytes that the run of %s saved, found no file; lost: %s",
                    run->store.rescue_path, time, lost->str);
        return FALSE;
    }
    if (unfinished->len == 0)
        return TRUE;
    g_autofree char *warning =
        g_strdup_printf("the run of %s was cut while it wrote %s, which this job leaves unfinished",
                        time, unfinished->str);
    inlay_report_warning(sink, warning);
    return TRUE;
}

/* What is erased without having been stored on a disk is gone if anything goes wrong: so this comes
 * before the first erase, and without it there is none. Where nothing foreign is at stake, only the
 * list of open sectors would be lost, so that a retry of this run, should it be cut, goes by digests:
 * a remote risk, and no reason to refuse whole boards on a computer with a read-only disk. */
gboolean
inlay_rescue_run_save(InlayRescueRun *run,
                      const InlayPlan *plan,
                      const GPtrArray *preserved,
                      const InlayEventSink *sink,
                      GError **error)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autoptr(InlayRescue) rescue = inlay_preserve_to_rescue(plan, preserved, run->uid, now);
    g_autoptr(GError) unwritable = NULL;

    if (plan->n_order == 0)
        return TRUE;
    run->is_stored = inlay_rescue_store_save(&run->store, rescue, &unwritable);
    if (run->is_stored)
        return TRUE;
    if (run->open == NULL) /* half of it is worse than nothing */
        inlay_rescue_store_remove(&run->store, NULL);
    if (run->open != NULL || inlay_rescue_has(rescue, INLAY_RESCUE_SAVED)) {
        g_propagate_error(error, g_steal_pointer(&unwritable));
        return FALSE;
    }
    g_autofree char *warning =
        g_strdup_printf("should this run be cut, the next will not know: %s", unwritable->message);
    inlay_report_warning(sink, warning);
    return TRUE;
}

gboolean
inlay_rescue_run_close(const InlayRescueRun *run, GError **error)
{
    return (run->open == NULL && !run->is_stored) || inlay_rescue_store_remove(&run->store, error);
}

gboolean
inlay_rescue_run_check_closed(const InlayRescueRun *run, const InlayPlan *plan, GError **error)
{
    g_autoptr(GString) open = g_string_new(NULL);

    for (guint i = 0; i < inlay_chip_get_n_sectors(plan->chip); i++) {
        InlayRange range = plan->sectors[i].sector.range;
        if (inlay_rescue_is_open(run->open, range))
            g_string_append_printf(open, "%s%u at 0x%08x", open->len > 0 ? ", " : "", i,
                                   range.addr);
    }
    if (open->len == 0)
        return TRUE;
    g_autofree char *time = inlay_rescue_print_time(run->open);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_VERIFY_FAILED,
                "the run of %s was cut: no digest is evidence for what it left open: sector %s",
                time, open->str);
    return FALSE;
}
