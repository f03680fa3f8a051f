/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake-f4.h"

#include <string.h>

#include "fake/machine.h"

#define SR_WRPERR (1u << 4)
#define SR_PGPERR (1u << 6)
#define SR_PGSERR (1u << 7)
#define SR_BSY (1u << 16)
#define CR_PG (1u << 0)
#define CR_SER (1u << 1)
#define CR_STRT (1u << 16)
#define CR_LOCK (1u << 31)
#define OPTCR 0x40023C14
#define OPTCR_LOCK (1u << 0)
#define OPTCR_STRT (1u << 1)
#define OPTCR_RESERVED 0xF0000010u /* RM0090 3.9.10 */
#define OPERATION_POLLS 3

static FakeF4 *fake;

void
fake_f4_init(FakeF4 *chip)
{
    memset(chip, 0, sizeof *chip);
    memset(chip->flash, 0xFF, sizeof chip->flash);
    chip->cr = CR_LOCK;
    chip->acr = 0x600;
    chip->optcr = 0x0FFFAAED; /* as delivered */
    chip->log = g_string_new(NULL);
    fake = chip;
}

void
fake_f4_clear(FakeF4 *chip)
{
    g_string_free(chip->log, TRUE);
    fake = NULL;
}

static void
begin_operation(guint32 addr)
{
    if (addr == fake->error_at)
        fake->sr |= fake->error_flags;
    fake->busy_polls = fake->stuck ? G_MAXUINT : OPERATION_POLLS;
}

static void
write_cr(guint32 value)
{
    guint32 sector = (value >> 3) & 0x1F;

    g_string_append_printf(fake->log, "CR %08x\n", value);
    if (fake->cr & CR_LOCK) {
        fake->sr |= SR_PGSERR;
        return;
    }
    fake->cr = value & ~CR_STRT;
    if (value & CR_LOCK)
        fake->keys = 0;
    if ((value & (CR_SER | CR_STRT)) != (CR_SER | CR_STRT))
        return;
    g_assert_cmpuint(sector, <, FAKE_FLASH_SIZE / FAKE_SECTOR_SIZE);
    begin_operation(FAKE_FLASH + sector * FAKE_SECTOR_SIZE);
    if (!(fake->sr & SR_WRPERR))
        memset(fake->flash + sector * FAKE_SECTOR_SIZE, 0xFF, FAKE_SECTOR_SIZE);
}

static void
write_key(guint32 value)
{
    static const guint32 keys[] = {0x45670123, 0xCDEF89AB};

    fake->keys = fake->keys < 2 && value == keys[fake->keys] ? fake->keys + 1 : 0;
    if (fake->keys == 2 && !fake->keys_fail)
        fake->cr &= ~CR_LOCK;
}

static void
write_option_key(guint32 value)
{
    static const guint32 keys[] = {0x08192A3B, 0x4C5D6E7F};

    fake->option_keys =
        fake->option_keys < 2 && value == keys[fake->option_keys] ? fake->option_keys + 1 : 0;
    if (fake->option_keys == 2)
        fake->optcr &= ~OPTCR_LOCK;
}

static void
write_optcr(guint32 value)
{
    g_string_append_printf(fake->log, "OPTCR %08x\n", value);
    g_assert_cmphex(fake->optcr & OPTCR_LOCK, ==, 0);
    g_assert_cmphex((fake->optcr ^ value) & OPTCR_RESERVED, ==, 0);
    fake->optcr = value & ~OPTCR_STRT;
    fake->option_keys = 0;
    if (value & OPTCR_STRT)
        begin_operation(OPTCR);
}

uint32_t
reg_read(uintptr_t addr)
{
    switch (addr) {
    case 0x40023830: /* RCC_AHB1ENR */
        return fake->crc_clock;
    case 0x40023C00: /* FLASH_ACR */
        return fake->acr;
    case 0x40023C0C: /* FLASH_SR */
        fake->sr_reads++;
        if (fake->busy_polls == 0)
            return fake->sr;
        if (fake->busy_polls != G_MAXUINT)
            fake->busy_polls--;
        return fake->sr | SR_BSY;
    case 0x40023C10: /* FLASH_CR */
        return fake->cr;
    case OPTCR:
        return fake->optcr;
    case 0x40023000: /* CRC_DR */
        return fake->crc;
    }
    g_error("the firmware read 0x%08" G_GINTPTR_MODIFIER "x", addr);
}

