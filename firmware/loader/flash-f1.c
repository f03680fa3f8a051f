/* SPDX-License-Identifier: MIT-0 */
#include "flash.h"

#include "loader.h"
#include "machine.h"

/* Flash program and erase controller (PM0075 section 3). */
#define FLASH_KEYR 0x40022004u
#define FLASH_KEY1 0x45670123u
#define FLASH_KEY2 0xCDEF89ABu
#define FLASH_SR 0x4002200Cu
#define FLASH_SR_BSY (1u << 0)
#define FLASH_SR_ERRORS 0x14u /* PGERR 2, WRPRTERR 4 */
#define FLASH_SR_EOP (1u << 5)
#define FLASH_CR 0x40022010u
#define FLASH_CR_PG (1u << 0)
#define FLASH_CR_PER (1u << 1)
#define FLASH_CR_STRT (1u << 6)
#define FLASH_CR_LOCK (1u << 7)
#define FLASH_AR 0x40022014u

/* AHB clocks (RM0008 section 7.3.6). */
#define RCC_AHBENR 0x40021014u
#define RCC_AHBENR_CRCEN (1u << 6)

/* Twice the datasheet's longest, at the 8 MHz of the internal oscillator after reset: a page takes
 * 40 ms, a half-word 70 us (DS5319 section 5.3.9). */
#define CORE_HZ 8000000u
#define ERASE_POLLS (2u * 40u * (CORE_HZ / 1000u) / LOADER_POLL_CYCLES)
#define PROGRAM_POLLS (2u * 70u * (CORE_HZ / 1000000u) / LOADER_POLL_CYCLES)

static uint32_t
wait(uint32_t polls)
{
    const uint32_t sr = loader_wait_clear(FLASH_SR, FLASH_SR_BSY, polls);

    if (sr & FLASH_SR_BSY)
        return INLAY_LOADER_TIMEOUT;

    return sr & FLASH_SR_ERRORS ? INLAY_LOADER_REFUSED : INLAY_LOADER_OK;
}

static void
clear_flags(void)
{
    reg_write(FLASH_SR, FLASH_SR_ERRORS | FLASH_SR_EOP);
}

uint32_t
flash_open(void)
{
    reg_write(RCC_AHBENR, reg_read(RCC_AHBENR) | RCC_AHBENR_CRCEN);

    if (loader_wait_clear(FLASH_SR, FLASH_SR_BSY, ERASE_POLLS) & FLASH_SR_BSY)
        return INLAY_LOADER_TIMEOUT;
    if (reg_read(FLASH_CR) & FLASH_CR_LOCK) {
        reg_write(FLASH_KEYR, FLASH_KEY1);
        reg_write(FLASH_KEYR, FLASH_KEY2);
    }

    return reg_read(FLASH_CR) & FLASH_CR_LOCK ? INLAY_LOADER_REFUSED : INLAY_LOADER_OK;
}

bool
flash_has_width(uint32_t width)
{
    return width == 2u;
}

/* The controller finds the page by an address in it. */
uint32_t
flash_erase(uint32_t addr, uint32_t sector, uint32_t width)
{
    uint32_t status;

    (void)sector;
    (void)width;
    clear_flags();
    reg_write(FLASH_CR, FLASH_CR_PER);
    reg_write(FLASH_AR, addr);
    reg_write(FLASH_CR, FLASH_CR_PER | FLASH_CR_STRT);
    barrier();
    status = wait(ERASE_POLLS);
    if (status != INLAY_LOADER_TIMEOUT)
        reg_write(FLASH_CR, 0);

    return status;
}

void
flash_program_begin(uint32_t width)
{
    (void)width;
    clear_flags();
    reg_write(FLASH_CR, FLASH_CR_PG);
}

void
flash_program_unit(uint32_t addr, uint32_t value, uint32_t width)
{
    (void)width;
    memory_write16(addr, (uint16_t)value);
    barrier();
}

uint32_t
flash_program_wait(void)
{
    return wait(PROGRAM_POLLS);
}

void
flash_program_end(void)
{
    reg_write(FLASH_CR, 0);
}

/* There is a prefetch buffer, which an erase empties, and no cache. */
void
flash_drop_caches(void)
{
}

uint32_t
flash_read_status(void)
{
    return reg_read(FLASH_SR);
}
