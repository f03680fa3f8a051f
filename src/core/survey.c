/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/plan.h"

/* The claim that holds addr, or NULL; *next is where that changes, at `limit` at the latest. */
static const InlayClaim *
find_claim(const InlayClaim *claims, guint n_claims, guint32 addr, guint64 limit, guint64 *next)
{
    *next = limit;
    for (guint i = 0; i < n_claims; i++) {
        if (addr >= claims[i].range.addr && addr < inlay_range_end(claims[i].range)) {
            *next = MIN(limit, inlay_range_end(claims[i].range));
            return &claims[i];
        }
        if (claims[i].range.size > 0 && claims[i].range.addr > addr)
            *next = MIN(*next, claims[i].range.addr);
    }
    return NULL;
}

GArray *
inlay_survey_new(const InlayChip *chip,
                 const InlayClaim *claims,
                 guint n_claims,
                 const InlayRescue *rescue)
{
    GArray *survey = g_array_new(FALSE, FALSE, sizeof(InlayPiece));
    guint n_sectors = inlay_chip_get_n_sectors(chip);

    for (guint s = 0; s < n_sectors; s++) {
        InlayRange range = inlay_chip_get_sector(chip, s).range;
        guint64 end = inlay_range_end(range);
        guint64 next, next_saved;
        for (guint64 addr = range.addr; addr < end; addr = next) {
            InlayPiece piece = {.sector = s};
            piece.claim = find_claim(claims, n_claims, (guint32)addr, end, &next);
            if (!inlay_piece_is_owned(&piece)) {
                piece.rescue = inlay_rescue_find(rescue, (guint32)addr, end, &next_saved);
                next = MIN(next, next_saved);
            }
            piece.range = (InlayRange){(guint32)addr, (guint32)(next - addr)};
            g_array_append_val(survey, piece);
        }
    }
    return survey;
}

void
inlay_survey_narrow(GArray *survey, const InlayChip *chip, InlayRange boots)
{
    gboolean is_observed[INLAY_MAX_SECTORS] = {FALSE};

    for (guint i = 0; i < survey->len; i++) {
        const InlayPiece *piece = &g_array_index(survey, InlayPiece, i);
        if (!inlay_piece_is_owned(piece))
            continue;
        is_observed[piece->sector] = TRUE;
        if (inlay_range_overlaps(piece->range, boots))
            is_observed[inlay_chip_find_sector(chip, boots.addr)] = TRUE;
    }
    for (guint i = 0; i < survey->len; i++) {
        InlayPiece *piece = &g_array_index(survey, InlayPiece, i);
        piece->is_unobserved = !is_observed[piece->sector];
    }
}

void
inlay_piece_compose(const InlayPiece *piece, guint8 *out)
{
    g_return_if_fail(inlay_piece_is_owned(piece));
    inlay_image_read(piece->claim->image, piece->range, out);
}
