/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_LOADER_FLASH_H
#define FIRMWARE_LOADER_FLASH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The flash of a chip, for the loader. What all controllers do alike is in flash.c, the rest in the
 * family's file (flash-f4.c). A returned status is one of firmware/proto/loader.h; only TIMEOUT
 * leaves the controller busy.
 */

/* Where the family's registers and bits are, and its bounds in polls of LOADER_POLL_CYCLES. */
struct flash_controller {
    uintptr_t keyr, sr, cr;
    uint32_t sr_bsy, sr_errors, sr_eop;
    uint32_t cr_strt, cr_lock;
    uintptr_t crc_clock; /* the enable register of the CRC unit */
    uint32_t crc_clock_bit;
    uint32_t erase_polls, program_polls;
};
extern const struct flash_controller flash_controller;

/* Its members from what the family's file calls these things. */
#define FLASH_CONTROLLER                                                                  \
    {                                                                                     \
        .keyr = FLASH_KEYR, .sr = FLASH_SR, .cr = FLASH_CR, .sr_bsy = FLASH_SR_BSY,       \
        .sr_errors = FLASH_SR_ERRORS, .sr_eop = FLASH_SR_EOP, .cr_strt = FLASH_CR_STRT,   \
        .cr_lock = FLASH_CR_LOCK, .crc_clock = CRC_CLOCK, .crc_clock_bit = CRC_CLOCK_BIT, \
        .erase_polls = ERASE_POLLS, .program_polls = PROGRAM_POLLS,                       \
    }

/* -- flash.c -- */

/* Clocks the CRC unit and unlocks the flash controller. */
uint32_t flash_open(void);

/* The wait and the end of programming, which flash_program_begin() explains. */
uint32_t flash_program_wait(void);
void flash_program_end(void);

/* The controller's status register. */
uint32_t flash_read_status(void);

/* For the families' files: what comes before an operation, and an erase from its start, when CR holds
 * `cr`, to its end. */
void flash_clear_flags(void);
uint32_t flash_run_erase(uint32_t cr);
uint32_t flash_erase_wait(void);

/* -- the family's file -- */

/* TRUE for the bytes a program access that the controller takes. */
bool flash_has_width(uint32_t width);

/* Erases the sector at `addr`, which the controller counts as `sector`. */
uint32_t flash_erase(uint32_t addr, uint32_t sector, uint32_t width);

/* Programming: begin once, then wait before and after each unit of `width` bytes at a multiple of
 * it, then end; but no end after a timeout, as a busy controller may stall the bus on a write to its
 * registers. */
void flash_program_begin(uint32_t width);
void flash_program_unit(uint32_t addr, uint32_t value, uint32_t width);

/* Erases the option bytes at `addr` and programs `size` bytes from the memory at `from` in their
 * place, read protection first: between the erase and that the chip counts as protected. What they
 * say holds from the next reset on. */
uint32_t flash_write_options(uint32_t addr, uint32_t from, uint32_t size);

/* Makes reads see what is in the flash now, not what a cache remembers. */
void flash_drop_caches(void);

#endif
