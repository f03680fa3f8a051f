/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/adapters.h"
#include "transports/link.h"

G_BEGIN_DECLS

/* The ST-LINKs of one look at the bus. */
typedef struct InlayUsbProbes InlayUsbProbes;

/* `look`: also reads their serial numbers and finds out whether they can be used, which takes up to
 * FIND_ADAPTER. */
InlayUsbProbes *inlay_usb_probes_find(gboolean look, GError **error);
void inlay_usb_probes_free(InlayUsbProbes *probes); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InlayUsbProbes, inlay_usb_probes_free)

/* Of InlayAdapter, by address. */
const GPtrArray *inlay_usb_probes_get(const InlayUsbProbes *probes);
GPtrArray *inlay_usb_probes_steal(InlayUsbProbes *probes); /* nothing can be opened afterwards */

/* The link to one of them; no other can be opened afterwards. Errors: of inlay_usb_link_open(). */
InlayLink *inlay_usb_probes_open(InlayUsbProbes *probes, guint index, GError **error);

G_END_DECLS
