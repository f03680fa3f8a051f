/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/stlink-probe.h"

#include "core/error.h"
#include "transports/bytes.h"
#include "transports/stlink-command.h"
#include "transports/stlink-protocol.h"

/* One attempt to wake a probe may take a share of OPEN_ADAPTER: there are three, and before the last
 * its USB port is reset. */
#define WAKE_SHARE 6

/* -- version -- */

InlayStlinkVersion
inlay_stlink_version_decode(const guint8 reply[6], gboolean has_msd)
{
    guint16 bits = load16_be(reply);
    guint low = bits & 0x3f;
    InlayStlinkVersion version = {
        .generation = bits >> 12,
        .jtag = bits >> 6 & 0x3f,
        .swim = has_msd ? 0 : low,
        .msd = has_msd ? low : 0,
    };

    /* A V2-1 with firmware for STM8 alone counts otherwise; by the numbers in use it can be told. */
    if (has_msd && version.generation == 2 &&
        ((version.jtag <= 22 && low == 7) || (version.jtag >= 25 && low >= 7 && low <= 12)))
        version = (InlayStlinkVersion){.generation = 2, .msd = version.jtag, .swim = low};
    return version;
}

InlayStlinkVersion
inlay_stlink_version_decode_v3(const guint8 reply[12])
{
    return (InlayStlinkVersion){
        .generation = reply[0], .swim = reply[1], .jtag = reply[2], .msd = reply[3]};
}

/* -- opening -- */

/* Asks for the version once. A reply that is not one is another command's, left over from a host
 * that died: it counts as no answer. */
static gboolean
ask_version(InlayStlink *self, GCancellable *cancellable, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_GET_VERSION};
    guint limit_ms = inlay_budget_get_ms(INLAY_BUDGET_OPEN_ADAPTER) / WAKE_SHARE;
    guint8 reply[6];

    if (!inlay_probe_grant(&self->base, &limit_ms, error) ||
        !self->link->ops->exchange(self->link, command, sizeof command, NULL, 0, reply,
                                   sizeof reply, limit_ms, cancellable, error))
        return FALSE;
    if (load16_le(reply + 2) != INLAY_STLINK_VENDOR) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                    "version: vendor 0x%04x expected, got 0x%04x", INLAY_STLINK_VENDOR,
                    load16_le(reply + 2));
        return FALSE;
    }
    self->version = inlay_stlink_version_decode(reply, self->product->has_msd);
    return TRUE;
}

/* The first exchange finds the probe as the last host has left it: it may hold an unread reply, a
 * stalled endpoint, or hang. One more try cures the first two, a USB reset often the last. */
static gboolean
wake(InlayStlink *self, GCancellable *cancellable, GError **error)
{
    g_autoptr(GError) first = NULL;
    gboolean was_reset = FALSE;

    for (guint attempt = 0; attempt < 3; attempt++) {
        g_clear_error(&first);
        if (attempt == 2 &&
            (self->link->ops->reset == NULL || !self->link->ops->reset(self->link, &first)))
            break;
        was_reset = attempt == 2;
        if (ask_version(self, cancellable, &first))
            return TRUE;
        if (!g_error_matches(first, INLAY_ERROR, INLAY_ERROR_ADAPTER_MUTE) &&
            !g_error_matches(first, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL))
            break;
    }
    if (first == NULL)
        g_set_error(&first, INLAY_ERROR, INLAY_ERROR_ADAPTER_MUTE, "no answer in time");
    if (was_reset)
        g_prefix_error(&first,
                       "%s: asked three times, the last after a usb reset: ", self->base.adapter);
    g_propagate_error(error, g_steal_pointer(&first));
    return FALSE;
}

/* An old V2 may lack what is needed, or what only helps. A V3 has had it all from its first. */
static gboolean
check_firmware(InlayStlink *self, GError **error)
{
    guint jtag = self->version.jtag;

    if (self->version.generation != 2)
        return TRUE;
    if (jtag < STLINK_J_LEAST) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_OUTDATED,
                    "%s: firmware J%u expected at least, for SWD, found J%u", self->base.adapter,
                    STLINK_J_LEAST, jtag);
        return FALSE;
    }
    if (jtag < STLINK_J_VOLTAGE)
        self->base.warning = g_strdup_printf(
            "the probe's firmware J%u is old: it can neither measure the supply (from J%u) nor "
            "set the SWD clock (from J%u); STSW-LINK007 updates it",
            jtag, STLINK_J_VOLTAGE, STLINK_J_SWD_FREQ);
    else if (jtag < STLINK_J_SWD_FREQ)
        self->base.warning = g_strdup_printf("the probe's firmware J%u is old: it cannot set the "
                                             "SWD clock (from J%u); STSW-LINK007 updates it",
                                             jtag, STLINK_J_SWD_FREQ);
    return TRUE;
}

static gboolean
identify_probe(InlayStlink *self, GCancellable *cancellable, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_GET_VERSION_V3};
    guint8 reply[12];
    GString *firmware;

    if (!wake(self, cancellable, error))
        return FALSE;
    if (self->version.generation == 3) {
        if (!inlay_stlink_exchange(self, command, reply, sizeof reply, cancellable, error))
            return FALSE;
        self->version = inlay_stlink_version_decode_v3(reply);
    }
    if (self->version.generation < 2 || self->version.generation > 3) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_UNSUPPORTED,
                    "%s: version 2 or 3 expected, found %u", self->base.adapter,
                    self->version.generation);
        return FALSE;
    }
    if (!check_firmware(self, error))
        return FALSE;
    firmware = g_string_new(NULL);
    g_string_printf(firmware, "%s (firmware J%u", self->product->name, self->version.jtag);
    if (self->version.msd > 0)
        g_string_append_printf(firmware, " M%u", self->version.msd);
    if (self->version.swim > 0)
        g_string_append_printf(firmware, " S%u", self->version.swim);
    g_string_append_c(firmware, ')');
    self->base.kind = g_string_free(firmware, FALSE);
    return TRUE;
}

InlayProbe *
inlay_stlink_probe_new(InlayLink *link, GCancellable *cancellable, GError **error)
{
    InlayStlink *self = g_new0(InlayStlink, 1);

    self->base.ops = &inlay_stlink_ops;
    self->base.adapter = g_strdup(link->path);
    self->base.serial = g_strdup(link->serial);
    self->link = link;
    self->product = inlay_stlink_product_find(INLAY_STLINK_VENDOR, link->product_id);
    if (self->product == NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                    "usb product 0x%04x is no st-link", link->product_id);
        inlay_stlink_ops.free(&self->base);
        return NULL;
    }
    inlay_probe_begin_step(&self->base, INLAY_BUDGET_OPEN_ADAPTER);
    if (!identify_probe(self, cancellable, error)) {
        inlay_stlink_ops.free(&self->base);
        return NULL;
    }
    inlay_probe_end_step(&self->base);
    return &self->base;
}
