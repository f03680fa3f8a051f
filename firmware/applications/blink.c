/* SPDX-License-Identifier: MIT-0 */
/* The smallest program: says who it is, and blinks. */
#include "application.h"

static const uint16_t rhythm_ms[] = {500, 500};
static const struct blink blink = {rhythm_ms, sizeof rhythm_ms / sizeof rhythm_ms[0]};

_Noreturn void main(void);

void
main(void)
{
    application_start("blink");
    for (;;)
        application_next_ms(&blink);
}
