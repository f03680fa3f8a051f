/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/suspect.h"

#define BORDER 16u /* bytes looked at: of a program's end, hardly ever all 0xFF */

static const InlayPiece *
get_piece(const InlayPlan *plan, guint index)
{
    return &g_array_index(plan->survey, InlayPiece, index);
}

static gboolean
is_blank_sector(const InlayPlan *plan, const InlayPlanSector *sector)
{
    for (guint i = sector->first_piece; i < sector->first_piece + sector->n_pieces; i++) {
        InlayDigest blank = inlay_digest_of_blank(get_piece(plan, i)->range.size);
        if (!inlay_digest_equal(plan->before[i], blank))
            return FALSE;
    }
    return TRUE;
}

/* Both of one kept partition, on both sides of a sector's border. */
static gboolean
is_split(const InlayPlan *plan, guint inside, guint outside)
{
    const InlayClaim *claim = get_piece(plan, inside)->claim;

    return outside < plan->survey->len && claim != NULL && claim->image == NULL &&
           get_piece(plan, outside)->claim == claim;
}

/* Of the piece outside, the bytes next to the border. */
static InlayRange
find_border(const InlayPlan *plan, guint inside, guint outside)
{
    InlayRange range = get_piece(plan, outside)->range;
    guint32 size = MIN(BORDER, range.size);

    return (InlayRange){outside < inside ? (guint32)inlay_range_end(range) - size : range.addr,
                        size};
}

static gboolean
suspect_piece(InlayTarget *target,
              const InlayPlan *plan,
              guint inside,
              guint outside,
              const InlayEventSink *sink,
              GCancellable *cancellable,
              GError **error)
{
    const InlayPiece *piece = get_piece(plan, inside);
    guint8 bytes[BORDER];

    if (!is_split(plan, inside, outside))
        return TRUE;
    InlayRange border = find_border(plan, inside, outside);
    if (!target->ops->read(target, border, bytes, cancellable, error)) {
        g_prefix_error(error, "failed to read 0x%08x: ", border.addr);
        return FALSE;
    }
    if (inlay_digest_equal(inlay_digest_of(bytes, border.size), inlay_digest_of_blank(border.size)))
        return TRUE;
    g_autofree char *warning = g_strdup_printf(
        "%s is blank at 0x%08x-0x%08x, but not beside it: if a run on another computer was cut "
        "there, its bytes are lost here, and only that computer has them",
        piece->claim->name, piece->range.addr, inlay_range_last(piece->range));
    inlay_report_warning(sink, warning);
    return TRUE;
}

gboolean
inlay_suspect_cut(InlayTarget *target,
                  const InlayPlan *plan,
                  const InlayEventSink *sink,
                  GCancellable *cancellable,
                  GError **error)
{
    for (guint s = 0; s < inlay_chip_get_n_sectors(plan->chip); s++) {
        const InlayPlanSector *sector = &plan->sectors[s];
        guint first = sector->first_piece;
        guint last = first + sector->n_pieces - 1;
        if (inlay_rescue_is_open(plan->rescue, sector->sector.range) ||
            !is_blank_sector(plan, sector))
            continue;
        /* before the first piece of all there is none: first - 1 is beyond the last one then */
        if (!suspect_piece(target, plan, first, first - 1, sink, cancellable, error) ||
            !suspect_piece(target, plan, last, last + 1, sink, cancellable, error))
            return FALSE;
    }
    return TRUE;
}
