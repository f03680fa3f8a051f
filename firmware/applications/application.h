/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_APPLICATIONS_APPLICATION_H
#define FIRMWARE_APPLICATIONS_APPLICATION_H

#include "firmware/lib/blink.h"

/* What the example applications share. */

/* Starts the clocks, ticks, UART and LED, and prints "Inlay `title` …" with version, clock
 * and, when a fault led here, the fault. */
void application_start(const char *title);

/* Waits for the next millisecond, with the LED in its rhythm. */
void application_next_ms(const struct blink *blink);

#endif
