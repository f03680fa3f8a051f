/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/board-check.h"

#include <string.h>

#include "core/error.h"
#include "core/option-bytes.h"
#include "core/report.h"

/* What no STM32 lives through: the absolute maximum of VDD (DS5319 5.2, DS10314 6.2: 4.0 V). */
#define SUPPLY_MAX_MV 4000
/* Below, no STM32 is out of its power-on reset (DS5319 5.3.4, DS10314 6.3.2: 1.6 V and more): with a
 * chip that answers, the sense pin is not connected. V3s show 1 mV then. */
#define SUPPLY_SENSED_MV 1000

#define MAX_LAYOUTS 64 /* that are looked into; of a folder with more, the first */

static void G_GNUC_PRINTF(2, 3) warn(const InlayEventSink *sink, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    inlay_report_warning(sink, message);
}

/* -- the chip -- */

static gint
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* (transfer full) Names of the layouts in a folder, sorted. */
static GPtrArray *
list_layouts(const char *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && names->len < MAX_LAYOUTS && (name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(name, ".yaml") || g_str_has_suffix(name, ".yml"))
            g_ptr_array_add(names, g_build_filename(folder, name, NULL));
    g_ptr_array_sort(names, compare_names);
    return names;
}

/* "; layouts/bluepill.yaml is for it" */
static void
append_layouts_for(GString *text, const InlayLayout *layout, const InlayChip *chip)
{
    g_autofree char *folder = g_path_get_dirname(layout->path);
    g_autoptr(GPtrArray) names = list_layouts(folder);
    guint n = 0;

    for (guint i = 0; chip != NULL && i < names->len; i++) {
        g_autoptr(InlayLayout) other = inlay_layout_load(g_ptr_array_index(names, i), NULL);
        if (other == NULL || other->chip != chip)
            continue;
        g_string_append_printf(text, "%s%s", n == 0 ? "; for what was found there is " : ", ",
                               other->path);
        n++;
    }
}

static const char *
name_found(const InlayIdentity *identity)
{
    if (identity->chip != NULL)
        return identity->chip->name;
    return identity->chip_hint != NULL ? identity->chip_hint : "an unknown chip";
}

static void
set_wrong_chip(GError **error, const InlayIdentity *identity, const InlayLayout *layout)
{
    const InlayChip *wanted = layout->chip;
    g_autoptr(GString) detail = g_string_new(NULL);

    g_string_printf(detail,
                    "%s (device id 0x%03x, %u KiB) expected, found %s (device id 0x%03x, %u KiB)",
                    wanted->name, wanted->dev_id, wanted->flash.size / 1024, name_found(identity),
                    identity->idcode & 0xfff, identity->flash_kib);
    append_layouts_for(detail, layout, identity->chip);
    g_set_error_literal(error, INLAY_ERROR, INLAY_ERROR_CHIP_WRONG, detail->str);
}

static void
set_unknown_chip(GError **error, const InlayIdentity *identity)
{
    const char *hint = identity->clone != NULL ? identity->clone : identity->chip_hint;

    if (identity->flash_kib == 0 && hint == NULL) {
        g_set_error(
            error, INLAY_ERROR, INLAY_ERROR_CHIP_UNKNOWN,
            "device id 0x%03x; the bootloader does not tell the size of the flash: a layout "
            "that names the chip expected, found none",
            identity->idcode & 0xfff);
        return;
    }
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_CHIP_UNKNOWN,
                "device id 0x%03x, %u KiB of flash%s%s", identity->idcode & 0xfff,
                identity->flash_kib, hint != NULL ? ": " : "", hint != NULL ? hint : "");
}

/* A board may be swapped between the question and the answer. A locked chip may keep its unique id to
 * itself, and two such chips are not told apart. */
static gboolean
check_same_chip(const InlayIdentity *identity, const InlayJob *job, GError **error)
{
    g_autofree char *found = inlay_identity_print_uid(identity);

    if (job->uid == NULL || g_ascii_strcasecmp(job->uid, found) == 0)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_CHIP_WRONG,
                "the chip with the unique id %s was confirmed, found %s with %s", job->uid,
                name_found(identity), found);
    return FALSE;
}

