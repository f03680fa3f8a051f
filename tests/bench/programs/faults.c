/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

/* Fault after fault; the handler notes the reason and returns behind the instruction. Last comes a
 * fault inside the handler, which locks the core up. */

__attribute__((used)) static void
handle(uint32_t *frame)
{
    uint32_t cfsr = CFSR;

    note(cfsr);
    note(HFSR);
    note(BFAR);
    CFSR = 0xffffffffu;
    HFSR = 0xffffffffu;
    if (report.words[REPORT_WORDS - 1] != 0)
        __asm volatile("udf.w #1");
    if (cfsr & 1u << 8) { /* IBUSERR */
        note(frame[6]);
        frame[6] = frame[5];
    }
    if (cfsr & 1u << 16) /* UNDEFINSTR; after a bus fault the board is behind it already */
        frame[6] += 4;
}

__attribute__((naked)) static void
hard_fault(void)
{
    __asm volatile("mov r0, sp; b handle");
}

void
start(void)
{
    report.words[REPORT_WORDS - 1] = 0;
    __asm volatile("udf.w #0");
    __asm volatile("movw r1, #0x4321; movt r1, #0x6000; b 1f; 1: ldr.w r0, [r1, #3]; b 2f; 2:" ::
                       : "r0", "r1");
    ((void (*)(void))0x60000001u)(); /* no code there: the handler goes back to the caller */
    note('k');
    report.done = REPORT_DONE;
    report.words[REPORT_WORDS - 1] = 1;
    __asm volatile("udf.w #0");
    for (;;)
        ;
}

VECTORS = {STACK, {[0] = start, [2] = hard_fault}};
