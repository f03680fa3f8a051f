/* SPDX-License-Identifier: MIT-0 */
#include "switch.h"

#include BOOT_TABLE_HEADER
#include "board.h"
#include "firmware/lib/boot-decision.h"
#include "firmware/port/cortexm/startup.h"
#include "firmware/port/cortexm/system.h"
#include "machine.h"

#define ENTRY(name, magic, base, size) {name, magic, base, size},
static const struct boot_entry entries[] = {BOOT_TABLE(ENTRY)};

void
switch_open(void)
{
    gpio_open_input(board_button, !BOARD_BUTTON_PRESSED);
}

bool
switch_is_pressed(void)
{
    return gpio_read(board_button) == BOARD_BUTTON_PRESSED;
}

void
switch_program(void)
{
    const uint32_t base = (uint32_t)(uintptr_t)vector_table;

    memory_write32(BOOT_MAILBOX,
                   boot_next_magic(entries, sizeof entries / sizeof entries[0], base));
    system_reset();
}
