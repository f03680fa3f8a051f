/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "flash-area.h"
#include "uart-frame.h"

#include <glib.h>

G_BEGIN_DECLS

/*
 * A virtual board: a chip that executes firmware (Unicorn), its flash with the manners of real
 * flash, pins, UARTs, power, and a debug port. It has its own clock in nanoseconds, which only
 * bench_board_run_* advances: nothing here looks at host time. Used from one thread at a time.
 * docs/bench.md lists what is modelled and what is not.
 */
typedef struct BenchBoard BenchBoard;

typedef struct {
    const char *name;       /* for messages and file names */
    const char *chip;       /* "STM32F411CE": the bench's own chip list, chips.c */
    guint supply_mv;        /* 0: no voltage at the probe's sense pin, chip off */
    guint32 hse_hz;         /* 0: no crystal fitted */
    const char *button;     /* "PA0 low": pin, and its level while pressed; NULL: none */
    const char *led;        /* "PC13 low": pin, and its level while lit; NULL: none */
    guint32 uart_base;      /* 0x40004400 (USART2): whose output is watched; 0: none */
    guint64 seed;           /* of everything random; the same seed gives the same run */
    gboolean instant_flash; /* erase and program take no time (for peers that poll in real time) */
} BenchBoardConfig;

BenchBoard *bench_board_new(const BenchBoardConfig *config, GError **error);
void bench_board_free(BenchBoard *board);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchBoard, bench_board_free)

/* -- time -- */
guint64 bench_board_now_ns(const BenchBoard *board);
void bench_board_run_for(BenchBoard *board, guint64 ns);
/* The same, or less: bench_board_stop(), which a peer's functions may call, ends it. */
void bench_board_run_until_stopped(BenchBoard *board, guint64 ns);
void bench_board_stop(BenchBoard *board);
/* The core sleeps, spins or stands, and neither the flash nor a UART has anything to do: only the clock
 * would move. */
gboolean bench_board_is_idle(const BenchBoard *board);
/* When the flash operation in progress ends, or 0 when it is idle. */
guint64 bench_board_flash_busy_until_ns(const BenchBoard *board);

/* -- the world around it -- */
void bench_board_set_power(BenchBoard *board,
                           gboolean on); /* off: RAM and a flash operation in progress are lost */
gboolean bench_board_has_power(const BenchBoard *board);
guint bench_board_get_supply_mv(const BenchBoard *board);
void bench_board_set_supply_mv(BenchBoard *board, guint supply_mv); /* 0 is power off */
void bench_board_set_nrst(BenchBoard *board, gboolean low);
/* High when a reset ends: the chip's own boot ROM would run, which the bench does not have. The core
 * sleeps then until the next reset. */
void bench_board_set_boot0(BenchBoard *board, gboolean high);
void bench_board_press(BenchBoard *board, gboolean pressed);
gboolean bench_board_get_led(const BenchBoard *board);
/* What the watched UART has sent since the last call. (transfer full), never NULL. */
GString *bench_board_take_uart(BenchBoard *board);
/* What happened since creation, one a line, in seconds of the board's clock: "0.012345678 PC13 0",
 * "… LED 1", "… power 0", "… reset: software", "… fault: …" (a firmware bug). (transfer none) */
const GString *bench_board_get_events(const BenchBoard *board);

/* What is wired to a UART, in the board's time: it acts at `next_ns`, whoever runs the board, with power
 * and without. Its functions are called while the board runs, and run it not. */
typedef struct BenchUartPeer BenchUartPeer;
struct BenchUartPeer {
    guint32 uart_base;
    guint64 next_ns; /* G_MAXUINT64: never; after a change from outside: bench_board_peer_moved() */
    void (*advance)(BenchUartPeer *peer, guint64 now_ns);
    /* The UART has sent this; its stop bit ends now. */
    void (*hear)(BenchUartPeer *peer, const BenchUartFrame *frame, guint64 now_ns);
};
/* Several may hear one UART. */
void bench_board_attach(BenchBoard *board, BenchUartPeer *peer);
void bench_board_detach(BenchBoard *board, BenchUartPeer *peer);
void bench_board_peer_moved(BenchBoard *board);
gboolean bench_board_has_uart(const BenchBoard *board, guint32 uart_base);
/* A start bit comes to its RX at `start_ns`, and the frame behind it. Nothing happens without power. */
void bench_board_uart_receive(BenchBoard *board,
                              guint32 uart_base,
                              const BenchUartFrame *frame,
                              guint64 start_ns);

