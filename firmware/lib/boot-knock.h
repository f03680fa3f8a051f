/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_LIB_BOOT_KNOCK_H
#define FIRMWARE_LIB_BOOT_KNOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How a host asks a running application to make place for the bootloader: the frame of RESET into
 * the bootloader with tag 0 (docs/protocol.md, section 6), among whatever else the UART carries.
 * Zeroed is the state before the first byte.
 */
#define BOOT_KNOCK_SIZE 11u

struct boot_knock {
    uint8_t last[BOOT_KNOCK_SIZE]; /* the oldest first */
};

/* TRUE when `byte` ends the frame. */
bool boot_knock_take(struct boot_knock *knock, uint8_t byte);

#endif
