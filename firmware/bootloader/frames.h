/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_FRAMES_H
#define FIRMWARE_BOOTLOADER_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware/proto/boot.h"

/*
 * From the bytes in the ring to frames: both readings of the twelve's length byte, extended frames, what
 * is broken or pauses. Nothing but a right crc makes a frame.
 */
struct frame {
    bool is_extended;
    uint8_t command;
    uint8_t tag; /* of an extended one */
    uint16_t size;
    const uint8_t *arguments; /* valid until the next frame is looked for */
};

void frames_init(void);

/* The next frame, which stays the next one until it is taken; NULL: none is complete yet. A broken one
 * of the twelve is answered here. */
const struct frame *frames_find(bool only_extended);
void frames_take(void);

/* Forgets what has been received, at a change of the baud rate. */
void frames_drop(void);
/* Milliseconds since a frame was right; since something that was none arrived. */
uint32_t frames_get_silence_ms(void);
bool frames_has_heard_noise(void); /* since the last right frame */

#endif
