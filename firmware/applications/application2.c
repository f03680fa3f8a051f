/* SPDX-License-Identifier: MIT-0 */
/* Application 2, the fast one. It asks the button every millisecond. */
#include "application.h"
#include "firmware/lib/button.h"
#include "switch.h"

static const uint16_t rhythm_ms[] = {80, 80};
static const struct blink blink = {rhythm_ms, sizeof rhythm_ms / sizeof rhythm_ms[0]};

_Noreturn void main(void);

void
main(void)
{
    struct button button = {0};

    switch_open();
    application_start("application 2 (fast)");
    while (button_sample(&button, switch_is_pressed()) != BUTTON_PRESSED)
        application_next_ms(&blink);

    switch_program();
}
