/* SPDX-License-Identifier: MIT-0 */
#include "port-f4.h"

#include BOOT_TABLE_HEADER
#include "board.h"
#include "firmware/port/cortexm/system.h"
#include "machine.h"
#include "port.h"

/* What the chip says of itself (38.6.1, 39.1, 39.2). */
#define DBGMCU_IDCODE 0xE0042000u
#define UNIQUE_ID 0x1FFF7A10u
#define FLASH_SIZE_KIB 0x1FFF7A22u

/* Independent watchdog (21.4.1): option bytes may have started it. */
#define IWDG_KR 0x40003000u
#define IWDG_KR_RELOAD 0xAAAAu

/* Table 5. A chip with less flash lacks the last ones. */
#define KIB 1024u
static const struct port_sector sectors[] = {
    {0x08000000, 16 * KIB},  {0x08004000, 16 * KIB},  {0x08008000, 16 * KIB},
    {0x0800C000, 16 * KIB},  {0x08010000, 64 * KIB},  {0x08020000, 128 * KIB},
    {0x08040000, 128 * KIB}, {0x08060000, 128 * KIB}, {0x08080000, 128 * KIB},
    {0x080A0000, 128 * KIB}, {0x080C0000, 128 * KIB}, {0x080E0000, 128 * KIB},
};
#define N_SECTORS (sizeof sectors / sizeof sectors[0])

struct port_chip port_chip = {
    .supply_mv = BOARD_SUPPLY_MV,
    .sectors = sectors,
    .version = FIRMWARE_VERSION_NUMBER,
    .build = "inlay f407",
};

/* A chip may have less flash than the layout's. */
static void
measure_flash(void)
{
    const uint32_t own_end = (uint32_t)(uintptr_t)__own_flash_end;
    uint32_t end;

    port_chip.flash_kib = memory_read16(FLASH_SIZE_KIB);
    if (port_chip.flash_kib > KIB)
        port_chip.flash_kib = KIB;
    end = FLASH_BASE + port_chip.flash_kib * KIB;

    for (uint8_t i = 0; i < N_SECTORS && sectors[i].base < end; i++) {
        port_chip.n_sectors = (uint8_t)(i + 1u);
        if (sectors[i].base < own_end)
            port_chip.own_sectors = port_chip.n_sectors;
    }
    port_chip.app_base = BOOT_UART_APP_BASE;
    port_chip.app_size = BOOT_UART_APP_SIZE;
    if (port_chip.app_size > end - BOOT_UART_APP_BASE)
        port_chip.app_size = end - BOOT_UART_APP_BASE;
}

void
port_measure_chip(void)
{
    port_chip.idcode = reg_read(DBGMCU_IDCODE);
    for (uint32_t i = 0; i < sizeof port_chip.uid; i++)
        port_chip.uid[i] = memory_read8(UNIQUE_ID + i);
    measure_flash();
}

void
port_start(uint32_t core_hz)
{
    system_start_ticks(core_hz);
    gpio_open_output(board_led, !BOARD_LED_LIT);
}

uint32_t
port_ms(void)
{
    return system_get_ms();
}

/* When it does not run, this does nothing. */
void
port_feed_watchdog(void)
{
    reg_write(IWDG_KR, IWDG_KR_RELOAD);
}

void
port_set_led(bool lit)
{
    gpio_write(board_led, lit == BOARD_LED_LIT);
}

void
port_reset(uint32_t request, uint32_t address)
{
    port_drain_line();
    port_drain_debug();
    memory_write32(BOOT_MAILBOX, request);
    memory_write32(BOOT_MAILBOX + 4u, address);
    system_reset();
}
