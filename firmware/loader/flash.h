/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_LOADER_FLASH_H
#define FIRMWARE_LOADER_FLASH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a chip family gives the loader: one file of these functions (flash-f4.c). `status` is one of
 * firmware/proto/loader.h; only TIMEOUT leaves the controller busy.
 */

/* Clocks the CRC unit and unlocks the flash controller. */
uint32_t flash_open(void);

/* TRUE for the bytes a program access that the controller takes. */
bool flash_has_width(uint32_t width);

/* Erases the sector at `addr`, which the controller counts as `sector`. */
uint32_t flash_erase(uint32_t addr, uint32_t sector, uint32_t width);

/* Programming: begin once, then wait before and after each unit of `width` bytes at a multiple of
 * it, then end; but no end after a timeout, as a busy controller may stall the bus on a write to its
 * registers. */
void flash_program_begin(uint32_t width);
void flash_program_unit(uint32_t addr, uint32_t value, uint32_t width);
uint32_t flash_program_wait(void);
void flash_program_end(void);

/* Makes reads see what is in the flash now, not what a cache remembers. */
void flash_drop_caches(void);

/* The controller's status register. */
uint32_t flash_read_status(void);

#endif
