/* SPDX-License-Identifier: MIT-0 */
#include "system.h"

#include "machine.h"

/* SysTick (PM0214 section 4.5). */
#define STK_CTRL 0xE000E010u
#define STK_CTRL_ENABLE (1u << 0)
#define STK_CTRL_TICKINT (1u << 1)
#define STK_CTRL_CLKSOURCE (1u << 2)
#define STK_LOAD 0xE000E014u
#define STK_VAL 0xE000E018u

/* NVIC (PM0214 section 4.3). */
#define NVIC_ISER 0xE000E100u
#define NVIC_ICER 0xE000E180u
#define NVIC_ICPR 0xE000E280u
#define NVIC_WORDS 8u

/* System control block (PM0214 section 4.4). */
#define SCB_ICSR 0xE000ED04u
#define SCB_ICSR_PENDSTCLR (1u << 25)
#define SCB_ICSR_PENDSVCLR (1u << 27)
#define SCB_AIRCR 0xE000ED0Cu
#define SCB_AIRCR_VECTKEY (0x05FAu << 16)
#define SCB_AIRCR_SYSRESETREQ (1u << 2)

static volatile uint32_t ticks_ms;

void systick_handler(void);

void
systick_handler(void)
{
    ticks_ms++;
}

void
system_start_ticks(uint32_t core_hz)
{
    ticks_ms = 0;
    reg_write(STK_LOAD, core_hz / 1000u - 1u);
    reg_write(STK_VAL, 0);
    reg_write(STK_CTRL, STK_CTRL_CLKSOURCE | STK_CTRL_TICKINT | STK_CTRL_ENABLE);
}

uint32_t
system_get_ms(void)
{
    return ticks_ms;
}

void
system_sleep(void)
{
    __asm__ volatile("wfi" ::: "memory");
}

void
system_enable_irq(uint32_t irq)
{
    reg_write(NVIC_ICPR + 4u * (irq / 32u), 1u << irq % 32u);
    reg_write(NVIC_ISER + 4u * (irq / 32u), 1u << irq % 32u);
}

void
system_reset(void)
{
    barrier();
    reg_write(SCB_AIRCR, SCB_AIRCR_VECTKEY | SCB_AIRCR_SYSRESETREQ);
    barrier();
    for (;;)
        ;
}

void
system_start_program(uint32_t base)
{
    const uint32_t stack = memory_read32(base), reset = memory_read32(base + 4u);

    __asm__ volatile("cpsid i" ::: "memory");
    reg_write(STK_CTRL, 0);
    reg_write(STK_VAL, 0);
    for (uint32_t i = 0; i < NVIC_WORDS; i++) {
        reg_write(NVIC_ICER + 4u * i, 0xFFFFFFFFu);
        reg_write(NVIC_ICPR + 4u * i, 0xFFFFFFFFu);
    }
    reg_write(SCB_ICSR, SCB_ICSR_PENDSTCLR | SCB_ICSR_PENDSVCLR);
    reg_write(SCB_VTOR, base);
    barrier();

    /* One piece: between the new stack and the branch there may be no C. */
    __asm__ volatile("msr control, %2\n"
                     "isb\n"
                     "msr msp, %0\n"
                     "mov lr, #-1\n"
                     "cpsie i\n"
                     "bx %1\n"
                     :
                     : "r"(stack), "r"(reset), "r"(0)
                     : "memory", "lr");
    __builtin_unreachable();
}
