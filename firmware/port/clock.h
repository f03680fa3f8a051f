/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_CLOCK_H
#define FIRMWARE_PORT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* The clocks a program runs from. */
struct clock {
    uint32_t core_hz;
    uint32_t uart_hz; /* of the bus of the board's UART */
    bool has_crystal; /* FALSE: from the internal oscillator */
};

/* As after reset: the internal oscillator. */
struct clock clock_get_reset(void);

/*
 * Full speed from the board's crystal (`crystal_hz`, one that the family's PLL can use: see its
 * pll.c), from the internal oscillator when it does not start, and still the clocks after reset
 * when the PLL does not lock. Takes 100 ms at most. To be called once after reset.
 */
struct clock clock_start(uint32_t crystal_hz);

#endif
