/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_DIGEST_H
#define FIRMWARE_BOOTLOADER_DIGEST_H

#include <stdint.h>

struct digest {
    uint32_t crc32, sum_a, sum_b;
};

/* The sums of proto/loader.h over a range that can be read; the held words count as if in flash. */
void digest_compute(uint32_t addr, uint32_t size, struct digest *digest);
void digest_put(uint8_t *out, const struct digest *digest);

#endif
