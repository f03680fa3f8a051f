/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/write.h"

#include <string.h>

#include "core/budget.h"
#include "core/error.h"

typedef struct {
    InlayTarget *target;
    const InlayPlan *plan;
    const GPtrArray *preserved; /* of GBytes, one a piece; not owned */
    gboolean is_withheld;       /* what boots cannot be started */
    guint64 pending_ms;         /* what was posted since the last sync may take so long */
    InlayProgress progress;
} Writer;

gboolean
inlay_check_cancelled(GCancellable *cancellable, GError **error)
{
    if (!g_cancellable_is_cancelled(cancellable))
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_CANCELLED, "cancelled by the user or the station");
    return FALSE;
}

static const InlayPiece *
get_piece(const Writer *writer, guint index)
{
    return &g_array_index(writer->plan->survey, InlayPiece, index);
}

static gboolean
is_written(const Writer *writer, const InlayPlanSector *sector, guint index)
{
    const InlayPlan *plan = writer->plan;

    if (sector->fate == INLAY_SECTOR_ERASE)
        return TRUE;
    return inlay_piece_is_owned(get_piece(writer, index)) &&
           !inlay_digest_equal(plan->before[index], plan->after[index]);
}

static void
fill(const Writer *writer, guint index, guint8 *out)
{
    const InlayPiece *piece = get_piece(writer, index);
    GBytes *preserved = writer->preserved->pdata[index];

    if (inlay_piece_is_owned(piece))
        inlay_piece_compose(piece, out);
    else if (preserved != NULL)
        memcpy(out, g_bytes_get_data(preserved, NULL), piece->range.size);
    else
        memset(out, 0xff, piece->range.size);
}

static gboolean
program(Writer *writer, guint32 addr, const guint8 *bytes, guint32 size, GError **error)
{
    if (size == 0 || writer->target->ops->program(writer->target, addr, bytes, size, NULL, error))
        return TRUE;
    g_prefix_error(error, "failed to program 0x%08x-0x%08x: ", addr, addr + size - 1);
    return FALSE;
}

/* Neighbouring pieces go in one call, so that a unit that holds bytes of both is programmed once. The
 * vectors of what boots come last. */
static gboolean
program_sector(Writer *writer, const InlayPlanSector *sector, GError **error)
{
    const InlayRange *boots = &writer->plan->boots;
    g_autofree guint8 *bytes = g_malloc(sector->sector.range.size);
    guint end = sector->first_piece + sector->n_pieces;
    guint8 vectors[INLAY_PLAN_VECTORS];
    guint32 n_vectors = 0;

    for (guint i = sector->first_piece; i < end; i++) {
        guint32 addr = get_piece(writer, i)->range.addr;
        guint32 size = 0;
        for (; i < end && is_written(writer, sector, i); i++) {
            fill(writer, i, bytes + size);
            size += get_piece(writer, i)->range.size;
        }
        guint32 held = boots->size > 0 && addr == boots->addr ? MIN(size, sizeof vectors) : 0;
        memcpy(vectors, bytes, held);
        n_vectors += held;
        if (!program(writer, addr + held, bytes + held, size - held, error))
            return FALSE;
    }
    return program(writer, boots->addr, vectors, n_vectors, error);
}

/* A target that takes many operations at once may be busy with them for longer than a worker may be
 * silent. */
static gboolean
make_room(Writer *writer, guint64 datasheet_ms, GError **error)
{
    guint64 limit_ms = datasheet_ms * (100 + INLAY_BUDGET_FLASH_MARGIN) / 100;

    if (writer->pending_ms > 0 &&
        writer->pending_ms + limit_ms > inlay_budget_get_ms(INLAY_BUDGET_SILENCE)) {
        if (!writer->target->ops->sync(writer->target, NULL, error))
            return FALSE;
        writer->pending_ms = 0;
    }
    writer->pending_ms += limit_ms;
    return TRUE;
}

static guint64
get_erase_ms(const Writer *writer, const InlayPlanSector *sector)
{
    return sector->sector.run->erase_max_ms[writer->plan->voltage_row];
}

