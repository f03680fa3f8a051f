/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/plan.h"

#include <string.h>

#include "small-chips.h"

#define BANK 0x08000000u

/* 1 KiB sectors, as an F103 has. */
static const InlayChip medium_f1 = {
    .name = "medium F1",
    .dev_id = 0x410,
    .family = &small_f1_family,
    .flash = {BANK, 64 * 1024},
    .ram = {0x20000000, 20 * 1024},
    .sectors = {{64, 1024, .erase_typ_ms = {20}, .erase_max_ms = {40}}},
};

/* Bytes on the chip or in an image: `size` bytes `fill` at `addr`. */
typedef struct {
    guint32 addr;
    guint32 size;
    guint8 fill;
} Block;

typedef struct {
    const char *name;
    InlayRange range;
    gboolean is_kept;
    Block image; /* size 0: empty */
} Claim;

static const struct {
    const char *name;
    const char *chip; /* NULL: medium_f1 */
    guint row;
    Claim claims[4];
    Block present[4];
    InlayRange boots;
    Block saved; /* in the rescue file; the rest of its sector was being written */
} plans[] = {
    {"blank-board",
     "STM32F411xE",
     2,
     {{"selector", {BANK, 0x4000}, FALSE, {BANK, 2500, 1}},
      {"application1", {0x08004000, 0x20000}, FALSE, {0x08004000, 9000, 2}},
      {"application2", {0x08024000, 0x20000}, FALSE, {0x08024000, 120000, 3}}},
     {{0}}},
    {"shared-sector",
     "STM32F411xE",
     2,
     {{"selector", {BANK, 0x4000}, TRUE, {0}},
      {"application1", {0x08004000, 0x20000}, TRUE, {0}},
      {"application2", {0x08024000, 0x20000}, FALSE, {0x08024000, 60000, 3}}},
     {{BANK, 2500, 1}, {0x08004000, 0x20000, 2}, {0x08024000, 0x20000, 9}}},
    {"restored",
     "STM32F411xE",
     2,
     {{"selector", {BANK, 0x4000}, TRUE, {0}},
      {"application1", {0x08004000, 0x20000}, TRUE, {0}},
      {"application2", {0x08024000, 0x20000}, FALSE, {0x08024000, 60000, 3}}},
     {{BANK, 2500, 1}, {0x08004000, 0x1c000, 2}, {0x08040000, 0x4000, 9}},
     .saved = {0x08020000, 0x4000, 2}},
    {"restored-by-another-job",
     "STM32F411xE",
     2,
     {{"selector", {BANK, 0x4000}, FALSE, {BANK, 2500, 1}},
      {"application1", {0x08004000, 0x20000}, TRUE, {0}},
      {"application2", {0x08024000, 0x20000}, TRUE, {0}}},
     {{BANK, 2500, 1}, {0x08004000, 0x20000, 2}, {0x08024000, 100, 9}},
     .saved = {0x08020000, 0x4000, 2}},
    {"nothing-differs",
     "STM32F411xE",
     2,
     {{"selector", {BANK, 0x4000}, FALSE, {BANK, 2500, 1}},
      {"application1", {0x08004000, 0x20000}, TRUE, {0}}},
     {{BANK, 2500, 1}, {0x08004000, 0x20000, 2}}},
    {"slow-supply",
     "STM32F411xE",
     0,
     {{"selector", {BANK, 0x4000}, FALSE, {BANK, 2500, 1}},
      {"application1", {0x08004000, 0x20000}, FALSE, {0x08004000, 9000, 2}}},
     {{BANK, 16, 9}}},
    {"what-boots",
     "STM32F407xG",
     2,
     {{"bootloader", {BANK, 0x8000}, TRUE, {0}},
      {"application", {0x08008000, 0xf8000}, FALSE, {0x08008000, 200000, 2}}},
     {{BANK, 9000, 1}, {0x08008000, 0x8000, 2}, {0x08010000, 100000, 3}},
     .boots = {0x08008000, 0xf8000}},
    {"what-boots-is-erased",
     "STM32F407xG",
     2,
     {{"bootloader", {BANK, 0x8000}, TRUE, {0}},
      {"application", {0x08008000, 0xf8000}, FALSE, {0}}},
     {{BANK, 9000, 1}, {0x08008000, 40000, 2}},
     .boots = {0x08008000, 0xf8000}},
    {"what-boots-was-blank",
     "STM32F407xG",
     2,
     {{"bootloader", {BANK, 0x8000}, FALSE, {BANK, 9000, 1}},
      {"application", {0x08008000, 0xf8000}, FALSE, {0x08008000, 40000, 2}}},
     {{0}},
     .boots = {0x08008000, 0xf8000}},
    {"erase-all", "STM32F411xE", 2, {{"flash", {BANK, 0x80000}, FALSE, {0}}}, {{BANK, 0x20000, 9}}},
    {"a-file-among-others",
     NULL,
     0,
     {{"data.bin", {BANK + 0x2100, 3001}, FALSE, {BANK + 0x2100, 3001, 5}}},
     {{BANK, 0x4000, 9}}},
};

