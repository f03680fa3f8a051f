/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/plan.h"

#include <string.h>

#include "core/budget.h"

static const InlayPiece *
get_piece(const InlayPlan *plan, guint index)
{
    return &g_array_index(plan->survey, InlayPiece, index);
}

static gboolean
is_blank(const InlayPlan *plan, guint index)
{
    return inlay_digest_equal(plan->before[index],
                              inlay_digest_of_blank(get_piece(plan, index)->range.size));
}

static gboolean
differs(const InlayPlan *plan, guint index)
{
    return !inlay_digest_equal(plan->before[index], plan->after[index]);
}

/* Whole words, as a transport sends them. */
static guint32
count_programmed(const guint8 *bytes, guint32 size)
{
    static const guint8 blank[4] = {0xff, 0xff, 0xff, 0xff};
    guint32 count = 0;

    for (guint32 i = 0; i < size; i += 4) {
        guint32 n = MIN(4, size - i);
        if (memcmp(bytes + i, blank, n) != 0)
            count += n;
    }
    return count;
}

/* An access at an edge of the piece may reach over it. A family that programs only erased units
 * then needs the neighbour to be blank, too. */
static gboolean
edges_allow_programming(const InlayPlan *plan, const InlayPlanSector *sector, guint index)
{
    guint width = plan->chip->family->voltage[plan->voltage_row].width;
    InlayRange range = get_piece(plan, index)->range;
    gboolean is_first = index == sector->first_piece;
    gboolean is_last = index + 1 == sector->first_piece + sector->n_pieces;
    gboolean low_ok = is_first || range.addr % width == 0 || is_blank(plan, index - 1);
    gboolean high_ok = is_last || inlay_range_end(range) % width == 0 || is_blank(plan, index + 1);

    return low_ok && high_ok;
}

static InlaySectorFate
find_fate(const InlayPlan *plan, const InlayPlanSector *sector)
{
    InlaySectorFate fate = INLAY_SECTOR_UNTOUCHED;

    /* after a cut a digest is no evidence: what reads right may not stay so */
    if (inlay_rescue_is_open(plan->rescue, sector->sector.range))
        return INLAY_SECTOR_ERASE;
    for (guint i = sector->first_piece; i < sector->first_piece + sector->n_pieces; i++) {
        if (!inlay_piece_is_owned(get_piece(plan, i)))
            continue;
        if (!differs(plan, i))
            fate = MAX(fate, INLAY_SECTOR_EQUAL);
        else if (is_blank(plan, i) && edges_allow_programming(plan, sector, i))
            fate = MAX(fate, INLAY_SECTOR_PROGRAM);
        else
            return INLAY_SECTOR_ERASE;
    }
    return fate;
}

gboolean
inlay_plan_must_preserve(const InlayPlan *plan, const InlayPlanSector *sector, guint index)
{
    const InlayPiece *piece = get_piece(plan, index);

    return sector->fate == INLAY_SECTOR_ERASE && !inlay_piece_is_owned(piece) &&
           !inlay_digest_equal(plan->after[index], inlay_digest_of_blank(piece->range.size));
}

static void
count_bytes(const InlayPlan *plan, InlayPlanSector *sector, const guint32 *programmed)
{
    for (guint i = sector->first_piece; i < sector->first_piece + sector->n_pieces; i++) {
        gboolean is_owned = inlay_piece_is_owned(get_piece(plan, i));
        if (inlay_plan_must_preserve(plan, sector, i)) {
            if (inlay_piece_is_restored(get_piece(plan, i)))
                sector->restore_size += get_piece(plan, i)->range.size;
            else
                sector->preserve_size += get_piece(plan, i)->range.size;
        }
        if (is_owned && (sector->fate == INLAY_SECTOR_ERASE ||
                         (sector->fate == INLAY_SECTOR_PROGRAM && differs(plan, i))))
            sector->program_size += programmed[i];
    }
    sector->blank_after = sector->fate == INLAY_SECTOR_ERASE && sector->program_size == 0 &&
                          sector->preserve_size == 0 && sector->restore_size == 0;
}

/* What foreign bytes shall be: as they are, but for what the rescue knows to have been there. */
static InlayDigest
find_foreign(const InlayPiece *piece, InlayDigest before)
{
    guint32 size = piece->range.size;

    if (inlay_piece_is_restored(piece))
        return inlay_digest_of(inlay_rescue_get_bytes(piece->rescue, piece->range.addr), size);
    if (piece->rescue != NULL && piece->rescue->kind == INLAY_RESCUE_BLANK)
        return inlay_digest_of_blank(size);
    return before;
}

/* What each piece shall hold, and how many bytes of it there are to program. */
static void
compose_pieces(InlayPlan *plan, guint32 *programmed)
{
    for (guint i = 0; i < plan->survey->len; i++) {
        const InlayPiece *piece = get_piece(plan, i);
        plan->after[i] = find_foreign(piece, plan->before[i]);
        if (!inlay_piece_is_owned(piece))
            continue;
        g_autofree guint8 *bytes = g_malloc(piece->range.size);
        inlay_piece_compose(piece, bytes);
        plan->after[i] = inlay_digest_of(bytes, piece->range.size);
        programmed[i] = count_programmed(bytes, piece->range.size);
    }
}

static gboolean
has_blank_vectors(const InlayPlan *plan, const InlayPlanSector *sector)
{
    InlayRange vectors = {plan->boots.addr, INLAY_PLAN_VECTORS};

    for (guint i = sector->first_piece; i < sector->first_piece + sector->n_pieces; i++) {
        if (inlay_range_overlaps(get_piece(plan, i)->range, vectors) && !is_blank(plan, i))
            return FALSE;
    }
    return TRUE;
}

