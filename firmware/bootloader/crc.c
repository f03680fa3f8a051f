/* SPDX-License-Identifier: MIT-0 */
#include "crc.h"

#define POLYNOMIAL 0x04C11DB7u
#define POLYNOMIAL_REVERSED 0xEDB88320u

uint32_t
crc_of_frame(const uint8_t *bytes, uint32_t size)
{
    uint32_t crc = 0xFFFFFFFFu;

    for (uint32_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 32; bit++)
            crc = (crc << 1) ^ (crc >> 31 ? POLYNOMIAL : 0u);
    }

    return crc;
}

uint32_t
crc_zlib(uint32_t crc, const uint8_t *bytes, uint32_t size)
{
    crc = ~crc;
    for (uint32_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1u ? POLYNOMIAL_REVERSED : 0u);
    }

    return ~crc;
}
