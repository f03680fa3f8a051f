/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/probe.h"

G_BEGIN_DECLS

/*
 * What Inlay does to a Cortex-M through a probe, and undoing it: the debug registers that were found
 * are remembered at the first change and put back by release. Initialise with inlay_cortexm_init; the
 * probe is not owned.
 *
 * Errors are those of the probe; BOARD_LOST also when the core does not do as it is told in time.
 */
typedef struct {
    InlayProbe *probe;
    gboolean attached;
    gboolean taken;        /* the program was stopped: only a reset brings it back */
    const char *connected; /* how, when not as it ran: "under reset"; NULL */
    gboolean silent;       /* it has not answered since release has reset it */
    gboolean remembered;
    guint32 demcr;       /* as found */
    guint32 freeze_addr; /* the word of DBGMCU that holds the watchdog while halted; 0: untouched */
    guint32 freeze;      /* as found */
    guint32 freeze_bits; /* ours */
} InlayCortexm;

/* Core registers, as DCRSR counts them (ARMv7-M, C1.6.3). */
#define INLAY_CORTEXM_SP 13
#define INLAY_CORTEXM_PC 15
#define INLAY_CORTEXM_XPSR 16

typedef enum {
    INLAY_CORTEXM_RUNNING,
    INLAY_CORTEXM_HALTED, /* a breakpoint, a caught fault */
    INLAY_CORTEXM_LOCKED_UP,
    INLAY_CORTEXM_WAS_RESET, /* since the last look */
} InlayCortexmState;

void inlay_cortexm_init(InlayCortexm *core, InlayProbe *probe);

/* For connecting (connect.h): asks for a halt, in one command; also asks for one at the reset vector;
 * waits until it is halted; says whether the chip is held in reset now. */
gboolean inlay_cortexm_ask_halt(InlayCortexm *core, GCancellable *cancellable, GError **error);
gboolean inlay_cortexm_catch_reset(InlayCortexm *core, GCancellable *cancellable, GError **error);
gboolean inlay_cortexm_wait_halted(InlayCortexm *core, GCancellable *cancellable, GError **error);
gboolean inlay_cortexm_is_in_reset(InlayCortexm *core,
                                   gboolean *in_reset,
                                   GCancellable *cancellable,
                                   GError **error);

/* CPUID; variant and revision included. */
gboolean inlay_cortexm_read_cpuid(InlayCortexm *core,
                                  guint32 *cpuid,
                                  GCancellable *cancellable,
                                  GError **error);

/* Resets the chip and halts it before its first instruction, so that clocks, DMA, interrupts and the
 * MPU of its program are off. Breakpoints that a debugger has left there are ended for good, its
 * watchpoints until release. Bits of *freeze_addr keep a hardware watchdog from biting while it is halted
 * (0: the chip needs none). The core halts on faults from here on. */
gboolean inlay_cortexm_reset_and_halt(InlayCortexm *core,
                                      guint32 freeze_addr,
                                      guint32 freeze_bits,
                                      GCancellable *cancellable,
                                      GError **error);

/* Starts the halted core at an address, in Thumb state, with the main stack. */
gboolean inlay_cortexm_run(
    InlayCortexm *core, guint32 pc, guint32 sp, GCancellable *cancellable, GError **error);

/* Halts the core. */
gboolean inlay_cortexm_halt(InlayCortexm *core, GCancellable *cancellable, GError **error);

gboolean inlay_cortexm_get_state(InlayCortexm *core,
                                 InlayCortexmState *state,
                                 GCancellable *cancellable,
                                 GError **error);

/* Core registers of a halted core. */
gboolean inlay_cortexm_read_reg(
    InlayCortexm *core, guint reg, guint32 *value, GCancellable *cancellable, GError **error);
gboolean inlay_cortexm_write_reg(
    InlayCortexm *core, guint reg, guint32 value, GCancellable *cancellable, GError **error);

/* Detaches. When the core was taken or `reset` asks for it: through a system reset, with halting
 * debug and vector catches off, the other debug registers as found, and running. A program that
 * switches SWD off at once is no failure: core->silent is set. */
gboolean inlay_cortexm_release(InlayCortexm *core, gboolean reset, GError **error);

G_END_DECLS