static guint64
get_program_ms(const Writer *writer, const InlayPlanSector *sector)
{
    const InlayPlan *plan = writer->plan;
    const InlayChipFamily *family = plan->chip->family;
    guint64 units = sector->sector.range.size / family->voltage[plan->voltage_row].width;

    return units * family->program_max_us / 1000;
}

static gboolean
erase_sector(Writer *writer, const InlayPlanSector *sector, GError **error)
{
    if (writer->target->ops->erase(writer->target, sector->sector, NULL, error))
        return TRUE;
    g_prefix_error(error, "failed to erase sector %u at 0x%08x: ", sector->sector.index,
                   sector->sector.range.addr);
    return FALSE;
}

/* Without a cancellable: a sector that was begun is completed. */
static gboolean
write_sector(Writer *writer, const InlayPlanSector *sector, GError **error)
{
    gboolean is_erased = sector == writer->plan->erased_first;
    gboolean erases = sector->fate == INLAY_SECTOR_ERASE && !is_erased;
    guint64 ms = (erases ? get_erase_ms(writer, sector) : 0) +
                 (sector->blank_after ? 0 : get_program_ms(writer, sector));

    writer->is_withheld &= !is_erased;
    return make_room(writer, ms, error) && (!erases || erase_sector(writer, sector, error)) &&
           (sector->blank_after || program_sector(writer, sector, error));
}

static gboolean
erase_first(Writer *writer, GError **error)
{
    const InlayPlanSector *sector = writer->plan->erased_first;

    writer->is_withheld = sector != NULL;
    return sector == NULL || (make_room(writer, get_erase_ms(writer, sector), error) &&
                              erase_sector(writer, sector, error));
}

static gboolean
check_goes_on(Writer *writer, GCancellable *cancellable, GError **error)
{
    if (inlay_check_cancelled(cancellable, error))
        return TRUE;
    if (writer->is_withheld)
        g_prefix_error(error, "what boots from 0x%08x is erased until the job has run to its end: ",
                       writer->plan->boots.addr);
    /* the first error counts; what is posted ends within its budget or the board is let go as it
     * is */
    writer->target->ops->sync(writer->target, NULL, NULL);
    return FALSE;
}

static gboolean
write_sectors(Writer *writer, GCancellable *cancellable, GError **error)
{
    guint32 size = 0;

    if (!inlay_check_cancelled(cancellable, error) || !erase_first(writer, error))
        return FALSE;
    for (guint i = 0; i < writer->plan->n_order; i++) {
        const InlayPlanSector *sector = &writer->plan->sectors[writer->plan->order[i]];
        if (!check_goes_on(writer, cancellable, error))
            return FALSE;
        /* a sector's bytes count when the next one is begun, the last one's after the sync: what
         * was posted is not yet done */
        if (size > 0)
            inlay_progress_add(&writer->progress, size);
        if (!write_sector(writer, sector, error))
            return FALSE;
        size = sector->sector.range.size;
    }
    if (!writer->target->ops->sync(writer->target, NULL, error))
        return FALSE;
    if (size > 0)
        inlay_progress_add(&writer->progress, size);
    return TRUE;
}

gboolean
inlay_write_plan(InlayTarget *target,
                 const InlayPlan *plan,
                 const GPtrArray *preserved,
                 guint bytes_per_s,
                 const InlayEventSink *sink,
                 GCancellable *cancellable,
                 GError **error)
{
    Writer writer = {.target = target, .plan = plan, .preserved = preserved};
    guint64 total = 0;
    guint32 longest = 0;

    for (guint i = 0; i < plan->n_order; i++) {
        guint32 size = plan->sectors[plan->order[i]].sector.range.size;
        total += size;
        longest = MAX(longest, size);
    }
    guint wire_ms = bytes_per_s > 0 ? (guint)(longest * (guint64)1000 / bytes_per_s) : 0;
    /* On a cancel the sector in hand is completed, behind the one before it. */
    inlay_progress_begin_long(&writer.progress, sink, "write", total,
                              2 * (inlay_plan_get_longest_ms(plan) + wire_ms));
    inlay_progress_follow(&writer.progress, target);
    gboolean ok = write_sectors(&writer, cancellable, error);
    inlay_progress_follow(NULL, target);
    return ok;
}
