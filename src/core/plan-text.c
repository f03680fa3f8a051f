/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/budget.h"
#include "core/plan.h"

#define SIZE_TEXT 24 /* room for a size or a time as text */

static const struct {
    const char *event;
    const char *text;
} fates[] = {
    [INLAY_SECTOR_UNTOUCHED] = {"untouched", "not touched"},
    [INLAY_SECTOR_EQUAL] = {"equal", "unchanged"},
    [INLAY_SECTOR_PROGRAM] = {"program", "programmed"},
    [INLAY_SECTOR_ERASE] = {"erase", "erased and written"},
};

const char *
inlay_sector_fate_to_string(InlaySectorFate fate)
{
    return fates[fate].event;
}

static const char *
print_size(guint64 size, char *text)
{
    if (size % 1024 == 0 && size > 0)
        g_snprintf(text, SIZE_TEXT, "%" G_GUINT64_FORMAT " KiB", size / 1024);
    else if (size > 1024)
        g_snprintf(text, SIZE_TEXT, "%.1f KiB", (double)size / 1024);
    else
        g_snprintf(text, SIZE_TEXT, "%" G_GUINT64_FORMAT " bytes", size);
    return text;
}

static const char *
print_time(guint ms, char *text)
{
    g_snprintf(text, SIZE_TEXT, ms < 100 ? "%.2f s" : "%.1f s", ms / 1000.0);
    return text;
}

static const InlayPiece *
get_piece(const InlayPlan *plan, guint index)
{
    return &g_array_index(plan->survey, InlayPiece, index);
}

/* Of a sector that is only programmed, those pieces that are; of an untouched one, what it has. */
static gboolean
is_named(const InlayPlan *plan, const InlayPlanSector *sector, guint index)
{
    const InlayPiece *piece = get_piece(plan, index);

    if (piece->claim == NULL)
        return FALSE;
    if (sector->fate == INLAY_SECTOR_PROGRAM)
        return !inlay_digest_equal(plan->before[index], plan->after[index]);
    return sector->fate != INLAY_SECTOR_ERASE || inlay_piece_is_owned(piece);
}

/* ", 16 KiB of application1" */
static void
append_piece(GString *list, const InlayPiece *piece)
{
    char size[SIZE_TEXT];

    g_string_append_printf(list, "%s%s of %s", list->len > 0 ? ", " : "",
                           print_size(piece->range.size, size),
                           piece->claim != NULL ? piece->claim->name : "others");
}

static void
append_foreign(GString *text, const char *verb, const GString *list)
{
    if (list->len > 0)
        g_string_append_printf(text, "%s%s %s", text->len > 0 ? "; " : "", verb, list->str);
}

/* "application2; preserves 16 KiB of application1", or what it restores */
static char *
describe_contents(const InlayPlan *plan, const InlayPlanSector *sector)
{
    g_autoptr(GString) names = g_string_new(NULL);
    g_autoptr(GString) preserved = g_string_new(NULL);
    g_autoptr(GString) restored = g_string_new(NULL);

    for (guint i = sector->first_piece; i < sector->first_piece + sector->n_pieces; i++) {
        const InlayPiece *piece = get_piece(plan, i);
        if (inlay_plan_must_preserve(plan, sector, i))
            append_piece(inlay_piece_is_restored(piece) ? restored : preserved, piece);
        else if (is_named(plan, sector, i))
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", piece->claim->name);
    }
    append_foreign(names, "preserves", preserved);
    append_foreign(names, "restores", restored);
    if (sector == plan->erased_first)
        g_string_append_printf(names, "%serased first%s: it boots", names->len > 0 ? "; " : "",
                               sector->blank_after ? "" : ", written last");
    return g_strdup(names->str);
}

static const char *
get_fate_text(const InlayPlanSector *sector)
{
    return sector->blank_after ? "erased" : fates[sector->fate].text;
}

