/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bytes [addr, addr + size) on the chip. The end is 64 bits wide, so that a range may touch the top
 * of the address space without wrapping. */
typedef struct {
    guint32 addr;
    guint32 size; /* bytes */
} InlayRange;

static inline guint64
inlay_range_end(InlayRange range)
{
    return (guint64)range.addr + range.size;
}

/* The address of the last byte, for messages; of a range that is not empty. */
static inline guint32
inlay_range_last(InlayRange range)
{
    return (guint32)(inlay_range_end(range) - 1);
}

static inline gboolean
inlay_range_contains(InlayRange outer, InlayRange inner)
{
    return inner.addr >= outer.addr && inlay_range_end(inner) <= inlay_range_end(outer);
}

static inline gboolean
inlay_range_overlaps(InlayRange a, InlayRange b)
{
    return a.addr < inlay_range_end(b) && b.addr < inlay_range_end(a);
}

G_END_DECLS
