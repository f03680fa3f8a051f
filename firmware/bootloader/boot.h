/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_BOOT_H
#define FIRMWARE_BOOTLOADER_BOOT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The bootloader's portable core: what comes over the line is done on the port (port.h). Two calls
 * from main(): boot_init() once, then boot_poll() for ever.
 */
void boot_init(void);

/* Does what has arrived, a command or a whole stream, or sleeps until something happens: a millisecond at
 * most. */
void boot_poll(void);

#endif
