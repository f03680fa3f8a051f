/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/read.h"

#include "core/write.h"

#define BLOCK (32 * 1024) /* bytes a call */

gboolean
inlay_read_range(InlayTarget *target,
                 InlayRange range,
                 guint8 *out,
                 InlayProgress *progress,
                 GCancellable *cancellable,
                 GError **error)
{
    for (guint32 offset = 0, size; offset < range.size; offset += size) {
        size = MIN(BLOCK, range.size - offset);
        InlayRange block = {range.addr + offset, size};
        if (!inlay_check_cancelled(cancellable, error))
            return FALSE;
        inlay_progress_follow(progress, target);
        gboolean ok = target->ops->read(target, block, out + offset, cancellable, error);
        inlay_progress_follow(NULL, target);
        if (!ok) {
            g_prefix_error(error, "failed to read 0x%08x: ", block.addr);
            return FALSE;
        }
        inlay_progress_add(progress, size);
    }
    return TRUE;
}
