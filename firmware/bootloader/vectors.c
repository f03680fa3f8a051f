/* SPDX-License-Identifier: MIT-0 */
#include "vectors.h"

#include "firmware/lib/boot-decision.h"
#include "flash.h"
#include "port.h"

#define BLANK 0xFFFFFFFFu
#define THUMB 1u
/* A stack that has this bit set is never sane. */
#define STACK_MARK 1u

static uint32_t held[2];

void
vectors_init(void)
{
    vectors_forget();
}

void
vectors_forget(void)
{
    held[0] = held[1] = BLANK;
}

bool
vectors_is_held(uint32_t addr)
{
    return addr - port_chip.app_base < sizeof held;
}

void
vectors_hold(uint32_t addr, uint32_t value)
{
    held[(addr - port_chip.app_base) / 4u] &= value;
}

uint32_t
vectors_read32(uint32_t addr)
{
    const uint32_t value = port_read32(addr);

    return vectors_is_held(addr) ? value & held[(addr - port_chip.app_base) / 4u] : value;
}

uint8_t
vectors_read8(uint32_t addr)
{
    if (!vectors_is_held(addr))
        return port_read8(addr);

    return (uint8_t)(vectors_read32(addr & ~3u) >> 8u * (addr & 3u));
}

/* The application's code lies in its partition, another program's in the memory of its table. */
static bool
are_sane(uint32_t addr, const struct boot_vectors *vectors)
{
    static const struct boot_ram anywhere = {0, 0xFFFFFFFFu};
    const bool is_app = addr == port_chip.app_base;
    const struct boot_entry entry = {
        .base = addr,
        .size = is_app ? port_chip.app_size : 0xFFFFFFFFu - addr,
    };

    return boot_vectors_are_sane(&entry, vectors, &anywhere) &&
           port_find_memory(PORT_READ, vectors->stack - 4u, 4) == PORT_PLAIN &&
           port_find_memory(PORT_GO, addr, (vectors->reset & ~THUMB) + 2u - addr) != PORT_NOWHERE;
}

static bool
has_place_for_vectors(uint32_t addr)
{
    return (addr & 3u) == 0 && port_find_memory(PORT_GO, addr, 8) != PORT_NOWHERE;
}

bool
vectors_are_sane(uint32_t addr)
{
    struct boot_vectors vectors;

    if (!has_place_for_vectors(addr))
        return false;
    vectors.stack = port_read32(addr);
    vectors.reset = port_read32(addr + 4u);

    return are_sane(addr, &vectors);
}

bool
vectors_will_be_sane(uint32_t addr)
{
    struct boot_vectors vectors;

    if (!has_place_for_vectors(addr))
        return false;
    vectors.stack = vectors_read32(addr);
    vectors.reset = vectors_read32(addr + 4u);

    return are_sane(addr, &vectors);
}

/* A cut leaves a word with some of its zeros. The reset vector is programmed while the stack is blank, and
 * the stack at first with a bit that makes it insane: that one bit alone decides. */
uint8_t
vectors_program(void)
{
    const uint32_t base = port_chip.app_base;
    const uint32_t stack = vectors_read32(base), reset = vectors_read32(base + 4u);
    uint8_t status;

    if ((held[0] & held[1]) == BLANK || stack == BLANK || reset == BLANK)
        return BOOT_OK;

    status = flash_check_program(base, sizeof held);
    if (status == BOOT_OK)
        status = flash_program_verified(base + 4u, reset);
    if (status == BOOT_OK)
        status = flash_program_verified(base, stack | STACK_MARK);
    if (status == BOOT_OK)
        status = flash_program_verified(base, stack);
    if (status == BOOT_OK)
        vectors_forget();

    return status;
}

/* An erase that is cut may leave these words as they were while others have changed. So their zeros come
 * first; and before these the one bit without which nothing starts. */
uint8_t
vectors_destroy(void)
{
    const uint32_t base = port_chip.app_base;
    uint8_t status;

    vectors_forget();
    if (!vectors_are_sane(base))
        return BOOT_OK;

    status = flash_program_verified(base + 4u, port_read32(base + 4u) & ~THUMB);
    if (status == BOOT_OK)
        status = flash_program_verified(base + 4u, 0);
    if (status == BOOT_OK)
        status = flash_program_verified(base, 0);

    return status;
}
