/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/observe.h"

#include "core/write.h"

#define BATCH 16                 /* pieces a call, so that progress is seen, */
#define BATCH_BYTES (512 * 1024) /* and bytes, or one piece that has more */

static const InlayPiece *
get_piece(const GArray *survey, guint index)
{
    return &g_array_index(survey, InlayPiece, index);
}

/* Observed pieces from *next on, at most BATCH of them; returns what they have together. */
static guint64
take_batch(const GArray *survey, guint *next, guint *batch, guint *n)
{
    guint64 size = 0;

    for (*n = 0; *next < survey->len && *n < BATCH && size < BATCH_BYTES; ++*next) {
        const InlayPiece *piece = get_piece(survey, *next);
        if (piece->is_unobserved)
            continue;
        batch[(*n)++] = *next;
        size += piece->range.size;
    }
    return size;
}

static gboolean
digest_batch(InlayTarget *target,
             const GArray *survey,
             const guint *batch,
             guint n,
             InlayDigest *digests,
             GCancellable *cancellable,
             GError **error)
{
    InlayRange ranges[BATCH];
    InlayDigest found[BATCH];

    for (guint i = 0; i < n; i++)
        ranges[i] = get_piece(survey, batch[i])->range;
    if (!inlay_check_cancelled(cancellable, error))
        return FALSE;
    if (!target->ops->digest(target, ranges, n, found, cancellable, error)) {
        g_prefix_error(error, "failed to sum up the flash from 0x%08x: ", ranges[0].addr);
        return FALSE;
    }
    for (guint i = 0; i < n; i++)
        digests[batch[i]] = found[i];
    return TRUE;
}

static guint64
get_observed_size(const GArray *survey)
{
    guint64 size = 0;

    for (guint i = 0; i < survey->len; i++)
        size += get_piece(survey, i)->is_unobserved ? 0 : get_piece(survey, i)->range.size;
    return size;
}

InlayDigest *
inlay_observe(InlayTarget *target,
              const GArray *survey,
              const char *phase,
              const InlayEventSink *sink,
              GCancellable *cancellable,
              GError **error)
{
    g_autofree InlayDigest *digests = g_new0(InlayDigest, survey->len);
    guint batch[BATCH], n, next = 0;
    InlayProgress progress;
    guint64 size;

    inlay_progress_begin(&progress, sink, phase, get_observed_size(survey));
    while ((size = take_batch(survey, &next, batch, &n)) > 0) {
        inlay_progress_follow(&progress, target);
        gboolean ok = digest_batch(target, survey, batch, n, digests, cancellable, error);
        inlay_progress_follow(NULL, target);
        if (!ok)
            return NULL;
        inlay_progress_add(&progress, size);
    }
    return g_steal_pointer(&digests);
}

gboolean
inlay_observe_is_whole(const GArray *survey)
{
    for (guint i = 0; i < survey->len; i++) {
        if (get_piece(survey, i)->is_unobserved)
            return FALSE;
    }
    return TRUE;
}

static void
append_difference(GString *text, const InlayPiece *piece, InlayDigest expected, InlayDigest found)
{
    g_string_append_printf(text, "%s%s%s0x%08x-0x%08x: ", text->len > 0 ? "; " : "",
                           piece->claim != NULL ? piece->claim->name : "",
                           piece->claim != NULL ? " " : "", piece->range.addr,
                           inlay_range_last(piece->range));
    if (expected.crc32 != found.crc32)
        g_string_append_printf(text, "crc32 0x%08x expected, got 0x%08x", expected.crc32,
                               found.crc32);
    else
        g_string_append_printf(
            text, "sum 0x%016" G_GINT64_MODIFIER "x expected, got 0x%016" G_GINT64_MODIFIER "x",
            expected.sum, found.sum);
}

gboolean
inlay_observe_check(const InlayPlan *plan,
                    const InlayDigest *found,
                    gboolean owned,
                    InlayErrorId id,
                    GError **error)
{
    g_autoptr(GString) detail = g_string_new(NULL);
    const InlayClaim *last = NULL;

    for (guint i = 0; i < plan->survey->len; i++) {
        const InlayPiece *piece = &g_array_index(plan->survey, InlayPiece, i);
        if (inlay_piece_is_owned(piece) != owned || inlay_digest_equal(found[i], plan->after[i]) ||
            (piece->claim != NULL && piece->claim == last))
            continue;
        append_difference(detail, piece, plan->after[i], found[i]);
        last = piece->claim;
    }
    if (detail->len == 0)
        return TRUE;
    g_set_error_literal(error, INLAY_ERROR, (int)id, detail->str);
    return FALSE;
}
