/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/target.h"

G_BEGIN_DECLS

/*
 * How the flash of a chip that was taken over is written, behind the target: by our loader
 * (loader-run.h) or by libstlink's flash code (longtail.h). A call may tell the failure of an earlier
 * one; after a failure a flasher takes nothing more.
 */
typedef struct InlayFlasher InlayFlasher;

typedef struct {
    /* As in InlayTargetOps. */
    gboolean (*digest)(InlayFlasher *flasher,
                       const InlayRange *ranges,
                       guint n_ranges,
                       InlayDigest *digests,
                       GCancellable *cancellable,
                       GError **error);
    gboolean (*erase)(InlayFlasher *flasher,
                      InlaySector sector,
                      GCancellable *cancellable,
                      GError **error);
    gboolean (*program)(InlayFlasher *flasher,
                        guint32 addr,
                        const guint8 *bytes,
                        gsize size,
                        GCancellable *cancellable,
                        GError **error);
    gboolean (*sync)(InlayFlasher *flasher, GCancellable *cancellable, GError **error);

    /* Waits for what the chip has been given already, and gives it nothing more: before a reset, so
     * that no sector is left half erased. */
    gboolean (*settle)(InlayFlasher *flasher, GError **error);

    /* Does not stop what runs on the chip. */
    void (*free)(InlayFlasher *flasher);
} InlayFlasherOps;

struct InlayFlasher {
    const InlayFlasherOps *ops;
};

G_END_DECLS
