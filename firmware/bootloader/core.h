/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_CORE_H
#define FIRMWARE_BOOTLOADER_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "frames.h"

/*
 * What the core's files share. A command is a row of a table: its function gets the arguments, puts data
 * into answer_data (*n bytes) and returns a status; `after` is done when the answer has been handed over.
 */
struct command {
    uint8_t code;
    bool tells_status;           /* of the twelve: its data is the status; else a refusal is 7F */
    uint16_t min_size, max_size; /* of the arguments */
    uint8_t (*run)(const uint8_t *arguments, uint32_t size, uint32_t *n);
    void (*after)(void); /* NULL: nothing */
};

/* commands.c, extensions.c; NULL: unknown. */
const struct command *commands_find(uint8_t code);
const struct command *extensions_find(uint8_t code);
/* Puts the codes of all and returns how many. */
uint32_t commands_list(uint8_t *out);
uint32_t extensions_list(uint8_t *out);

/* boot.c: called in every wait, while a sector is busy. */
void boot_serve(uint8_t sector);

/* memory.c: of a range; each returns a status. */
uint8_t memory_check_read(uint32_t addr, uint32_t size);
uint8_t memory_write(uint32_t addr, const uint8_t *bytes, uint32_t size);
/* Programs the held words when a program may be started there. */
uint8_t memory_prepare_start(uint32_t addr);

#endif
