/* SPDX-License-Identifier: MIT-0 */
#include "boot-decision.h"

/* VTOR holds a multiple of the table's size rounded up to a power of two: up to 128 vectors on the
 * chips of this house (PM0214 section 4.4.4, PM0056 section 4.4.4). */
#define VECTOR_TABLE_ALIGNMENT 0x200u
#define STACK_ALIGNMENT 8u

bool
boot_vectors_are_sane(const struct boot_entry *entry,
                      const struct boot_vectors *vectors,
                      const struct boot_ram *ram)
{
    const uint32_t code = vectors->reset & ~1u;

    return entry->base % VECTOR_TABLE_ALIGNMENT == 0 && vectors->stack % STACK_ALIGNMENT == 0 &&
           vectors->stack > ram->base && vectors->stack - ram->base <= ram->size &&
           (vectors->reset & 1u) != 0 && code >= entry->base && code - entry->base < entry->size;
}

unsigned
boot_find_request(const struct boot_entry *entries, unsigned n_entries, uint32_t request)
{
    for (unsigned i = 0; i < n_entries; i++)
        if (entries[i].magic == request)
            return i;

    return 0;
}

bool
boot_choose(const struct boot_entry *entries,
            const struct boot_vectors *vectors,
            unsigned n_entries,
            const struct boot_ram *ram,
            unsigned wanted,
            unsigned *chosen)
{
    if (wanted < n_entries && boot_vectors_are_sane(&entries[wanted], &vectors[wanted], ram)) {
        *chosen = wanted;
        return true;
    }

    for (unsigned i = 0; i < n_entries; i++)
        if (boot_vectors_are_sane(&entries[i], &vectors[i], ram)) {
            *chosen = i;
            return true;
        }

    return false;
}

uint32_t
boot_next_magic(const struct boot_entry *entries, unsigned n_entries, uint32_t base)
{
    for (unsigned i = 0; i + 1 < n_entries; i++)
        if (entries[i].base == base)
            return entries[i + 1].magic;

    return entries[0].magic;
}
