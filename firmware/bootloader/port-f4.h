/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_PORT_F4_H
#define FIRMWARE_BOOTLOADER_PORT_F4_H

#include <stdint.h>

/*
 * The parts of the port on an STM32F405/407, which main.c opens. All of it runs from SRAM, with the
 * vector table and the constants (bootloader.ld): while the flash is busy nothing waits for it.
 * Sections are of RM0090, where nothing else is said.
 */

/* From bootloader.ld: behind the bootloader's own flash and RAM. */
extern const uint8_t __own_flash_end[], __own_ram_end[];

#define FLASH_BASE 0x08000000u

/* port-f4.c: what port_chip says, ticks, LED. After the clocks. */
void port_open_chip(uint32_t core_hz);
void port_feed_watchdog(void);

/* port-f4-line.c: from now on port_ring fills. */
void port_open_line(uint32_t uart_hz, uint32_t baud);
/* Waits until the last bit that was sent has left: 20 ms at most. */
void port_drain_line(void);

/* port-f4-debug.c */
void port_open_debug(uint32_t uart_hz, uint32_t baud);

/* port-f4-flash.c: reads no longer go through caches. */
void port_open_flash(void);

/* port-f4-memory.c: the backup SRAM too. */
void port_open_memory(void);

/* port-f4-crc.c */
void port_open_crc(void);

#endif
