/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/cortexm.h"

#include "core/budget.h"
#include "core/error.h"

/* System control space (ARMv7-M Architecture Reference Manual, B3.2 and C1.6). */
#define CPUID 0xe000ed00
#define AIRCR 0xe000ed0c
#define AIRCR_SYSRESETREQ 0x05fa0004
#define DHCSR 0xe000edf0
#define DHCSR_KEY 0xa05f0000
#define DHCSR_C_DEBUGEN (1u << 0)
#define DHCSR_C_HALT (1u << 1)
#define DHCSR_S_REGRDY (1u << 16)
#define DHCSR_S_HALT (1u << 17)
#define DHCSR_S_LOCKUP (1u << 19)
#define DHCSR_S_RESET_ST (1u << 25) /* reading clears it */
#define DCRSR 0xe000edf4
#define DCRSR_WRITE (1u << 16)
#define DCRDR 0xe000edf8
#define DEMCR 0xe000edfc
#define DEMCR_VC_CORERESET (1u << 0)
#define DEMCR_VC_FAULTS 0x7f0u /* MMERR to HARDERR */
#define XPSR_T (1u << 24)

/* Breakpoint unit (C1.11.3): the key alone switches it off. */
#define FP_CTRL 0xe0002000
#define FP_CTRL_KEY (1u << 1)

void
inlay_cortexm_init(InlayCortexm *core, InlayProbe *probe)
{
    *core = (InlayCortexm){.probe = probe};
}

static gboolean
read_word(
    InlayCortexm *core, guint32 addr, guint32 *word, GCancellable *cancellable, GError **error)
{
    return core->probe->ops->read_word(core->probe, addr, word, cancellable, error);
}

static gboolean
write_word(
    InlayCortexm *core, guint32 addr, guint32 word, GCancellable *cancellable, GError **error)
{
    return core->probe->ops->write_word(core->probe, addr, word, cancellable, error);
}

/* Once, before the first change. */
static gboolean
remember(InlayCortexm *core, GCancellable *cancellable, GError **error)
{
    if (core->remembered)
        return TRUE;
    core->remembered = read_word(core, DEMCR, &core->demcr, cancellable, error);
    return core->remembered;
}

/* Reads DHCSR until all bits of `level` are set and all of `sticky`, which reading clears, have been
 * seen. A chip in reset may fault meanwhile. */
static gboolean
wait_dhcsr(InlayCortexm *core,
           guint32 sticky,
           guint32 level,
           const char *what,
           GCancellable *cancellable,
           GError **error)
{
    guint limit_ms = inlay_budget_get_ms(INLAY_BUDGET_RESET);
    gint64 step_us = core->probe->deadline_us;
    gint64 deadline_us = inlay_budget_get_deadline_us(INLAY_BUDGET_RESET);
    guint32 seen = 0, dhcsr = 0;

    if (step_us != 0)
        deadline_us = MIN(deadline_us, step_us);
    do {
        g_autoptr(GError) trouble = NULL;

        if (!read_word(core, DHCSR, &dhcsr, cancellable, &trouble)) {
            if (g_error_matches(trouble, INLAY_ERROR, INLAY_ERROR_BOARD_LOST))
                continue;
            g_propagate_error(error, g_steal_pointer(&trouble));
            return FALSE;
        }
        seen |= dhcsr;
        if ((seen & sticky) == sticky && (dhcsr & level) == level)
            return TRUE;
    } while (g_get_monotonic_time() < deadline_us);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST,
                "%s: dhcsr 0x%08x expected within %u ms, got 0x%08x", what, sticky | level,
                limit_ms, dhcsr);
    return FALSE;
}

gboolean
inlay_cortexm_ask_halt(InlayCortexm *core, GCancellable *cancellable, GError **error)
{
    core->taken = TRUE;
    return write_word(core, DHCSR, DHCSR_KEY | DHCSR_C_DEBUGEN | DHCSR_C_HALT, cancellable, error);
}

gboolean
inlay_cortexm_wait_halted(InlayCortexm *core, GCancellable *cancellable, GError **error)
{
    return wait_dhcsr(core, 0, DHCSR_S_HALT, "halt", cancellable, error);
}

