/* SPDX-License-Identifier: MIT-0 */
#include "options.h"

#include "firmware/proto/boot.h"
#include "port.h"

#define RDP_SHIFT 8u
#define NWRP_SHIFT 16u
#define NWRP_MASK 0xFFFu

static uint32_t loaded, stored;

void
options_init(void)
{
    loaded = stored = port_options_read();
}

static uint8_t
level_of(uint32_t optcr)
{
    switch (optcr >> RDP_SHIFT & 0xFFu) {
    case OPTIONS_LEVEL_0:
        return 0;
    case OPTIONS_LEVEL_2:
        return 2;
    default:
        return 1;
    }
}

uint32_t
options_get(void)
{
    return loaded;
}

uint8_t
options_get_rdp(void)
{
    return (uint8_t)(loaded >> RDP_SHIFT);
}

uint8_t
options_get_level(void)
{
    return level_of(loaded);
}

uint16_t
options_get_nwrp(void)
{
    return (uint16_t)(loaded >> NWRP_SHIFT & NWRP_MASK);
}

bool
options_protects(uint8_t sector)
{
    return (loaded >> NWRP_SHIFT >> sector & 1u) == 0;
}

/* From level 1 down the chip erases itself, and level 2 is for ever. */
uint8_t
options_store(uint32_t optcr)
{
    const uint32_t writable = port_options_writable();
    const uint32_t wanted = (stored & ~writable) | (optcr & writable);
    const uint8_t from = level_of(stored), to = level_of(wanted);
    uint8_t status;

    if (wanted == stored)
        return BOOT_OK;
    if (to < from || to == 2 || from == 2)
        return BOOT_IRREVERSIBLE;

    status = port_options_write(wanted);
    if (status == BOOT_OK)
        stored = wanted;

    return status;
}

uint8_t
options_store_nwrp(uint16_t clear, uint16_t set)
{
    return options_store((stored & ~((uint32_t)clear << NWRP_SHIFT)) | (uint32_t)set << NWRP_SHIFT);
}
