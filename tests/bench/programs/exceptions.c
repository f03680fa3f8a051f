/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

/* Notes a letter for each step: who ran, in which order, on which stack. */

static uint32_t
ipsr(void)
{
    uint32_t value;
    __asm volatile("mrs %0, ipsr" : "=r"(value));
    return value;
}

static void
svc(void)
{
    note('s' << 8 | ipsr());
    ICSR = ICSR_PENDSV; /* less urgent: runs after this one has returned */
    note('t' << 8 | ipsr());
}

static void
pendsv(void)
{
    note('p' << 8 | ipsr());
    NVIC_ISPR0 = 1u << 2; /* more urgent: runs at once */
    __asm volatile("dsb; isb");
    note('q' << 8 | ipsr());
}

static void
irq2(void)
{
    note('i' << 8 | ipsr());
}

static void
irq3(void)
{
    note('j' << 8 | ipsr());
}

static void
on_process_stack(void)
{
    uint32_t control, stacked_in_it;

    __asm volatile("msr psp, %0; movs r0, #2; msr control, r0; isb" ::"r"(0x20009000u) : "r0");
    __asm volatile("svc 1");
    __asm volatile("mrs %0, control" : "=r"(control));
    note('c' << 8 | control);
    /* An interrupt in the middle of an IT block must find its way back into it. */
    __asm volatile("movs r0, #1\n"
                   "ldr r1, =0xe000e200\n"
                   "movs r2, #8\n"
                   "movs r3, #0\n"
                   "cmp r0, #1\n"
                   "ittte eq\n"
                   "streq r2, [r1]\n"
                   "addeq r3, #1\n"
                   "addeq r3, #1\n"
                   "addne r3, #16\n"
                   "mov %0, r3\n"
                   : "=r"(stacked_in_it)::"r0", "r1", "r2", "r3", "cc", "memory");
    note('x' << 8 | stacked_in_it);
}

void
start(void)
{
    SHPR(11) = 0x40;
    SHPR(14) = 0xf0;
    NVIC_IPR(2) = 0x80;
    NVIC_IPR(3) = 0x20;
    NVIC_ISER0 = 1u << 2 | 1u << 3;

    __asm volatile("cpsid i");
    NVIC_ISPR0 = 1u << 2;
    note('m'); /* masked by PRIMASK */
    __asm volatile("cpsie i; isb");
    note('n');

    __asm volatile("msr basepri, %0" ::"r"(0x40));
    NVIC_ISPR0 = 1u << 2;
    note('b'); /* masked by BASEPRI: 0x80 is less urgent */
    NVIC_ISPR0 = 1u << 3;
    __asm volatile("dsb; isb");
    note('d'); /* 0x20 is not */
    __asm volatile("msr basepri, %0; isb" ::"r"(0));
    note('e');

    on_process_stack();
    report.done = REPORT_DONE;
    for (;;)
        ;
}

VECTORS = {STACK, {[0] = start, [10] = svc, [13] = pendsv, [17] = irq2, [18] = irq3}};
