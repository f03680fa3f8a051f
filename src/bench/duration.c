/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "duration.h"

#include <gio/gio.h>

#define MAX_S 3600.0

gboolean
bench_parse_duration(const char *word, guint64 *ns, GError **error)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};
    char *end = NULL;
    double value = g_ascii_strtod(word, &end);

    for (gsize i = 0; end != word && i < G_N_ELEMENTS(units); i++) {
        double seconds = value * units[i].seconds;
        if (!g_str_equal(end, units[i].unit) || !(seconds >= 0 && seconds <= MAX_S))
            continue;
        *ns = (guint64)(seconds * 1e9 + 0.5);
        return TRUE;
    }
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                "no duration up to an hour (1.5s, 100ms, 20us): %s", word);
    return FALSE;
}
