/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/stlink-products.h"

#include "core/error.h"

#define USABLE (-1)

static const InlayStlinkProduct products[] = {
    /* speaks through USB mass storage */
    {0x3744, "ST-LINK/V1", 0x02, 0x81, FALSE, INLAY_ERROR_ADAPTER_UNSUPPORTED},
    {0x3748, "ST-LINK/V2", 0x02, 0x81, FALSE, USABLE},
    {0x374b, "ST-LINK/V2-1", 0x01, 0x81, TRUE, USABLE},
    {0x3752, "ST-LINK/V2-1", 0x01, 0x81, TRUE, USABLE},
    /* its loader: waits for firmware */
    {0x374d, "STLINK-V3 (bootloader)", 0x01, 0x81, TRUE, INLAY_ERROR_ADAPTER_DFU},
    {0x374e, "STLINK-V3E", 0x01, 0x81, TRUE, USABLE},
    {0x374f, "STLINK-V3S", 0x01, 0x81, TRUE, USABLE},
    {0x3753, "STLINK-V3", 0x01, 0x81, TRUE, USABLE},
    {0x3754, "STLINK-V3", 0x01, 0x81, TRUE, USABLE},
};

const InlayStlinkProduct *
inlay_stlink_product_find(guint16 vendor_id, guint16 product_id)
{
    for (guint i = 0; vendor_id == INLAY_STLINK_VENDOR && i < G_N_ELEMENTS(products); i++) {
        if (products[i].product_id == product_id)
            return &products[i];
    }
    return NULL;
}

gboolean
inlay_stlink_product_check(const InlayStlinkProduct *product, const char *address, GError **error)
{
    if (product->trouble == USABLE)
        return TRUE;
    g_set_error(error, INLAY_ERROR, product->trouble,
                "%s: an ST-LINK/V2, V2-1 or V3 with its firmware running expected, found %s "
                "(0483:%04x)",
                address, product->name, product->product_id);
    return FALSE;
}
