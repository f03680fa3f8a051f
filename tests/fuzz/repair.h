/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>
#include <string.h>

/* Chance does not find checksums: gives each line of hexadecimal digits the one that it should have,
 * `negate` or complement of the sum, so that what lies behind them is reached. Digits begin behind
 * `start` characters. (transfer full) */
static inline GBytes *
repair_checksums(const guint8 *bytes, gsize size, gsize start, gboolean negate)
{
    char *text = g_memdup2(size > 0 ? (gconstpointer)bytes : "", MAX(size, 1));

    for (gsize line = 0, end; line < size; line = end + 1) {
        guint8 sum = 0;
        gboolean is_digits = TRUE;
        for (end = line; end < size && text[end] != '\n' && text[end] != '\r'; end++)
            is_digits &= end < line + start || g_ascii_isxdigit(text[end]);
        if (!is_digits || end < line + start + 4 || (end - line - start) % 2 != 0)
            continue;
        for (gsize i = line + start; i + 2 < end; i += 2)
            sum = (guint8)(sum + g_ascii_xdigit_value(text[i]) * 16 +
                           g_ascii_xdigit_value(text[i + 1]));
        sum = negate ? (guint8)-sum : (guint8)~sum;
        text[end - 2] = "0123456789abcdef"[sum >> 4];
        text[end - 1] = "0123456789abcdef"[sum & 15];
    }
    return g_bytes_new_take(text, size);
}
