/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image.h"

G_BEGIN_DECLS

#define INLAY_DIFFERENCE_SHOWN 16 /* bytes of each side that a difference shows */

/* A range where two sides differ. Fewer than 16 equal bytes between two that differ do not end it,
 * so that a list stays readable. It begins and ends with a byte that differs. */
typedef struct {
    InlayRange range;
    guint32 n_bytes; /* of the range that differ */
    guint8 first[INLAY_DIFFERENCE_SHOWN];
    guint8 second[INLAY_DIFFERENCE_SHOWN];
    guint n_shown; /* bytes at the range's beginning, in first and second */
} InlayDifference;

/* (transfer full) of InlayDifference, by address: `size` bytes at `addr`, on two sides. */
GArray *inlay_difference_find(guint32 addr, const guint8 *first, const guint8 *second, gsize size);

/* (transfer full) of InlayDifference: of two images in one range. What an image does not hold
 * counts as 0xFF, as in flash. */
GArray *
inlay_difference_find_in(InlayRange range, const InlayImage *first, const InlayImage *second);

/* (transfer full) of InlayRange, by address, apart: where one of two images holds bytes. */
GArray *inlay_difference_find_held(const InlayImage *first, const InlayImage *second);

G_END_DECLS
