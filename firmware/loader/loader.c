/* SPDX-License-Identifier: MIT-0 */
#include "loader.h"

#include <stdbool.h>

#include "flash.h"
#include "machine.h"

/* Independent watchdog (RM0383 section 15.4.1, RM0008 section 19.4.1): it cannot be stopped once a
 * product has started it from its option bytes. */
#define IWDG_KR 0x40003000u
#define IWDG_KR_RELOAD 0xAAAAu

/* CRC calculation unit (RM0383 section 4.4, RM0008 section 4.4). It takes words with their most
 * significant bit first; zlib's CRC-32 takes bytes with their least significant bit first. */
#define CRC_DR 0x40023000u
#define CRC_CR 0x40023008u
#define CRC_CR_RESET 0x1u
#define CRC32_POLYNOMIAL_REVERSED 0xEDB88320u

/* A watchdog may be set to a few tens of milliseconds: 256 bytes take 25.6 ms at most, a byte at a
 * time (DS10314 section 6.3.12, DS5319 section 5.3.9); summing up 4096 takes 2 ms. */
#define PROGRAMMED_BYTES_PER_WATCHDOG_FEED 256u
#define BYTES_PER_WATCHDOG_FEED 4096u
#define POLLS_PER_WATCHDOG_FEED 256u

static void
feed_watchdog(void)
{
    reg_write(IWDG_KR, IWDG_KR_RELOAD);
}

uint32_t
loader_wait_clear(uintptr_t addr, uint32_t mask, uint32_t polls)
{
    uint32_t value;

    while (((value = reg_read(addr)) & mask) != 0 && polls-- > 0)
        if (polls % POLLS_PER_WATCHDOG_FEED == 0)
            feed_watchdog();

    return value;
}

static uint32_t
read_unit(uint32_t addr, uint32_t width)
{
    switch (width) {
    case 1:
        return memory_read8(addr);
    case 2:
        return memory_read16(addr);
    default:
        return memory_read32(addr);
    }
}

static bool
has_data(const struct inlay_loader_command *command)
{
    const uint32_t end = command->arg + command->size;
    uint32_t sum_a = 0, sum_b = 0;

    for (uint32_t addr = command->arg; addr != end; addr += 4) {
        sum_a += memory_read32(addr);
        sum_b += sum_a;
    }

    return sum_a == command->sum_a && sum_b == command->sum_b;
}

static bool
is_aligned(const struct inlay_loader_command *command)
{
    return ((command->addr | command->size | command->arg) & 3u) == 0;
}

/* Units of all ones are left alone: erased flash has them already. While the controller is busy
 * with a unit, the next one is looked for. */
static uint32_t
program(const struct inlay_loader_command *command, uint32_t width, uint32_t *fault_addr)
{
    const uint32_t blank = 0xFFFFFFFFu >> (32u - 8u * width);
    uint32_t status = INLAY_LOADER_OK;

    if (!is_aligned(command))
        return INLAY_LOADER_BAD_COMMAND;
    if (!has_data(command))
        return INLAY_LOADER_STALE_DATA;

    flash_program_begin(width);
    for (uint32_t offset = 0; offset < command->size; offset += width) {
        const uint32_t unit = read_unit(command->arg + offset, width);

        if (offset % PROGRAMMED_BYTES_PER_WATCHDOG_FEED == 0)
            feed_watchdog();
        if (unit == blank)
            continue;
        status = flash_program_wait();
        if (status != INLAY_LOADER_OK)
            break;
        flash_program_unit(command->addr + offset, unit, width);
        *fault_addr = command->addr + offset;
    }
    if (status == INLAY_LOADER_OK)
        status = flash_program_wait();
    if (status != INLAY_LOADER_TIMEOUT)
        flash_program_end();

    return status;
}

static uint32_t
write_options(const struct inlay_loader_command *command)
{
    if (!is_aligned(command))
        return INLAY_LOADER_BAD_COMMAND;
    if (!has_data(command))
        return INLAY_LOADER_STALE_DATA;

    return flash_write_options(command->addr, command->arg, command->size);
}

