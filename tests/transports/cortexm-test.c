/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/cortexm.h"

#include "core/error.h"
#include "fake-chip.h"

#define FREEZE_ADDR 0xe0042008
#define FREEZE_BITS (1u << 12)

static FakeChip *
new_chip(InlayCortexm *core)
{
    FakeChip *chip = fake_chip_new(inlay_chip_find_by_name("STM32F411xE"));

    inlay_cortexm_init(core, &chip->base);
    return chip;
}

/* Whatever was left there before: running, no debugging, the rest as it was found. */
static void
test_release_restores(void)
{
    static const struct {
        guint32 dhcsr, demcr, freeze;
        gboolean halted;
    } found[] = {
        {0, 0, 0, FALSE},
        {0, 0x01000000, 0, FALSE},
        {1, 0x010007f1, 0x1807, FALSE},
        {3, 0x01000000, 0, TRUE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(found); i++) {
        g_autoptr(GError) error = NULL;
        InlayCortexm core;
        FakeChip *chip = new_chip(&core);

        chip->dhcsr = found[i].dhcsr;
        chip->demcr = found[i].demcr;
        chip->freeze = found[i].freeze;
        chip->halted = found[i].halted;
        inlay_cortexm_connect(&core, NULL, &error);
        g_assert_no_error(error);
        inlay_cortexm_reset_and_halt(&core, FREEZE_ADDR, FREEZE_BITS, NULL, &error);
        g_assert_no_error(error);
        g_assert_true(chip->halted);
        g_assert_cmpuint(chip->resets, ==, 1);
        g_assert_cmphex(chip->freeze, ==, found[i].freeze | FREEZE_BITS);
        g_assert_cmphex(chip->demcr & 0x400, ==, 0x400);
        inlay_cortexm_release(&core, FALSE, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(chip->resets, ==, 2);
        g_assert_false(chip->halted);
        g_assert_false(chip->attached);
        g_assert_cmphex(chip->dhcsr & 0xf, ==, 0);
        g_assert_cmphex(chip->demcr, ==, found[i].demcr & 0x01000000);
        g_assert_cmphex(chip->freeze, ==, found[i].freeze & ~FREEZE_BITS);
        chip->base.ops->free(&chip->base);
    }
}

static void
test_looking_changes_nothing(void)
{
    g_autoptr(GError) error = NULL;
    InlayCortexm core;
    FakeChip *chip = new_chip(&core);

    inlay_cortexm_connect(&core, NULL, &error);
    inlay_cortexm_release(&core, FALSE, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(chip->resets, ==, 0);
    g_assert_cmphex(chip->dhcsr, ==, 0);
    inlay_cortexm_connect(&core, NULL, &error);
    inlay_cortexm_release(&core, TRUE, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(chip->resets, ==, 1);
    g_assert_false(chip->halted);
    chip->base.ops->free(&chip->base);
}

/* A program that has switched off the debug pins is caught at its reset vector. */
static void
test_connects_under_reset(void)
{
    g_autoptr(GError) error = NULL;
    InlayCortexm core;
    FakeChip *chip = new_chip(&core);

    chip->nrst_needed = TRUE;
    inlay_cortexm_connect(&core, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(chip->halted);
    g_assert_false(chip->nrst_low);
    inlay_cortexm_release(&core, FALSE, &error);
    g_assert_no_error(error);
    g_assert_false(chip->halted);
    g_assert_cmphex(chip->demcr, ==, 0);
    chip->base.ops->free(&chip->base);
}

static void
test_nothing_there(void)
{
    g_autoptr(GError) error = NULL;
    InlayCortexm core;
    FakeChip *chip = new_chip(&core);

    chip->unwired = TRUE;
    g_assert_false(inlay_cortexm_connect(&core, NULL, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_NOT_FOUND);
    g_assert_false(chip->nrst_low);
    g_assert_true(inlay_cortexm_release(&core, TRUE, NULL));
    chip->base.ops->free(&chip->base);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transports/cortexm/release-restores", test_release_restores);
    g_test_add_func("/transports/cortexm/looking-changes-nothing", test_looking_changes_nothing);
    g_test_add_func("/transports/cortexm/connects-under-reset", test_connects_under_reset);
    g_test_add_func("/transports/cortexm/nothing-there", test_nothing_there);
    return g_test_run();
}
