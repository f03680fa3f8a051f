/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/trace-link.h"

#include <errno.h>
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#include "core/error.h"
#include "transports/stlink-products.h"

#define VERSION 1

typedef struct {
    InlayLink base;
    InlayLink *inner;
    GString *text;
    gint64 start_us;
    int fd; /* -1 once the file takes no more */
} TraceLink;

/* -- lines -- */

static void
append_hex(GString *text, const char *member, const guint8 *bytes, gsize size)
{
    static const char digits[] = "0123456789abcdef";

    g_string_append_printf(text, ",\"%s\":\"", member);
    for (gsize i = 0; i < size; i++) {
        g_string_append_c(text, digits[bytes[i] >> 4]);
        g_string_append_c(text, digits[bytes[i] & 0xf]);
    }
    g_string_append_c(text, '"');
}

static void
append_string(GString *text, const char *member, const char *value)
{
    g_autoptr(JsonNode) node = json_node_init_string(json_node_alloc(), value);
    g_autofree char *quoted = json_to_string(node, FALSE);

    g_string_append_printf(text, ",\"%s\":%s", member, quoted);
}

/* Puts the text on the file, in one write where the system takes it so. */
static void
put(TraceLink *self)
{
    gsize done = 0;

    while (self->fd >= 0 && done < self->text->len) {
        gssize n = write(self->fd, self->text->str + done, self->text->len - done);
        if (n > 0) {
            done += (gsize)n;
        } else if (n == 0 || errno != EINTR) {
            close(self->fd);
            self->fd = -1;
        }
    }
    g_string_truncate(self->text, 0);
}

static void
begin_line(TraceLink *self)
{
    g_string_append_printf(self->text, "{\"us\":%" G_GINT64_FORMAT,
                           g_get_monotonic_time() - self->start_us);
}

static void
end_line(TraceLink *self, gint64 sent_us, const GError *error)
{
    if (error != NULL) {
        append_string(self->text, "error", inlay_error_get_info(error)->id);
        append_string(self->text, "detail", error->message);
    }
    g_string_append_printf(self->text, ",\"took_us\":%" G_GINT64_FORMAT "}\n",
                           g_get_monotonic_time() - sent_us);
    put(self);
}

static gboolean
put_header(TraceLink *self)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *date = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");

    g_string_append_printf(self->text, "{\"trace\":%d", VERSION);
    append_string(self->text, "inlay", INLAY_VERSION);
    append_string(self->text, "date", date);
    g_string_append_printf(self->text, ",\"vid\":\"0x%04x\",\"pid\":\"0x%04x\"",
                           INLAY_STLINK_VENDOR, self->base.product_id);
    if (self->base.serial != NULL)
        append_string(self->text, "serial", self->base.serial);
    append_string(self->text, "adapter", self->base.path);
    g_string_append(self->text, "}\n");
    put(self);
    return self->fd >= 0;
}

/* -- the link -- */

static gboolean
trace_exchange(InlayLink *link,
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
    TraceLink *self = (TraceLink *)link;
    gint64 sent_us = g_get_monotonic_time();
    GError *trouble = NULL;

    begin_line(self);
    append_hex(self->text, "command", command, command_size);
    if (out_size > 0)
        append_hex(self->text, "out", out, out_size);
    put(self);
    self->inner->ops->exchange(self->inner, command, command_size, out, out_size, in, in_size,
                               timeout_ms, cancellable, &trouble);
    if (trouble == NULL && in_size > 0)
        append_hex(self->text, "in", in, in_size);
    end_line(self, sent_us, trouble);
    if (trouble == NULL)
        return TRUE;
    g_propagate_error(error, trouble);
    return FALSE;
}

static gboolean
trace_reset(InlayLink *link, GError **error)
{
    TraceLink *self = (TraceLink *)link;
    gint64 sent_us = g_get_monotonic_time();
    GError *trouble = NULL;

    begin_line(self);
    g_string_append(self->text, ",\"reset\":true");
    put(self);
    self->inner->ops->reset(self->inner, &trouble);
    end_line(self, sent_us, trouble);
    if (trouble == NULL)
        return TRUE;
    g_propagate_error(error, trouble);
    return FALSE;
}

static void
trace_free(InlayLink *link)
{
    TraceLink *self = (TraceLink *)link;

    if (self->fd >= 0)
        close(self->fd);
    self->inner->ops->free(self->inner);
    g_string_free(self->text, TRUE);
    g_free(link->path);
    g_free(link->serial);
    g_free(self);
}

static const InlayLinkOps trace_ops = {
    .exchange = trace_exchange,
    .reset = trace_reset,
    .free = trace_free,
};

static const InlayLinkOps trace_ops_without_reset = {
    .exchange = trace_exchange,
    .free = trace_free,
};

InlayLink *
inlay_trace_link_new(InlayLink *link, const char *path, GError **error)
{
    TraceLink *self = g_new0(TraceLink, 1);

    self->base.ops = link->ops->reset != NULL ? &trace_ops : &trace_ops_without_reset;
    self->base.product_id = link->product_id;
    self->base.path = g_strdup(link->path);
    self->base.serial = g_strdup(link->serial);
    self->inner = link;
    self->text = g_string_new(NULL);
    self->start_us = g_get_monotonic_time();
    self->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (self->fd >= 0 && put_header(self))
        return &self->base;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_FILE, "%s: cannot be written: %s", path,
                g_strerror(errno));
    trace_free(&self->base);
    return NULL;
}
