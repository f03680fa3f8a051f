/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_APPLICATIONS_SWITCH_H
#define FIRMWARE_APPLICATIONS_SWITCH_H

/* Asks the boot selector for the next program of the layout, and resets. */
_Noreturn void switch_program(void);

#endif
