/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_LIB_BOOT_DECISION_H
#define FIRMWARE_LIB_BOOT_DECISION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Which program a boot selector starts: pure functions of the boot table (made from the layout), of
 * the request found in the mailbox, and of the vector tables found in flash.
 */

struct boot_entry {
    const char *name;
    uint32_t magic; /* the request for it */
    uint32_t base;  /* of its partition, where its vector table is */
    uint32_t size;
};

/* The first two words of a vector table. */
struct boot_vectors {
    uint32_t stack;
    uint32_t reset;
};

struct boot_ram {
    uint32_t base;
    uint32_t size;
};

/* TRUE when a core can start with these vectors: the stack lies in (start, end] of the RAM on 8
 * bytes, the reset vector is Thumb code inside the partition, and VTOR can point to its base. */
bool boot_vectors_are_sane(const struct boot_entry *entry,
                           const struct boot_vectors *vectors,
                           const struct boot_ram *ram);

/* The entry that was asked for, or the first one: an unknown request is none. */
unsigned boot_find_request(const struct boot_entry *entries, unsigned n_entries, uint32_t request);

/* Starts looking at `wanted`, then takes the others in their order. `vectors` has one element an
 * entry. FALSE when none is sane; else `*chosen` is an index. */
bool boot_choose(const struct boot_entry *entries,
                 const struct boot_vectors *vectors,
                 unsigned n_entries,
                 const struct boot_ram *ram,
                 unsigned wanted,
                 unsigned *chosen);

/* The request with which the program at `base` asks for the entry after its own, in turns. */
uint32_t boot_next_magic(const struct boot_entry *entries, unsigned n_entries, uint32_t base);

#endif
