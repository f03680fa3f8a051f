/* SPDX-License-Identifier: MIT-0 */
/* Application 2 for the UART bootloader, the fast one. */
#include "application.h"
#include "listen.h"

static const uint16_t rhythm_ms[] = {100, 100};
static const struct blink blink = {rhythm_ms, sizeof rhythm_ms / sizeof rhythm_ms[0]};

_Noreturn void main(void);

void
main(void)
{
    application_start("application 2 (fast)");
    listen_start();
    for (;;)
        application_next_ms(&blink);
}
