/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_VECTORS_H
#define FIRMWARE_BOOTLOADER_VECTORS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Vector tables: whether a program can be started, and the application's first two words, which are held
 * in RAM until it is complete (docs/protocol.md, section 6).
 */
void vectors_init(void);

/* TRUE when the flash, or another memory, holds a vector table there that a core can start with. Needs
 * nothing of the core: main() asks it before it decides. */
bool vectors_are_sane(uint32_t addr);
/* The same of what the flash will hold when the held words are programmed. */
bool vectors_will_be_sane(uint32_t addr);

/* The held words are read as if they were in the flash. */
uint32_t vectors_read32(uint32_t addr);
uint8_t vectors_read8(uint32_t addr);
bool vectors_is_held(uint32_t addr);              /* an address of the two words */
void vectors_hold(uint32_t addr, uint32_t value); /* as programming would: bits become 0 */
void vectors_forget(void);                        /* as an erase would */

/* Both of these leave the flash idle, and return a status. */
uint8_t vectors_program(void);
/* Makes the words in flash insane for good, before their sector is erased. */
uint8_t vectors_destroy(void);

#endif
