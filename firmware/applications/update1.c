/* SPDX-License-Identifier: MIT-0 */
/* Application 1 for the UART bootloader, the slow one. */
#include "application.h"
#include "listen.h"

static const uint16_t rhythm_ms[] = {500, 500};
static const struct blink blink = {rhythm_ms, sizeof rhythm_ms / sizeof rhythm_ms[0]};

_Noreturn void main(void);

void
main(void)
{
    application_start("application 1 (slow)");
    listen_start();
    for (;;)
        application_next_ms(&blink);
}
