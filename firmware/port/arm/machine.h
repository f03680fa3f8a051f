/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_ARM_MACHINE_H
#define FIRMWARE_PORT_ARM_MACHINE_H

#include <stdint.h>

/*
 * The one place where an address becomes an access: registers, memory by address, and the few
 * instructions C has no words for. Tests on the host give a machine.h of their own, with a fake chip
 * behind the same names.
 */

static inline uint32_t
reg_read(uintptr_t addr)
{
    return *(volatile uint32_t *)addr;
}

static inline void
reg_write(uintptr_t addr, uint32_t value)
{
    *(volatile uint32_t *)addr = value;
}

static inline void
memory_write8(uintptr_t addr, uint8_t value)
{
    *(volatile uint8_t *)addr = value;
}

static inline void
memory_write16(uintptr_t addr, uint16_t value)
{
    *(volatile uint16_t *)addr = value;
}

static inline void
memory_write32(uintptr_t addr, uint32_t value)
{
    *(volatile uint32_t *)addr = value;
}

static inline uint8_t
memory_read8(uintptr_t addr)
{
    return *(volatile const uint8_t *)addr;
}

static inline uint16_t
memory_read16(uintptr_t addr)
{
    return *(volatile const uint16_t *)addr;
}

/* At any alignment: the Cortex-M3 and M4 load unaligned words from memory (not so the M0). */
static inline uint32_t
memory_read32(uintptr_t addr)
{
    struct __attribute__((packed, may_alias)) word {
        uint32_t value;
    };

    return ((volatile const struct word *)addr)->value;
}

/* The bits of a word in reverse order. */
static inline uint32_t
reverse_bits(uint32_t value)
{
    uint32_t reversed;

    __asm__("rbit %0, %1" : "=r"(reversed) : "r"(value));
    return reversed;
}

/* Waits until all earlier memory accesses are done. */
static inline void
barrier(void)
{
    __asm__ volatile("dsb" ::: "memory");
}

#endif