static void
put_block(guint8 *flash, const Block *block)
{
    memset(flash + (block->addr - BANK), block->fill, block->size);
}

/* (transfer full) The plan for what is present; *images keeps what the claims point at. */
static InlayPlan *
make_plan(const InlayChip *chip,
          guint row,
          const Claim *claims,
          const Block *present,
          const InlayRescue *rescue,
          InlayRange boots,
          InlayClaim *made,
          InlayImage **images)
{
    g_autofree guint8 *flash = g_malloc(chip->flash.size);
    guint n = 0;

    memset(flash, 0xff, chip->flash.size);
    for (guint i = 0; i < 4 && present[i].size > 0; i++)
        put_block(flash, &present[i]);
    for (; n < 4 && claims[n].range.size > 0; n++) {
        const Block *block = &claims[n].image;
        images[n] = inlay_image_new();
        if (block->size > 0) {
            guint8 *bytes = g_malloc(block->size);
            memset(bytes, block->fill, block->size);
            g_autoptr(GBytes) taken = g_bytes_new_take(bytes, block->size);
            g_assert_true(inlay_image_add(images[n], block->addr, taken, NULL));
        }
        made[n] = (InlayClaim){(char *)claims[n].name, claims[n].range,
                               claims[n].is_kept ? NULL : images[n]};
    }
    GArray *survey = inlay_survey_new(chip, made, n, rescue);
    g_autofree InlayDigest *before = g_new0(InlayDigest, survey->len);
    for (guint i = 0; i < survey->len; i++) {
        InlayRange range = g_array_index(survey, InlayPiece, i).range;
        before[i] = inlay_digest_of(flash + (range.addr - BANK), range.size);
    }
    return inlay_plan_new(chip, row, survey, before, rescue, boots);
}

/* (transfer full) NULL when nothing is saved. */
static InlayRescue *
make_rescue(const InlayChip *chip, const Block *saved)
{
    static const guint8 uid[12] = {1};
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601("2026-11-21T10:15:30+01", NULL);
    guint s = 0;

    if (saved->size == 0)
        return NULL;
    while (inlay_chip_get_sector(chip, s).range.addr < saved->addr)
        s++;
    guint32 end = (guint32)inlay_range_end(inlay_chip_get_sector(chip, s).range);
    InlayRescue *rescue = inlay_rescue_new(chip->dev_id, uid, time);
    guint8 *bytes = g_malloc(saved->size);
    g_autoptr(GBytes) taken = g_bytes_new_take(bytes, saved->size);
    memset(bytes, saved->fill, saved->size);
    inlay_rescue_add(rescue, (InlayRange){saved->addr, saved->size}, INLAY_RESCUE_SAVED, taken);
    inlay_rescue_add(rescue,
                     (InlayRange){saved->addr + saved->size, end - saved->addr - saved->size},
                     INLAY_RESCUE_UNFINISHED, NULL);
    return rescue;
}

static void
free_images(InlayImage **images)
{
    for (guint i = 0; i < 4; i++)
        inlay_image_free(images[i]);
}

/* The text is in tests/core/plans/NAME.txt; UPDATE_PLANS=1 in the environment writes it anew, to be
 * read in the diff. */
static void
test_text(gconstpointer index)
{
    guint i = GPOINTER_TO_UINT(index);
    const InlayChip *chip =
        plans[i].chip != NULL ? inlay_chip_find_by_name(plans[i].chip) : &medium_f1;
    g_autofree char *file = g_strdup_printf("%s.txt", plans[i].name);
    g_autofree char *path = g_build_filename(g_getenv("PLANS"), file, NULL);
    g_autofree char *expected = NULL;
    InlayImage *images[4] = {0};
    InlayClaim claims[4];
    g_autoptr(InlayRescue) rescue = make_rescue(chip, &plans[i].saved);
    g_autoptr(InlayPlan) plan = make_plan(chip, plans[i].row, plans[i].claims, plans[i].present,
                                          rescue, plans[i].boots, claims, images);
    g_autofree char *text = inlay_plan_to_text(plan);

    if (g_getenv("UPDATE_PLANS") != NULL)
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_true(g_file_get_contents(path, &expected, NULL, NULL));
    g_assert_cmpstr(text, ==, expected);
    free_images(images);
}

