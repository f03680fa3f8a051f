/* SPDX-License-Identifier: MIT-0 */
#include "answers.h"

#include "bytes.h"
#include "crc.h"
#include "port.h"

/* An extended answer: the mark, the size, and in the body command, tag and status before the data. */
#define BODY_AT 4u
#define DATA_AT (BODY_AT + 3u)
#define CRC_SIZE 4u
#define BASE_HEAD 3u

static struct {
    uint8_t command, tag;
    bool may_be_busy;
    uint32_t said_ms;
    uint8_t why[2];
    uint8_t frame[BOOT_ANSWER_MAX + BOOT_OVERHEAD];
    uint8_t small[BOOT_WINDOW_SIZE + DATA_AT + CRC_SIZE];
} answers;

uint8_t *const answer_data = answers.frame + DATA_AT;

void
answer_init(void)
{
    answers.may_be_busy = false;
    answers.why[0] = answers.why[1] = 0;
}

static void
send_extended(uint8_t *frame, uint8_t command, uint8_t tag, uint8_t status, uint32_t n)
{
    const uint32_t size = DATA_AT - BODY_AT + n;

    frame[0] = BOOT_MARK_0;
    frame[1] = BOOT_MARK_1;
    put16(frame + 2, size);
    frame[BODY_AT] = command;
    frame[BODY_AT + 1] = tag;
    frame[BODY_AT + 2] = status;
    put32(frame + BODY_AT + size, crc_zlib(0, frame + 2, size + 2));
    port_send(frame, size + BOOT_OVERHEAD);
    answers.said_ms = port_ms();
}

void
answer_begin(const struct frame *frame)
{
    answers.command = frame->command;
    answers.tag = frame->tag;
    answers.may_be_busy = frame->is_extended;
    answers.said_ms = port_ms();
}

void
answer_busy(uint8_t sector)
{
    if (!answers.may_be_busy || port_ms() - answers.said_ms < BOOT_BUSY_MS)
        return;
    answers.small[DATA_AT] = sector;
    send_extended(answers.small, answers.command, answers.tag, BOOT_BUSY, 1);
}

static char
hex_digit(unsigned value)
{
    return (char)(value < 10 ? '0' + value : 'A' + value - 10);
}

void
answer_note_refusal(uint8_t command, uint8_t why)
{
    char text[] = "refused 00: 00";

    answers.why[0] = command;
    answers.why[1] = why;
    text[8] = hex_digit(command >> 4);
    text[9] = hex_digit(command & 15u);
    text[12] = hex_digit(why >> 4);
    text[13] = hex_digit(why & 15u);
    port_debug(text);
}

void
answer_no(uint8_t command, uint8_t why)
{
    static const uint8_t no = BOOT_NACK;

    port_send(&no, 1);
    answers.may_be_busy = false;
    answer_note_refusal(command, why);
}

void
answer_base(uint8_t n)
{
    uint8_t *const head = answer_data - BASE_HEAD;

    head[0] = BOOT_ACK;
    head[1] = answers.command;
    head[2] = n;
    port_send(head, BASE_HEAD + (uint32_t)n);
}

void
answer_extended(uint8_t status, uint32_t n)
{
    send_extended(answers.frame, answers.command, answers.tag, status, n);
    answers.may_be_busy = false;
    if (status != BOOT_OK)
        answer_note_refusal(answers.command, status);
}

uint8_t
answer_get_tag(void)
{
    return answers.tag;
}

void
answer_again(uint8_t command, uint8_t tag)
{
    send_extended(answers.small, command, tag, BOOT_OK, 0);
}

void
answer_window(uint8_t tag, uint8_t status, const uint8_t window[BOOT_WINDOW_SIZE])
{
    for (unsigned i = 0; i < BOOT_WINDOW_SIZE; i++)
        answers.small[DATA_AT + i] = window[i];
    send_extended(answers.small, BOOT_WINDOW, tag, status, BOOT_WINDOW_SIZE);
}

void
answer_why(uint8_t out[2])
{
    out[0] = answers.why[0];
    out[1] = answers.why[1];
}
