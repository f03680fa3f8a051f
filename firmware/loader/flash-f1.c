/* SPDX-License-Identifier: MIT-0 */
#include "flash.h"

#include "loader.h"
#include "machine.h"

/* Flash program and erase controller of the F1 and F3 (PM0075 section 3, RM0316 section 4.5). */
#define FLASH_KEYR 0x40022004u
#define FLASH_OPTKEYR 0x40022008u
#define FLASH_OPTKEY1 0x45670123u
#define FLASH_OPTKEY2 0xCDEF89ABu
#define FLASH_SR 0x4002200Cu
#define FLASH_SR_BSY (1u << 0)
#define FLASH_SR_ERRORS 0x14u /* PGERR 2, WRPRTERR 4 */
#define FLASH_SR_EOP (1u << 5)
#define FLASH_CR 0x40022010u
#define FLASH_CR_PG (1u << 0)
#define FLASH_CR_PER (1u << 1)
#define FLASH_CR_OPTPG (1u << 4)
#define FLASH_CR_OPTER (1u << 5)
#define FLASH_CR_STRT (1u << 6)
#define FLASH_CR_LOCK (1u << 7)
#define FLASH_CR_OPTWRE (1u << 9)
#define FLASH_AR 0x40022014u

/* CRCEN of RCC_AHBENR (RM0008 section 7.3.6, RM0316 section 9.4.6). */
#define CRC_CLOCK 0x40021014u
#define CRC_CLOCK_BIT (1u << 6)

/* Twice the datasheet's longest, at the 8 MHz of the internal oscillator after reset: a page takes
 * 40 ms, a half-word 70 us (DS5319 section 5.3.9; the F3 is no slower: DS9118 section 6.3.10). */
#define CORE_HZ 8000000u
#define ERASE_POLLS (2u * 40u * (CORE_HZ / 1000u) / LOADER_POLL_CYCLES)
#define PROGRAM_POLLS (2u * 70u * (CORE_HZ / 1000000u) / LOADER_POLL_CYCLES)

const struct flash_controller flash_controller = FLASH_CONTROLLER;

bool
flash_has_width(uint32_t width)
{
    return width == 2u;
}

/* The controller finds the page by an address in it. */
uint32_t
flash_erase(uint32_t addr, uint32_t sector, uint32_t width)
{
    (void)sector;
    (void)width;
    flash_clear_flags();
    reg_write(FLASH_CR, FLASH_CR_PER);
    reg_write(FLASH_AR, addr);
    return flash_run_erase(FLASH_CR_PER);
}

void
flash_program_begin(uint32_t width)
{
    (void)width;
    flash_clear_flags();
    reg_write(FLASH_CR, FLASH_CR_PG);
}

void
flash_program_unit(uint32_t addr, uint32_t value, uint32_t width)
{
    (void)width;
    memory_write16(addr, (uint16_t)value);
    barrier();
}

/* Taking off read protection makes the program access erase the whole flash, which takes no longer
 * than a page does. OPTWRE is not cleared before the end: it is opened once. */
uint32_t
flash_write_options(uint32_t addr, uint32_t from, uint32_t size)
{
    uint32_t status;

    flash_clear_flags();
    reg_write(FLASH_OPTKEYR, FLASH_OPTKEY1);
    reg_write(FLASH_OPTKEYR, FLASH_OPTKEY2);
    if (!(reg_read(FLASH_CR) & FLASH_CR_OPTWRE))
        return INLAY_LOADER_REFUSED;

    reg_write(FLASH_CR, FLASH_CR_OPTWRE | FLASH_CR_OPTER);
    reg_write(FLASH_CR, FLASH_CR_OPTWRE | FLASH_CR_OPTER | FLASH_CR_STRT);
    barrier();
    status = flash_erase_wait();
    if (status == INLAY_LOADER_TIMEOUT)
        return status;

    reg_write(FLASH_CR, FLASH_CR_OPTWRE | FLASH_CR_OPTPG);
    for (uint32_t offset = 0; status == INLAY_LOADER_OK && offset < size; offset += 2) {
        memory_write16(addr + offset, memory_read16(from + offset));
        barrier();
        status = flash_erase_wait();
    }
    if (status != INLAY_LOADER_TIMEOUT)
        reg_write(FLASH_CR, 0);

    return status;
}

/* There is a prefetch buffer, which an erase empties, and no cache. */
void
flash_drop_caches(void)
{
}
