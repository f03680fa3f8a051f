/* SPDX-License-Identifier: MIT-0 */
#include "flash.h"

#include "core.h"
#include "options.h"
#include "port.h"
#include "vectors.h"

#define BLANK 0xFFFFFFFFu
/* OTP of the STM32F4: the lock byte of a block is 0 when it is locked (RM0090 section 3.7). */
#define OTP_BASE 0x1FFF7800u
#define OTP_LOCKS (OTP_BASE + BOOT_OTP_BLOCKS * BOOT_OTP_BLOCK_SIZE)
#define OTP_LOCKED 0u

/* Twice a program access's longest, 100 us, in ticks that may be about to end (DS8626 section 5.3.12). */
#define PROGRAM_LIMIT_MS 2u

/* Twice the longest erase at x8, x16, x32 (DS8626 section 5.3.12). */
static const struct {
    uint32_t size;
    uint16_t limit_ms[3];
} erase_limits[] = {
    {16u * 1024u, {1600, 1200, 1000}},
    {64u * 1024u, {4800, 2800, 2200}},
    {128u * 1024u, {8000, 5200, 4000}},
};
#define N_ERASE_LIMITS (sizeof erase_limits / sizeof erase_limits[0])

uint8_t
flash_find_sector(uint32_t addr)
{
    uint8_t i = 0;

    while (i < port_chip.n_sectors && addr - port_chip.sectors[i].base >= port_chip.sectors[i].size)
        i++;

    return i;
}

bool
flash_is_own(uint32_t addr, uint32_t size)
{
    const struct port_sector *last = &port_chip.sectors[port_chip.own_sectors - 1];
    const uint32_t base = port_chip.sectors[0].base;

    return addr < last->base + last->size && addr + size > base;
}

bool
flash_is_whole_sectors(uint32_t addr, uint32_t size)
{
    const uint8_t first = flash_find_sector(addr), last = flash_find_sector(addr + size - 1u);

    return first < port_chip.n_sectors && last < port_chip.n_sectors &&
           addr == port_chip.sectors[first].base &&
           addr + size == port_chip.sectors[last].base + port_chip.sectors[last].size;
}

uint32_t
flash_get_other_sectors(void)
{
    return ((1u << port_chip.n_sectors) - 1u) & ~((1u << port_chip.own_sectors) - 1u);
}

static bool
is_of_app(uint8_t sector)
{
    const struct port_sector *at = &port_chip.sectors[sector];

    return at->base < port_chip.app_base + port_chip.app_size &&
           at->base + at->size > port_chip.app_base;
}

/* -- waiting -- */

static uint32_t
erase_limit_ms(uint8_t sector)
{
    const unsigned width = port_chip.supply_mv >= 2700u   ? 2u
                           : port_chip.supply_mv >= 2100u ? 1u
                                                          : 0u;
    unsigned i = 0;

    while (i < N_ERASE_LIMITS - 1u && port_chip.sectors[sector].size > erase_limits[i].size)
        i++;

    return erase_limits[i].limit_ms[width];
}

static uint8_t
wait_erase(uint8_t sector)
{
    const uint32_t begin_ms = port_ms(), limit_ms = erase_limit_ms(sector);
    uint8_t status;

    while ((status = port_flash_poll()) == BOOT_BUSY && port_ms() - begin_ms <= limit_ms) {
        boot_serve(sector);
        port_wait();
    }

    return status == BOOT_BUSY ? BOOT_FLASH_TIMEOUT : status;
}

/* Not with port_wait(): a word takes 16 us. */
uint8_t
flash_finish(void)
{
    const uint32_t begin_ms = port_ms();
    uint8_t status;

    while ((status = port_flash_poll()) == BOOT_BUSY && port_ms() - begin_ms <= PROGRAM_LIMIT_MS)
        ;

    return status == BOOT_BUSY ? BOOT_FLASH_TIMEOUT : status;
}

/* -- erasing -- */

uint8_t
flash_check_erase(uint32_t sectors, uint8_t *failed)
{
    const uint8_t app_first = flash_find_sector(port_chip.app_base);
    const bool stays_bootable =
        vectors_are_sane(port_chip.app_base) && (sectors >> app_first & 1u) == 0;

    for (*failed = 0; *failed < port_chip.n_sectors; ++*failed) {
        if ((sectors >> *failed & 1u) == 0)
            continue;
        if (*failed < port_chip.own_sectors)
            return BOOT_OWN_SECTOR;
        if (options_protects(*failed))
            return BOOT_WRITE_PROTECTED;
        if (stays_bootable && is_of_app(*failed))
            return BOOT_STAYS_BOOTABLE;
    }

    return BOOT_OK;
}

static uint8_t
erase_one(uint8_t sector)
{
    uint8_t status = flash_finish();

    if (status == BOOT_OK && sector == flash_find_sector(port_chip.app_base))
        status = vectors_destroy();
    if (status == BOOT_OK) {
        port_flash_erase(sector);
        status = wait_erase(sector);
    }

    return status;
}

