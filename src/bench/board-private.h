/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "board.h"
#include "chips.h"
#include "clock.h"
#include "nvic.h"
#include "spin.h"

#include <unicorn/unicorn.h>

G_BEGIN_DECLS

/*
 * What the files of the board share: board.c (the public face), board-run.c (time), board-power.c
 * (reset and power), bus.c (who answers at an address), cpu.c (Unicorn), exception.c (entry, return,
 * faults), scs.c and coresight.c (the core's own registers), debug.c (the debug port). Nothing
 * outside of them includes this.
 */

typedef struct {
    guint32 base;
    guint32 size;
    guint8 *bytes;
    gboolean is_flash;
} BenchMemory;

#define BENCH_MAX_MEMORIES 6

typedef struct {
    uc_engine *uc;
    guint64 limit;           /* cycles: the next block stops there; 0 asks for attention */
    guint32 block;           /* address of the block that was last to start */
    int stop;                /* BenchStop, -1 while nothing asks to stop */
    gboolean guard_flash;    /* stop at the next block in flash: busy, changed, or blocked */
    gboolean masked_pending; /* an exception waits for PRIMASK, BASEPRI or FAULTMASK to change */
    BenchSpin spin;
    gboolean asleep;   /* WFI, WFE */
    gboolean wfe;      /* the sleep is a WFE: any pending exception wakes */
    gboolean event;    /* the event register of WFE */
    gboolean spinning; /* nothing but an event can get it out of its loop */
    gboolean lockup;
    gboolean bus_fault; /* a store or load of the running block met nobody */
    guint32 bus_fault_addr;
    GArray *breakpoints; /* guint64 addresses, as Unicorn has them */
    GPtrArray *windows;  /* BenchWindow (cpu.c) */
} BenchCpu;

/* System control space, B3.2. */
typedef struct {
    guint32 vtor;
    guint32 scr;
    guint32 ccr;
    guint32 cfsr;
    guint32 hfsr;
    guint32 mmfar;
    guint32 bfar;
    guint32 cpacr;
    guint32 fpccr;
    guint32 actlr;
    guint32 mpu[8];
    guint32 systick_ctrl;
    guint32 systick_load;
    guint32 systick_value; /* while disabled */
    guint64 systick_zero;  /* cycle of the next zero while enabled */
    gboolean systick_flag;
} BenchScs;

/* What a debugger has set: survives system resets, B3.2 "Debug system registers". */
typedef struct {
    gboolean enabled; /* C_DEBUGEN */
    gboolean halted;
    gboolean mask_interrupts;
    gboolean snapstall;
    gboolean accessing; /* the present access is the debugger's, not the core's */
    guint32 demcr;
    guint32 dfsr;
    guint32 dcrdr;
    gboolean reset_seen; /* S_RESET_ST */
    gboolean retired;    /* S_RETIRE_ST */
    guint32 fp_ctrl;
    guint32 fp_comp[8];
    guint32 dwt_ctrl;
    guint32 dwt_comp[4][3];
    guint64 cyccnt_base; /* cycles at which CYCCNT was 0 */
    guint32 cyccnt;      /* while it stands */
} BenchDebug;

typedef struct {
    int port; /* -1: not fitted */
    int pin;
    gboolean level; /* while pressed or lit */
} BenchPinWire;

struct BenchBoard {
    BenchPeripheralHost host; /* first: the callbacks cast it back */
    const BenchChip *chip;
    BenchParts parts;
    guint64 seed;
    guint supply_mv; /* as last set, while on or off */
    gboolean powered;
    gboolean nrst_low;
    gboolean boot0_high;
    gboolean swd_connected;
    BenchClock clock;
    guint64 world_ns; /* time outside; the clock may be ahead of it by the end of a block */

    BenchMemory memories[BENCH_MAX_MEMORIES];
    guint n_memories;
    guint8 *flash_view; /* the flash as the buses see it */