/* -- flash -- */
guint8 *bench_board_get_flash(BenchBoard *board,
                              gsize *size); /* the true bytes; (transfer none); for tests: may be
                                               written while the core is stopped, then call … */
void bench_board_flash_changed(BenchBoard *board);
/* The cells of option bytes or OTP; NULL: the chip has none. (transfer none) */
const guint8 *bench_board_get_area(BenchBoard *board, BenchFlashArea area, gsize *size);
/* Fills them from their start; option bytes take effect as after a power-on. FALSE, and nothing is
 * changed, when they are fewer. */
gboolean
bench_board_set_area(BenchBoard *board, BenchFlashArea area, const guint8 *bytes, gsize size);
/* What of them is in force and what is stored, in words, a line each. (transfer full) */
char *bench_board_describe_options(BenchBoard *board);

/* -- faults -- */
/* Power fails in the middle of the n-th erase or program operation from now (0: the next): the
 * sector or word keeps a seeded subset of its change. Counts both kinds together, or erases alone;
 * those of option bytes and OTP are among them. */
void bench_board_cut_power_at(BenchBoard *board, guint n, gboolean erases_only);
void bench_board_stick_busy(BenchBoard *board, gboolean stuck); /* the next operation never ends */
void bench_board_protect(BenchBoard *board,
                         guint rdp_level,
                         guint32 wrp_sectors); /* writes option bytes, and loads them */

/* -- counters since creation -- */
typedef struct {
    guint32 erases;         /* sector erases begun */
    guint32 programs;       /* program accesses */
    guint32 option_erases;  /* erases of option bytes; no part of `erases` */
    guint32 *sector_erases; /* one a sector */
    guint n_sectors;
    guint32 power_cycles; /* times that power came on */
    guint32 resets;       /* by pin, software or watchdog */
} BenchBoardCounters;
const BenchBoardCounters *bench_board_get_counters(const BenchBoard *board);

/* -- the debug port: what a probe can do over SWD. Each access runs nothing: the caller advances
 * time first. -- */
typedef enum {
    BENCH_DEBUG_OK,
    BENCH_DEBUG_WAIT,    /* the bus stalls: flash busy */
    BENCH_DEBUG_FAULT,   /* bus error: nothing at that address, or protected */
    BENCH_DEBUG_NO_CHIP, /* no power, or not connected */
} BenchDebugStatus;

/* AHB-AP accesses: size 1, 2 or 4, aligned. Core debug registers (DHCSR, DCRSR, DEMCR, AIRCR…) are
 * memory too. */
BenchDebugStatus
bench_board_debug_read(BenchBoard *board, guint32 addr, guint size, guint32 *value);
BenchDebugStatus
bench_board_debug_write(BenchBoard *board, guint32 addr, guint size, guint32 value);
/* The same for many, faster; *done says how many bytes went through before the status. */
BenchDebugStatus bench_board_debug_read_block(
    BenchBoard *board, guint32 addr, guint size, guint8 *out, gsize n_bytes, gsize *done);
BenchDebugStatus bench_board_debug_write_block(
    BenchBoard *board, guint32 addr, guint size, const guint8 *bytes, gsize n_bytes, gsize *done);
/* Core registers by DCRSR number (0-15, 16 xPSR, 17 MSP, 18 PSP, 20 CONTROL..PRIMASK, 33 FPSCR, 64+
 * S0..), of a halted core; FAULT when it runs or there is no such register. */
BenchDebugStatus bench_board_debug_read_core(BenchBoard *board, guint reg, guint32 *value);
BenchDebugStatus bench_board_debug_write_core(BenchBoard *board, guint reg, guint32 value);
/* DPIDR of its debug port (0x2BA01477 on F4). */
guint32 bench_board_get_dpidr(const BenchBoard *board);
/* The wires: FALSE as if the board were lifted from its fixture; power stays. */
void bench_board_set_swd_connected(BenchBoard *board, gboolean connected);

G_END_DECLS
