/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/access.h"

#include "core/error.h"

/* From what a person types by hand to what high-speed USB adapters reach. */
#define BAUD_MIN 300
#define BAUD_MAX 12000000

static const char *const names[] = {
    [INLAY_CONNECT_AUTO] = "auto",
    [INLAY_CONNECT_NORMAL] = "normal",
    [INLAY_CONNECT_UNDER_RESET] = "under-reset",
    [INLAY_CONNECT_RACE] = "race",
};

static const char *const wire_names[] = {
    [INLAY_WIRE_NRST] = "nrst",
    [INLAY_WIRE_BOOT0] = "boot0",
    [INLAY_WIRE_BUTTON] = "button",
};

void
inlay_access_clear(InlayAccess *access)
{
    g_free(access->adapter);
    g_free(access->trace);
    *access = (InlayAccess){0};
}

void
inlay_access_copy(const InlayAccess *access, InlayAccess *copy)
{
    *copy = *access;
    copy->adapter = g_strdup(access->adapter);
    copy->trace = g_strdup(access->trace);
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
    if (asked->baud != 0)
        access->baud = asked->baud;
    if (asked->baud_max != 0)
        access->baud_max = asked->baud_max;
    if (asked->dtr_wire != INLAY_WIRE_NONE || asked->rts_wire != INLAY_WIRE_NONE) {
        access->dtr_wire = asked->dtr_wire;
        access->rts_wire = asked->rts_wire;
    }
}

gboolean
inlay_access_is_baud(guint64 baud)
{
    return baud >= BAUD_MIN && baud <= BAUD_MAX;
}

gboolean
inlay_access_set_wire(InlayAccess *access, const char *wire, const char *line, GError **error)
{
    gboolean is_dtr = g_str_equal(line, "dtr");
    InlayWire *here = is_dtr ? &access->dtr_wire : &access->rts_wire;
    InlayWire there = is_dtr ? access->rts_wire : access->dtr_wire;
    InlayWire found;

    if (!inlay_wire_from_string(wire, &found)) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "expected a wire (nrst, boot0, button), found %s", wire);
        return FALSE;
    }
    if (!is_dtr && !g_str_equal(line, "rts")) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "expected a line (dtr, rts), found %s",
                    line);
        return FALSE;
    }
    if (*here != INLAY_WIRE_NONE || there == found) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "expected each line and each wire once, found %s on %s as well", wire, line);
        return FALSE;
    }
    *here = found;
    return TRUE;
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

const char *
inlay_wire_to_string(InlayWire wire)
{
    g_return_val_if_fail(wire < G_N_ELEMENTS(wire_names), NULL);
    return wire_names[wire];
}

gboolean
inlay_wire_from_string(const char *name, InlayWire *wire)
{
    for (guint i = INLAY_WIRE_NRST; i < G_N_ELEMENTS(wire_names); i++) {
        if (g_str_equal(name, wire_names[i])) {
            *wire = i;
            return TRUE;
        }
    }
    return FALSE;
}
