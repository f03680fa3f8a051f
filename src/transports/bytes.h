/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Numbers in wire buffers, byte by byte, so that neither alignment nor the host's order matters. */

static inline guint16
load16_le(const guint8 *p)
{
    return (guint16)(p[0] | p[1] << 8);
}

static inline guint16
load16_be(const guint8 *p)
{
    return (guint16)(p[0] << 8 | p[1]);
}

static inline guint32
load32_le(const guint8 *p)
{
    return (guint32)load16_le(p) | (guint32)load16_le(p + 2) << 16;
}

static inline void
store16_le(guint8 *p, guint16 value)
{
    p[0] = (guint8)value;
    p[1] = (guint8)(value >> 8);
}

static inline void
store32_le(guint8 *p, guint32 value)
{
    store16_le(p, (guint16)value);
    store16_le(p + 2, (guint16)(value >> 16));
}

G_END_DECLS