static void
append_sectors(GString *text, const InlayPlan *plan, guint first, guint n, const char *contents)
{
    const InlayPlanSector *sector = &plan->sectors[first];
    InlayRange last = plan->sectors[first + n - 1].sector.range;
    guint32 addr = sector->sector.range.addr;
    guint64 end = inlay_range_end(last);
    char numbers[SIZE_TEXT];
    char size[SIZE_TEXT];

    if (n == 1)
        g_snprintf(numbers, sizeof numbers, "%u", first);
    else
        g_snprintf(numbers, sizeof numbers, "%u-%u", first, first + n - 1);
    g_string_append_printf(text, "  %-7s  0x%08x-0x%08x  %8s  ", numbers, addr, (guint32)(end - 1),
                           print_size(end - addr, size));
    if (*contents != '\0')
        g_string_append_printf(text, "%-18s  %s\n", get_fate_text(sector), contents);
    else
        g_string_append_printf(text, "%s\n", get_fate_text(sector));
}

static void
append_all_sectors(GString *text, const InlayPlan *plan)
{
    guint n_sectors = inlay_chip_get_n_sectors(plan->chip);
    guint next;

    g_string_append_printf(text, "  %-7s  %-21s  %8s  %-18s  %s\n", "Sectors", "Addresses", "Size",
                           "Fate", "Contents");
    for (guint first = 0; first < n_sectors; first = next) {
        const InlayPlanSector *sector = &plan->sectors[first];
        g_autofree char *contents = describe_contents(plan, sector);
        gboolean is_same = sector->fate < INLAY_SECTOR_PROGRAM;
        for (next = first + 1; is_same && next < n_sectors; next++) {
            g_autofree char *other = describe_contents(plan, &plan->sectors[next]);
            is_same = plan->sectors[next].fate == sector->fate && g_str_equal(other, contents);
            if (!is_same)
                break;
        }
        append_sectors(text, plan, first, next - first, contents);
    }
}

static void
add_step(GArray *steps, char *name, guint64 datasheet_us)
{
    guint64 us = datasheet_us * (100 + INLAY_BUDGET_FLASH_MARGIN) / 100;
    InlayPlanStep step = {name, (guint)((us + 999) / 1000)};

    g_array_append_val(steps, step);
}

static void
add_flash_steps(GArray *steps, const InlayPlan *plan, const InlaySectorRun *run)
{
    const InlayChipFamily *family = plan->chip->family;
    guint width = family->voltage[plan->voltage_row].width;
    gboolean erases = FALSE, programs = FALSE;
    char size[SIZE_TEXT];

    for (guint i = 0; i < plan->n_order; i++) {
        const InlayPlanSector *sector = &plan->sectors[plan->order[i]];
        if (sector->sector.run != run)
            continue;
        erases |= sector->fate == INLAY_SECTOR_ERASE;
        programs |= !sector->blank_after;
    }
    print_size(run->size, size);
    if (erases)
        add_step(steps, g_strdup_printf("erase a sector of %s", size),
                 run->erase_max_ms[plan->voltage_row] * (guint64)1000);
    if (programs)
        add_step(steps, g_strdup_printf("program a sector of %s", size),
                 (guint64)run->size / width * family->program_max_us);
}

static void
step_clear(gpointer step)
{
    g_free(((InlayPlanStep *)step)->step);
}

GArray *
inlay_plan_list_steps(const InlayPlan *plan)
{
    GArray *steps = g_array_new(FALSE, FALSE, sizeof(InlayPlanStep));

    g_array_set_clear_func(steps, step_clear);
    for (guint i = 0; i < INLAY_N_BUDGETS; i++) {
        InlayPlanStep step = {g_strdup(inlay_budget_get_name(i)), inlay_budget_get_ms(i)};
        g_array_append_val(steps, step);
    }
    for (guint i = 0; i < INLAY_MAX_SECTOR_RUNS && plan->chip->sectors[i].count > 0; i++)
        add_flash_steps(steps, plan, &plan->chip->sectors[i]);
    return steps;
}

