/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_EXTENSIONS_H
#define FIRMWARE_BOOTLOADER_EXTENSIONS_H

void extensions_init(void);
/* While nothing else is to do: takes a baud rate back that does not carry. */
void extensions_tick(void);

#endif
