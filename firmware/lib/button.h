/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_LIB_BUTTON_H
#define FIRMWARE_LIB_BUTTON_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A button read once a millisecond. A press counts only after a release was seen: whoever reset the
 * board by holding it down has not pressed it again. Zeroed is the state before the first sample.
 */
struct button {
    bool was_released;
    bool last;
    uint8_t stable_ms;
};

enum button_event { BUTTON_NOTHING, BUTTON_RELEASED, BUTTON_PRESSED };

/* A level must stay for this long to count. */
#define BUTTON_STABLE_MS 20u

/* RELEASED once when a release has been seen, then PRESSED once for the press after it. */
enum button_event button_sample(struct button *button, bool pressed);

#endif
