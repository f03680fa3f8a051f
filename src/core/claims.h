/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "job.h"
#include "layout.h"
#include "plan.h"

G_BEGIN_DECLS

/* What a job owns on a chip: its contents or places, put on the map. */
typedef struct {
    GArray *claims;    /* of InlayClaim; owned ones first */
    GPtrArray *images; /* of InlayImage, which the claims point at */
    guint n_owned;
} InlayClaims;

/* Everything about a job that can be found wrong without a board. The claims' ranges are not yet
 * checked against a chip when there is no layout.
 * `layout`: NULL, or the job's, already loaded. Errors: FILE, USAGE, IMAGE_*. */
InlayClaims *inlay_claims_new(const InlayJob *job, const InlayLayout *layout, GError **error);
void inlay_claims_free(InlayClaims *claims); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InlayClaims, inlay_claims_free)

/* The rest, once the chip is known: "all" becomes its flash, but for a bootloader's `own` sectors (its
 * size 0: none), and every owned claim must lie inside it. Errors: IMAGE_MISPLACED, or USAGE for a range. */
gboolean inlay_claims_set_chip(InlayClaims *claims,
                               const InlayJob *job,
                               const InlayChip *chip,
                               InlayRange own,
                               GError **error);

/* The one place of a READ job. Errors: USAGE. */
gboolean inlay_claims_find_place(const InlayJob *job,
                                 const InlayLayout *layout,
                                 const InlayChip *chip,
                                 const char **name,
                                 InlayRange *range,
                                 GError **error);

G_END_DECLS
