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

/* port-f4.c: what port_chip says. Leaves the chip as it is after reset, as do port_find_memory() and
 * port_read32() of what any program may be in. */
void port_measure_chip(void);
/* Ticks and the LED, once the clocks run. */
void port_start(uint32_t core_hz);
void port_feed_watchdog(void);

/* port-f4-line.c: from now on port_ring fills. */
void port_open_line(uint32_t uart_hz, uint32_t baud);
/* Waits until the last bit that was sent has left: 20 ms at most. */
void port_drain_line(void);

/* port-f4-debug.c */
void port_open_debug(uint32_t uart_hz, uint32_t baud);
/* Waits until all has left: 30 ms at most. */
void port_drain_debug(void);

/* port-f4-flash.c: reads no longer go through caches. */
void port_open_flash(void);

/* port-f4-crc.c */
void port_open_crc(void);

#endif