    GPtrArray *timed; /* BenchPeripheral * with events, not owned */
    GPtrArray *peers; /* BenchUartPeer *, not owned */
    gboolean stop_wanted;
    guint64 next_event; /* ns, cached */
    gboolean events_moved;
    guint64 flash_busy_until;
    gboolean flash_dirty; /* translated code may be stale in dirty_from..dirty_to */
    guint32 dirty_from, dirty_to;
    gboolean reset_wanted;
    BenchResetCause reset_wanted_by;
    gboolean power_failing;

    BenchCpu cpu;
    BenchNvic nvic;
    BenchScs scs;
    BenchDebug debug;

    BenchPinWire button, led;
    gboolean led_lit;
    GString *uart;
    GString *events;
    BenchBoardCounters counters;
};

/* -- bus.c -- */

void bench_bus_init(BenchBoard *board);
/* RAM or flash as the buses see it, of at least `size` bytes; NULL: neither. */
guint8 *bench_bus_memory(BenchBoard *board, guint32 addr, gsize size, BenchMemory **memory);
/* FALSE: nobody answers, or not now. Sizes 1, 2, 4; aligned. */
gboolean bench_bus_read(BenchBoard *board, guint32 addr, guint size, guint32 *value);
gboolean bench_bus_write(BenchBoard *board, guint32 addr, guint size, guint32 value);
/* Peripherals and the core's own registers only. */
gboolean bench_bus_read_device(BenchBoard *board, guint32 addr, guint size, guint32 *value);
gboolean bench_bus_write_device(BenchBoard *board, guint32 addr, guint size, guint32 value);
/* Cells of the flash answer there, which takes until no operation is in progress. */
gboolean bench_bus_is_flash(BenchBoard *board, guint32 addr);
/* RDP level 1 with a debugger: nobody may read the flash (RM0383, section 3.6.3). */
gboolean bench_bus_flash_is_blocked(const BenchBoard *board);

/* -- cpu.c -- */

typedef enum {
    BENCH_STOP_LIMIT, /* or attention; or the flash guard: the caller looks */
    BENCH_STOP_SPIN,
    BENCH_STOP_WFI,
    BENCH_STOP_WFE,
    BENCH_STOP_YIELD,
    BENCH_STOP_BREAKPOINT, /* by address */
    BENCH_STOP_BKPT,
    BENCH_STOP_SVC,
    BENCH_STOP_EXC_RETURN,
    BENCH_STOP_UNDEFINED,
    BENCH_STOP_NO_COPROCESSOR,
    BENCH_STOP_INVALID_STATE, /* not in Thumb state */
    BENCH_STOP_NO_CODE,       /* the PC has left all memory */
} BenchStop;

gboolean bench_cpu_init(BenchBoard *board, GError **error);
void bench_cpu_clear(BenchBoard *board);
/* Runs until the cycle counter reaches `limit` or something comes up. */
BenchStop bench_cpu_run(BenchBoard *board, guint64 limit);
/* One instruction (or one IT block). */
BenchStop bench_cpu_step(BenchBoard *board);
/* Unicorn's register numbers. */
guint32 bench_cpu_get(const BenchBoard *board, int reg);
void bench_cpu_set(BenchBoard *board, int reg, guint32 value);
void bench_cpu_set_pc(BenchBoard *board, guint32 pc, gboolean thumb);
/* With the IPSR, T and IT fields. */
void bench_cpu_set_xpsr(BenchBoard *board, guint32 value);
void bench_cpu_get_masks(const BenchBoard *board, BenchMasks *masks);
/* Code has changed at these addresses. */
void bench_cpu_forget_code(BenchBoard *board, guint32 addr, guint32 size);
/* Stops at the end of the running block. Cheap; harmless when it does not run. */
void bench_cpu_attend(BenchBoard *board);
void bench_cpu_set_breakpoints(BenchBoard *board, const guint32 *addrs, guint n);

/* -- exception.c -- */

/* Registers of a core that leaves reset; FALSE: lock-up, there are no vectors. */
void bench_exception_reset(BenchBoard *board);
/* Takes the most urgent pending exception if it may preempt; says whether it did. */
gboolean bench_exception_take_pending(BenchBoard *board);
/* Would it, when awake? Also decides what wakes WFI (which PRIMASK does not mask). */
gboolean bench_exception_is_due(BenchBoard *board, gboolean ignore_primask);
void bench_exception_return(BenchBoard *board);
void bench_exception_svc(BenchBoard *board);
/* `cfsr` is the bit of CFSR that says what happened. */
void bench_exception_fault(BenchBoard *board, guint32 cfsr);
/* BKPT with no debugger enabled. */
void bench_exception_debug_event(BenchBoard *board);

