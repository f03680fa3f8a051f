/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_PORT_H
#define FIRMWARE_BOOTLOADER_PORT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What the bootloader's portable core (the other files of this folder) needs of a chip. Two ports:
 * port-f4.c on an STM32F405/407, and the tests' one on the host with a model of NOR flash, where time
 * passes only in port_wait(), port_send() and the flash operations.
 *
 * The core calls all of it from one thread, and nothing of it from an interrupt.
 */

/* -- the line -- */

/* Received bytes go round in port_ring without the core's doing; port_received() counts them, modulo
 * 2^32. The core, which only reads, reads byte n at port_ring[n % PORT_RING_SIZE] before byte
 * n + PORT_RING_SIZE comes. */
#define PORT_RING_SIZE 8192u
extern volatile uint8_t port_ring[PORT_RING_SIZE];
uint32_t port_received(void);

/* Hands the bytes to the transmitter and returns when they may change again. */
void port_send(const uint8_t *bytes, uint32_t size);
/* FALSE: this clock cannot make it within 2 %. Changes it when all that was sent has left. */
bool port_can_baud(uint32_t baud);
void port_set_baud(uint32_t baud);
uint32_t port_get_baud(void);
uint32_t port_get_baud_max(void);

/* -- time and life -- */

uint32_t port_ms(void);
/* Sleeps until something may have happened: a byte, a tick; 1 ms at most. Feeds the watchdog, when the
 * option bytes have started it. */
void port_wait(void);
void port_set_led(bool lit);
void port_debug(const char *text); /* a line for people, without its end */
/* When all that was sent has left, a system reset that leaves the request words (proto/boot.h) for the next
 * start. */
_Noreturn void port_reset(uint32_t request, uint32_t address);

/* -- the chip -- */

struct port_sector {
    uint32_t base;
    uint32_t size;
};

/* What is known at the start and does not change. */
struct port_chip {
    uint32_t idcode;
    uint16_t flash_kib;
    uint16_t supply_mv;
    uint8_t uid[12];
    uint8_t n_sectors;
    uint8_t own_sectors; /* so many, from the first, are the bootloader's */
    const struct port_sector *sectors;
    uint32_t app_base, app_size; /* of the layout; within the flash */
    uint32_t version;            /* major << 16 | minor << 8 | patch */
    const char *build;           /* what CAPABILITIES calls it: 16 characters at most */
};
extern struct port_chip port_chip;

/* Which memories a command may touch (docs/protocol.md, section 4), by a whole range. */
enum port_use { PORT_READ, PORT_WRITE, PORT_GO };
enum port_memory { PORT_NOWHERE, PORT_FLASH, PORT_OTP, PORT_PLAIN };
enum port_memory port_find_memory(enum port_use use, uint32_t addr, uint32_t size);

/* Of any memory that port_find_memory() lets through; flash is read past its caches. */
uint8_t port_read8(uint32_t addr);
uint32_t port_read32(uint32_t addr);            /* addr: multiple of 4 */
void port_write8(uint32_t addr, uint8_t value); /* PORT_PLAIN only */

/* CRC-32 of zlib over `words` words from a multiple of 4, by the CRC unit: crc as zlib's crc32() takes
 * and gives it, from 0. */
uint32_t port_crc32(uint32_t crc, uint32_t addr, uint32_t words);

/* -- the flash controller. Each starts an operation; the next may be started when port_flash_poll() no
 * longer says BOOT_BUSY: BOOT_OK, or why not (proto/boot.h). The core meanwhile runs from SRAM. -- */
void port_flash_erase(uint8_t sector);
void port_flash_program32(uint32_t addr, uint32_t value);
void port_flash_program8(uint32_t addr, uint8_t value); /* OTP, and edges in flash */
uint8_t port_flash_poll(void);

/* -- option bytes, in the shape of OPTCR (RM0090 3.9.10): level in bits 15:8, nWRP in 27:16 -- */
uint32_t port_options_read(void);
uint32_t port_options_writable(void);       /* its bits that are option bytes */
uint8_t port_options_write(uint32_t optcr); /* blocks, bounded; BOOT_OK or why not */

#endif
