/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/chip.h"

static void
test_sectors_fill_the_flash(void)
{
    for (guint i = 0; i < inlay_chip_get_n_chips(); i++) {
        const InlayChip *chip = inlay_chip_get(i);
        guint64 expected = chip->flash.addr;
        for (guint s = 0; s < inlay_chip_get_n_sectors(chip); s++) {
            InlaySector sector = inlay_chip_get_sector(chip, s);
            g_assert_cmpuint(sector.index, ==, s);
            g_assert_cmphex(sector.range.addr, ==, expected);
            expected = inlay_range_end(sector.range);
        }
        g_assert_cmphex(expected, ==, inlay_range_end(chip->flash));
    }
}

/* Each chip has every figure that a driver or a budget asks for, in every row of its family. */
static void
test_no_figure_is_missing(void)
{
    for (guint i = 0; i < inlay_chip_get_n_chips(); i++) {
        const InlayChip *chip = inlay_chip_get(i);
        const InlayChipFamily *family = chip->family;
        g_assert_cmpuint(chip->dev_id, <=, 0xfff);
        g_assert_cmpuint(chip->ram.size, >, 0);
        g_assert_cmpuint(family->program_typ_us, >, 0);
        g_assert_cmpuint(family->program_max_us, >=, family->program_typ_us);
        g_assert_cmpuint(family->voltage[0].width, >, 0);
        for (guint v = 0; v < INLAY_MAX_VOLTAGE_ROWS && family->voltage[v].width > 0; v++) {
            if (v > 0)
                g_assert_cmpuint(family->voltage[v].min_mv, >, family->voltage[v - 1].min_mv);
            for (guint r = 0; r < INLAY_MAX_SECTOR_RUNS && chip->sectors[r].count > 0; r++) {
                const InlaySectorRun *run = &chip->sectors[r];
                g_assert_cmpuint(run->erase_typ_ms[v], >, 0);
                g_assert_cmpuint(run->erase_max_ms[v], >=, run->erase_typ_ms[v]);
            }
        }
        for (guint other = 0; other < i; other++)
            g_assert_cmpstr(chip->name, !=, inlay_chip_get(other)->name);
        g_assert_true(inlay_chip_find_by_name(chip->name) == chip);
        g_assert_true(inlay_chip_find_by_id(chip->dev_id, chip->flash.size / 1024) == chip);
    }
}

static void
test_names(void)
{
    static const struct {
        const char *asked;
        const char *found; /* NULL: none */
    } cases[] = {
        {"STM32F411xE", "STM32F411xE"},
        {"stm32f411xe", "STM32F411xE"},
        {"STM32F411CEU6", "STM32F411xE"},
        {"stm32f411re", "STM32F411xE"},
        {"STM32F411VET6TR", "STM32F411xE"},
        {"STM32F103C8T6", "STM32F103x8"},
        {"STM32F103RBT6", "STM32F103xB"},
        {"STM32F411", NULL},
        {"STM32F411CCU6", NULL},
        {"STM32F411CE U6", NULL},
        {"", NULL},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const InlayChip *chip = inlay_chip_find_by_name(cases[i].asked);
        g_assert_cmpstr(chip != NULL ? chip->name : NULL, ==, cases[i].found);
    }
}

static void
test_unknown_ids(void)
{
    g_assert_null(inlay_chip_find_by_id(0x431, 256));
    g_assert_null(inlay_chip_find_by_id(0x000, 512));
}

static void
test_supply_chooses_the_width(void)
{
    static const struct {
        guint supply_mv;
        guint width;
    } cases[] = {{0, 1},    {1699, 1}, {1800, 1}, {2099, 1}, {2100, 2},
                 {2699, 2}, {2700, 4}, {3300, 4}, {3600, 4}};
    const InlayChip *chip = inlay_chip_find_by_name("STM32F411xE");

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint row = inlay_chip_find_voltage_row(chip, cases[i].supply_mv);
        g_assert_cmpuint(chip->family->voltage[row].width, ==, cases[i].width);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/core/chip/sectors-fill-the-flash", test_sectors_fill_the_flash);
    g_test_add_func("/core/chip/no-figure-is-missing", test_no_figure_is_missing);
    g_test_add_func("/core/chip/names", test_names);
    g_test_add_func("/core/chip/unknown-ids", test_unknown_ids);
    g_test_add_func("/core/chip/supply-chooses-the-width", test_supply_chooses_the_width);
    return g_test_run();
}
