/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/connect.h"

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
        inlay_connect(&core, INLAY_CONNECT_AUTO, NULL, NULL, &error);
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

    inlay_connect(&core, INLAY_CONNECT_AUTO, NULL, NULL, &error);
    inlay_cortexm_release(&core, FALSE, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(chip->resets, ==, 0);
    g_assert_cmphex(chip->dhcsr, ==, 0);
    inlay_connect(&core, INLAY_CONNECT_AUTO, NULL, NULL, &error);
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
    inlay_connect(&core, INLAY_CONNECT_AUTO, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(chip->halted);
    g_assert_false(chip->nrst_low);
    inlay_cortexm_release(&core, FALSE, &error);
    g_assert_no_error(error);
    g_assert_false(chip->halted);
    g_assert_cmphex(chip->demcr, ==, 0);
    chip->base.ops->free(&chip->base);
}

/* The same with a line that does not reach the chip: it is held by its debug port. */
static void
test_without_a_reset_line(void)
{
    g_autoptr(GError) error = NULL;
    InlayCortexm core;
    FakeChip *chip = new_chip(&core);

    chip->nrst_unwired = TRUE;
    inlay_connect(&core, INLAY_CONNECT_UNDER_RESET, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(chip->halted);
    g_assert_cmpuint(chip->resets, ==, 1);
    g_assert_cmpstr(core.connected, ==, "reset through the debug port");
    inlay_cortexm_release(&core, FALSE, &error);
    g_assert_no_error(error);
    g_assert_false(chip->halted);
    chip->base.ops->free(&chip->base);
}

/* Nobody asked for a reset: a chip that does not answer as it runs is left alone. */
static void
test_normal_only(void)
{
    g_autoptr(GError) error = NULL;
    InlayCortexm core;
    FakeChip *chip = new_chip(&core);

    chip->nrst_needed = TRUE;
    g_assert_false(inlay_connect(&core, INLAY_CONNECT_NORMAL, NULL, NULL, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_NOT_FOUND);
    g_assert_cmpuint(chip->resets, ==, 0);
    chip->base.ops->free(&chip->base);
}

/* The power comes on while it is asked for the chip again and again. */
static void
test_race(void)
{
    g_autoptr(GError) error = NULL;
    InlayCortexm core;
    FakeChip *chip = new_chip(&core);

    chip->power_on_at = 1000;
    inlay_connect(&core, INLAY_CONNECT_RACE, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(chip->halted);
    g_assert_cmpuint(chip->enters, ==, 1000);
    g_assert_cmpstr(core.connected, ==, "race");
    inlay_cortexm_release(&core, FALSE, &error);
    g_assert_false(chip->halted);
    chip->base.ops->free(&chip->base);
}

/* The breakpoints of a debugger that was here before do not outlive the program they were for. */
static void
test_breakpoints_end(void)
{
    g_autoptr(GError) error = NULL;
    InlayCortexm core;
    FakeChip *chip = new_chip(&core);

    chip->fp_ctrl = 0x261;
    inlay_connect(&core, INLAY_CONNECT_AUTO, NULL, NULL, &error);
    g_assert_cmphex(chip->fp_ctrl, ==, 0x261);
    inlay_cortexm_reset_and_halt(&core, 0, 0, NULL, &error);
    inlay_cortexm_release(&core, FALSE, &error);
    g_assert_no_error(error);
    g_assert_cmphex(chip->fp_ctrl & 3, ==, 2); /* the key, and not enabled */
    chip->base.ops->free(&chip->base);
}

static void
test_nothing_there(void)
{
    g_autoptr(GError) error = NULL;
    InlayCortexm core;
    FakeChip *chip = new_chip(&core);

    chip->unwired = TRUE;
    g_assert_false(inlay_connect(&core, INLAY_CONNECT_AUTO, NULL, NULL, &error));
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
    g_test_add_func("/transports/cortexm/without-a-reset-line", test_without_a_reset_line);
    g_test_add_func("/transports/cortexm/normal-only", test_normal_only);
    g_test_add_func("/transports/cortexm/race", test_race);
    g_test_add_func("/transports/cortexm/breakpoints-end", test_breakpoints_end);
    g_test_add_func("/transports/cortexm/nothing-there", test_nothing_there);
    return g_test_run();
}
