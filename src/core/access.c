/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/access.h"

static const char *const names[] = {
    [INLAY_CONNECT_AUTO] = "auto",
    [INLAY_CONNECT_NORMAL] = "normal",
    [INLAY_CONNECT_UNDER_RESET] = "under-reset",
    [INLAY_CONNECT_RACE] = "race",
};

void
inlay_access_clear(InlayAccess *access)
{
    g_free(access->adapter);
    g_free(access->trace);
    *access = (InlayAccess){0};
}

static void
override_string(char **text, const char *asked)
{
    if (asked == NULL)
        return;
    g_free(*text);
    *text = g_strdup(asked);
}

void
inlay_access_override(InlayAccess *access, const InlayAccess *asked)
{
    override_string(&access->adapter, asked->adapter);
    override_string(&access->trace, asked->trace);
    if (asked->connect != INLAY_CONNECT_AUTO)
        access->connect = asked->connect;
    if (asked->clock_khz != 0)
        access->clock_khz = asked->clock_khz;
    if (asked->supply_mv != 0)
        access->supply_mv = asked->supply_mv;
}

const char *
inlay_connect_to_string(InlayConnect connect)
{
    g_return_val_if_fail(connect < G_N_ELEMENTS(names), NULL);
    return names[connect];
}

gboolean
inlay_connect_from_string(const char *name, InlayConnect *connect)
{
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(name, names[i])) {
            *connect = i;
            return TRUE;
        }
    }
    return FALSE;
}
