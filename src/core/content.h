/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image.h"
#include "job.h"
#include "layout.h"

G_BEGIN_DECLS

/* What the kinds of content have in common; a further kind is one row of the table in content.c. */

const char *inlay_content_kind_to_string(InlayContentKind kind); /* as a job file writes it */
gboolean inlay_content_kind_from_string(const char *name, InlayContentKind *kind);

InlayContent *inlay_content_new(InlayContentKind kind);

/* The bytes that a content gives: *image is NULL when it gives none, because the flash shall stay as
 * it is. With a partition the image lies inside it. Errors: FILE, USAGE, IMAGE_CORRUPT,
 * IMAGE_TOO_LARGE, IMAGE_MISPLACED. */
gboolean inlay_content_compose(const InlayContent *content,
                               const InlayLayout *layout,
                               const InlayPartition *partition,
                               InlayImage **image,
                               GError **error);

/* Whether an image, loaded for a partition, belongs there (placement.c). `is_raw`: it brought no
 * addresses of its own, so its vector table is looked at. `path` is for messages.
 * Errors: IMAGE_TOO_LARGE, IMAGE_MISPLACED. */
gboolean inlay_placement_check(const char *path,
                               const InlayImage *image,
                               gboolean is_raw,
                               const InlayLayout *layout,
                               const InlayPartition *partition,
                               GError **error);

G_END_DECLS
