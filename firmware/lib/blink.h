/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_LIB_BLINK_H
#define FIRMWARE_LIB_BLINK_H

#include <stdbool.h>
#include <stdint.h>

/* A light's rhythm: milliseconds lit, dark, lit, dark …, over and over. */
struct blink {
    const uint16_t *ms;
    unsigned n; /* even */
};

/* TRUE while lit. */
bool blink_is_lit(const struct blink *blink, uint32_t now_ms);

#endif
