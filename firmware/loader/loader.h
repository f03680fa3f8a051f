/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_LOADER_LOADER_H
#define FIRMWARE_LOADER_LOADER_H

#include <stdint.h>

#include "firmware/proto/loader.h"

/*
 * The flash loader's work on a mailbox (firmware/proto/loader.h), apart from the chip family
 * (flash.h) and from where the mailbox lies (entry.c).
 */

/* Opens the flash and says that the loader is ready, or why it is not. */
void loader_start(volatile struct inlay_loader_mailbox *mailbox);

/* Executes the next command, if one is posted and none has failed. */
void loader_step(volatile struct inlay_loader_mailbox *mailbox);

/* For the families' files: waits until no bit of `mask` is set in the register at `addr`, for
 * `polls` reads more at most, each of LOADER_POLL_CYCLES or more. Returns what it read last. Feeds
 * the watchdog. */
uint32_t loader_wait_clear(uintptr_t addr, uint32_t mask, uint32_t polls);
#define LOADER_POLL_CYCLES 8u

#endif
