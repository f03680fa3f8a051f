/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_STREAM_H
#define FIRMWARE_BOOTLOADER_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "frames.h"

/*
 * A stream of numbered DATA frames into blank flash (docs/protocol.md, section 5). Its frames wait in
 * slots; from there they are programmed, or inflated and programmed, while more arrive.
 */
#define STREAM_SLOTS 22u
#define STREAM_SLOT_SIZE 336u

void stream_init(void);

/* OPEN, its `after`, and CLOSE, as rows of extensions.c. */
uint8_t stream_open(const uint8_t *arguments, uint32_t size, uint32_t *n);
void stream_run(void);
uint8_t stream_close(const uint8_t *arguments, uint32_t size, uint32_t *n);

/* DATA and POLL, whenever they come, and an OPEN that comes again: TRUE when it was one of them. */
bool stream_take(const struct frame *frame);
/* Another command comes: any but CLOSE ends the stream. */
void stream_interrupt(uint8_t command);
/* In a wait: takes frames, and says WINDOW when nothing was said for long. FALSE: no stream is open. */
bool stream_serve(void);

#endif
