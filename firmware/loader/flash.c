/* SPDX-License-Identifier: MIT-0 */
#include "flash.h"

#include "loader.h"
#include "machine.h"

/* The keys of all families (RM0383 section 3.5.1, PM0075 section 2.3.1). */
#define FLASH_KEY1 0x45670123u
#define FLASH_KEY2 0xCDEF89ABu

static const struct flash_controller *const flash = &flash_controller;

static uint32_t
wait(uint32_t polls)
{
    const uint32_t sr = loader_wait_clear(flash->sr, flash->sr_bsy, polls);

    if (sr & flash->sr_bsy)
        return INLAY_LOADER_TIMEOUT;

    return sr & flash->sr_errors ? INLAY_LOADER_REFUSED : INLAY_LOADER_OK;
}

uint32_t
flash_open(void)
{
    reg_write(flash->crc_clock, reg_read(flash->crc_clock) | flash->crc_clock_bit);

    if (loader_wait_clear(flash->sr, flash->sr_bsy, flash->erase_polls) & flash->sr_bsy)
        return INLAY_LOADER_TIMEOUT;
    if (reg_read(flash->cr) & flash->cr_lock) {
        reg_write(flash->keyr, FLASH_KEY1);
        reg_write(flash->keyr, FLASH_KEY2);
    }

    return reg_read(flash->cr) & flash->cr_lock ? INLAY_LOADER_REFUSED : INLAY_LOADER_OK;
}

void
flash_clear_flags(void)
{
    reg_write(flash->sr, flash->sr_errors | flash->sr_eop);
}

uint32_t
flash_erase_wait(void)
{
    return wait(flash->erase_polls);
}

uint32_t
flash_run_erase(uint32_t cr)
{
    uint32_t status;

    reg_write(flash->cr, cr | flash->cr_strt);
    barrier();
    status = flash_erase_wait();
    if (status != INLAY_LOADER_TIMEOUT)
        reg_write(flash->cr, 0);

    return status;
}

uint32_t
flash_program_wait(void)
{
    return wait(flash->program_polls);
}

void
flash_program_end(void)
{
    reg_write(flash->cr, 0);
}

uint32_t
flash_read_status(void)
{
    return reg_read(flash->sr);
}