#define BENCH_CFSR_IBUSERR (1u << 8)
#define BENCH_CFSR_PRECISERR (1u << 9)
#define BENCH_CFSR_IMPRECISERR (1u << 10)
#define BENCH_CFSR_UNSTKERR (1u << 11)
#define BENCH_CFSR_STKERR (1u << 12)
#define BENCH_CFSR_BFARVALID (1u << 15)
#define BENCH_CFSR_UNDEFINSTR (1u << 16)
#define BENCH_CFSR_INVSTATE (1u << 17)
#define BENCH_CFSR_INVPC (1u << 18)
#define BENCH_CFSR_NOCP (1u << 19)

/* -- scs.c -- */

void bench_scs_reset(BenchBoard *board);
/* The private peripheral bus, coresight.c included. */
gboolean bench_scs_owns(const BenchBoard *board, guint32 addr);
gboolean bench_scs_read(BenchBoard *board, guint32 addr, guint size, guint32 *value);
gboolean bench_scs_write(BenchBoard *board, guint32 addr, guint size, guint32 value);
/* Cycle of the next SysTick zero, G_MAXUINT64: never. */
guint64 bench_systick_next(const BenchBoard *board);
/* Pends SysTick for the zeros that have passed. */
void bench_systick_update(BenchBoard *board);

/* -- coresight.c -- */

void bench_coresight_power_on(BenchBoard *board);
/* Whole words. */
guint32 bench_coresight_read(BenchBoard *board, guint32 addr);
void bench_coresight_write(BenchBoard *board, guint32 addr, guint32 value);
void bench_coresight_write_demcr(BenchBoard *board, guint32 value);

/* -- debug.c -- */

void bench_debug_power_on(BenchBoard *board);
void bench_debug_halt(BenchBoard *board, guint32 dfsr);
guint32 bench_debug_read_dhcsr(BenchBoard *board);
void bench_debug_write_dhcsr(BenchBoard *board, guint32 value);
void bench_debug_write_dcrsr(BenchBoard *board, guint32 value);
void bench_debug_write_fpb(BenchBoard *board);

#define BENCH_DFSR_HALTED (1u << 0)
#define BENCH_DFSR_BKPT (1u << 1)
#define BENCH_DFSR_VCATCH (1u << 3)
#define BENCH_DEMCR_VC_CORERESET (1u << 0)
#define BENCH_DEMCR_VC_BUSERR (1u << 8)
#define BENCH_DEMCR_VC_HARDERR (1u << 10)
#define BENCH_DEMCR_TRCENA (1u << 24)

/* -- board.c -- */

/* A line for the board's events. */
void bench_board_log(BenchBoard *board, const char *format, ...) G_GNUC_PRINTF(2, 3);
void bench_board_set_led(BenchBoard *board, gboolean lit);
/* Tells peripherals that supply or halt have changed. */
void bench_board_wires_changed(BenchBoard *board);

/* -- board-power.c -- */

/* The board comes to life: a supply is there. */
void bench_board_power_on(BenchBoard *board);
/* What has come up during an access or a slice: lost power, a reset, changed flash. */
void bench_board_settle(BenchBoard *board);

/* -- board-run.c -- */

/* It sleeps deeply. */
gboolean bench_board_is_stopped(const BenchBoard *board);

/* What a running core came to. */
void bench_board_handle_stop(BenchBoard *board, BenchStop why);
/* Whether flash accesses of the core need a look: busy, changed, or blocked. */
void bench_board_update_guard(BenchBoard *board);
/* Something that a spinning core could notice. */
void bench_board_stir(BenchBoard *board);
/* An access to the flash stalls the core until no operation is in progress. */
void bench_board_stall(BenchBoard *board);

G_END_DECLS
