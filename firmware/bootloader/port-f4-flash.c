/* SPDX-License-Identifier: MIT-0 */
/* The flash controller (3.9). It is locked but during an operation. */
#include "board.h"
#include "firmware/port/cortexm/system.h"
#include "firmware/proto/boot.h"
#include "machine.h"
#include "port-f4.h"
#include "port.h"

#define FLASH_ACR 0x40023C00u
#define FLASH_ACR_PRFTEN (1u << 8)
#define FLASH_ACR_ICEN (1u << 9)
#define FLASH_ACR_DCEN (1u << 10)
#define FLASH_ACR_ICRST (1u << 11)
#define FLASH_ACR_DCRST (1u << 12)
#define FLASH_KEYR 0x40023C04u
#define FLASH_KEY1 0x45670123u
#define FLASH_KEY2 0xCDEF89ABu
#define FLASH_OPTKEYR 0x40023C08u
#define FLASH_OPTKEY1 0x08192A3Bu
#define FLASH_OPTKEY2 0x4C5D6E7Fu
#define FLASH_SR 0x40023C0Cu
#define FLASH_SR_EOP (1u << 0)
#define FLASH_SR_WRPERR (1u << 4)
#define FLASH_SR_ERRORS 0xF2u /* OPERR 1, WRPERR 4, PGAERR 5, PGPERR 6, PGSERR 7 */
#define FLASH_SR_BSY (1u << 16)
#define FLASH_CR 0x40023C10u
#define FLASH_CR_PG (1u << 0)
#define FLASH_CR_SER (1u << 1)
#define FLASH_CR_SNB_SHIFT 3
#define FLASH_CR_PSIZE_X8 (0u << 8)
#define FLASH_CR_PSIZE_X32 (2u << 8)
#define FLASH_CR_STRT (1u << 16)
#define FLASH_CR_LOCK (1u << 31)
#define FLASH_OPTCR 0x40023C14u
#define FLASH_OPTCR_LOCK (1u << 0)
#define FLASH_OPTCR_STRT (1u << 1)
#define FLASH_OPTCR_OPTIONS 0x0FFFFFECu /* nWRP 27:16, RDP 15:8, USER 7:5, BOR_LEV 3:2 (3.9.10) */

/* Table 7: what x32 needs. */
_Static_assert(BOARD_SUPPLY_MV >= 2700, "the port programs words");

/* DS8626 section 5.3.12 gives no time for option bytes: twice the longest of a sector of their kind,
 * 16 KiB. */
#define OPTIONS_MS_MAX 1000u

/* A cache may be reset only while it is off (3.9.1). They stay off: what the bootloader executes is in
 * SRAM, and what it reads must be what the flash holds now. */
void
port_open_flash(void)
{
    const uint32_t acr =
        reg_read(FLASH_ACR) & ~(FLASH_ACR_PRFTEN | FLASH_ACR_ICEN | FLASH_ACR_DCEN);

    reg_write(FLASH_ACR, acr);
    reg_write(FLASH_ACR, acr | FLASH_ACR_ICRST | FLASH_ACR_DCRST);
    reg_write(FLASH_ACR, acr);
}

/* Unlocked, errors of the past forgotten. A wrong key locks until the next reset: no keys when it is
 * open. */
static void
begin(uint32_t cr)
{
    if ((reg_read(FLASH_CR) & FLASH_CR_LOCK) != 0) {
        reg_write(FLASH_KEYR, FLASH_KEY1);
        reg_write(FLASH_KEYR, FLASH_KEY2);
    }
    reg_write(FLASH_SR, FLASH_SR_ERRORS | FLASH_SR_EOP);
    reg_write(FLASH_CR, cr);
}

void
port_flash_erase(uint8_t sector)
{
    const uint32_t cr = FLASH_CR_SER | (uint32_t)sector << FLASH_CR_SNB_SHIFT | FLASH_CR_PSIZE_X32;

    begin(cr);
    reg_write(FLASH_CR, cr | FLASH_CR_STRT);
    barrier();
}

void
port_flash_program32(uint32_t addr, uint32_t value)
{
    begin(FLASH_CR_PG | FLASH_CR_PSIZE_X32);
    memory_write32(addr, value);
    barrier();
}

void
port_flash_program8(uint32_t addr, uint8_t value)
{
    begin(FLASH_CR_PG | FLASH_CR_PSIZE_X8);
    memory_write8(addr, value);
    barrier();
}

static uint8_t
status_of(uint32_t sr)
{
    if ((sr & FLASH_SR_BSY) != 0)
        return BOOT_BUSY;
    if ((sr & FLASH_SR_WRPERR) != 0)
        return BOOT_WRITE_PROTECTED;

    return (sr & FLASH_SR_ERRORS) != 0 ? BOOT_FLASH_FAILED : BOOT_OK;
}

/* A busy controller takes no write to its registers. */
uint8_t
port_flash_poll(void)
{
    const uint8_t status = status_of(reg_read(FLASH_SR));

    port_feed_watchdog();
    if (status != BOOT_BUSY && (reg_read(FLASH_CR) & FLASH_CR_LOCK) == 0)
        reg_write(FLASH_CR, FLASH_CR_LOCK);

    return status;
}

uint32_t
port_options_read(void)
{
    return reg_read(FLASH_OPTCR);
}

uint32_t
port_options_writable(void)
{
    return FLASH_OPTCR_OPTIONS;
}

/* 3.6.3; their erase takes the width from CR. */
uint8_t
port_options_write(uint32_t optcr)
{
    const uint32_t start_ms = system_get_ms();
    uint32_t value;
    uint8_t status;

    begin(FLASH_CR_PSIZE_X32);
    reg_write(FLASH_OPTKEYR, FLASH_OPTKEY1);
    reg_write(FLASH_OPTKEYR, FLASH_OPTKEY2);
    value = (reg_read(FLASH_OPTCR) & ~FLASH_OPTCR_OPTIONS) | (optcr & FLASH_OPTCR_OPTIONS);
    reg_write(FLASH_OPTCR, value);
    reg_write(FLASH_OPTCR, value | FLASH_OPTCR_STRT);
    barrier();

    do
        status = port_flash_poll();
    while (status == BOOT_BUSY && system_get_ms() - start_ms < OPTIONS_MS_MAX);
    if (status == BOOT_BUSY)
        return BOOT_FLASH_TIMEOUT;

    reg_write(FLASH_OPTCR, value | FLASH_OPTCR_LOCK);
    return status;
}
