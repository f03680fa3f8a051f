/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/boot-crc.h"

#define POLYNOMIAL 0x04C11DB7u

/* Each byte goes in as one 32-bit word: so many bits without a byte in them, then its own. */
guint32
inlay_boot_crc(const guint8 *bytes, gsize size)
{
    guint32 crc = 0xFFFFFFFFu;

    for (gsize i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (guint bit = 0; bit < 32; bit++)
            crc = crc << 1 ^ ((crc & 0x80000000u) != 0 ? POLYNOMIAL : 0);
    }
    return crc;
}
