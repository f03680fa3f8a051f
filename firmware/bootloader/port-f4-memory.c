/* SPDX-License-Identifier: MIT-0 */
/* Which memories there are and how they are read (docs/protocol.md, section 4). */
#include BOOT_TABLE_HEADER
#include "firmware/port/stm32/bits.h"
#include "machine.h"
#include "port-f4.h"
#include "port.h"
#include "registers.h"

/* 2.3; the option bytes' and the OTP's: table 5. */
#define SRAM_BASE 0x20000000u
#define SRAM_SIZE 0x20000u
#define CCM_BASE 0x10000000u
#define CCM_SIZE 0x10000u
#define BACKUP_BASE 0x40024000u
#define BACKUP_SIZE 0x1000u
#define OTP_BASE 0x1FFF7800u
#define OTP_SIZE 0x210u
#define ID_BASE 0x1FFF7A10u
#define ID_SIZE 0x20u
#define OPTIONS_BASE 0x1FFFC000u
#define OPTIONS_SIZE 0x10u

/* The backup SRAM is clocked with the one (7.3.10), and written with the other (5.1.2, 5.4.1). */
#define RCC_AHB1ENR RCC_PORT_ENR
#define RCC_AHB1_BACKUP (1u << 18)
#define PWR_CR_DBP (1u << 8)

#define USE(use) (1u << (use))
#define READ USE(PORT_READ)
#define WRITE USE(PORT_WRITE)
#define GO USE(PORT_GO)

static const struct memory {
    uint32_t base, size;
    uint8_t uses;
    uint8_t kind;
} memories[] = {
    {SRAM_BASE, SRAM_SIZE, READ | GO, PORT_PLAIN},
    {CCM_BASE, CCM_SIZE, READ | WRITE, PORT_PLAIN},
    {BACKUP_BASE, BACKUP_SIZE, READ | WRITE | GO, PORT_PLAIN},
    {OTP_BASE, OTP_SIZE, READ | WRITE, PORT_OTP},
    {ID_BASE, ID_SIZE, READ, PORT_PLAIN},
    {OPTIONS_BASE, OPTIONS_SIZE, READ, PORT_PLAIN},
};

static bool
is_within(uint32_t addr, uint32_t size, uint32_t base, uint32_t memory_size)
{
    return addr >= base && addr - base < memory_size && size <= memory_size - (addr - base);
}

enum port_memory
port_find_memory(enum port_use use, uint32_t addr, uint32_t size)
{
    const uint32_t own_ram_end = (uint32_t)(uintptr_t)__own_ram_end;

    if (is_within(addr, size, FLASH_BASE, port_chip.flash_kib * 1024u))
        return PORT_FLASH;
    if (use == PORT_WRITE && is_within(addr, size, own_ram_end, BOOT_MAILBOX - own_ram_end))
        return PORT_PLAIN;

    for (uint32_t i = 0; i < sizeof memories / sizeof memories[0]; i++)
        if ((memories[i].uses & USE(use)) != 0 &&
            is_within(addr, size, memories[i].base, memories[i].size))
            return (enum port_memory)memories[i].kind;

    return PORT_NOWHERE;
}

/* Of all memories the backup SRAM alone has a clock of its own, which a program that is started in it
 * needs as well. */
static void
touch(uint32_t addr)
{
    if (is_within(addr, 1, BACKUP_BASE, BACKUP_SIZE))
        bits_open_clock(RCC_AHB1ENR, RCC_AHB1_BACKUP);
}

uint8_t
port_read8(uint32_t addr)
{
    touch(addr);
    return memory_read8(addr);
}

uint32_t
port_read32(uint32_t addr)
{
    touch(addr);
    return memory_read32(addr);
}

void
port_write8(uint32_t addr, uint8_t value)
{
    touch(addr);
    if (is_within(addr, 1, BACKUP_BASE, BACKUP_SIZE)) {
        bits_open_clock(RCC_APB1ENR, RCC_APB1_PWR);
        reg_write(PWR_CR, reg_read(PWR_CR) | PWR_CR_DBP);
    }
    memory_write8(addr, value);
}
