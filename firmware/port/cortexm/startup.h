/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_CORTEXM_STARTUP_H
#define FIRMWARE_PORT_CORTEXM_STARTUP_H

#include <stdbool.h>
#include <stdint.h>

/* The first 16 vectors are the core's, the others the chip's: vectors.c of a port has the table,
 * with unexpected_handler wherever a program defines none of its own. */
typedef void (*vector)(void);
extern const vector vector_table[];

/* From here on the program's C runs; main() does not return. */
_Noreturn void reset_handler(void);

/* Notes which exception it was and where, then resets the chip. */
void unexpected_handler(void);

struct fault {
    uint32_t exception; /* IPSR: 3 HardFault … 16 and up, interrupt n - 16 */
    uint32_t pc;
};

/* The fault that led to the last reset, once; FALSE when none did. */
bool startup_take_fault(struct fault *fault);

#endif
