/* SPDX-License-Identifier: MIT-0 */
/*
 * The boot selector: starts the program that the last one asked for in the mailbox, else the
 * default, else whichever can be started. It runs from the internal oscillator and leaves the chip
 * as it found it after reset.
 */
#include "board.h"
#include BOOT_TABLE_HEADER
#include "firmware/lib/boot-decision.h"
#include "firmware/lib/text.h"
#include "firmware/port/clock.h"
#include "firmware/port/cortexm/system.h"
#include "firmware/port/uart.h"
#include "machine.h"

#define REPEAT_MS 5000u

#define ENTRY(name, magic, base, size) {name, magic, base, size},
static const struct boot_entry entries[] = {BOOT_TABLE(ENTRY)};
#define N_ENTRIES (sizeof entries / sizeof entries[0])

static const struct boot_ram ram = {BOOT_RAM_BASE, BOOT_RAM_SIZE};

_Noreturn void main(void);

/* A request counts once. */
static uint32_t
take_request(void)
{
    const uint32_t request = memory_read32(BOOT_MAILBOX);

    memory_write32(BOOT_MAILBOX, 0);
    return request;
}

static void
say_start(const struct boot_entry *wanted, const struct boot_entry *chosen)
{
    char number[TEXT_NUMBER_SIZE];

    uart_write("Inlay boot selector " FIRMWARE_VERSION ": ");
    if (wanted != chosen) {
        uart_write(wanted->name);
        uart_write(" has no sane vector table, ");
    }
    uart_write("starting ");
    uart_write(chosen->name);
    uart_write(" at ");
    uart_write(text_hex(number, chosen->base));
    uart_write("\r\n");
}

_Noreturn static void
stay(uint32_t core_hz)
{
    uint32_t said_ms = 0;

    system_start_ticks(core_hz);
    for (;;) {
        uart_write("Inlay boot selector " FIRMWARE_VERSION
                   ": no program has a sane vector table, staying here\r\n");
        while (system_get_ms() - said_ms < REPEAT_MS)
            system_sleep();
        said_ms += REPEAT_MS;
    }
}

void
main(void)
{
    const struct clock clock = clock_get_reset();
    const unsigned wanted = boot_find_request(entries, N_ENTRIES, take_request());
    struct boot_vectors vectors[N_ENTRIES];
    unsigned chosen;

    for (unsigned i = 0; i < N_ENTRIES; i++) {
        vectors[i].stack = memory_read32(entries[i].base);
        vectors[i].reset = memory_read32(entries[i].base + 4u);
    }

    uart_open(clock.uart_hz, BOARD_BAUD);
    if (!boot_choose(entries, vectors, N_ENTRIES, &ram, wanted, &chosen))
        stay(clock.core_hz);

    say_start(&entries[wanted], &entries[chosen]);
    uart_close();
    system_start_program(entries[chosen].base);
}
