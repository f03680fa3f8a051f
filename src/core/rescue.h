/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "chip.h"
#include "digest.h"

G_BEGIN_DECLS

/*
 * What has to be known about a run that did not close, so that the next one can make good what it
 * left: which sectors were open, and the bytes that were in them without being the run's own.
 * docs/rescue.md says what it promises and how it is stored; rescue-store.h stores it. Here are its
 * meaning and its text, pure functions of their arguments.
 */
typedef enum {
    INLAY_RESCUE_SAVED,      /* foreign bytes, which the record has */
    INLAY_RESCUE_BLANK,      /* foreign, and 0xFF before the sector was opened */
    INLAY_RESCUE_ELSEWHERE,  /* foreign bytes, which the rescue file has, but not this record */
    INLAY_RESCUE_UNFINISHED, /* the run's own: between what was and what was to be */
} InlayRescueKind;

typedef struct {
    InlayRange range; /* within one sector */
    InlayRescueKind kind;
    GBytes *bytes; /* SAVED: range.size of them; else NULL */
} InlayRescuePiece;

/* A sector is open when a piece of it is listed. Of a sector that was to be erased all is listed, of
 * one that was only to be programmed the run's own. */
typedef struct {
    guint16 dev_id;
    guint8 uid[12];
    GDateTime *time; /* of the run's begin */
    GArray *pieces;  /* of InlayRescuePiece, by address, never overlapping */
    char *path;      /* where it was read; NULL: a new one */
} InlayRescue;

InlayRescue *inlay_rescue_new(guint16 dev_id, const guint8 *uid, GDateTime *time);
void inlay_rescue_free(InlayRescue *rescue); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InlayRescue, inlay_rescue_free)

/* Behind the last one. `bytes` is for SAVED, else NULL; a reference is taken. */
void inlay_rescue_add(InlayRescue *rescue, InlayRange range, InlayRescueKind kind, GBytes *bytes);

/* The piece that holds addr, or NULL; *next is where that changes, at `limit` at the latest.
 * `rescue` may be NULL. */
const InlayRescuePiece *
inlay_rescue_find(const InlayRescue *rescue, guint32 addr, guint64 limit, guint64 *next);

/* Whether a sector was left open; `rescue` may be NULL. */
gboolean inlay_rescue_is_open(const InlayRescue *rescue, InlayRange sector);

gboolean inlay_rescue_has(const InlayRescue *rescue, InlayRescueKind kind);

/* The bytes of a SAVED piece from addr on. */
const guint8 *inlay_rescue_get_bytes(const InlayRescuePiece *piece, guint32 addr);

/* What cannot be restored any more stays as the chip has it. */
void inlay_rescue_accept_loss(InlayRescue *rescue);

/* "2026-11-21 10:15", as the clock showed there and then. */
char *inlay_rescue_print_time(const InlayRescue *rescue);

/* (transfer full) The record as it is stored; without bytes, SAVED pieces are ELSEWHERE. */
char *inlay_rescue_to_text(const InlayRescue *rescue, gboolean with_bytes);

/* Checks all that can be checked: the sum, the form, that it is of this chip, that its pieces lie in
 * the chip's sectors. Errors: RESCUE_CORRUPT. */
InlayRescue *inlay_rescue_parse(const char *path,
                                const char *text,
                                gsize size,
                                const InlayChip *chip,
                                const guint8 *uid,
                                GError **error);

G_END_DECLS
