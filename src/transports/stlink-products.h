/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The ST-LINKs by their USB product id. */

#define INLAY_STLINK_VENDOR 0x0483

typedef struct {
    guint16 product_id;
    const char *name; /* "ST-LINK/V2-1" */
    guint8 out;       /* endpoint of commands and data */
    guint8 in;
    gboolean has_msd; /* its version counts the mass storage part, else the SWIM part */
    int trouble;      /* an InlayErrorId: why it cannot be used; -1: it can */
} InlayStlinkProduct;

/* NULL when the device is no ST-LINK. */
const InlayStlinkProduct *inlay_stlink_product_find(guint16 vendor_id, guint16 product_id);

/* FALSE for a kind that cannot be used; `address` is for the message. Errors: ADAPTER_UNSUPPORTED,
 * ADAPTER_DFU. */
gboolean
inlay_stlink_product_check(const InlayStlinkProduct *product, const char *address, GError **error);

G_END_DECLS