/* What only looks goes on; what changes a chip must have been told. */
static gboolean
check_clone(const InlayIdentity *identity,
            const InlayJob *job,
            const InlayEventSink *sink,
            GError **error)
{
    gboolean only_looks = job->kind == INLAY_JOB_VERIFY || job->kind == INLAY_JOB_READ ||
                          job->kind == INLAY_JOB_OPTION_GET || job->kind == INLAY_JOB_OTP_READ;

    if (identity->clone == NULL)
        return TRUE;
    if (job->accept_clone || only_looks) {
        warn(sink, "going on with a copy of %s: %s", identity->chip->name, identity->clone);
        return TRUE;
    }
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_CHIP_CLONE,
                "%s by STMicroelectronics expected, found %s", identity->chip->name,
                identity->clone);
    return FALSE;
}

/* Option bytes are there to be had on a locked chip as well. */
static gboolean
needs_flash(const InlayJob *job)
{
    switch (job->kind) {
    case INLAY_JOB_OPTION_GET:
    case INLAY_JOB_OPTION_SET:
    case INLAY_JOB_PROTECT:
    case INLAY_JOB_UNLOCK:
        return FALSE;
    default:
        return TRUE;
    }
}

/* What a bootloader on the chip may do whatever the level is: write, and sum up. */
static gboolean
is_done_inside(const InlayIdentity *identity, const InlayJob *job)
{
    switch (job->kind) {
    case INLAY_JOB_FLASH:
    case INLAY_JOB_VERIFY:
    case INLAY_JOB_ERASE:
    case INLAY_JOB_OTP_READ:
    case INLAY_JOB_OTP_WRITE:
        return identity->is_inside;
    default:
        return FALSE;
    }
}

static gboolean
check_lock(const InlayIdentity *identity, const InlayJob *job, GError **error)
{
    gboolean is_sealed = identity->rdp_level > 1;

    if (identity->rdp_level == 0 || is_done_inside(identity, job))
        return TRUE;
    if (!is_sealed && identity->is_inside && job->kind == INLAY_JOB_UNLOCK && !job->write) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_REFUSED,
                    "%s: taking off read protection would erase the bootloader that does it: an "
                    "ST-LINK is needed",
                    identity->chip->name);
        return FALSE;
    }
    if (!is_sealed && !needs_flash(job))
        return TRUE;
    g_set_error(error, INLAY_ERROR, is_sealed ? INLAY_ERROR_CHIP_SEALED : INLAY_ERROR_CHIP_LOCKED,
                "%s: read protection level 0 expected, found level %u%s", identity->chip->name,
                identity->rdp_level,
                inlay_option_field_get(identity->chip, 0) == NULL
                    ? "; Inlay does not know this chip's option bytes: another tool must unlock it"
                : identity->is_inside
                    ? "; its bootloader writes and verifies, and an ST-LINK is needed to unlock it"
                    : "");
    return FALSE;
}

gboolean
inlay_board_check_chip(const InlayIdentity *identity,
                       const InlayJob *job,
                       const InlayLayout *layout,
                       const InlayEventSink *sink,
                       GError **error)
{
    if (layout != NULL && identity->chip != layout->chip) {
        set_wrong_chip(error, identity, layout);
        return FALSE;
    }
    if (identity->chip == NULL) {
        set_unknown_chip(error, identity);
        return FALSE;
    }
    return check_same_chip(identity, job, error) && check_clone(identity, job, sink, error) &&
           check_lock(identity, job, error);
}

/* -- the supply -- */

/* Why what is measured is not the supply of a chip that answers; NULL: it may be. */
static const char *
find_nonsense(guint measured, guint least)
{
    if (measured > SUPPLY_MAX_MV)
        return "no STM32 survives that";
    return measured < least ? "below that it does not run, but it answers" : NULL;
}

gboolean
inlay_board_choose_voltage_row(const InlayIdentity *identity,
                               guint declared_mv,
                               const InlayEventSink *sink,
                               guint *row,
                               GError **error)
{
    const InlayChip *chip = identity->chip;
    guint least = chip->family->voltage[0].min_mv;
    guint measured = identity->supply_mv < SUPPLY_SENSED_MV ? 0 : identity->supply_mv;
    const char *nonsense = measured > 0 ? find_nonsense(measured, least) : NULL;

    if (nonsense != NULL && declared_mv == 0) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_VOLTAGE,
                    "%u to %u mV expected for %s, measured %u mV: %s", least, SUPPLY_MAX_MV,
                    chip->name, measured, nonsense);
        return FALSE;
    }
    if (nonsense != NULL)
        warn(sink, "the probe measures %u mV (%s): the supply declared, %u mV, is gone by",
             measured, nonsense, declared_mv);
    else if (identity->supply_mv > 0 && measured == 0 && declared_mv == 0)
        warn(sink,
             "the probe measures %u mV, as if its VCC sense wire were open, and the supply is not "
             "declared (--supply 3.3V): the flash is driven slowly",
             identity->supply_mv);
    else if (measured == 0 && declared_mv == 0)
        warn(sink, "the supply is neither measured nor declared (--supply 3.3V): the flash is "
                   "driven slowly");
    if (nonsense != NULL && measured < least)
        *row = 0; /* the safe one, should it be true */
    else if (nonsense != NULL || measured == 0)
        *row = inlay_chip_find_voltage_row(chip, declared_mv);
    else
        *row = inlay_chip_find_voltage_row(chip,
                                           declared_mv > 0 ? MIN(measured, declared_mv) : measured);
    return TRUE;
}

