/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_DECISION_H
#define FIRMWARE_BOOTLOADER_DECISION_H

#include <stdbool.h>
#include <stdint.h>

/* What a start of the board leads to: a pure function of what main() finds. */

enum boot_choice {
    BOOT_STAYS_ASKED,     /* by the request word */
    BOOT_STAYS_BUTTON,    /* which is held */
    BOOT_STAYS_EMPTY,     /* there is no program that could be started */
    BOOT_STARTS_APP,      /* at port_chip.app_base */
    BOOT_STARTS_REQUESTED /* at the second request word */
};

struct boot_facts {
    uint32_t request;       /* the first request word (proto/boot.h) */
    bool requested_is_sane; /* vectors_are_sane() of the second */
    bool button_is_pressed;
    bool app_is_sane; /* vectors_are_sane() of the application */
};

enum boot_choice boot_decide(const struct boot_facts *facts);

#endif
