/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

/* A tick of a millisecond at 16 MHz, sleep in between. words[0] counts ticks, words[1] wake-ups. */

static void
tick(void)
{
    report.words[0]++;
}

void
start(void)
{
    report.words[0] = 0;
    report.words[1] = 0;
    SYST_RVR = 15999;
    SYST_CVR = 0;
    SYST_CSR = 7;
    report.done = REPORT_DONE;
    for (;;) {
        __asm volatile("wfi");
        report.words[1]++;
    }
}

VECTORS = {STACK, {[0] = start, [14] = tick}};
