/* SPDX-License-Identifier: MIT-0 */
/*
 * The bootloader's start on an STM32F405/407: decides first, with the chip as it is after reset, so that
 * a program that is started finds it so; else stays, at full speed, and listens.
 */
#include "board.h"
#include BOOT_TABLE_HEADER
#include "boot.h"
#include "decision.h"
#include "firmware/lib/text.h"
#include "firmware/port/clock.h"
#include "firmware/port/cortexm/startup.h"
#include "firmware/port/cortexm/system.h"
#include "machine.h"
#include "port-f4.h"
#include "port.h"
#include "vectors.h"

/* The last of so many looks counts, of 8 cycles of the internal oscillator or more each: after 1 ms the
 * pull of 50 kOhm at most (DS8626 section 5.3.16) has moved a pin with 10 nF. */
#define LOOKS 2000u

#define MHZ 1000000u
#define LINE_SIZE 96u

/* Not a part of the reset handler, which runs from flash. */
_Noreturn __attribute__((noinline)) void main(void);

/* Its port is left as it was after reset. */
static bool
button_is_pressed(void)
{
    bool pressed = false;

    gpio_open_input(board_button, !BOARD_BUTTON_PRESSED);
    for (uint32_t i = 0; i < LOOKS; i++)
        pressed = gpio_read(board_button) == BOARD_BUTTON_PRESSED;
    gpio_close_port(board_button);

    return pressed;
}

/* A request counts once. */
static uint32_t
take_word(uint32_t addr)
{
    const uint32_t word = memory_read32(addr);

    memory_write32(addr, 0);
    return word;
}

static enum boot_choice
choose(uint32_t *program)
{
    const uint32_t request = take_word(BOOT_MAILBOX), requested = take_word(BOOT_MAILBOX + 4u);
    const struct boot_facts facts = {
        .request = request,
        .requested_is_sane = vectors_are_sane(requested),
        .button_is_pressed = button_is_pressed(),
        .app_is_sane = vectors_are_sane(port_chip.app_base),
    };
    const enum boot_choice choice = boot_decide(&facts);

    *program = choice == BOOT_STARTS_REQUESTED ? requested : port_chip.app_base;
    return choice;
}

/* -- what it says -- */

static char line[LINE_SIZE];

static char *
append(char *at, const char *text)
{
    while (*text != '\0' && at < line + LINE_SIZE - 1u)
        *at++ = *text++;
    *at = '\0';

    return at;
}

static void
say_start(enum boot_choice choice, const struct clock *clock)
{
    static const char *const reasons[] = {
        [BOOT_STAYS_ASKED] = "as it was asked to",
        [BOOT_STAYS_BUTTON] = "as the button is pressed",
        [BOOT_STAYS_EMPTY] = "as no application has a sane vector table",
    };
    char number[TEXT_NUMBER_SIZE];
    char *at = append(line, "Inlay bootloader " FIRMWARE_VERSION " stays, ");

    append(at, reasons[choice]);
    port_debug(line);

    at = append(line, text_decimal(number, clock->core_hz / MHZ));
    append(at, clock->has_crystal ? " MHz from the crystal"
                                  : " MHz from the internal oscillator, as no crystal started");
    port_debug(line);
}

static void
say_fault(const struct fault *fault)
{
    char number[TEXT_NUMBER_SIZE];
    char *at = append(line, "restarted after exception ");

    at = append(at, text_decimal(number, fault->exception));
    at = append(at, " at ");
    append(at, text_hex(number, fault->pc));
    port_debug(line);
}

/* -- */

_Noreturn static void
stay(enum boot_choice choice)
{
    const struct clock clock = clock_start(BOARD_CRYSTAL_HZ);
    struct fault fault;

    port_open_flash();
    port_start(clock.core_hz);
    port_open_crc();
    port_open_debug(clock.uart_hz, BOARD_DEBUG_BAUD);
    say_start(choice, &clock);
    if (startup_take_fault(&fault))
        say_fault(&fault);

    port_open_line(clock.uart_hz, BOARD_BAUD);
    boot_init();
    for (;;)
        boot_poll();
}

void
main(void)
{
    enum boot_choice choice;
    uint32_t program;

    port_measure_chip();
    choice = choose(&program);
    if (choice == BOOT_STARTS_APP || choice == BOOT_STARTS_REQUESTED)
        system_start_program(program);

    stay(choice);
}
