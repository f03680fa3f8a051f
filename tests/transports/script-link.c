/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "script-link.h"

#include <string.h>

#include "core/error.h"

static char *
to_hex(const guint8 *bytes, gsize size)
{
    GString *hex = g_string_new(NULL);

    for (gsize i = 0; i < size; i++)
        g_string_append_printf(hex, "%02x", bytes[i]);
    return g_string_free(hex, FALSE);
}

static void
from_hex(const char *hex, guint8 *bytes, gsize size)
{
    g_assert_cmpuint(strlen(hex), ==, 2 * size);
    for (gsize i = 0; i < size; i++)
        bytes[i] =
            (guint8)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
}

static void
check_command(const char *expected, const guint8 *command, gsize size)
{
    g_autofree char *sent = to_hex(command, size);
    gsize n = strlen(expected);

    g_assert_cmpuint(size, ==, 16);
    g_assert_cmpuint(strspn(sent + n, "0"), ==, 32 - n);
    sent[n] = '\0';
    g_assert_cmpstr(sent, ==, expected);
}

static gboolean
fail(const char *id, GError **error)
{
    for (guint i = 0; i < INLAY_N_ERRORS; i++) {
        if (g_str_equal(inlay_error_info_by_id(i)->id, id)) {
            g_set_error(error, INLAY_ERROR, (gint)i, "as the script says");
            return FALSE;
        }
    }
    g_assert_not_reached();
}

static gboolean
script_link_exchange(InlayLink *link,
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
    const ScriptStep *step = ((ScriptLink *)link)->next;
    g_autofree char *sent = to_hex(out, out_size);

    g_assert_cmpuint(timeout_ms, >, 0);
    if (step->command == NULL) {
        g_autofree char *beyond = to_hex(command, command_size);
        g_error("a command beyond the script: %s", beyond);
    }
    ((ScriptLink *)link)->next++;
    check_command(step->command, command, command_size);
    if (step->out != NULL && step->out[0] == '*')
        g_assert_cmpuint(out_size, ==, g_ascii_strtoull(step->out + 1, NULL, 10));
    else
        g_assert_cmpstr(sent, ==, step->out != NULL ? step->out : "");
    if (step->in == NULL) {
        g_assert_cmpuint(in_size, ==, 0);
    } else if (step->in[0] == '!') {
        return fail(step->in + 1, error);
    } else if (step->in[0] == '*') {
        g_assert_cmpuint(in_size, ==, g_ascii_strtoull(step->in + 1, NULL, 10));
        memset(in, 0, in_size);
    } else {
        from_hex(step->in, in, in_size);
    }
    return TRUE;
}

static gboolean
script_link_reset(InlayLink *link, GError **error)
{
    ((ScriptLink *)link)->resets++;
    return TRUE;
}

static void
script_link_free(InlayLink *link)
{
    g_free(link->path);
    g_free(link);
}

static const InlayLinkOps script_link_ops = {
    .exchange = script_link_exchange,
    .reset = script_link_reset,
    .free = script_link_free,
};

InlayLink *
script_link_new(guint16 product_id, const ScriptStep *steps)
{
    ScriptLink *link = g_new0(ScriptLink, 1);

    link->base.ops = &script_link_ops;
    link->base.product_id = product_id;
    link->base.path = g_strdup("usb:1-4");
    link->next = steps;
    return &link->base;
}

gboolean
script_link_is_done(const ScriptLink *link)
{
    return link->next->command == NULL;
}
