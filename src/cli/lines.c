/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lines.h"

void
inlay_lines_init(InlayLines *lines, InlayLineFunc func, gpointer user_data)
{
    *lines = (InlayLines){.func = func, .user_data = user_data, .bytes = g_string_new(NULL)};
}

void
inlay_lines_clear(InlayLines *lines)
{
    g_string_free(lines->bytes, TRUE);
}

/* (transfer full) */
static char *
to_text(const GString *bytes)
{
    GString *text = g_string_new(NULL);
    const char *end = bytes->str + bytes->len;

    for (const char *at = bytes->str; at < end;) {
        gunichar c = g_utf8_get_char_validated(at, end - at);
        gboolean is_text = (gint32)c > 0 && (g_unichar_isprint(c) || c == '\t');
        gsize size = is_text ? (gsize)(g_utf8_next_char(at) - at) : 1;

        if (is_text)
            g_string_append_len(text, at, (gssize)size);
        else
            g_string_append_printf(text, "\\x%02X", (guint8)*at);
        at += size;
    }
    return g_string_free(text, FALSE);
}

void
inlay_lines_end(InlayLines *lines)
{
    g_autofree char *text = NULL;

    if (lines->bytes->len == 0)
        return;
    text = to_text(lines->bytes);
    lines->func(lines->first_us, text, lines->user_data);
    g_string_truncate(lines->bytes, 0);
}

/* A newline, with the carriage return that may be before it. An empty line is a line. */
static void
end_with_newline(InlayLines *lines)
{
    gsize size = lines->bytes->len;

    if (size > 0 && lines->bytes->str[size - 1] == '\r')
        g_string_truncate(lines->bytes, size - 1);
    if (lines->bytes->len > 0)
        inlay_lines_end(lines);
    else
        lines->func(size > 0 ? lines->first_us : lines->latest_us, "", lines->user_data);
}

void
inlay_lines_take(InlayLines *lines, const guint8 *bytes, gsize size, gint64 now_us)
{
    if (now_us - lines->latest_us >= INLAY_LINES_QUIET_US)
        inlay_lines_end(lines);
    if (size > 0)
        lines->latest_us = now_us;
    for (gsize i = 0; i < size; i++) {
        if (bytes[i] == '\n') {
            end_with_newline(lines);
            continue;
        }
        if (lines->bytes->len == 0)
            lines->first_us = now_us;
        g_string_append_c(lines->bytes, (char)bytes[i]);
        if (lines->bytes->len == INLAY_LINES_MAX)
            inlay_lines_end(lines);
    }
}
