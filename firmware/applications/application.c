/* SPDX-License-Identifier: MIT-0 */
#include "application.h"

#include "board.h"
#include "firmware/lib/text.h"
#include "firmware/port/clock.h"
#include "firmware/port/cortexm/startup.h"
#include "firmware/port/cortexm/system.h"
#include "firmware/port/uart.h"

#define MHZ 1000000u

static void
say_clock(const struct clock *clock)
{
    char number[TEXT_NUMBER_SIZE];

    uart_write(text_decimal(number, clock->core_hz / MHZ));
    if (clock->has_crystal) {
        uart_write(" MHz from the ");
        uart_write(text_decimal(number, BOARD_CRYSTAL_HZ / MHZ));
        uart_write(" MHz crystal");
    } else {
        uart_write(" MHz from the internal oscillator, as no crystal started");
    }
}

static void
say_fault(const struct fault *fault)
{
    char number[TEXT_NUMBER_SIZE];

    uart_write("; restarted after exception ");
    uart_write(text_decimal(number, fault->exception));
    uart_write(" at ");
    uart_write(text_hex(number, fault->pc));
}

void
application_start(const char *title)
{
    const struct clock clock = clock_start(BOARD_CRYSTAL_HZ);
    struct fault fault;

    system_start_ticks(clock.core_hz);
    gpio_open_output(board_led, !BOARD_LED_LIT);

    uart_open(clock.uart_hz, BOARD_BAUD);
    uart_write("Inlay ");
    uart_write(title);
    uart_write(" " FIRMWARE_VERSION ": ");
    say_clock(&clock);
    if (startup_take_fault(&fault))
        say_fault(&fault);
    uart_write("\r\n");
}

void
application_next_ms(const struct blink *blink)
{
    const uint32_t now_ms = system_get_ms();

    gpio_write(board_led, blink_is_lit(blink, now_ms) == BOARD_LED_LIT);
    while (system_get_ms() == now_ms)
        system_sleep();
}
