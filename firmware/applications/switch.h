/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_APPLICATIONS_SWITCH_H
#define FIRMWARE_APPLICATIONS_SWITCH_H

#include <stdbool.h>

/* The button that switches to the next program of the layout. */

void switch_open(void);
bool switch_is_pressed(void);

/* Asks the boot selector for the next program, and resets. */
_Noreturn void switch_program(void);

#endif