/* -- write protection -- */

/* "1 at 0x08004000 (application1, settings)" */
static void
append_sector(GString *text, const InlayPlan *plan, const InlayPlanSector *sector)
{
    const char *last = NULL;
    gboolean any = FALSE;

    g_string_append_printf(text, "%s%u at 0x%08x", text->len > 0 ? ", " : "", sector->sector.index,
                           sector->sector.range.addr);
    for (guint i = sector->first_piece; i < sector->first_piece + sector->n_pieces; i++) {
        const InlayClaim *claim = g_array_index(plan->survey, InlayPiece, i).claim;
        if (claim == NULL || g_strcmp0(claim->name, last) == 0)
            continue;
        g_string_append_printf(text, "%s%s", any ? ", " : " (", claim->name);
        last = claim->name;
        any = TRUE;
    }
    if (any)
        g_string_append_c(text, ')');
}

static gboolean
check_write_protection(const InlayIdentity *identity, const InlayPlan *plan, GError **error)
{
    g_autoptr(GString) refused = g_string_new(NULL);
    g_autoptr(GString) own = g_string_new(NULL);

    for (guint i = 0; i < plan->n_order; i++) {
        const InlayPlanSector *sector = &plan->sectors[plan->order[i]];
        if (inlay_range_overlaps(sector->sector.range, identity->own))
            append_sector(own, plan, sector);
        else if (inlay_identity_is_protected(identity, sector->sector.index))
            append_sector(refused, plan, sector);
    }
    if (own->len > 0)
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_SECTOR_PROTECTED,
                    "the bootloader at 0x%08x-0x%08x does not replace itself, and an ST-LINK does: "
                    "sector %s",
                    identity->own.addr, inlay_range_last(identity->own), own->str);
    else if (refused->len > 0)
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_SECTOR_PROTECTED, "write-protected: sector %s",
                    refused->str);
    return own->len == 0 && refused->len == 0;
}

/* -- read protection -- */

gboolean
inlay_board_check_survey(const InlayIdentity *identity, const GArray *survey, GError **error)
{
    for (guint i = 0; identity->rdp_level > 0 && i < survey->len; i++) {
        const InlayPiece *piece = &g_array_index(survey, InlayPiece, i);
        InlaySector sector = inlay_chip_get_sector(identity->chip, piece->sector);
        if (piece->range.size == sector.range.size)
            continue;
        g_set_error(
            error, INLAY_ERROR, INLAY_ERROR_CHIP_LOCKED,
            "read protection level %u: whole sectors expected, found 0x%08x-0x%08x, a part of "
            "sector %u (a layout's partitions may fill whole ones)",
            identity->rdp_level, piece->range.addr, inlay_range_last(piece->range), piece->sector);
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_preserved(const InlayIdentity *identity, const InlayPlan *plan, GError **error)
{
    const InlayPlanSector *sector = NULL;

    for (guint i = 0; i < plan->n_order && sector == NULL; i++) {
        if (plan->sectors[plan->order[i]].preserve_size > 0)
            sector = &plan->sectors[plan->order[i]];
    }
    if (sector == NULL || (identity->rdp_level == 0 && !identity->has_no_uid))
        return TRUE;
    g_autoptr(GString) place = g_string_new(NULL);
    append_sector(place, plan, sector);
    if (identity->rdp_level > 0)
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_CHIP_LOCKED,
                    "read protection level %u: bytes to preserve cannot be read in sector %s",
                    identity->rdp_level, place->str);
    else
        g_set_error(
            error, INLAY_ERROR, INLAY_ERROR_RESCUE_UNWRITABLE,
            "the bootloader does not tell the chip's unique id, without which nothing is kept "
            "for it: bytes to preserve in sector %s",
            place->str);
    return FALSE;
}

gboolean
inlay_board_check_plan(const InlayIdentity *identity, const InlayPlan *plan, GError **error)
{
    return check_write_protection(identity, plan, error) && check_preserved(identity, plan, error);
}