static uint32_t
crc32_add_byte(uint32_t crc, uint8_t byte)
{
    crc ^= byte;
    for (unsigned bit = 0; bit < 8; bit++)
        crc = (crc >> 1) ^ (crc & 1u ? CRC32_POLYNOMIAL_REVERSED : 0u);

    return crc;
}

/* The CRC unit takes whole words; the last bytes are added in software. Not inlined: its loop needs
 * the registers that the caller keeps. */
static __attribute__((noinline)) void
digest(uint32_t addr, uint32_t size, volatile struct inlay_loader_result *result)
{
    const uint32_t words_end = addr + size / 4u * 4u;
    uint32_t sum_a = 0, sum_b = 0, crc, tail = 0xFFFFFFFFu;

    flash_drop_caches();
    reg_write(CRC_CR, CRC_CR_RESET);

    while (addr != words_end) {
        const uint32_t left = words_end - addr;
        const uint32_t feed =
            addr + (left < BYTES_PER_WATCHDOG_FEED ? left : BYTES_PER_WATCHDOG_FEED);

        feed_watchdog();
        for (; addr != feed; addr += 4) {
            const uint32_t word = memory_read32(addr);

            reg_write(CRC_DR, reverse_bits(word));
            sum_a += word;
            sum_b += sum_a;
        }
    }

    crc = reverse_bits(reg_read(CRC_DR));
    for (uint32_t i = 0; i < size % 4u; i++) {
        const uint8_t byte = memory_read8(addr + i);

        crc = crc32_add_byte(crc, byte);
        tail ^= (uint32_t)(byte ^ 0xFFu) << (8u * i);
    }
    if (size % 4u != 0) {
        sum_a += tail;
        sum_b += sum_a;
    }

    result->crc32 = ~crc;
    result->sum_a = sum_a;
    result->sum_b = sum_b;
}

void
loader_start(volatile struct inlay_loader_mailbox *mailbox)
{
    uint32_t status;

    mailbox->done = 0;
    mailbox->fault_addr = 0;
    mailbox->flash_sr = 0;

    if (mailbox->abi != INLAY_LOADER_ABI || !flash_has_width(mailbox->width))
        status = INLAY_LOADER_BAD_COMMAND;
    else if (mailbox->posted != 0)
        status = INLAY_LOADER_STALE_COMMAND;
    else
        status = flash_open();

    if (status != INLAY_LOADER_OK)
        mailbox->flash_sr = flash_read_status();
    mailbox->status = status;
    mailbox->ready = INLAY_LOADER_ABI;
}

/* The number is checked first: nothing else of a slot that holds an older command is looked at. */
static uint32_t
execute(volatile struct inlay_loader_mailbox *mailbox, uint32_t done, uint32_t *fault_addr)
{
    const uint32_t slot = done % INLAY_LOADER_RING, number = done + 1u;
    const struct inlay_loader_command command = mailbox->ring[slot];

    *fault_addr = command.addr;
    if (((command.op >> INLAY_LOADER_NUMBER_SHIFT ^ number) << INLAY_LOADER_NUMBER_SHIFT) != 0)
        return INLAY_LOADER_STALE_COMMAND;

    switch (command.op & 0xFFu) {
    case INLAY_LOADER_ERASE:
        return flash_erase(command.addr, command.arg, mailbox->width);
    case INLAY_LOADER_PROGRAM:
        return program(&command, mailbox->width, fault_addr);
    case INLAY_LOADER_DIGEST:
        digest(command.addr, command.size, &mailbox->results[slot]);
        return INLAY_LOADER_OK;
    case INLAY_LOADER_OPTIONS:
        return write_options(&command);
    default:
        return INLAY_LOADER_BAD_COMMAND;
    }
}

void
loader_step(volatile struct inlay_loader_mailbox *mailbox)
{
    const uint32_t done = mailbox->done;
    uint32_t status, fault_addr;

    feed_watchdog();
    if (mailbox->status != INLAY_LOADER_OK || mailbox->posted == done)
        return;

    status = execute(mailbox, done, &fault_addr);
    if (status != INLAY_LOADER_OK) {
        mailbox->fault_addr = fault_addr;
        mailbox->flash_sr = flash_read_status();
        mailbox->status = status;
        return;
    }
    mailbox->done = done + 1u;
}
