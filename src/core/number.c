/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/number.h"

#include <string.h>

#define LEAST_SUPPLY_MV 1000
#define MOST_SUPPLY_MV 5500

static const char *
skip_spaces(const char *text)
{
    while (*text == ' ')
        text++;
    return text;
}

static guint64
take_unit(const char **text)
{
    guint64 unit = **text == 'K' ? 1024 : **text == 'M' ? 1024 * 1024 : 1;

    if (unit > 1)
        *text += g_str_has_prefix(*text + 1, "iB") ? 3 : 1;
    return unit;
}

static gboolean
take_term(const char **text, gint64 *value)
{
    gboolean is_hex = g_str_has_prefix(*text, "0x") || g_str_has_prefix(*text, "0X");
    const char *digits = *text + (is_hex ? 2 : 0);
    char *end;

    if (is_hex ? !g_ascii_isxdigit(*digits) : !g_ascii_isdigit(*digits))
        return FALSE;
    guint64 number = g_ascii_strtoull(digits, &end, is_hex ? 16 : 10);
    *text = end;
    if (number > G_MAXUINT32)
        return FALSE;
    *value = (gint64)(number * take_unit(text));
    return TRUE;
}

gboolean
inlay_number_parse(const char *text, guint32 *value)
{
    gint64 sum = 0;
    gint64 term;
    gint64 sign = 1;

    for (;;) {
        text = skip_spaces(text);
        if (!take_term(&text, &term))
            return FALSE;
        sum += sign * term;
        text = skip_spaces(text);
        if (sum < 0 || sum > G_MAXUINT32)
            return FALSE;
        if (*text == '\0')
            break;
        if (*text != '+' && *text != '-')
            return FALSE;
        sign = *text++ == '+' ? 1 : -1;
    }
    *value = (guint32)sum;
    return TRUE;
}

gboolean
inlay_number_parse_supply(const char *text, guint *millivolts)
{
    char *end;
    double number = g_ascii_isdigit(*text) ? g_ascii_strtod(text, &end) : -1;

    if (number < 0 || strspn(text, "0123456789.") != (gsize)(end - text))
        return FALSE;
    end = (char *)skip_spaces(end);
    if (strcmp(end, "V") == 0)
        number *= 1000;
    else if (strcmp(end, "mV") != 0 && *end != '\0')
        return FALSE;
    if (number < LEAST_SUPPLY_MV || number > MOST_SUPPLY_MV)
        return FALSE;
    *millivolts = (guint)(number + 0.5);
    return TRUE;
}