/* How many sectors of what boots change. */
static guint
count_changed(const InlayPlan *plan, guint n_sectors)
{
    guint n = 0;

    for (guint s = 0; s < n_sectors; s++)
        n += plan->sectors[s].fate >= INLAY_SECTOR_PROGRAM &&
             inlay_range_overlaps(plan->sectors[s].sector.range, plan->boots);
    return n;
}

/* The first sector of what boots goes first when anything of it changes, unless it is blank. */
static void
withhold_vectors(InlayPlan *plan, guint n_sectors)
{
    if (plan->boots.size == 0 || count_changed(plan, n_sectors) == 0)
        return;
    InlayPlanSector *first = &plan->sectors[inlay_chip_find_sector(plan->chip, plan->boots.addr)];
    if (first->fate != INLAY_SECTOR_ERASE && has_blank_vectors(plan, first))
        return;
    first->fate = INLAY_SECTOR_ERASE;
    if (count_changed(plan, n_sectors) > 1)
        plan->erased_first = first;
}

/* The chip boots from the start of its flash: while that is as it was, a board that loses power
 * meanwhile behaves as before as far as it can. What a bootloader there starts comes before it. */
static void
order_sectors(InlayPlan *plan, guint n_sectors)
{
    for (guint pass = 0; pass < 3; pass++) {
        for (guint s = 0; s < n_sectors; s++) {
            const InlayPlanSector *sector = &plan->sectors[s];
            guint32 addr = sector->sector.range.addr;
            gboolean is_started = plan->boots.size > 0 && addr == plan->boots.addr;
            guint turn = addr == plan->chip->flash.addr ? 2 : is_started ? 1 : 0;
            if (sector->fate >= INLAY_SECTOR_PROGRAM && turn == pass)
                plan->order[plan->n_order++] = s;
        }
    }
}

InlayPlan *
inlay_plan_new(const InlayChip *chip,
               guint voltage_row,
               GArray *survey,
               const InlayDigest *before,
               const InlayRescue *rescue,
               InlayRange boots)
{
    InlayPlan *plan = g_new0(InlayPlan, 1);
    guint n_sectors = inlay_chip_get_n_sectors(chip);
    g_autofree guint32 *programmed = g_new0(guint32, survey->len);

    plan->chip = chip;
    plan->voltage_row = voltage_row;
    plan->rescue = rescue;
    plan->boots = boots;
    plan->survey = survey;
    plan->before = g_memdup2(before, survey->len * sizeof *before);
    plan->after = g_new0(InlayDigest, survey->len);
    plan->sectors = g_new0(InlayPlanSector, n_sectors);
    plan->order = g_new0(guint, n_sectors);
    compose_pieces(plan, programmed);
    for (guint i = 0, s = 0; s < n_sectors; s++) {
        InlayPlanSector *sector = &plan->sectors[s];
        sector->sector = inlay_chip_get_sector(chip, s);
        sector->first_piece = i;
        for (; i < survey->len && get_piece(plan, i)->sector == s; i++)
            sector->n_pieces++;
        sector->fate = find_fate(plan, sector);
    }
    withhold_vectors(plan, n_sectors);
    for (guint s = 0; s < n_sectors; s++)
        count_bytes(plan, &plan->sectors[s], programmed);
    order_sectors(plan, n_sectors);
    return plan;
}

void
inlay_plan_free(InlayPlan *plan)
{
    if (plan == NULL)
        return;
    g_array_unref(plan->survey);
    g_free(plan->before);
    g_free(plan->after);
    g_free(plan->sectors);
    g_free(plan->order);
    g_free(plan);
}

static void
add_sector_time(const InlayPlan *plan,
                const InlayPlanSector *sector,
                guint64 *typ_us,
                guint64 *max_us)
{
    const InlayChipFamily *family = plan->chip->family;
    const InlaySectorRun *run = sector->sector.run;
    guint width = family->voltage[plan->voltage_row].width;
    guint64 size = (guint64)sector->program_size + sector->preserve_size + sector->restore_size;
    guint64 n_units = (size + width - 1) / width;

    *typ_us += n_units * family->program_typ_us;
    *max_us += n_units * family->program_max_us;
    if (sector->fate == INLAY_SECTOR_ERASE) {
        *typ_us += run->erase_typ_ms[plan->voltage_row] * (guint64)1000;
        *max_us += run->erase_max_ms[plan->voltage_row] * (guint64)1000;
    }
}

static guint
budget_of(guint64 max_us)
{
    return (guint)((max_us * (100 + INLAY_BUDGET_FLASH_MARGIN) / 100 + 999) / 1000);
}

void
inlay_plan_estimate(const InlayPlan *plan, guint *typ_ms, guint *max_ms)
{
    guint64 typ_us = 0, max_us = 0;

    for (guint i = 0; i < plan->n_order; i++)
        add_sector_time(plan, &plan->sectors[plan->order[i]], &typ_us, &max_us);
    *typ_ms = (guint)((typ_us + 999) / 1000);
    *max_ms = budget_of(max_us);
}

guint
inlay_plan_get_longest_ms(const InlayPlan *plan)
{
    guint64 longest_us = 0;

    for (guint i = 0; i < plan->n_order; i++) {
        guint64 typ_us = 0, max_us = 0;
        add_sector_time(plan, &plan->sectors[plan->order[i]], &typ_us, &max_us);
        longest_us = MAX(longest_us, max_us);
    }
    return budget_of(longest_us);
}
