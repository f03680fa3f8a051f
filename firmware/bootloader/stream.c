/* SPDX-License-Identifier: MIT-0 */
#include "stream.h"

#include "answers.h"
#include "bytes.h"
#include "core.h"
#include "digest.h"
#include "flash.h"
#include "inflate.h"
#include "port.h"
#include "vectors.h"

#define BLANK 0xFFFFFFFFu
#define OPEN_SIZE 5u
#define ALL_FLAGS (BOOT_OPEN_DEFLATE | BOOT_OPEN_ERASE)
#define NO_BYTE (-1)
/* The line is looked at so often while a long run is programmed: every 1 ms. */
#define SERVE_BYTES 256u

_Static_assert(STREAM_SLOTS *(STREAM_SLOT_SIZE + 4u + BOOT_OVERHEAD) + 256u <= PORT_RING_SIZE,
               "the window in bytes exceeds the ring");
_Static_assert(STREAM_SLOTS <= 32u, "WINDOW tells of 32 frames");

enum state { NONE, OPEN, FAILED, CLOSED };

static struct {
    enum state state;
    uint8_t tag, flags, poll;
    uint8_t status; /* of FAILED and CLOSED */
    uint8_t sector;
    bool is_inflated;                                   /* to its end */
    uint8_t opened[OPEN_SIZE], closed[BOOT_CLOSE_SIZE]; /* their arguments */

    uint32_t addr, at, end; /* the first byte, the next one, the end of the sector */
    uint32_t word;          /* the bytes before `at` that are not yet a whole word */

    uint16_t first; /* the number of the frame in the slot `head` */
    uint16_t next;  /* before which all have arrived */
    uint8_t head;
    uint16_t used;                /* bytes of the slot `head` */
    uint16_t sizes[STREAM_SLOTS]; /* 0: empty */
    uint8_t slots[STREAM_SLOTS][STREAM_SLOT_SIZE];
    uint32_t said_ms;
} stream;

void
stream_init(void)
{
    stream.state = NONE;
}

/* -- what comes in -- */

/* Of a frame less than STREAM_SLOTS after the first. */
static unsigned
slot_of(uint16_t number)
{
    return (stream.head + (uint16_t)(number - stream.first)) % STREAM_SLOTS;
}

static bool
has_arrived(uint16_t number)
{
    return (uint16_t)(number - stream.first) < STREAM_SLOTS && stream.sizes[slot_of(number)] != 0;
}

static void
say_window(void)
{
    uint8_t window[BOOT_WINDOW_SIZE];
    uint32_t beyond = 0;

    for (unsigned i = 0; i < STREAM_SLOTS; i++)
        if (has_arrived((uint16_t)(stream.next + 1u + i)))
            beyond |= 1u << i;
    put16(window + BOOT_WINDOW_NEXT, stream.next);
    put16(window + BOOT_WINDOW_LIMIT, stream.first + STREAM_SLOTS);
    put32(window + BOOT_WINDOW_BEYOND, beyond);
    window[BOOT_WINDOW_POLL] = stream.poll;
    answer_window(stream.tag, stream.status, window);
    stream.said_ms = port_ms();
}

static void
take_data(const uint8_t *arguments, uint32_t size)
{
    const uint16_t number = (uint16_t)get16(arguments);
    const bool is_in_turn = number == stream.next;
    const unsigned slot = slot_of(number);

    if (size > STREAM_SLOT_SIZE)
        return;
    if ((uint16_t)(number - stream.first) < STREAM_SLOTS && stream.sizes[slot] == 0) {
        for (uint32_t i = 0; i < size; i++)
            stream.slots[slot][i] = arguments[2 + i];
        stream.sizes[slot] = (uint16_t)size;
    }
    while (has_arrived(stream.next))
        stream.next++;
    if (!is_in_turn)
        say_window();
}

static void
take_poll(uint8_t tag, uint8_t poll)
{
    static const uint8_t nothing[BOOT_WINDOW_SIZE];

    if (stream.state == NONE || tag != stream.tag) {
        answer_window(tag, BOOT_BAD_STREAM, nothing);
        return;
    }
    stream.poll = poll;
    say_window();
}

