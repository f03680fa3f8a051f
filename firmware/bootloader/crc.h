/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_CRC_H
#define FIRMWARE_BOOTLOADER_CRC_H

#include <stdint.h>

/* The crc of the twelve's frames: each byte is fed as a word (docs/protocol.md, section 1). */
uint32_t crc_of_frame(const uint8_t *bytes, uint32_t size);

/* zlib's CRC-32, taken and given as its crc32() does, from 0. */
uint32_t crc_zlib(uint32_t crc, const uint8_t *bytes, uint32_t size);

#endif
