/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "difference.h"
#include "event.h"
#include "layout.h"

G_BEGIN_DECLS

/* A comparison: tells of each difference, and says in the end what there was. */
typedef struct {
    const InlayEventSink *sink;
    guint n_ranges;
    guint64 n_bytes;
    InlayDifference first;
} InlayComparison;

/* Tells of differences, all of them in one partition (name NULL: in none). */
void inlay_comparison_add(InlayComparison *comparison, const char *name, const GArray *differences);

/* Errors: IMAGE_DIFFERENT if there was one. */
gboolean inlay_comparison_check(const InlayComparison *comparison, GError **error);

/* Tells where two images differ, by partition with a layout (NULL: none). What an image does not
 * hold counts as 0xFF, as in flash. Errors: IMAGE_DIFFERENT. */
gboolean inlay_compare_images(const InlayImage *first,
                              const InlayImage *second,
                              const InlayLayout *layout,
                              const InlayEventSink *sink,
                              GError **error);

G_END_DECLS
