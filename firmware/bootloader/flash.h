/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_FLASH_H
#define FIRMWARE_BOOTLOADER_FLASH_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware/proto/boot.h"

/*
 * Erasing and programming within what is allowed. All return a status; while they wait they serve the line
 * (boot_serve() in core.h). Reading the flash needs it idle: flash_finish() first, after flash_program().
 */

#define FLASH_ALL_SECTORS 0xFFFFFFFFu

/* The sector of an address in flash; n_sectors when it is none. */
uint8_t flash_find_sector(uint32_t addr);
bool flash_is_own(uint32_t addr, uint32_t size);
bool flash_is_whole_sectors(uint32_t addr, uint32_t size);

/* Erases the sectors of a bitmap, which none but existing ones are in; the application's first one first.
 * Nothing is erased when one may not be. *failed: the sector of a status that is not OK. */
uint8_t flash_erase(uint32_t sectors, uint8_t *failed);
/* All but the bootloader's. */
uint32_t flash_get_other_sectors(void);
/* May this be erased, or programmed? */
uint8_t flash_check_erase(uint32_t sectors, uint8_t *failed);
uint8_t flash_check_program(uint32_t addr, uint32_t size);

/* Begins; ends the one before. Held words (vectors.h) are held. */
uint8_t flash_program(uint32_t addr, uint32_t value);
uint8_t flash_program_verified(uint32_t addr, uint32_t value);
uint8_t flash_finish(void);

/* MEM_WRITE: any bytes, to flash and to OTP. */
uint8_t flash_write(uint32_t addr, const uint8_t *bytes, uint32_t size);
uint8_t flash_write_otp(uint32_t addr, const uint8_t *bytes, uint32_t size);

#endif