static bool
is_opened_again(const struct frame *frame)
{
    if (stream.state != OPEN || frame->tag != stream.tag || frame->size != OPEN_SIZE)
        return false;
    for (unsigned i = 0; i < OPEN_SIZE; i++)
        if (frame->arguments[i] != stream.opened[i])
            return false;

    return true;
}

bool
stream_take(const struct frame *frame)
{
    switch (frame->command) {
    case BOOT_DATA:
        if (stream.state == OPEN && frame->tag == stream.tag && frame->size > 2)
            take_data(frame->arguments, frame->size - 2u);
        return true;
    case BOOT_POLL:
        if (frame->size == 1)
            take_poll(frame->tag, frame->arguments[0]);
        return true;
    case BOOT_OPEN:
        if (!is_opened_again(frame))
            return false;
        answer_again(BOOT_OPEN, frame->tag);
        return true;
    default:
        return false;
    }
}

/* TRUE when another command waits for the end of what has arrived. */
static bool
take_frames(void)
{
    const struct frame *frame;

    while ((frame = frames_find(true)) != 0) {
        if (!frame->is_extended || !stream_take(frame))
            return true;
        frames_take();
    }

    return false;
}

bool
stream_serve(void)
{
    if (stream.state != OPEN)
        return false;
    take_frames();
    if (port_ms() - stream.said_ms >= BOOT_BUSY_MS)
        say_window();

    return true;
}

void
stream_interrupt(uint8_t command)
{
    if (stream.state == OPEN && command != BOOT_CLOSE) {
        stream.state = NONE;
        (void)flash_finish();
        port_debug("a stream was left by another command");
    }
}

/* -- what becomes of it -- */

/* Waits for the next frame. FALSE: another command came first, or nothing for long. */
static bool
has_data(void)
{
    while (stream.sizes[stream.head] == 0) {
        if (take_frames())
            return stream.sizes[stream.head] != 0;
        if (stream.sizes[stream.head] != 0)
            break;
        if (frames_get_silence_ms() >= BOOT_STREAM_PAUSE_MS) {
            stream.state = NONE;
            port_debug("a stream heard nothing any more");
            return false;
        }
        port_wait();
    }

    return true;
}

static int
pull(void)
{
    uint8_t byte;

    if (!has_data())
        return NO_BYTE;
    byte = stream.slots[stream.head][stream.used++];
    if (stream.used == stream.sizes[stream.head]) {
        stream.sizes[stream.head] = 0;
        stream.head = (uint8_t)((stream.head + 1u) % STREAM_SLOTS);
        stream.first++;
        stream.used = 0;
        take_frames();
        say_window();
    }

    return byte;
}

static uint8_t
put_word(uint32_t addr, uint32_t value)
{
    const uint8_t status = flash_finish();

    if (status != BOOT_OK)
        return status;
    if (vectors_read32(addr) != BLANK)
        return BOOT_NOT_BLANK;

    return value == BLANK ? BOOT_OK : flash_program(addr, value);
}

static uint8_t
put(uint8_t byte)
{
    const uint32_t shift = 8u * (stream.at & 3u);
    uint8_t status = BOOT_OK;

    if (stream.at == stream.end)
        return BOOT_BAD_ADDRESS;
    stream.word = (stream.word & ~(0xFFu << shift)) | (uint32_t)byte << shift;
    stream.at++;
    if ((stream.at & 3u) == 0) {
        status = put_word(stream.at - 4u, stream.word);
        stream.word = BLANK;
    }
    if (stream.at % SERVE_BYTES == 0)
        boot_serve(stream.sector);

    return status;
}

/* What was put so many bytes ago: in the word at hand, or in the flash. */
static int
look_back(uint32_t distance)
{
    const uint32_t addr = stream.at - distance;

    if (distance > stream.at - stream.addr)
        return NO_BYTE;
    if (addr >= (stream.at & ~3u))
        return (int)(stream.word >> 8u * (addr & 3u) & 0xFFu);

    return flash_finish() == BOOT_OK ? vectors_read8(addr) : NO_BYTE;
}

static uint8_t
copy(void)
{
    uint8_t status = BOOT_OK;
    int byte;

    while (status == BOOT_OK && (byte = pull()) != NO_BYTE)
        status = put((uint8_t)byte);

    return status;
}

