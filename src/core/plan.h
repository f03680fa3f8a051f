/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "digest.h"
#include "image.h"
#include "layout.h"
#include "rescue.h"

G_BEGIN_DECLS

/*
 * What will happen to each byte of the flash, decided before anything happens to it.
 *
 *   contents + chip -> survey (which ranges matter) -> digests from the chip -> plan
 *
 * A program that is started when its vector table is sane (`boots`, by a bootloader) must never be
 * started half-written: when anything in its sectors changes, its first sector is erased before any other
 * and written behind all others of it, the vectors last.
 *
 * What a run that did not close has left is one more argument (rescue.h): foreign bytes that it had
 * saved count as what the chip shall hold, whatever it holds now, and what was open is erased again.
 *
 * Survey and plan are pure functions: the same arguments give the same text.
 */

/* A named range. With an image it is owned by the job and shall hold the image's bytes, and blank
 * (0xFF) where the image has none; without one it is kept: foreign, but known by its name. With a
 * layout claims are whole partitions; without one, exactly an image's segments. */
typedef struct {
    char *name; /* the partition's; the file's base name without a layout */
    InlayRange range;
    const InlayImage *image; /* not owned; NULL: kept */
} InlayClaim;

/* One piece of the survey: within one sector, wholly of one claim or of none, and, when it is
 * foreign, wholly of one piece of the rescue or of none. */
typedef struct {
    InlayRange range;
    guint sector;
    const InlayClaim *claim;        /* NULL: of no claim, foreign */
    const InlayRescuePiece *rescue; /* foreign only; NULL: the chip holds what it should */
    gboolean is_unobserved;         /* foreign, and not to be summed up; its digests are all 0 */
} InlayPiece;

/* What is not owned is foreign: it must not change. */
static inline gboolean
inlay_piece_is_owned(const InlayPiece *piece)
{
    return piece->claim != NULL && piece->claim->image != NULL;
}

/* Foreign bytes that come from the rescue file. */
static inline gboolean
inlay_piece_is_restored(const InlayPiece *piece)
{
    return piece->rescue != NULL && piece->rescue->kind == INLAY_RESCUE_SAVED;
}

/* All pieces of the chip's flash, by address, without gaps: sectors cut where claims and pieces of
 * the rescue (NULL: none) begin and end. Claims must not overlap and must lie inside the flash (the
 * engine has checked). (transfer full) of InlayPiece */
GArray *inlay_survey_new(const InlayChip *chip,
                         const InlayClaim *claims,
                         guint n_claims,
                         const InlayRescue *rescue);

/* For a chip that takes long to sum up: leaves unobserved all sectors in which nothing is owned, but the
 * one where `boots` (its size 0: none) begins when something of it is. */
void inlay_survey_narrow(GArray *survey, const InlayChip *chip, InlayRange boots);

typedef enum {
    INLAY_SECTOR_UNTOUCHED, /* nothing in it is owned */
    INLAY_SECTOR_EQUAL,     /* holds what it should */
    INLAY_SECTOR_PROGRAM,   /* the differing pieces are blank: no erase */
    INLAY_SECTOR_ERASE,     /* erase, then program; foreign bytes that are not blank are kept; what
                               was left open always is */
} InlaySectorFate;

typedef struct {
    InlaySector sector;
    InlaySectorFate fate;
    gboolean blank_after; /* ERASE only: nothing to program afterwards */
    guint first_piece;    /* index into the survey */
    guint n_pieces;
    guint32 program_size;  /* bytes of owned pieces that are sent; runs of 0xFF are not */
    guint32 preserve_size; /* bytes that are read first and written back */
    guint32 restore_size;  /* bytes that are written back from the rescue file */
} InlayPlanSector;

typedef struct {
    const InlayChip *chip;
    guint voltage_row;         /* of the chip's family */
    const InlayRescue *rescue; /* not owned; NULL: no run is open */
    GArray *survey;            /* of InlayPiece; owned */
    InlayDigest *before;       /* one a piece: what the chip holds; owned */
    InlayDigest *after; /* one a piece: what it shall hold; where foreign it is `before`, unless the
                            rescue knows better; owned */
    InlayPlanSector *sectors; /* one a sector of the chip; owned */
    InlayRange boots; /* the program that is started when its vector table is sane; size 0: none */
    guint *order;  /* sector indices in the order of execution; what the chip boots from comes last;
                      owned */
    guint n_order; /* PROGRAM and ERASE sectors only */
    const InlayPlanSector
        *erased_first; /* before the first of the order, and not in its own turn; NULL: none */
} InlayPlan;

#define INLAY_PLAN_VECTORS \
    8u /* bytes: the stack and the reset vector, without which none is sane */

/* Takes the survey, which was made with the same rescue. `before` has one digest a piece and is
 * copied. `boots` begins where a sector does, or has the size 0. */
InlayPlan *inlay_plan_new(const InlayChip *chip,
                          guint voltage_row,
                          GArray *survey,
                          const InlayDigest *before,
                          const InlayRescue *rescue,
                          InlayRange boots);
void inlay_plan_free(InlayPlan *plan); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InlayPlan, inlay_plan_free)

/* Foreign bytes of a sector that is going to be erased, unless an erased sector has them anyway. */
gboolean
inlay_plan_must_preserve(const InlayPlan *plan, const InlayPlanSector *sector, guint index);

/* Milliseconds of the flash alone: typical, by the datasheet, and the budget, which is the
 * datasheet's maximum and INLAY_BUDGET_FLASH_MARGIN. */
void inlay_plan_estimate(const InlayPlan *plan, guint *typ_ms, guint *max_ms);

/* The budget, in milliseconds, of the one sector that takes longest. */
guint inlay_plan_get_longest_ms(const InlayPlan *plan);

/* The bytes of one piece that shall be on the chip afterwards. Foreign pieces: not allowed. */
void inlay_piece_compose(const InlayPiece *piece, guint8 *out);

/* Which steps the plan's run has, and how long each may take: the budget table and the flash
 * operations of this plan. (transfer full) of InlayPlanStep */
typedef struct {
    char *step;
    guint ms;
} InlayPlanStep;

GArray *inlay_plan_list_steps(const InlayPlan *plan);

/* The plan as a person reads it (`--dry-run`): a line a sector, equal neighbours that nothing
 * happens to folded; totals; the steps. */
char *inlay_plan_to_text(const InlayPlan *plan);

/* The same in one line, without a newline. */
char *inlay_plan_to_summary(const InlayPlan *plan);

const char *inlay_sector_fate_to_string(InlaySectorFate fate); /* as in events */

G_END_DECLS
