/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"

#include "core/error.h"

typedef struct {
    InlayLink link;
    BenchStlink *probe;
} BenchLink;

/* What a transfer that did not succeed is to the product. */
static gboolean
fail(BenchLink *self, BenchTransferStatus status, const char *what, GError **error)
{
    switch (status) {
    case BENCH_TRANSFER_OK:
        return TRUE;
    case BENCH_TRANSFER_NAK:
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_MUTE, "%s: timed out", what);
        break;
    case BENCH_TRANSFER_STALL:
        bench_stlink_clear_halt(self->probe);
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL, "%s: stalled", what);
        break;
    case BENCH_TRANSFER_OVERFLOW:
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL, "%s: too long", what);
        break;
    case BENCH_TRANSFER_GONE:
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_LOST, "%s: unplugged", what);
        break;
    }
    return FALSE;
}

static gboolean
receive(BenchLink *self, guint8 *in, gsize in_size, GError **error)
{
    gsize got = in_size;
    BenchTransferStatus status = bench_stlink_in(self->probe, in, &got);
    if (!fail(self, status, "reply", error))
        return FALSE;
    if (got != in_size) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                    "reply: %" G_GSIZE_FORMAT " bytes expected, got %" G_GSIZE_FORMAT, in_size,
                    got);
        return FALSE;
    }
    return TRUE;
}

static gboolean
bench_link_exchange(InlayLink *link,
                    const guint8 *command,
                    gsize command_size,
                    const guint8 *out,
                    gsize out_size,
                    guint8 *in,
                    gsize in_size,
                    guint timeout_ms,
                    GCancellable *cancellable,
                    GError **error)
{
    BenchLink *self = (BenchLink *)link;
    if (g_cancellable_is_cancelled(cancellable)) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_CANCELLED, "cancelled before a command");
        return FALSE;
    }
    if (!fail(self, bench_stlink_out(self->probe, command, command_size), "command", error))
        return FALSE;
    if (out_size > 0 && !fail(self, bench_stlink_out(self->probe, out, out_size), "data", error))
        return FALSE;
    return in_size == 0 || receive(self, in, in_size, error);
}

static gboolean
bench_link_reset(InlayLink *link, GError **error)
{
    BenchLink *self = (BenchLink *)link;
    if (!bench_stlink_is_plugged(self->probe)) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_LOST, "reset: unplugged");
        return FALSE;
    }
    bench_stlink_reset_port(self->probe);
    return TRUE;
}

static void
bench_link_free(InlayLink *link)
{
    g_free(link->path);
    g_free(link->serial);
    g_free(link);
}

InlayLink *
bench_link_new(BenchStlink *probe)
{
    static const InlayLinkOps ops = {
        .exchange = bench_link_exchange,
        .reset = bench_link_reset,
        .free = bench_link_free,
    };
    BenchLink *self = g_new0(BenchLink, 1);
    self->link.ops = &ops;
    self->link.product_id = bench_stlink_get_kind(probe)->product_id;
    self->link.path = g_strdup("usb:1-4");
    self->link.serial = g_strdup(bench_stlink_get_serial(probe));
    self->probe = probe;
    return &self->link;
}
