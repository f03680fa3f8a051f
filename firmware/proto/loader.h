/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PROTO_LOADER_H
#define FIRMWARE_PROTO_LOADER_H

#include <stdint.h>

/*
 * The mailbox between a host with a debug probe and the flash loader that it placed in SRAM.
 *
 * The loader is linked to the start of the RAM and runs with interrupts masked, from reset state
 * (internal oscillator). The host writes the code, fills the mailbox's first words, sets SP = RAM +
 * INLAY_LOADER_STACK_TOP, PC = the entry, and lets the core run. From then on both sides share the
 * mailbox; each word has one writer.
 *
 * The host posts commands into ring[posted % INLAY_LOADER_RING] and then writes `posted`. The
 * loader executes them in order and counts them in `done`. At the first failure it sets `status`,
 * leaves `done` at the failing command and stops taking commands. A host that keeps the ring filled
 * has its transfers hidden behind erases and programming.
 *
 * A write may be lost on its way without the probe's telling, while a later one arrives. So that the
 * loader never takes for new what the RAM held before, each command has its number, the data of
 * PROGRAM and OPTIONS have sums, and a mailbox in which something is posted before the loader runs is refused.
 *
 * Offsets from the start of the RAM; all words are 32-bit little-endian.
 */
#define INLAY_LOADER_ABI 3u
#define INLAY_LOADER_MAILBOX 0x0800u   /* the code ends below */
#define INLAY_LOADER_STACK_TOP 0x1000u /* the mailbox ends below, with room for the stack */
#define INLAY_LOADER_BUFFERS 0x1000u   /* from here to the end of the RAM the host may place data */

#define INLAY_LOADER_RING 16u

/* command.op: one of these, and above INLAY_LOADER_NUMBER_SHIFT the command's number: what `done`
 * will be after it, modulo 2^24 */
#define INLAY_LOADER_NUMBER_SHIFT 8u
#define INLAY_LOADER_ERASE \
    1u /* addr: of the sector; arg: its number as the flash controller counts */
#define INLAY_LOADER_PROGRAM \
    2u /* addr, size: multiples of 4; arg: SRAM address of the data, 4-aligned; their sums */
#define INLAY_LOADER_DIGEST 3u /* addr, size: any; the result goes to results[same slot] */
#define INLAY_LOADER_OPTIONS \
    4u /* erases the option bytes at addr and programs them in order; size, arg, sums as PROGRAM; \
          F1, F3: elsewhere BAD_COMMAND */

/* status */
#define INLAY_LOADER_OK 0u
#define INLAY_LOADER_TIMEOUT 1u /* busy for longer than any datasheet allows */
#define INLAY_LOADER_REFUSED 2u /* the controller set an error flag: flash_sr says which */
#define INLAY_LOADER_BAD_COMMAND 3u
#define INLAY_LOADER_STALE_COMMAND 4u /* the command did not arrive: its slot holds an older one */
#define INLAY_LOADER_STALE_DATA 5u /* the data of PROGRAM did not arrive: nothing is programmed */

struct inlay_loader_command {
    uint32_t op;
    uint32_t addr;
    uint32_t size;
    uint32_t arg;
    uint32_t sum_a; /* PROGRAM, OPTIONS: of the data, as in a result */
    uint32_t sum_b;
};

/*
 * crc32: zlib's CRC-32 of the bytes.
 * sum_a, sum_b: over the bytes as little-endian words counted from `addr`, the last one filled up
 * with 0xFF bytes: sum_a += word; sum_b += sum_a; both modulo 2^32, both from 0.
 */
struct inlay_loader_result {
    uint32_t crc32;
    uint32_t sum_a;
    uint32_t sum_b;
    uint32_t reserved;
};

struct inlay_loader_mailbox {
    uint32_t abi;    /* host: INLAY_LOADER_ABI; the loader refuses another (status BAD_COMMAND) */
    uint32_t width;  /* host: bytes a program access: 1, 2 or 4 */
    uint32_t posted; /* host; 0 before the loader runs */
    uint32_t ready;  /* loader: INLAY_LOADER_ABI once it runs */
    uint32_t done;   /* loader: these four are read together */
    uint32_t status; /* loader */
    uint32_t fault_addr; /* loader: where it failed */
    uint32_t flash_sr;   /* loader: the controller's status register at that moment */
    struct inlay_loader_command ring[INLAY_LOADER_RING];
    struct inlay_loader_result results[INLAY_LOADER_RING];
};

#endif
