/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* Programs that the board's tests run on a virtual STM32F411. What a program finds out it leaves in
 * `report`, at a fixed place in RAM that survives resets, where the test reads it. */

#define REPORT_WORDS 64
#define REPORT_DONE 0x600dd00du

struct report {
    uint32_t done;
    uint32_t boots;
    uint32_t n;
    uint32_t words[REPORT_WORDS];
};

#define report (*(volatile struct report *)0x20010000u)

static inline void
note(uint32_t word)
{
    if (report.n < REPORT_WORDS)
        report.words[report.n++] = word;
}

#define REG(addr) (*(volatile uint32_t *)(addr))

#define SYST_CSR REG(0xe000e010u)
#define SYST_RVR REG(0xe000e014u)
#define SYST_CVR REG(0xe000e018u)
#define NVIC_ISER0 REG(0xe000e100u)
#define NVIC_ISPR0 REG(0xe000e200u)
#define NVIC_IPR(irq) (*(volatile uint8_t *)(0xe000e400u + (irq)))
#define ICSR REG(0xe000ed04u)
#define AIRCR REG(0xe000ed0cu)
#define SHPR(exception) (*(volatile uint8_t *)(0xe000ed14u + (exception)))
#define CFSR REG(0xe000ed28u)
#define HFSR REG(0xe000ed2cu)
#define BFAR REG(0xe000ed38u)
#define DEMCR REG(0xe000edfcu)
#define DWT_CTRL REG(0xe0001000u)
#define DWT_CYCCNT REG(0xe0001004u)

#define ICSR_PENDSV (1u << 28)

void start(void);

typedef void (*vector)(void);

/* The vector table of a program: the first 16 + 8 entries. */
struct vectors {
    uint32_t stack;
    vector entries[23];
};

#define VECTORS __attribute__((section(".vectors"), used)) const struct vectors vectors
#define STACK 0x20008000u