static void
append_steps(GString *text, const InlayPlan *plan)
{
    g_autoptr(GArray) steps = inlay_plan_list_steps(plan);
    char time[SIZE_TEXT];

    g_string_append(text, "Each step ends within its budget, or with a named error\n");
    for (guint i = 0; i < steps->len; i++) {
        const InlayPlanStep *step = &g_array_index(steps, InlayPlanStep, i);
        g_string_append_printf(text, "  %-60s  %6s\n", step->step, print_time(step->ms, time));
    }
}

/* ", 16 KiB to preserve, 4 KiB to be restored from the rescue file of 2026-11-21 10:15" */
static char *
describe_foreign(const InlayPlan *plan)
{
    guint64 preserve_size = 0, restore_size = 0;
    GString *text = g_string_new(NULL);
    char size[SIZE_TEXT];

    for (guint i = 0; i < plan->n_order; i++) {
        preserve_size += plan->sectors[plan->order[i]].preserve_size;
        restore_size += plan->sectors[plan->order[i]].restore_size;
    }
    if (preserve_size > 0)
        g_string_append_printf(text, ", %s to preserve", print_size(preserve_size, size));
    if (restore_size > 0) {
        g_autofree char *time = inlay_rescue_print_time(plan->rescue);
        g_string_append_printf(text, ", %s to be restored from the rescue file of %s",
                               print_size(restore_size, size), time);
    }
    return g_string_free(text, FALSE);
}

char *
inlay_plan_to_summary(const InlayPlan *plan)
{
    guint n_sectors = inlay_chip_get_n_sectors(plan->chip);
    guint n_erased = 0, typ_ms, max_ms;
    guint64 program_size = 0;
    char programmed[SIZE_TEXT], typ[SIZE_TEXT], max[SIZE_TEXT];

    if (plan->n_order == 0)
        return g_strdup_printf("nothing differs in any of %u sectors: nothing to erase or program",
                               n_sectors);
    for (guint i = 0; i < plan->n_order; i++) {
        const InlayPlanSector *sector = &plan->sectors[plan->order[i]];
        n_erased += sector->fate == INLAY_SECTOR_ERASE;
        program_size += sector->program_size;
    }
    inlay_plan_estimate(plan, &typ_ms, &max_ms);
    g_autofree char *erased =
        n_erased > 0 ? g_strdup_printf("%u of %u sectors to erase", n_erased, n_sectors)
                     : g_strdup("no sector to erase");
    g_autofree char *foreign = describe_foreign(plan);
    return g_strdup_printf("%s, %s to program%s; about %s of flash time, at most %s", erased,
                           print_size(program_size, programmed), foreign, print_time(typ_ms, typ),
                           print_time(max_ms, max));
}

/* Which sectors are erased for no other reason than that nobody knows how well they were. */
static void
append_open(GString *text, const InlayPlan *plan)
{
    g_autoptr(GString) numbers = g_string_new(NULL);

    for (guint i = 0; i < inlay_chip_get_n_sectors(plan->chip); i++) {
        if (inlay_rescue_is_open(plan->rescue, plan->sectors[i].sector.range))
            g_string_append_printf(numbers, "%s%u", numbers->len > 0 ? ", " : "", i);
    }
    if (numbers->len == 0)
        return;
    g_autofree char *time = inlay_rescue_print_time(plan->rescue);
    g_string_append_printf(text,
                           "  Left open by the run of %s, and erased again whatever they hold: "
                           "sector %s\n\n",
                           time, numbers->str);
}

char *
inlay_plan_to_text(const InlayPlan *plan)
{
    const InlayVoltageRow *row = &plan->chip->family->voltage[plan->voltage_row];
    g_autofree char *summary = inlay_plan_to_summary(plan);
    GString *text = g_string_new(NULL);
    char size[SIZE_TEXT];

    g_string_append_printf(text, "%s, %s of flash, programmed %u bits at a time\n\n",
                           plan->chip->name, print_size(plan->chip->flash.size, size),
                           row->width * 8);
    append_all_sectors(text, plan);
    g_string_append_printf(text, "\n  %s\n\n", summary);
    append_open(text, plan);
    append_steps(text, plan);
    return g_string_free(text, FALSE);
}
