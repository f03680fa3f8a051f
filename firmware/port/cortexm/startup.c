/* SPDX-License-Identifier: MIT-0 */
#include "startup.h"

#include "machine.h"
#include "system.h"

#define FAULT_NOTED 0xFA017EDDu /* RAM is random after power-on */
#define FRAME_PC 6              /* word of the exception frame (PM0214 section 2.3.7) */

extern uint32_t _sidata[], _sdata[], _edata[], _sbss[], _ebss[];

/* Used: the program that reads it after the reset may be another one. */
static struct {
    uint32_t noted;
    struct fault fault;
} note __attribute__((section(".noinit"), used));

_Noreturn void main(void);

/* A section of its own, for programs whose script puts all else into RAM. */
__attribute__((section(".start"))) void
reset_handler(void)
{
    const uint32_t *from = _sidata;

    for (uint32_t *to = _sdata; to < _edata;)
        *to++ = *from++;
    for (uint32_t *to = _sbss; to < _ebss;)
        *to++ = 0;

    reg_write(SCB_VTOR, (uint32_t)(uintptr_t)vector_table);
    /* Also for the compiler, which does not know that the loops wrote its variables. */
    barrier();
    main();
}

_Noreturn __attribute__((used)) static void
note_fault(const uint32_t *frame)
{
    uint32_t ipsr;

    __asm__ volatile("mrs %0, ipsr" : "=r"(ipsr));
    note.fault.exception = ipsr;
    note.fault.pc = frame[FRAME_PC];
    note.noted = FAULT_NOTED;
    system_reset();
}

__attribute__((naked)) void
unexpected_handler(void)
{
    __asm__ volatile("tst lr, #4\n"
                     "ite eq\n"
                     "mrseq r0, msp\n"
                     "mrsne r0, psp\n"
                     "b note_fault\n");
}

bool
startup_take_fault(struct fault *fault)
{
    if (note.noted != FAULT_NOTED)
        return false;

    note.noted = 0;
    *fault = note.fault;
    return true;
}
