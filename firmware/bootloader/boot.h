/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_BOOT_H
#define FIRMWARE_BOOTLOADER_BOOT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The bootloader's portable core: what comes over the line is done on the port (port.h). Two calls
 * from main(): boot_init() once, then boot_poll() for ever. Neither waits longer than a flash operation
 * or an answer takes.
 */
void boot_init(void);

/* Does what has arrived, then sleeps until something happens; returns at least every millisecond while
 * nothing does. */
void boot_poll(void);

#endif
