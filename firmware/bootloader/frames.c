/* SPDX-License-Identifier: MIT-0 */
#include "frames.h"

#include "answers.h"
#include "bytes.h"
#include "crc.h"
#include "port.h"

#define CRC_SIZE 4u
/* After a frame that was broken, what comes without a gap belongs to it. */
#define REST_GAP_MS 3u
/* A frame of the twelve that is shorter is of the second reading: its length counts no crc. */
#define LENGTH_WITH_CRC_MIN (1u + CRC_SIZE)

enum outcome { FOUND, WAIT, SKIP, BROKEN };

static struct {
    uint32_t at;       /* the ring's first byte that is not done with */
    uint32_t received; /* when it was looked at last */
    uint32_t received_ms, right_ms;
    uint32_t frame_bytes; /* of the frame that was found */
    bool is_found, is_looked_at;
    bool was_extended;       /* the last frame that was right */
    bool is_resynchronizing; /* until a right frame or a pause: extended frames only */
    bool is_dropping;        /* the rest of a broken frame */
    bool has_noise;
    struct frame frame;
    uint8_t bytes[BOOT_BODY_MAX + BOOT_OVERHEAD];
} frames;

void
frames_init(void)
{
    frames.is_found = frames.is_looked_at = frames.was_extended = false;
    frames.is_resynchronizing = frames.is_dropping = frames.has_noise = false;
    frames.at = frames.received = port_received();
    frames.received_ms = frames.right_ms = port_ms();
}

static uint8_t
ring_byte(uint32_t offset)
{
    return port_ring[(frames.at + offset) % PORT_RING_SIZE];
}

static void
copy(uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        frames.bytes[i] = ring_byte(i);
}

static enum outcome
found(bool is_extended,
      uint32_t frame_bytes,
      uint32_t command_at,
      uint32_t arguments_at,
      uint32_t end)
{
    frames.frame.is_extended = is_extended;
    frames.frame.command = frames.bytes[command_at];
    frames.frame.tag = is_extended ? frames.bytes[command_at + 1] : 0u;
    frames.frame.arguments = frames.bytes + arguments_at;
    frames.frame.size = (uint16_t)(end - arguments_at);
    frames.frame_bytes = frame_bytes;
    frames.was_extended = is_extended;
    return FOUND;
}

static enum outcome
look_extended(uint32_t have)
{
    uint32_t size;

    if (ring_byte(0) != BOOT_MARK_0)
        return SKIP;
    if (have >= 2 && ring_byte(1) != BOOT_MARK_1)
        return SKIP;
    if (have < 4)
        return WAIT;
    size = (uint32_t)ring_byte(2) | (uint32_t)ring_byte(3) << 8;
    if (size < 2 || size > BOOT_BODY_MAX)
        return SKIP;
    if (have < size + BOOT_OVERHEAD)
        return WAIT;

    copy(size + BOOT_OVERHEAD);
    if (crc_zlib(0, frames.bytes + 2, size + 2) != get32(frames.bytes + 4 + size))
        return SKIP;

    return found(true, size + BOOT_OVERHEAD, 4, 6, 4 + size);
}

/* TRUE when the crc that ends a frame of so many bytes is right. */
static bool
is_right(uint32_t frame_bytes)
{
    copy(frame_bytes);
    return crc_of_frame(frames.bytes, frame_bytes - CRC_SIZE) ==
           get32(frames.bytes + frame_bytes - CRC_SIZE);
}

static enum outcome
look_base(uint32_t have)
{
    const uint32_t length = ring_byte(0), with_crc = length + 1, without = with_crc + CRC_SIZE;

    if (length == 0)
        return have < 2 ? WAIT : BROKEN;
    if (length >= LENGTH_WITH_CRC_MIN) {
        if (have < with_crc)
            return WAIT;
        if (is_right(with_crc))
            return found(false, with_crc, 1, 2, with_crc - CRC_SIZE);
        if (without > BOOT_FRAME_MAX)
            return BROKEN;
    }
    if (have < without)
        return WAIT;

    return is_right(without) ? found(false, without, 1, 2, with_crc) : BROKEN;
}

static enum outcome
look(bool only_extended)
{
    const uint32_t have = frames.received - frames.at;

    if (only_extended || frames.is_resynchronizing)
        return look_extended(have);
    if (ring_byte(0) != BOOT_MARK_0 ||
        (have >= 2 && ring_byte(1) != BOOT_MARK_1 && !frames.was_extended))
        return look_base(have);

    return look_extended(have);
}

static void
give_up(void)
{
    answer_no(0, BOOT_BAD_FRAME);
    frames.is_dropping = true;
    frames.at = frames.received;
    frames.has_noise = true;
}

/* Counts what has arrived. FALSE: nothing has, and it is not quiet for long enough to give up. */
static bool
has_news(uint32_t *quiet_ms)
{
    const uint32_t received = port_received(), now_ms = port_ms();
    const bool has_more = received != frames.received;

    *quiet_ms = now_ms - frames.received_ms;
    if (has_more) {
        if (*quiet_ms >= REST_GAP_MS)
            frames.is_dropping = false;
        frames.received = received;
        frames.received_ms = now_ms;
        *quiet_ms = 0;
    }
    if (received - frames.at > PORT_RING_SIZE)
        frames.is_resynchronizing = true;
    if (received - frames.at > PORT_RING_SIZE || frames.is_dropping)
        frames.at = received;

    return has_more || *quiet_ms >= BOOT_FRAME_PAUSE_MS;
}

const struct frame *
frames_find(bool only_extended)
{
    uint32_t quiet_ms;

    if (frames.is_found)
        return &frames.frame;
    if (!has_news(&quiet_ms) && frames.is_looked_at)
        return 0;

    frames.is_looked_at = true;
    while (frames.at != frames.received) {
        enum outcome outcome = look(only_extended);

        if (outcome == FOUND) {
            frames.is_found = true;
            frames.is_resynchronizing = frames.has_noise = false;
            frames.right_ms = port_ms();
            return &frames.frame;
        }
        if (outcome == WAIT && quiet_ms < BOOT_FRAME_PAUSE_MS)
            return 0;
        if (outcome == BROKEN || (outcome == WAIT && ring_byte(0) != BOOT_MARK_0)) {
            give_up();
            return 0;
        }
        frames.at++;
        frames.is_resynchronizing = frames.has_noise = true;
    }
    if (quiet_ms >= BOOT_FRAME_PAUSE_MS)
        frames.is_resynchronizing = false;

    return 0;
}

void
frames_take(void)
{
    frames.at += frames.frame_bytes;
    frames.is_found = frames.is_looked_at = false;
}

void
frames_drop(void)
{
    frames.at = frames.received = port_received();
    frames.received_ms = port_ms();
    frames.is_found = frames.is_looked_at = false;
    frames.is_resynchronizing = frames.has_noise = false;
    frames.is_dropping = false;
}

uint32_t
frames_get_silence_ms(void)
{
    return port_ms() - frames.right_ms;
}

bool
frames_has_heard_noise(void)
{
    return frames.has_noise;
}
