/* SPDX-License-Identifier: MIT-0 */
#include "flash.h"

#include "loader.h"
#include "machine.h"

/* Embedded flash memory interface (RM0383 section 3.8, RM0090 section 3.9). */
#define FLASH_ACR 0x40023C00u
#define FLASH_ACR_ICEN (1u << 9)
#define FLASH_ACR_DCEN (1u << 10)
#define FLASH_ACR_ICRST (1u << 11)
#define FLASH_ACR_DCRST (1u << 12)
#define FLASH_KEYR 0x40023C04u
#define FLASH_SR 0x40023C0Cu
#define FLASH_SR_EOP (1u << 0)
#define FLASH_SR_ERRORS 0x1F2u /* OPERR 1, WRPERR 4, PGAERR 5, PGPERR 6, PGSERR 7, RDERR 8 */
#define FLASH_SR_BSY (1u << 16)
#define FLASH_CR 0x40023C10u
#define FLASH_CR_PG (1u << 0)
#define FLASH_CR_SER (1u << 1)
#define FLASH_CR_SNB_SHIFT 3
#define FLASH_CR_SNB_MAX 31u
#define FLASH_CR_PSIZE_SHIFT 8
#define FLASH_CR_STRT (1u << 16)
#define FLASH_CR_LOCK (1u << 31)

/* CRCEN of RCC_AHB1ENR (RM0383 section 6.3.9). */
#define CRC_CLOCK 0x40023830u
#define CRC_CLOCK_BIT (1u << 12)

/* Twice the datasheet's longest, at the 16 MHz of the internal oscillator after reset: a 128 KiB
 * sector at x8 takes 4 s, a program access 100 us (DS10314 section 6.3.12). */
#define CORE_HZ 16000000u
#define ERASE_POLLS (2u * 4u * (CORE_HZ / LOADER_POLL_CYCLES))
#define PROGRAM_POLLS (2u * 100u * (CORE_HZ / 1000000u) / LOADER_POLL_CYCLES)

/* PSIZE counts the width in powers of two: 1, 2, 4 bytes are 0, 1, 2. */
static uint32_t
psize(uint32_t width)
{
    return (width >> 1) << FLASH_CR_PSIZE_SHIFT;
}

const struct flash_controller flash_controller = FLASH_CONTROLLER;

bool
flash_has_width(uint32_t width)
{
    return width == 1u || width == 2u || width == 4u;
}

uint32_t
flash_erase(uint32_t addr, uint32_t sector, uint32_t width)
{
    const uint32_t cr = FLASH_CR_SER | sector << FLASH_CR_SNB_SHIFT | psize(width);

    (void)addr;
    if (sector > FLASH_CR_SNB_MAX)
        return INLAY_LOADER_BAD_COMMAND;

    flash_clear_flags();
    reg_write(FLASH_CR, cr);
    return flash_run_erase(cr);
}

void
flash_program_begin(uint32_t width)
{
    flash_clear_flags();
    reg_write(FLASH_CR, FLASH_CR_PG | psize(width));
}

void
flash_program_unit(uint32_t addr, uint32_t value, uint32_t width)
{
    switch (width) {
    case 1:
        memory_write8(addr, (uint8_t)value);
        break;
    case 2:
        memory_write16(addr, (uint16_t)value);
        break;
    default:
        memory_write32(addr, value);
    }
    barrier();
}

/* They are one register, which the host writes itself. */
uint32_t
flash_write_options(uint32_t addr, uint32_t from, uint32_t size)
{
    (void)addr;
    (void)from;
    (void)size;
    return INLAY_LOADER_BAD_COMMAND;
}

/* A cache may be reset only while it is off (RM0383 section 3.8.1). They stay off: a reset follows
 * the loader, and at 16 MHz the flash needs no wait state. */
void
flash_drop_caches(void)
{
    const uint32_t acr = reg_read(FLASH_ACR) & ~(FLASH_ACR_ICEN | FLASH_ACR_DCEN);

    reg_write(FLASH_ACR, acr);
    reg_write(FLASH_ACR, acr | FLASH_ACR_ICRST | FLASH_ACR_DCRST);
    reg_write(FLASH_ACR, acr);
}
