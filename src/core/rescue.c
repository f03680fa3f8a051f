/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/rescue.h"

static void
piece_clear(gpointer piece)
{
    g_clear_pointer(&((InlayRescuePiece *)piece)->bytes, g_bytes_unref);
}

InlayRescue *
inlay_rescue_new(guint16 dev_id, const guint8 *uid, GDateTime *time)
{
    InlayRescue *rescue = g_new0(InlayRescue, 1);

    rescue->dev_id = dev_id;
    memcpy(rescue->uid, uid, sizeof rescue->uid);
    rescue->time = g_date_time_ref(time);
    rescue->pieces = g_array_new(FALSE, FALSE, sizeof(InlayRescuePiece));
    g_array_set_clear_func(rescue->pieces, piece_clear);
    return rescue;
}

void
inlay_rescue_free(InlayRescue *rescue)
{
    if (rescue == NULL)
        return;
    g_date_time_unref(rescue->time);
    g_array_unref(rescue->pieces);
    g_free(rescue->path);
    g_free(rescue);
}

void
inlay_rescue_add(InlayRescue *rescue, InlayRange range, InlayRescueKind kind, GBytes *bytes)
{
    InlayRescuePiece piece = {range, kind, bytes != NULL ? g_bytes_ref(bytes) : NULL};

    g_return_if_fail((kind == INLAY_RESCUE_SAVED) == (bytes != NULL));
    g_return_if_fail(bytes == NULL || g_bytes_get_size(bytes) == range.size);
    g_array_append_val(rescue->pieces, piece);
}

static InlayRescuePiece *
get_piece(const InlayRescue *rescue, guint index)
{
    return &g_array_index(rescue->pieces, InlayRescuePiece, index);
}

const InlayRescuePiece *
inlay_rescue_find(const InlayRescue *rescue, guint32 addr, guint64 limit, guint64 *next)
{
    *next = limit;
    for (guint i = 0; rescue != NULL && i < rescue->pieces->len; i++) {
        const InlayRescuePiece *piece = get_piece(rescue, i);
        if (addr < piece->range.addr) {
            *next = MIN(limit, piece->range.addr);
            return NULL;
        }
        if (addr < inlay_range_end(piece->range)) {
            *next = MIN(limit, inlay_range_end(piece->range));
            return piece;
        }
    }
    return NULL;
}

gboolean
inlay_rescue_is_open(const InlayRescue *rescue, InlayRange sector)
{
    for (guint i = 0; rescue != NULL && i < rescue->pieces->len; i++) {
        if (inlay_range_overlaps(get_piece(rescue, i)->range, sector))
            return TRUE;
    }
    return FALSE;
}

gboolean
inlay_rescue_has(const InlayRescue *rescue, InlayRescueKind kind)
{
    for (guint i = 0; i < rescue->pieces->len; i++) {
        if (get_piece(rescue, i)->kind == kind)
            return TRUE;
    }
    return FALSE;
}

const guint8 *
inlay_rescue_get_bytes(const InlayRescuePiece *piece, guint32 addr)
{
    const guint8 *bytes = g_bytes_get_data(piece->bytes, NULL);

    return bytes + (addr - piece->range.addr);
}

void
inlay_rescue_accept_loss(InlayRescue *rescue)
{
    for (guint i = 0; i < rescue->pieces->len; i++) {
        if (get_piece(rescue, i)->kind == INLAY_RESCUE_ELSEWHERE)
            get_piece(rescue, i)->kind = INLAY_RESCUE_UNFINISHED;
    }
}

char *
inlay_rescue_print_time(const InlayRescue *rescue)
{
    return g_date_time_format(rescue->time, "%Y-%m-%d %H:%M");
}
