/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "access.h"
#include "chip.h"
#include "digest.h"
#include "option-bytes.h"

G_BEGIN_DECLS

/*
 * A board as the engine sees it, however it is reached: ST-LINK, UART bootloader, a file. One
 * implementation a way of reaching it, in src/transports. All calls block, each bounded by the
 * budget table (budget.h), and watch the cancellable at least every 250 ms. Used from one thread.
 *
 * Every error is of INLAY_ERROR. After ADAPTER_* and BOARD_LOST only end and free may follow.
 */
typedef struct InlayTarget InlayTarget;

typedef struct {
    char *adapter;         /* where it is, in the one syntax: "usb:1-4" */
    char *adapter_kind;    /* "ST-LINK/V2-1 (firmware J37 M26)" */
    char *adapter_serial;  /* as printed; NULL when it has none */
    const InlayChip *chip; /* NULL: not in our table */
    char *chip_hint;     /* what another source (libstlink) calls it; NULL when it does not know */
    GPtrArray *warnings; /* of char *: what does not fit together; NULL: nothing */
    guint32 idcode;      /* DBGMCU_IDCODE */
    guint flash_kib;     /* as the chip says; 0: it cannot be had */
    guint8 uid[12];      /* as read from memory, lowest address first */
    guint supply_mv;     /* measured; 0: unknown */
    guint rdp_level;     /* read protection: 0 none, 1, 2 (for ever) */
    guint clock_khz;     /* of the wire, as it was set; 0: unknown */
    const char *connected; /* how, when not as it ran: "under reset"; NULL */
    const char *clone; /* whose copy of the chip it is: "GigaDevice GD32F103"; NULL: none known */
    guint64 write_protected[INLAY_MAX_SECTORS / 64]; /* use the two functions below */

    /* Of a board that is reached through a bootloader on its chip; zero otherwise. */
    InlayRange own; /* its own flash, which it does not change */
    InlayRange
        boots; /* the program that it starts when that's vector table is sane: the first sector
                         is erased first and written last */
    gboolean is_inside;  /* read protection level 1 does not stop it from writing */
    gboolean has_no_uid; /* the chip's unique id cannot be had: nothing can be rescued by it */
    gboolean reads_back; /* it cannot sum up: a digest costs as much as reading */
    guint bytes_per_s;   /* that its wire carries; 0: more than flash takes */
} InlayIdentity;

void inlay_identity_clear(InlayIdentity *identity);            /* frees what it holds */
char *inlay_identity_print_uid(const InlayIdentity *identity); /* (transfer full) 24 hex digits */
void inlay_identity_warn(InlayIdentity *identity, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Whether a sector refuses to be erased. */
static inline gboolean
inlay_identity_is_protected(const InlayIdentity *identity, guint sector)
{
    return sector < INLAY_MAX_SECTORS &&
           (identity->write_protected[sector / 64] >> (sector % 64) & 1) != 0;
}

static inline void
inlay_identity_set_protected(InlayIdentity *identity, guint sector)
{
    if (sector < INLAY_MAX_SECTORS)
        identity->write_protected[sector / 64] |= G_GUINT64_CONSTANT(1) << (sector % 64);
}

typedef struct {
    /* Attaches and identifies: no halt, no write to SRAM, no reset. Fills *identity (zeroed by the
     * caller). */
    gboolean (*identify)(InlayTarget *target,
                         InlayIdentity *identity,
                         GCancellable *cancellable,
                         GError **error);

    /* Takes the chip over from its program: from here on its program does not run and SRAM is lost,
     * until end. `voltage_row` of the identified chip says how wide flash is driven. */
    gboolean (*begin)(InlayTarget *target,
                      guint voltage_row,
                      GCancellable *cancellable,
                      GError **error);

    /* Digests of ranges (any alignment), computed on the chip, its caches invalidated first. Waits
     * for what is pending. */
    gboolean (*digest)(InlayTarget *target,
                       const InlayRange *ranges,
                       guint n_ranges,
                       InlayDigest *digests,
                       GCancellable *cancellable,
                       GError **error);

    /* Reads any memory; allowed before begin as well, when it does not disturb the running program.
     */
    gboolean (*read)(InlayTarget *target,
                     InlayRange range,
                     guint8 *out,
                     GCancellable *cancellable,
                     GError **error);

    /* Erases a sector; programs bytes inside one sector (any alignment the family's width allows;
     * the rest of a unit at either end is padded with 0xFF; runs of 0xFF are skipped). Both may
     * return before the chip has finished; a failure is then reported by a later call. Bytes are
     * copied. One-time programmable bytes are programmed, digested and read as flash is. */
    gboolean (*erase)(InlayTarget *target,
                      InlaySector sector,
                      GCancellable *cancellable,
                      GError **error);
    gboolean (*program)(InlayTarget *target,
                        guint32 addr,
                        const guint8 *bytes,
                        gsize size,
                        GCancellable *cancellable,
                        GError **error);

    /* Whether the chip's core is halted by a debugger; before begin only. NULL: the adapter cannot
     * tell. */
    gboolean (*is_halted)(InlayTarget *target,
                          gboolean *halted,
                          GCancellable *cancellable,
                          GError **error);

    /* The option bytes as the chip has loaded them; allowed before begin. */
    gboolean (*read_options)(InlayTarget *target,
                             InlayOptionBytes *bytes,
                             GCancellable *cancellable,
                             GError **error);

    /* In the place of begin: takes the chip over, programs its option bytes, which takes it up to
     * `limit_ms`, and resets it, so that it loads them. Begin may follow. Not cancellable: cut in
     * the middle, option bytes may lock the chip. */
    gboolean (*write_options)(InlayTarget *target,
                              const InlayOptionBytes *bytes,
                              guint limit_ms,
                              GError **error);

    /* Waits until all that was posted is done on the chip. */
    gboolean (*sync)(InlayTarget *target, GCancellable *cancellable, GError **error);

    /* Lets the board go, running. After begin, or with `reset`, through a reset; else as it was
     * found. Not cancellable. */
    gboolean (*end)(InlayTarget *target, gboolean reset, GError **error);

    void (*free)(InlayTarget *target);
} InlayTargetOps;

/* What a person should hear at once, while an operation goes on: a sentence without a full stop. */
typedef void (*InlayNoteFunc)(const char *message, gpointer user_data);

/* So many bytes more of the ranges of the operation that goes on are done: each byte is told once, and none
 * need be told. For operations of many seconds. */
typedef void (*InlayMovedFunc)(guint64 bytes, gpointer user_data);

struct InlayTarget {
    const InlayTargetOps *ops;
    InlayNoteFunc note; /* set by who opened it; NULL: nobody listens */
    gpointer note_data;
    InlayMovedFunc moved; /* set while a digest, read or program goes on; NULL: nobody listens */
    gpointer moved_data;
};

/* For implementations. */
void inlay_target_note(InlayTarget *target, const char *format, ...) G_GNUC_PRINTF(2, 3);
void inlay_target_moved(InlayTarget *target, guint64 bytes);

void inlay_target_free(InlayTarget *target); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InlayTarget, inlay_target_free)

/* Finds the adapter that `access` names and opens it; `access` outlives the target. Given to the
 * engine by the program, so that core knows no transport. */
typedef InlayTarget *(*InlayTargetOpenFunc)(const InlayAccess *access,
                                            GCancellable *cancellable,
                                            GError **error);

G_END_DECLS
