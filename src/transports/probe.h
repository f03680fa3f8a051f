/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/budget.h"
#include "transports/link.h"

G_BEGIN_DECLS

/*
 * What every debug probe can do to a Cortex-M. Adding a probe is writing these functions in one
 * file. Addresses are the chip's; sizes are in bytes. Errors: those of the link, and
 * BOARD_NOT_FOUND (nothing on SWD), BOARD_LOST (was there, answers no more or faults),
 * BOARD_NO_VOLTAGE.
 */
typedef struct InlayProbe InlayProbe;

typedef enum { INLAY_PROBE_NRST_LOW, INLAY_PROBE_NRST_HIGH } InlayProbeNrst;

typedef struct {
    /* Enters SWD without touching the core, at the fastest clock that the wires are seen to carry,
     * max_khz at most. From then on reads, and writes that may be done twice, are repeated at lower
     * clocks when the wires garble them. */
    gboolean (*attach)(InlayProbe *probe, GCancellable *cancellable, GError **error);
    /* Enters SWD once more in the fewest commands, as fast as the last attach has tried first. Errors
     * say nothing of why. */
    gboolean (*enter)(InlayProbe *probe, GCancellable *cancellable, GError **error);
    /* Leaves debug mode: the probe no longer drives the wires. */
    gboolean (*detach)(InlayProbe *probe, GError **error);
    /* Millivolts at the sense pin, however strange; 0 when the probe has none. */
    gboolean (*measure_supply)(InlayProbe *probe,
                               guint *supply_mv,
                               GCancellable *cancellable,
                               GError **error);
    gboolean (*drive_nrst)(InlayProbe *probe,
                           InlayProbeNrst level,
                           GCancellable *cancellable,
                           GError **error);
    /* One word anywhere, debug and peripheral registers included. */
    gboolean (*read_word)(
        InlayProbe *probe, guint32 addr, guint32 *word, GCancellable *cancellable, GError **error);
    gboolean (*write_word)(
        InlayProbe *probe, guint32 addr, guint32 word, GCancellable *cancellable, GError **error);
    /* Blocks of any alignment and size; split and checked by the implementation. */
    gboolean (*read)(InlayProbe *probe,
                     guint32 addr,
                     guint8 *out,
                     gsize size,
                     GCancellable *cancellable,
                     GError **error);
    gboolean (*write)(InlayProbe *probe,
                      guint32 addr,
                      const guint8 *bytes,
                      gsize size,
                      GCancellable *cancellable,
                      GError **error);
    void (*free)(InlayProbe *probe);
} InlayProbeOps;

struct InlayProbe {
    const InlayProbeOps *ops;
    char *adapter;      /* "usb:1-4"; owned */
    char *kind;         /* "ST-LINK/V2-1 (firmware J37 M26)"; owned */
    char *serial;       /* NULL when it has none; owned */
    char *warning;      /* what it cannot do, in words; NULL: nothing; owned */
    guint max_khz;      /* of the wire's clock, set before attach; 0: the probe's own choice */
    guint first_khz;    /* the clock that the last attach began with; 0: unknown */
    guint clock_khz;    /* the clock now */
    InlayBudget step;   /* in hand; use the functions below */
    gint64 deadline_us; /* of the step; 0: none is in hand */
};

/* Until end_step, what the probe is asked for ends within the budget of `step`; then every operation
 * fails with ADAPTER_MUTE (OPEN_ADAPTER), BOARD_NOT_FOUND (FIND_BOARD, RACE) or BOARD_LOST. A step
 * that is begun takes the place of the one before. */
void inlay_probe_begin_step(InlayProbe *probe, InlayBudget step);
void inlay_probe_end_step(InlayProbe *probe);

/* For implementations: what is left of *limit_ms for one exchange. Fails when the step is over. */
gboolean inlay_probe_grant(const InlayProbe *probe, guint *limit_ms, GError **error);

G_END_DECLS