/* A stream that another command cuts short has not failed: CLOSE will say so. */
static uint8_t
unpack(void)
{
    static const struct inflate_io io = {pull, put, look_back};
    const uint8_t status = inflate_run(&io);

    if (status == INFLATE_CUT)
        return BOOT_OK;
    stream.is_inflated = status == BOOT_OK;
    if (status == BOOT_OK && pull() != NO_BYTE)
        return BOOT_BAD_STREAM;

    return status;
}

void
stream_run(void)
{
    uint8_t status = BOOT_OK, failed;

    if (stream.flags & BOOT_OPEN_ERASE)
        status = flash_erase(1u << stream.sector, &failed);
    if (status == BOOT_OK)
        status = stream.flags & BOOT_OPEN_DEFLATE ? unpack() : copy();
    if (status == BOOT_OK)
        return;

    (void)flash_finish();
    stream.state = FAILED;
    stream.status = status;
    answer_note_refusal(BOOT_DATA, status);
    say_window();
}

/* -- its beginning and its end -- */

uint8_t
stream_open(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    const uint32_t addr = get32(arguments);
    const uint8_t flags = arguments[4], sector = flash_find_sector(addr);
    uint8_t status, failed;

    (void)size;
    (void)n;
    if ((addr & 3u) != 0 || (flags & ~ALL_FLAGS) != 0)
        return BOOT_BAD_ARGUMENT;
    if (sector >= port_chip.n_sectors)
        return BOOT_BAD_ADDRESS;
    status = flags & BOOT_OPEN_ERASE ? flash_check_erase(1u << sector, &failed)
                                     : flash_check_program(addr, 4);
    if (status != BOOT_OK)
        return status;

    stream.state = OPEN;
    stream.status = BOOT_OK;
    stream.tag = answer_get_tag();
    stream.flags = flags;
    stream.sector = sector;
    stream.poll = 0;
    stream.is_inflated = false;
    for (unsigned i = 0; i < OPEN_SIZE; i++)
        stream.opened[i] = arguments[i];
    stream.addr = stream.at = addr;
    stream.end = port_chip.sectors[sector].base + port_chip.sectors[sector].size;
    stream.word = BLANK;
    stream.first = stream.next = stream.used = stream.head = 0;
    for (unsigned i = 0; i < STREAM_SLOTS; i++)
        stream.sizes[i] = 0;
    stream.said_ms = port_ms();

    return BOOT_OK;
}

static bool
is_closed_again(const uint8_t *arguments)
{
    for (unsigned i = 0; i < BOOT_CLOSE_SIZE; i++)
        if (arguments[i] != stream.closed[i])
            return false;

    return true;
}

static uint8_t
finish(uint32_t size, const uint8_t *sums)
{
    const uint32_t got = stream.at - stream.addr;
    struct digest digest;
    uint8_t status, found[BOOT_DIGEST_SIZE];

    if (stream.flags & BOOT_OPEN_DEFLATE ? !stream.is_inflated : got < size)
        return BOOT_BAD_STREAM;
    if (got != size)
        return BOOT_MISMATCH;
    status = (stream.at & 3u) != 0 ? put_word(stream.at & ~3u, stream.word) : BOOT_OK;
    if (status == BOOT_OK)
        status = flash_finish();
    if (status != BOOT_OK)
        return status;

    digest_compute(stream.addr, size, &digest);
    digest_put(found, &digest);
    for (unsigned i = 0; i < BOOT_DIGEST_SIZE; i++)
        if (found[i] != sums[i])
            return BOOT_MISMATCH;

    return BOOT_OK;
}

uint8_t
stream_close(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    (void)size;
    (void)n;
    if (stream.state == NONE || answer_get_tag() != stream.tag)
        return BOOT_BAD_STREAM;
    if (stream.state == CLOSED && !is_closed_again(arguments))
        return BOOT_BAD_STREAM;
    if (stream.state == OPEN) {
        stream.state = CLOSED;
        for (unsigned i = 0; i < BOOT_CLOSE_SIZE; i++)
            stream.closed[i] = arguments[i];
        stream.status = finish(get32(arguments), arguments + 4);
        (void)flash_finish();
    }

    return stream.status;
}
