/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_INFLATE_H
#define FIRMWARE_BOOTLOADER_INFLATE_H

#include <stdint.h>

/* Raw DEFLATE (RFC 1951), without a window of its own: what was put is looked at where it is. */
struct inflate_io {
    int (*pull)(void);                   /* the next byte; negative: there is none */
    uint8_t (*put)(uint8_t byte);        /* a status, which ends the run */
    int (*look_back)(uint32_t distance); /* negative: there was none */
};

#define INFLATE_CUT 0xFFu /* beside the statuses of proto/boot.h: the input ended too early */

/* BOOT_OK at the end of the last block, BOOT_BAD_STREAM when the data are none. */
uint8_t inflate_run(const struct inflate_io *io);

#endif
