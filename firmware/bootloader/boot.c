/* SPDX-License-Identifier: MIT-0 */
#include "boot.h"

#include "answers.h"
#include "core.h"
#include "extensions.h"
#include "firmware/lib/blink.h"
#include "options.h"
#include "port.h"
#include "stream.h"
#include "vectors.h"

static const uint16_t idle_ms[] = {100, 900}, busy_ms[] = {50, 50};
static const struct blink idle_blink = {idle_ms, 2}, busy_blink = {busy_ms, 2};

void
boot_init(void)
{
    options_init();
    vectors_init();
    answer_init();
    frames_init();
    stream_init();
    extensions_init();
    port_debug("the bootloader is ready");
}

void
boot_serve(uint8_t sector)
{
    port_set_led(blink_is_lit(&busy_blink, port_ms()));
    if (!stream_serve())
        answer_busy(sector);
}

static void
run_base(const struct command *command, const struct frame *frame)
{
    uint32_t n = 0;
    uint8_t status;

    if (command == 0) {
        answer_no(frame->command, BOOT_BAD_COMMAND);
        return;
    }
    status = BOOT_BAD_FRAME;
    if (frame->size >= command->min_size && frame->size <= command->max_size)
        status = command->run(frame->arguments, frame->size, &n);
    if (command->tells_status && status != BOOT_BAD_FRAME) {
        answer_data[0] = status;
        n = 1;
        if (status != BOOT_OK)
            answer_note_refusal(command->code, status);
    } else if (status != BOOT_OK) {
        answer_no(command->code, status);
        return;
    }
    answer_base((uint8_t)n);
    if (status == BOOT_OK && command->after != 0)
        command->after();
}

static void
run_extended(const struct command *command, const struct frame *frame)
{
    uint32_t n = 0;
    uint8_t status = BOOT_BAD_COMMAND;

    if (command != 0) {
        status = BOOT_BAD_FRAME;
        if (frame->size >= command->min_size && frame->size <= command->max_size)
            status = command->run(frame->arguments, frame->size, &n);
    }
    answer_extended(status, n);
    if (status == BOOT_OK && command->after != 0)
        command->after();
}

/* Its arguments stay where they are until another frame is looked for, which only a stream does before
 * the answer; and a stream has its own by then. */
static void
run(const struct frame *frame)
{
    frames_take();
    answer_begin(frame);
    if (!frame->is_extended)
        run_base(commands_find(frame->command), frame);
    else if (!stream_take(frame)) {
        stream_interrupt(frame->command);
        run_extended(extensions_find(frame->command), frame);
    }
}

void
boot_poll(void)
{
    const struct frame *frame = frames_find(false);

    if (frame != 0) {
        run(frame);
        return;
    }
    extensions_tick();
    port_set_led(blink_is_lit(&idle_blink, port_ms()));
    port_wait();
}