/* The sector of 128 bytes at 0x08000080 of the small F4, with a claim in it: what is done to
 * it, and how many bytes are programmed and preserved. */
static const struct {
    const char *name;
    Block claim; /* fill 0xff: an empty image */
    Block present[4];
    const char *expected;
} sectors[] = {
    {"elsewhere", {BANK + 0x200, 4, 1}, {{0}}, "untouched 0 0"},
    {"blank", {BANK + 0x80, 128, 1}, {{0}}, "program 128 0"},
    {"equal", {BANK + 0x80, 128, 1}, {{BANK + 0x80, 128, 1}}, "equal 0 0"},
    {"different", {BANK + 0x80, 128, 1}, {{BANK + 0x80, 128, 2}}, "erase 128 0"},
    {"blank-wanted-and-there", {BANK + 0x80, 128, 0xff}, {{0}}, "equal 0 0"},
    {"to-be-blank", {BANK + 0x80, 128, 0xff}, {{BANK + 0x90, 1, 2}}, "erase 0 0"},
    {"blank-part-beside-others", {BANK + 0x80, 64, 1}, {{BANK + 0xc0, 64, 9}}, "program 64 0"},
    {"different-part-beside-others", {BANK + 0x80, 64, 1}, {{BANK + 0x80, 128, 9}}, "erase 64 64"},
    {"different-part-beside-blank", {BANK + 0x80, 64, 1}, {{BANK + 0x80, 64, 9}}, "erase 64 0"},
    {"a-word-shared-with-others", {BANK + 0x80, 63, 1}, {{BANK + 0xbf, 1, 9}}, "erase 63 65"},
    {"a-word-shared-with-blank", {BANK + 0x80, 63, 1}, {{0}}, "program 63 0"},
};

static void
test_fates(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(sectors); i++) {
        InlayRange range = {sectors[i].claim.addr, sectors[i].claim.size};
        Claim claims[4] = {{"a", range, FALSE, sectors[i].claim}};
        InlayImage *images[4] = {0};
        InlayClaim made[4];
        if (sectors[i].claim.fill == 0xff)
            claims[0].image.size = 0;
        g_autoptr(InlayPlan) plan = make_plan(&small_f4, 1, claims, sectors[i].present, NULL,
                                              (InlayRange){0}, made, images);
        const InlayPlanSector *sector = &plan->sectors[1];
        g_autofree char *found =
            g_strdup_printf("%s %u %u", inlay_sector_fate_to_string(sector->fate),
                            sector->program_size, sector->preserve_size);
        g_test_message("%s", sectors[i].name);
        g_assert_cmpstr(found, ==, sectors[i].expected);
        g_assert_cmpint(sector->blank_after, ==, g_str_equal(found, "erase 0 0"));
        free_images(images);
    }
}

/* Pieces cover the flash without gaps, each in one sector and of one claim. */
static void
test_survey_covers_the_flash(void)
{
    InlayClaim claims[] = {{(char *)"b", {BANK + 300, 1000}, NULL},
                           {(char *)"a", {BANK + 1, 299}, NULL},
                           {(char *)"c", {BANK + 2040, 8}, NULL}};
    const InlayChip *chips[] = {&small_f1, &small_f4};

    for (guint c = 0; c < G_N_ELEMENTS(chips); c++) {
        g_autoptr(GArray) survey = inlay_survey_new(chips[c], claims, G_N_ELEMENTS(claims), NULL);
        guint64 expected = BANK;
        for (guint i = 0; i < survey->len; i++) {
            const InlayPiece *piece = &g_array_index(survey, InlayPiece, i);
            InlaySector sector = inlay_chip_get_sector(chips[c], piece->sector);
            g_assert_cmphex(piece->range.addr, ==, expected);
            g_assert_cmpuint(piece->range.size, >, 0);
            g_assert_true(inlay_range_contains(sector.range, piece->range));
            for (guint k = 0; k < G_N_ELEMENTS(claims); k++) {
                if (piece->claim == &claims[k])
                    g_assert_true(inlay_range_contains(claims[k].range, piece->range));
                else
                    g_assert_false(inlay_range_overlaps(claims[k].range, piece->range));
            }
            expected = inlay_range_end(piece->range);
        }
        g_assert_cmphex(expected, ==, inlay_range_end(chips[c]->flash));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(plans); i++) {
        g_autofree char *path = g_strdup_printf("/core/plan/text/%s", plans[i].name);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_text);
    }
    g_test_add_func("/core/plan/fates", test_fates);
    g_test_add_func("/core/plan/survey", test_survey_covers_the_flash);
    return g_test_run();
}
