/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "uart-frame.h"

#include <glib.h>

G_BEGIN_DECLS

/*
 * A memory-mapped peripheral of a virtual chip: one file each, created by the chip's description
 * (chips.c) and owned by the board. It sees time only as the nanoseconds it is given, and acts on
 * the rest of the chip only through BenchPeripheralHost, which the board implements.
 */
typedef struct BenchPeripheral BenchPeripheral;

typedef enum {
    BENCH_RESET_POWER,
    BENCH_RESET_PIN,
    BENCH_RESET_SOFTWARE,
    BENCH_RESET_WATCHDOG,
    BENCH_RESET_OPTIONS, /* they are loaded again */
} BenchResetCause;

/* What the board does for its peripherals, and what it tells them. */
typedef struct BenchPeripheralHost BenchPeripheralHost;
struct BenchPeripheralHost {
    /* Set by the board, read by peripherals; wires_changed() follows a change. */
    BenchResetCause reset_cause; /* valid in reset() */
    guint supply_mv;
    gboolean core_halted;       /* by a debugger: freezes what DBGMCU says */
    gboolean debugger_attached; /* since power-on: what read protection is against */

    guint64 (*now_ns)(BenchPeripheralHost *host);
    /* The level of an interrupt line of the NVIC; a line held high is taken again after return. */
    void (*set_irq)(BenchPeripheralHost *host, guint irq, gboolean level);
    /* RCC has changed the core clock. */
    void (*set_core_hz)(BenchPeripheralHost *host, guint32 hz);
    /* The next event of this peripheral has moved: the run loop asks again. */
    void (*event_moved)(BenchPeripheralHost *host);
    /* The core stalls on its next flash access until then (an operation is in progress;
     * G_MAXUINT64: for ever). 0 ends it. */
    void (*flash_busy_until)(BenchPeripheralHost *host, guint64 ns);
    /* Flash bytes (address in the flash, not in its alias) are to be seen by CPU and debugger as
     * they are in BenchParts.flash from now on. Until called, both see the old ones: that is how a
     * stale cache is modelled. */
    void (*flash_changed)(BenchPeripheralHost *host, guint32 addr, guint32 size);
    /* A system reset; happens after the present access. */
    void (*request_reset)(BenchPeripheralHost *host, BenchResetCause cause);
    /* Power fails now (a fault script in the flash model has come to its point): the board goes
     * off after the present access or advance(). */
    void (*power_fails)(BenchPeripheralHost *host);
    /* A GPIO output or alternate pin has a new level; port 0 is A. */
    void (*pin_changed)(BenchPeripheralHost *host, guint port, guint pin, gboolean level);
    /* A frame has left a UART (base address of the UART): its stop bit ends now. */
    void (*uart_frame)(BenchPeripheralHost *host, guint32 uart_base, const BenchUartFrame *frame);
    /* What a bus master reads and writes: FALSE where nobody answers. Flash does so only when no
     * operation is in progress: bus_free_ns() says from when on an address can be had, 0: now. */
    gboolean (*bus_read)(BenchPeripheralHost *host, guint32 addr, guint size, guint32 *value);
    gboolean (*bus_write)(BenchPeripheralHost *host, guint32 addr, guint size, guint32 value);
    guint64 (*bus_free_ns)(BenchPeripheralHost *host, guint32 addr);
    /* The firmware has done what silicon would punish (too few wait states…): a line in the
     * board's events. */
    void (*firmware_fault)(BenchPeripheralHost *host, const char *what);
};

typedef struct {
    /* Called through bench_peripheral_read() and bench_peripheral_write() only. Offsets are from
     * the base and aligned to the size of 1, 2 or 4; a read gives the whole word that holds the
     * offset. A debugger's access is like any other. */
    guint32 (*read)(BenchPeripheral *self, guint32 offset, guint size);
    void (*write)(BenchPeripheral *self, guint32 offset, guint size, guint32 value);
    void (*reset)(BenchPeripheral *self, gboolean power_on);
    /* Power has gone: an operation in progress is cut. NULL: nothing to do. */
    void (*power_off)(BenchPeripheral *self);
    /* A field of the host's first group has moved (now). NULL: does not care. */
    void (*wires_changed)(BenchPeripheral *self);
    /* When it will do something by itself, or read differently: a core that polls is taken there; G_MAXUINT64: never. NULL: never. */
    guint64 (*next_event_ns)(BenchPeripheral *self);
    /* Does what was due until now. NULL with next_event_ns. */
    void (*advance)(BenchPeripheral *self, guint64 now_ns);
    void (*free)(BenchPeripheral *self);
} BenchPeripheralOps;

struct BenchPeripheral {
    const BenchPeripheralOps *ops;
    const char *name;
    guint32 base;
    guint32 size;
    BenchPeripheralHost *host;
    gboolean clock_off; /* by RCC: reads 0, ignores writes */
    /* Cells of the flash outside of its array: an access waits until no operation is in progress. */
    gboolean is_cells;
    gboolean is_guarded; /* read protection concerns it as it does the array */
};

/* What CPU, debugger and tests call. `offset` is aligned to `size`. */
static inline guint32
bench_peripheral_read(BenchPeripheral *self, guint32 offset, guint size)
{
    if (self->clock_off)
        return 0;
    guint32 word = self->ops->read(self, offset, size) >> (8 * (offset & 3));
    return size == 4 ? word : word & ((1u << (8 * size)) - 1);
}

static inline void
bench_peripheral_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    if (!self->clock_off)
        self->ops->write(self, offset, size, value);
}

/* A register's word after a write of a part of it: the lanes not written are kept. */
static inline guint32
bench_peripheral_merge(guint32 old, guint32 offset, guint size, guint32 value)
{
    guint shift = 8 * (offset & 3);
    guint32 mask = size == 4 ? 0xffffffffu : ((1u << (8 * size)) - 1) << shift;
    return (old & ~mask) | ((value << shift) & mask);
}

G_END_DECLS
