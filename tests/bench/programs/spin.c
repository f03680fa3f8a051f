/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

/* Waits in ways that a board could skip: for a tick counted by an interrupt, for COUNTFLAG, and for
 * the cycle counter (which it must not). words[0..2]: cycles that each took. */

static volatile uint32_t *const ticks = &report.words[8];

static void
tick(void)
{
    *ticks += 1;
}

__attribute__((noinline)) static uint32_t
read_ticks(void)
{
    return *ticks;
}

void
start(void)
{
    uint32_t from;

    *ticks = 0;
    DEMCR = 1u << 24;
    DWT_CTRL |= 1;
    SYST_RVR = 15999;
    SYST_CVR = 0;
    SYST_CSR = 7;

    from = DWT_CYCCNT;
    while (read_ticks() < 100)
        ;
    report.words[0] = DWT_CYCCNT - from;

    SYST_CSR = 5;
    from = DWT_CYCCNT;
    for (int i = 0; i < 50; i++) {
        while ((SYST_CSR & 1u << 16) == 0)
            ;
    }
    report.words[1] = DWT_CYCCNT - from;

    from = DWT_CYCCNT;
    while (DWT_CYCCNT - from < 100000)
        ;
    report.words[2] = DWT_CYCCNT - from;
    report.done = REPORT_DONE;
    for (;;)
        ;
}

VECTORS = {STACK, {[0] = start, [14] = tick}};
