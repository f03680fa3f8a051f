/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/preserve.h"

#include "core/error.h"
#include "core/write.h"

typedef struct {
    InlayTarget *target;
    InlayPlan *plan;
    GPtrArray *preserved;
    InlayProgress progress;
} Reader;

static const InlayPiece *
get_piece(const InlayPlan *plan, guint index)
{
    return &g_array_index(plan->survey, InlayPiece, index);
}

/* (transfer full), or NULL */
static GBytes *
read_range(Reader *reader, InlayRange range, GCancellable *cancellable, GError **error)
{
    guint8 *bytes = g_malloc(range.size);
    GBytes *taken = g_bytes_new_take(bytes, range.size);

    inlay_progress_follow(&reader->progress, reader->target);
    gboolean ok = inlay_check_cancelled(cancellable, error) &&
                  reader->target->ops->read(reader->target, range, bytes, cancellable, error);
    inlay_progress_follow(NULL, reader->target);
    if (ok)
        return taken;
    g_prefix_error(error, "failed to read 0x%08x: ", range.addr);
    g_bytes_unref(taken);
    return NULL;
}

static InlayDigest
digest_bytes(GBytes *bytes)
{
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);

    return inlay_digest_of(data, size);
}

/* What is read here is the only copy once the sector is erased: it has to be what the chip summed
 * up. */
static gboolean
check_read(InlayRange range, InlayDigest expected, InlayDigest found, GError **error)
{
    if (inlay_digest_equal(found, expected))
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                "failed to read 0x%08x-0x%08x: crc32 0x%08x expected, got 0x%08x", range.addr,
                inlay_range_last(range), expected.crc32, found.crc32);
    return FALSE;
}

static gboolean
read_piece(Reader *reader, guint index, GCancellable *cancellable, GError **error)
{
    const InlayPiece *piece = get_piece(reader->plan, index);
    g_autoptr(GBytes) bytes = read_range(reader, piece->range, cancellable, error);

    if (bytes == NULL)
        return FALSE;
    InlayDigest found = digest_bytes(bytes);
    if (piece->rescue != NULL) /* unfinished: bits between 0 and 1 are as they are read now */
        reader->plan->before[index] = reader->plan->after[index] = found;
    else if (!check_read(piece->range, reader->plan->before[index], found, error))
        return FALSE;
    reader->preserved->pdata[index] = g_steal_pointer(&bytes);
    inlay_progress_add(&reader->progress, piece->range.size);
    return TRUE;
}

static gboolean
read_sector(Reader *reader,
            const InlayPlanSector *sector,
            GCancellable *cancellable,
            GError **error)
{
    for (guint i = sector->first_piece; i < sector->first_piece + sector->n_pieces; i++) {
        const InlayPiece *piece = get_piece(reader->plan, i);
        if (!inlay_plan_must_preserve(reader->plan, sector, i))
            continue;
        if (inlay_piece_is_restored(piece))
            reader->preserved->pdata[i] = g_bytes_new(
                inlay_rescue_get_bytes(piece->rescue, piece->range.addr), piece->range.size);
        else if (!read_piece(reader, i, cancellable, error))
            return FALSE;
    }
    return TRUE;
}

static void
bytes_free(gpointer bytes)
{
    g_bytes_unref(bytes);
}

GPtrArray *
inlay_preserve_read(InlayTarget *target,
                    InlayPlan *plan,
                    const InlayEventSink *sink,
                    GCancellable *cancellable,
                    GError **error)
{
    g_autoptr(GPtrArray) preserved = g_ptr_array_new_with_free_func(bytes_free);
    Reader reader = {.target = target, .plan = plan, .preserved = preserved};
    guint64 total = 0;

    g_ptr_array_set_size(preserved, (int)plan->survey->len);
    for (guint i = 0; i < plan->n_order; i++)
        total += plan->sectors[plan->order[i]].preserve_size;
    if (total > 0)
        inlay_progress_begin(&reader.progress, sink, "preserve", total);
    for (guint i = 0; i < plan->n_order; i++) {
        if (!read_sector(&reader, &plan->sectors[plan->order[i]], cancellable, error))
            return NULL;
    }
    return g_steal_pointer(&preserved);
}

static void
add_sector(InlayRescue *rescue,
           const InlayPlan *plan,
           const GPtrArray *preserved,
           const InlayPlanSector *sector)
{
    for (guint i = sector->first_piece; i < sector->first_piece + sector->n_pieces; i++) {
        InlayRange range = get_piece(plan, i)->range;
        GBytes *bytes = preserved->pdata[i];
        if (inlay_piece_is_owned(get_piece(plan, i)))
            inlay_rescue_add(rescue, range, INLAY_RESCUE_UNFINISHED, NULL);
        else if (bytes != NULL)
            inlay_rescue_add(rescue, range, INLAY_RESCUE_SAVED, bytes);
        else if (sector->fate == INLAY_SECTOR_ERASE)
            inlay_rescue_add(rescue, range, INLAY_RESCUE_BLANK, NULL);
    }
}

InlayRescue *
inlay_preserve_to_rescue(const InlayPlan *plan,
                         const GPtrArray *preserved,
                         const guint8 *uid,
                         GDateTime *now)
{
    InlayRescue *rescue = inlay_rescue_new(plan->chip->dev_id, uid, now);

    for (guint i = 0; i < inlay_chip_get_n_sectors(plan->chip); i++) {
        if (plan->sectors[i].fate >= INLAY_SECTOR_PROGRAM)
            add_sector(rescue, plan, preserved, &plan->sectors[i]);
    }
    return rescue;
}
