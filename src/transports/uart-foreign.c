/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/uart-flasher.h"

#define GAP_MIN 64u /* bytes 0xFF; a shorter run costs less sent than a new frame */
#define BLOCK 4096u /* between two signs of progress */

/* Done with the twelve commands, each when it is asked for: nothing is ever pending. */
typedef struct {
    InlayFlasher base;
    InlayBoot *boot;
    InlayTarget *target;
} ForeignFlasher;

static gboolean
foreign_digest(InlayFlasher *flasher,
               const InlayRange *ranges,
               guint n_ranges,
               InlayDigest *digests,
               GCancellable *cancellable,
               GError **error)
{
    ForeignFlasher *self = (ForeignFlasher *)flasher;

    for (guint i = 0; i < n_ranges; i++) {
        g_autofree guint8 *bytes = g_malloc(ranges[i].size);
        if (!inlay_uart_read(self->boot, ranges[i], bytes, self->target, cancellable, error))
            return FALSE;
        digests[i] = inlay_digest_of(bytes, ranges[i].size);
    }
    return TRUE;
}

static gboolean
foreign_erase(InlayFlasher *flasher, InlaySector sector, GCancellable *cancellable, GError **error)
{
    ForeignFlasher *self = (ForeignFlasher *)flasher;

    return inlay_boot_flash_erase(self->boot, (guint8)sector.number, 1, cancellable, error);
}

static gboolean
foreign_program(InlayFlasher *flasher,
                guint32 addr,
                const guint8 *bytes,
                gsize size,
                GCancellable *cancellable,
                GError **error)
{
    ForeignFlasher *self = (ForeignFlasher *)flasher;

    for (gsize first, end, done = 0; inlay_uart_find_run(bytes, size, done, GAP_MIN, &first, &end);
         done = end) {
        end = MIN(end, first + BLOCK);
        if (!inlay_boot_mem_write(self->boot, addr + (guint32)first, bytes + first, end - first,
                                  cancellable, error))
            return FALSE;
        inlay_target_moved(self->target, end - done);
    }
    return TRUE;
}

static gboolean
foreign_sync(InlayFlasher *flasher, GCancellable *cancellable, GError **error)
{
    return TRUE;
}

static gboolean
foreign_settle(InlayFlasher *flasher, GError **error)
{
    return TRUE;
}

static void
foreign_free(InlayFlasher *flasher)
{
    g_free(flasher);
}

static const InlayFlasherOps foreign_ops = {
    .digest = foreign_digest,
    .erase = foreign_erase,
    .program = foreign_program,
    .sync = foreign_sync,
    .settle = foreign_settle,
    .free = foreign_free,
};

InlayFlasher *
inlay_uart_foreign_new(InlayBoot *boot, InlayTarget *target)
{
    ForeignFlasher *self = g_new0(ForeignFlasher, 1);

    self->base.ops = &foreign_ops;
    self->boot = boot;
    self->target = target;
    return &self->base;
}