gboolean
inlay_cortexm_halt(InlayCortexm *core, GCancellable *cancellable, GError **error)
{
    return remember(core, cancellable, error) && inlay_cortexm_ask_halt(core, cancellable, error) &&
           inlay_cortexm_wait_halted(core, cancellable, error);
}

gboolean
inlay_cortexm_catch_reset(InlayCortexm *core, GCancellable *cancellable, GError **error)
{
    return remember(core, cancellable, error) && inlay_cortexm_ask_halt(core, cancellable, error) &&
           write_word(core, DEMCR, core->demcr | DEMCR_VC_CORERESET, cancellable, error);
}

gboolean
inlay_cortexm_is_in_reset(InlayCortexm *core,
                          gboolean *in_reset,
                          GCancellable *cancellable,
                          GError **error)
{
    guint32 dhcsr;

    /* The first read tells of resets that are over as well. */
    if (!read_word(core, DHCSR, &dhcsr, cancellable, error) ||
        !read_word(core, DHCSR, &dhcsr, cancellable, error))
        return FALSE;
    *in_reset = (dhcsr & DHCSR_S_RESET_ST) != 0;
    return TRUE;
}

gboolean
inlay_cortexm_read_cpuid(InlayCortexm *core,
                         guint32 *cpuid,
                         GCancellable *cancellable,
                         GError **error)
{
    return read_word(core, CPUID, cpuid, cancellable, error);
}

static gboolean
freeze_watchdog(
    InlayCortexm *core, guint32 addr, guint32 bits, GCancellable *cancellable, GError **error)
{
    if (addr == 0 || core->freeze_addr != 0)
        return TRUE;
    if (!read_word(core, addr, &core->freeze, cancellable, error))
        return FALSE;
    core->freeze_addr = addr;
    core->freeze_bits = bits;
    return write_word(core, addr, core->freeze | bits, cancellable, error);
}

gboolean
inlay_cortexm_reset_and_halt(InlayCortexm *core,
                             guint32 freeze_addr,
                             guint32 freeze_bits,
                             GCancellable *cancellable,
                             GError **error)
{
    guint32 dhcsr;

    /* The reset vector is watched before all: a watchdog may bite before it is frozen. */
    if (!inlay_cortexm_catch_reset(core, cancellable, error) ||
        !inlay_cortexm_wait_halted(core, cancellable, error) ||
        !freeze_watchdog(core, freeze_addr, freeze_bits, cancellable, error))
        return FALSE;
    /* Best effort: a core without breakpoints has none to end. */
    write_word(core, FP_CTRL, FP_CTRL_KEY, cancellable, NULL);
    return write_word(core, DEMCR, DEMCR_VC_FAULTS | DEMCR_VC_CORERESET, cancellable, error) &&
           read_word(core, DHCSR, &dhcsr, cancellable, error) && /* an older reset is not ours */
           write_word(core, AIRCR, AIRCR_SYSRESETREQ, cancellable, error) &&
           wait_dhcsr(core, DHCSR_S_RESET_ST, DHCSR_S_HALT, "reset", cancellable, error) &&
           write_word(core, DEMCR, DEMCR_VC_FAULTS, cancellable, error);
}

gboolean
inlay_cortexm_write_reg(
    InlayCortexm *core, guint reg, guint32 value, GCancellable *cancellable, GError **error)
{
    return write_word(core, DCRDR, value, cancellable, error) &&
           write_word(core, DCRSR, DCRSR_WRITE | reg, cancellable, error) &&
           wait_dhcsr(core, 0, DHCSR_S_REGRDY, "core register", cancellable, error);
}

gboolean
inlay_cortexm_read_reg(
    InlayCortexm *core, guint reg, guint32 *value, GCancellable *cancellable, GError **error)
{
    return write_word(core, DCRSR, reg, cancellable, error) &&
           wait_dhcsr(core, 0, DHCSR_S_REGRDY, "core register", cancellable, error) &&
           read_word(core, DCRDR, value, cancellable, error);
}

