/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stlink-private.h"

#include <string.h>

/* Serial numbers of ST-LINKs and of their copies: 24 hex digits; the 12 bytes of the probe's own chip as
 * they are, in old V2s; anything, or none. */

#define RAW "raw "
#define RAW_BYTES 12u

static const char *
find_raw(const char *serial)
{
    const char *hex = serial + strlen(RAW);

    if (!g_str_has_prefix(serial, RAW) || strlen(hex) != 2 * RAW_BYTES ||
        strspn(hex, "0123456789ABCDEFabcdef") != 2 * RAW_BYTES)
        return NULL;
    return hex;
}

gboolean
stlink_serial_is_possible(const char *serial)
{
    if (g_str_has_prefix(serial, RAW))
        return find_raw(serial) != NULL;
    return *serial != '\0' && g_utf8_validate(serial, -1, NULL) &&
           g_utf8_strlen(serial, -1) <= BENCH_SERIAL_MAX / 2; /* a character may take two units */
}

guint
bench_stlink_get_serial_units(const BenchStlink *probe, guint16 *units)
{
    const char *raw = find_raw(probe->serial);
    g_autofree gunichar2 *text = NULL;
    glong n = 0;

    if (g_str_equal(probe->serial, "none"))
        return 0;
    for (guint i = 0; raw != NULL && i < RAW_BYTES; i++)
        units[i] =
            (guint16)(g_ascii_xdigit_value(raw[2 * i]) << 4 | g_ascii_xdigit_value(raw[2 * i + 1]));
    if (raw != NULL)
        return RAW_BYTES;
    text = g_utf8_to_utf16(probe->serial, -1, NULL, &n, NULL);
    memcpy(units, text, (gsize)n * sizeof *units);
    return (guint)n;
}