static void
crc_add(guint32 word)
{
    fake->crc ^= word;
    for (guint bit = 0; bit < 32; bit++)
        fake->crc = (fake->crc << 1) ^ (fake->crc >> 31 ? 0x04C11DB7u : 0u);
}

void
reg_write(uintptr_t addr, uint32_t value)
{
    switch (addr) {
    case 0x40023830:
        fake->crc_clock = value;
        return;
    case 0x40003000: /* IWDG_KR */
        g_assert_cmphex(value, ==, 0xAAAA);
        fake->watchdog_feeds++;
        return;
    case 0x40023C00:
        g_string_append_printf(fake->log, "ACR %08x\n", value);
        fake->acr = value;
        return;
    case 0x40023C04: /* FLASH_KEYR */
        write_key(value);
        return;
    case 0x40023C08: /* FLASH_OPTKEYR */
        write_option_key(value);
        return;
    case OPTCR:
        write_optcr(value);
        return;
    case 0x40023C0C:
        fake->sr &= ~value;
        return;
    case 0x40023C10:
        write_cr(value);
        return;
    case 0x40023000:
        g_assert_cmphex(fake->crc_clock & 1u << 12, !=, 0);
        crc_add(value);
        return;
    case 0x40023008: /* CRC_CR */
        fake->crc = 0xFFFFFFFFu;
        return;
    }
    g_error("the firmware wrote 0x%08" G_GINTPTR_MODIFIER "x", addr);
}

/* New is old AND data, and only with PG set and PSIZE equal to the access. */
static void
program(uintptr_t addr, guint32 value, guint size)
{
    guint8 *at = fake->flash + (addr - FAKE_FLASH);

    g_assert_cmphex(addr, >=, FAKE_FLASH);
    g_assert_cmphex(addr + size, <=, FAKE_FLASH + FAKE_FLASH_SIZE);
    g_string_append_printf(fake->log, "%08x %u %0*x\n", (guint)addr, size, 2 * (int)size, value);
    if (!(fake->cr & CR_PG))
        fake->sr |= SR_PGSERR;
    else if (1u << ((fake->cr >> 8) & 3) != size)
        fake->sr |= SR_PGPERR;
    else
        for (guint i = 0; i < size; i++)
            at[i] &= (guint8)(value >> (8 * i));
    begin_operation((guint32)addr);
}

void
memory_write8(uintptr_t addr, uint8_t value)
{
    program(addr, value, 1);
}

void
memory_write16(uintptr_t addr, uint16_t value)
{
    program(addr, value, 2);
}

void
memory_write32(uintptr_t addr, uint32_t value)
{
    program(addr, value, 4);
}

static uint32_t
load(uintptr_t addr, guint size)
{
    const gboolean in_flash = addr - FAKE_FLASH <= FAKE_FLASH_SIZE - size;
    const guint8 *at = in_flash ? fake->flash + (addr - FAKE_FLASH) : fake->ram + (addr - FAKE_RAM);
    guint32 value = 0;

    g_assert_true(in_flash || addr - FAKE_RAM <= FAKE_RAM_SIZE - size);
    for (guint i = 0; i < size; i++)
        value |= (guint32)at[i] << (8 * i);
    return value;
}

uint8_t
memory_read8(uintptr_t addr)
{
    return (uint8_t)load(addr, 1);
}

uint16_t
memory_read16(uintptr_t addr)
{
    return (uint16_t)load(addr, 2);
}

uint32_t
memory_read32(uintptr_t addr)
{
    return load(addr, 4);
}

uint32_t
reverse_bits(uint32_t value)
{
    uint32_t reversed = 0;

    for (guint bit = 0; bit < 32; bit++)
        reversed |= (value >> bit & 1u) << (31 - bit);
    return reversed;
}

void
barrier(void)
{
}
