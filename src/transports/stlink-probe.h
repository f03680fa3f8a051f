/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/probe.h"

G_BEGIN_DECLS

/* What an ST-LINK says about its firmware. */
typedef struct {
    guint generation; /* 2 or 3 */
    guint jtag;       /* the "J" that features are counted by */
    guint swim;       /* 0: not said */
    guint msd;        /* 0: not said */
} InlayStlinkVersion;

/* Decodes the 6 bytes of GET_VERSION, of a product that has a mass storage part (V2-1, V3) or not.
 * For a V3 only the generation is meaningful. */
InlayStlinkVersion inlay_stlink_version_decode(const guint8 reply[6], gboolean has_msd);

/* Decodes the 12 bytes of a V3's GET_VERSION_EX. */
InlayStlinkVersion inlay_stlink_version_decode_v3(const guint8 reply[12]);

/* The probe behind a link. Takes the link, also on failure. A mute probe is given one reset before
 * it is named mute, within OPEN_ADAPTER. Errors: those of a link. */
InlayProbe *inlay_stlink_probe_new(InlayLink *link, GCancellable *cancellable, GError **error);

G_END_DECLS
