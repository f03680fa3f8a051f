/* SPDX-License-Identifier: MIT-0 */
#include "core.h"
#include "flash.h"
#include "options.h"
#include "port.h"
#include "vectors.h"

uint8_t
memory_check_read(uint32_t addr, uint32_t size)
{
    if (size == 0)
        return BOOT_BAD_ARGUMENT;

    switch (port_find_memory(PORT_READ, addr, size)) {
    case PORT_NOWHERE:
        return BOOT_BAD_ADDRESS;
    case PORT_FLASH:
        return options_get_level() == 0 ? BOOT_OK : BOOT_READ_PROTECTED;
    default:
        return BOOT_OK;
    }
}

static uint8_t
write_plain(uint32_t addr, const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        port_write8(addr + i, bytes[i]);
    for (uint32_t i = 0; i < size; i++)
        if (port_read8(addr + i) != bytes[i])
            return BOOT_BAD_ADDRESS;

    return BOOT_OK;
}

uint8_t
memory_write(uint32_t addr, const uint8_t *bytes, uint32_t size)
{
    if (size == 0)
        return BOOT_BAD_ARGUMENT;
    if (port_find_memory(PORT_READ, addr, size) == PORT_FLASH && flash_is_own(addr, size))
        return BOOT_OWN_SECTOR;

    switch (port_find_memory(PORT_WRITE, addr, size)) {
    case PORT_NOWHERE:
        return BOOT_BAD_ADDRESS;
    case PORT_FLASH:
        return flash_write(addr, bytes, size);
    case PORT_OTP:
        return flash_write_otp(addr, bytes, size);
    case PORT_PLAIN:
        return write_plain(addr, bytes, size);
    }

    return BOOT_BAD_ADDRESS;
}

uint8_t
memory_prepare_start(uint32_t addr)
{
    uint8_t status = flash_finish();

    if (status != BOOT_OK)
        return status;
    if (port_find_memory(PORT_GO, addr, 8) == PORT_NOWHERE)
        return BOOT_BAD_ADDRESS;
    if (!vectors_will_be_sane(addr))
        return BOOT_NO_VECTORS;

    return addr == port_chip.app_base ? vectors_program() : BOOT_OK;
}
