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
            g_assert_cmphex(sector.range.addr % sector.range.size, ==, 0);
            g_assert_cmpuint(s, <, INLAY_MAX_SECTORS);
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
        const InlayChip *found = inlay_chip_find_by_id(chip->dev_id, chip->flash.size / 1024);
        g_assert_true(inlay_chip_find_by_mode(found, chip->mode.value) == chip);
        /* the loader, its mailbox and two buffers */
        g_assert_cmpuint(chip->ram.size, >=, 6 * 1024);
    }
}

/* How the flash controller counts: the second bank of an F42x from 16. */
static void
test_sector_numbers(void)
{
    static const struct {
        const char *chip;
        guint n_sectors;
        guint32 addr;
        guint index, number;
        guint32 size;
    } cases[] = {
        {"STM32F103ZET6", 256, 0x0807f800, 255, 255, 0x800},
        {"STM32F303VCT6", 128, 0x08001000, 2, 2, 0x800},
        {"STM32F401RCT6", 6, 0x08020000, 5, 5, 0x20000},
        {"STM32F407VGT6", 12, 0x080e0000, 11, 11, 0x20000},
        {"STM32F429ZIT6", 24, 0x080e0000, 11, 11, 0x20000},
        {"STM32F429ZIT6", 24, 0x08100000, 12, 16, 0x4000},
        {"STM32F429ZIT6", 24, 0x08110000, 16, 20, 0x10000},
        {"STM32F429ZIT6", 24, 0x081e0000, 23, 27, 0x20000},
        {"STM32F429ZGT6", 12, 0x08080000, 8, 8, 0x20000},
        {"STM32F429ZG-DB1M", 16, 0x08080000, 8, 16, 0x4000},
        {"STM32F429ZG-DB1M", 16, 0x080e0000, 15, 23, 0x20000},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const InlayChip *chip = inlay_chip_find_by_name(cases[i].chip);
        g_assert_cmpuint(inlay_chip_get_n_sectors(chip), ==, cases[i].n_sectors);
        InlaySector sector = inlay_chip_get_sector(chip, cases[i].index);
        g_assert_cmphex(sector.range.addr, ==, cases[i].addr);
        g_assert_cmphex(sector.range.size, ==, cases[i].size);
        g_assert_cmpuint(sector.number, ==, cases[i].number);
    }
}

static void
test_modes(void)
{
    const InlayChip *chip = inlay_chip_find_by_id(0x419, 1024);

    g_assert_cmpstr(inlay_chip_find_by_mode(chip, 0x0fffaaed)->name, ==, "STM32F429xG");
    g_assert_cmpstr(inlay_chip_find_by_mode(chip, 0x4fffaaed)->name, ==, "STM32F429xG-DB1M");
}

/* Only with a Cortex-M4 is an F2's id revision A of an F4. */
static void
test_mended_ids(void)
{
    g_assert_cmphex(inlay_chip_mend_dev_id(0x411, 0x410fc241), ==, 0x413);
    g_assert_cmphex(inlay_chip_mend_dev_id(0x411, 0x412fc230), ==, 0x411);
    g_assert_cmphex(inlay_chip_mend_dev_id(0x431, 0x410fc241), ==, 0x431);
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
        {"STM32F429ZIT6", "STM32F429xI"},
        {"STM32F427VIT6", "STM32F429xI"},
        {"STM32F405RGT6", "STM32F407xG"},
        {"STM32F439ZG", "STM32F429xG"},
        {"STM32F439ZG-DB1M", "STM32F429xG-DB1M"},
        {"STM32F401CCU6", "STM32F401xC"},
        {"STM32F412ZGT6", "STM32F412xG"},
        {"STM32F446RET6", "STM32F446xE"},
        {"STM32F303K8T6", "STM32F303x8"},
        {"STM32F334R8T6", "STM32F303x8"},
        {"STM32F103ZET6", "STM32F103xE"},
        {"STM32F411", NULL},
        {"STM32F411CDU6", NULL},
        {"STM32F103ZGT6", NULL},
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
    g_assert_null(inlay_chip_find_by_id(0x431, 384));
    g_assert_null(inlay_chip_find_by_id(0x414, 1024));
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
    g_test_add_func("/core/chip/sector-numbers", test_sector_numbers);
    g_test_add_func("/core/chip/modes", test_modes);
    g_test_add_func("/core/chip/mended-ids", test_mended_ids);
    g_test_add_func("/core/chip/names", test_names);
    g_test_add_func("/core/chip/unknown-ids", test_unknown_ids);
    g_test_add_func("/core/chip/supply-chooses-the-width", test_supply_chooses_the_width);
    return g_test_run();
}
