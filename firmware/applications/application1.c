/* SPDX-License-Identifier: MIT-0 */
/* Application 1, the slow one: blink, blink, long. The button interrupts it. */
#include "application.h"
#include "board.h"
#include "firmware/lib/button.h"
#include "switch.h"

static const uint16_t rhythm_ms[] = {150, 250, 150, 450, 800, 700};
static const struct blink blink = {rhythm_ms, sizeof rhythm_ms / sizeof rhythm_ms[0]};

_Noreturn void main(void);
void board_button_handler(void);

void
board_button_handler(void)
{
    gpio_clear_edge(board_button);
    switch_program();
}

void
main(void)
{
    struct button button = {0};

    switch_open();
    application_start("application 1 (slow)");
    /* The press that led here may still be on, and its release may bounce. */
    while (button_sample(&button, switch_is_pressed()) != BUTTON_RELEASED)
        application_next_ms(&blink);

    gpio_watch_falling_edge(board_button);
    for (;;)
        application_next_ms(&blink);
}