uint8_t
flash_erase(uint32_t sectors, uint8_t *failed)
{
    const uint8_t app_first = flash_find_sector(port_chip.app_base);
    uint8_t status = flash_check_erase(sectors, failed);

    if (status == BOOT_OK && (sectors >> app_first & 1u) != 0) {
        *failed = app_first;
        status = erase_one(app_first);
        sectors &= ~(1u << app_first);
    }
    for (uint8_t i = 0; status == BOOT_OK && i < port_chip.n_sectors; i++)
        if ((sectors >> i & 1u) != 0) {
            *failed = i;
            status = erase_one(i);
        }

    return status;
}

/* -- programming -- */

uint8_t
flash_check_program(uint32_t addr, uint32_t size)
{
    const uint8_t last = flash_find_sector(addr + size - 1u);

    if (flash_is_own(addr, size))
        return BOOT_OWN_SECTOR;
    for (uint8_t i = flash_find_sector(addr); i <= last; i++) {
        if (i >= port_chip.n_sectors)
            return BOOT_BAD_ADDRESS;
        if (options_protects(i))
            return BOOT_WRITE_PROTECTED;
        if (is_of_app(i) && vectors_are_sane(port_chip.app_base))
            return BOOT_STAYS_BOOTABLE;
    }

    return BOOT_OK;
}

uint8_t
flash_program(uint32_t addr, uint32_t value)
{
    const uint8_t status = flash_finish();

    if (status != BOOT_OK)
        return status;
    if (vectors_is_held(addr))
        vectors_hold(addr, value);
    else
        port_flash_program32(addr, value);

    return BOOT_OK;
}

/* This one programs the held words' places too: it is how they get there. */
uint8_t
flash_program_verified(uint32_t addr, uint32_t value)
{
    uint8_t status = flash_finish();

    if (status == BOOT_OK) {
        port_flash_program32(addr, value);
        status = flash_finish();
    }
    if (status == BOOT_OK && port_read32(addr) != value)
        status = BOOT_FLASH_FAILED;

    return status;
}

/* What the word at an address is to be: bytes outside of the range stay as they are. */
static uint32_t
merge(uint32_t word_addr, uint32_t addr, const uint8_t *bytes, uint32_t size)
{
    uint32_t word = vectors_read32(word_addr);

    for (uint32_t i = 0; i < 4; i++)
        if (word_addr + i - addr < size) {
            word &= ~(0xFFu << 8u * i);
            word |= (uint32_t)bytes[word_addr + i - addr] << 8u * i;
        }

    return word;
}

static uint8_t
write_word(uint32_t addr, uint32_t value)
{
    uint8_t status = flash_program(addr, value);

    if (status == BOOT_OK)
        status = flash_finish();
    if (status == BOOT_OK && vectors_read32(addr) != value)
        status = BOOT_FLASH_FAILED;

    return status;
}

/* First looks whether all of it can be had: bits only become 0. What is there already needs nothing. */
uint8_t
flash_write(uint32_t addr, const uint8_t *bytes, uint32_t size)
{
    const uint32_t begin = addr & ~3u, end = addr + size;
    bool changes = false;
    uint8_t status = flash_finish();

    if (status != BOOT_OK)
        return status;
    for (uint32_t at = begin; at < end; at += 4) {
        const uint32_t value = merge(at, addr, bytes, size), old = vectors_read32(at);

        if ((old & value) != value)
            return BOOT_FLASH_FAILED;
        changes |= old != value;
    }
    if (changes)
        status = flash_check_program(addr, size);
    for (uint32_t at = begin; changes && status == BOOT_OK && at < end; at += 4) {
        const uint32_t value = merge(at, addr, bytes, size);

        if (vectors_read32(at) != value)
            status = write_word(at, value);
    }

    return status;
}

static bool
otp_is_locked(uint32_t addr)
{
    const uint32_t block =
        addr < OTP_LOCKS ? (addr - OTP_BASE) / BOOT_OTP_BLOCK_SIZE : addr - OTP_LOCKS;

    return port_read8(OTP_LOCKS + block) == OTP_LOCKED;
}

uint8_t
flash_write_otp(uint32_t addr, const uint8_t *bytes, uint32_t size)
{
    uint8_t status = flash_finish();

    for (uint32_t i = 0; status == BOOT_OK && i < size; i++) {
        const uint8_t old = port_read8(addr + i);

        if ((old & bytes[i]) != bytes[i])
            return BOOT_FLASH_FAILED;
        if (old != bytes[i] && otp_is_locked(addr + i))
            return BOOT_WRITE_PROTECTED;
    }
    for (uint32_t i = 0; status == BOOT_OK && i < size; i++) {
        if (port_read8(addr + i) == bytes[i])
            continue;
        port_flash_program8(addr + i, bytes[i]);
        status = flash_finish();
        if (status == BOOT_OK && port_read8(addr + i) != bytes[i])
            status = BOOT_FLASH_FAILED;
    }

    return status;
}