gboolean
inlay_cortexm_run(
    InlayCortexm *core, guint32 pc, guint32 sp, GCancellable *cancellable, GError **error)
{
    return inlay_cortexm_write_reg(core, INLAY_CORTEXM_SP, sp, cancellable, error) &&
           inlay_cortexm_write_reg(core, INLAY_CORTEXM_XPSR, XPSR_T, cancellable, error) &&
           inlay_cortexm_write_reg(core, INLAY_CORTEXM_PC, pc & ~1u, cancellable, error) &&
           write_word(core, DHCSR, DHCSR_KEY | DHCSR_C_DEBUGEN, cancellable, error);
}

gboolean
inlay_cortexm_get_state(InlayCortexm *core,
                        InlayCortexmState *state,
                        GCancellable *cancellable,
                        GError **error)
{
    guint32 dhcsr;

    if (!read_word(core, DHCSR, &dhcsr, cancellable, error))
        return FALSE;
    *state = (dhcsr & DHCSR_S_RESET_ST) != 0 ? INLAY_CORTEXM_WAS_RESET
             : (dhcsr & DHCSR_S_LOCKUP) != 0 ? INLAY_CORTEXM_LOCKED_UP
             : (dhcsr & DHCSR_S_HALT) != 0   ? INLAY_CORTEXM_HALTED
                                             : INLAY_CORTEXM_RUNNING;
    return TRUE;
}

/* Vector catches, halting debug and the watchdog's freeze are cleared rather than put back: found
 * set, they are what a run that was broken off has left, and would halt the product at its next
 * reset. */
static gboolean
restore(InlayCortexm *core, GError **error)
{
    return write_word(core, DEMCR, core->demcr & ~(DEMCR_VC_CORERESET | DEMCR_VC_FAULTS), NULL,
                      error) &&
           (core->freeze_addr == 0 ||
            write_word(core, core->freeze_addr, core->freeze & ~core->freeze_bits, NULL, error)) &&
           write_word(core, DHCSR, DHCSR_KEY, NULL, error);
}

static gboolean
reset(InlayCortexm *core, GError **error)
{
    GError *trouble = NULL;
    guint32 dhcsr;

    if (!remember(core, NULL, error) ||
        /* VC_CORERESET of whoever was here before would halt it again. */
        !write_word(core, DEMCR, core->demcr & ~DEMCR_VC_CORERESET, NULL, error) ||
        !read_word(core, DHCSR, &dhcsr, NULL, error) ||
        !write_word(core, AIRCR, AIRCR_SYSRESETREQ, NULL, error))
        return FALSE;
    if (wait_dhcsr(core, DHCSR_S_RESET_ST, 0, "reset", NULL, &trouble))
        return TRUE;
    /* It has taken the reset and answers no more: its program has switched SWD off at once. */
    core->silent = g_error_matches(trouble, INLAY_ERROR, INLAY_ERROR_BOARD_LOST) &&
                   !read_word(core, DHCSR, &dhcsr, NULL, NULL);
    if (core->silent)
        g_error_free(trouble);
    else
        g_propagate_error(error, trouble);
    return core->silent;
}

/* While the line holds it in reset SWD is there again. Without a line halting debug stays enabled until
 * the power goes, which a program does not notice. */
static void
restore_in_reset(InlayCortexm *core)
{
    InlayProbe *probe = core->probe;

    if (probe->ops->drive_nrst(probe, INLAY_PROBE_NRST_LOW, NULL, NULL) &&
        probe->ops->enter(probe, NULL, NULL))
        restore(core, NULL);
    probe->ops->drive_nrst(probe, INLAY_PROBE_NRST_HIGH, NULL, NULL);
}

gboolean
inlay_cortexm_release(InlayCortexm *core, gboolean with_reset, GError **error)
{
    gboolean ok = TRUE;

    if (!core->attached)
        return TRUE;
    core->attached = core->silent = FALSE;
    inlay_probe_begin_step(core->probe, INLAY_BUDGET_RELEASE);
    if (with_reset || core->taken)
        ok = reset(core, error);
    if (core->silent)
        restore_in_reset(core);
    else if (core->remembered)
        ok = restore(core, ok ? error : NULL) && ok;
    ok = core->probe->ops->detach(core->probe, ok ? error : NULL) && ok;
    inlay_probe_end_step(core->probe);
    return ok;
}
