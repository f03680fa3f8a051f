/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_ANSWERS_H
#define FIRMWARE_BOOTLOADER_ANSWERS_H

#include <stdint.h>

#include "frames.h"

/*
 * What goes back over the line, and what WHY tells of it. An answer's data is put into answer_data before
 * the answer is sent; BUSY and WINDOW do not touch it.
 */
#define ANSWER_DATA_MAX (BOOT_ANSWER_MAX - 3u)
extern uint8_t *const answer_data;

void answer_init(void);
/* A command begins; from here on it may be said to be still busy, when it is an extended one. */
void answer_begin(const struct frame *frame);
/* Says BUSY when that has not been said for long. */
void answer_busy(uint8_t sector);

/* 7F. */
void answer_no(uint8_t command, uint8_t why);
/* Of the command that began: with n bytes of data. */
void answer_base(uint8_t n);
void answer_extended(uint8_t status, uint32_t n);
uint8_t answer_get_tag(void);
/* Another command's, out of its turn, without data. */
void answer_again(uint8_t command, uint8_t tag);
void answer_window(uint8_t tag, uint8_t status, const uint8_t window[BOOT_WINDOW_SIZE]);

/* Notes for WHY that a command was refused. */
void answer_note_refusal(uint8_t command, uint8_t why);
void answer_why(uint8_t out[2]);

#endif
