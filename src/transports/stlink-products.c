/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/stlink-products.h"

static const InlayStlinkProduct products[] = {
    {0x3744, "ST-LINK", 0, 0, FALSE}, /* speaks through USB mass storage */
    {0x3748, "ST-LINK/V2", 0x02, 0x81, FALSE},
    {0x374b, "ST-LINK/V2-1", 0x01, 0x81, TRUE},
    {0x3752, "ST-LINK/V2-1", 0x01, 0x81, TRUE},
    {0x374d, "STLINK-V3 (updating)", 0, 0, TRUE}, /* its loader: waits for firmware */
    {0x374e, "STLINK-V3E", 0x01, 0x81, TRUE},
    {0x374f, "STLINK-V3S", 0x01, 0x81, TRUE},
    {0x3753, "STLINK-V3", 0x01, 0x81, TRUE},
    {0x3754, "STLINK-V3", 0x01, 0x81, TRUE},
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
