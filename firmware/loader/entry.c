/* SPDX-License-Identifier: MIT-0 */
#include "loader.h"

_Noreturn void loader_entry(void);

/* The linker script puts this first, so that the entry is the start of the RAM. The host has set
 * the stack; there is no data to initialise (the linker script sees to it). */
_Noreturn __attribute__((section(".entry"), used)) void
loader_entry(void)
{
    volatile struct inlay_loader_mailbox *mailbox =
        (volatile struct inlay_loader_mailbox *)(0x20000000u + INLAY_LOADER_MAILBOX);

    __asm__ volatile("cpsid i" ::: "memory");
    loader_start(mailbox);
    for (;;)
        loader_step(mailbox);
}
