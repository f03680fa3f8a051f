/* SPDX-License-Identifier: MIT-0 */
#include "bits.h"

#include "machine.h"

void
bits_set_field(uintptr_t addr, unsigned shift, uint32_t mask, uint32_t value)
{
    reg_write(addr, (reg_read(addr) & ~(mask << shift)) | value << shift);
}

void
bits_open_clock(uintptr_t addr, uint32_t bit)
{
    reg_write(addr, reg_read(addr) | bit);
    reg_read(addr);
}

bool
bits_wait_for(uintptr_t addr, uint32_t mask, uint32_t value, uint32_t polls)
{
    for (; polls > 0; polls--)
        if ((reg_read(addr) & mask) == value)
            return true;

    return false;
}
