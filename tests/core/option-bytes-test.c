/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/option-bytes.h"

#include "core/error.h"

#define N_RANDOM 2000

/* Words as they are on a chip, and what a person sees of them. */
static const struct {
    const char *chip;
    guint32 words[INLAY_OPTION_WORDS];
    const char *text;
} chips[] = {
    {"STM32F411xE",
     {0x0fffaaec},
     "rdp=0 bor=off wdg_sw=software nrst_stop=no-reset "
     "nrst_stdby=no-reset wrp=none pcrop=none"},
    {"STM32F411xE",
     {0x0f700040},
     "rdp=1 bor=2.7V wdg_sw=hardware nrst_stop=no-reset "
     "nrst_stdby=reset wrp=0-3,7 pcrop=none"},
    {"STM32F411xE",
     {0x8003cce4},
     "rdp=2 bor=2.4V wdg_sw=software nrst_stop=no-reset "
     "nrst_stdby=no-reset wrp=none pcrop=0-1"},
    {"STM32F429xI",
     {0x4ffeaafc, 0x0bfe0000},
     "rdp=0 bor=off wdg_sw=software nrst_stop=no-reset "
     "nrst_stdby=no-reset bfb2=on db1m=on wrp=0,12,22 "
     "pcrop=none"},
    {"STM32F429xG-DB1M",
     {0x4fffaaec, 0x0ffe0000},
     "rdp=0 bor=off wdg_sw=software "
     "nrst_stop=no-reset nrst_stdby=no-reset "
     "bfb2=off db1m=on wrp=8 pcrop=none"},
    {"STM32F407xG",
     {0x07ffaaec},
     "rdp=0 bor=off wdg_sw=software nrst_stop=no-reset "
     "nrst_stdby=no-reset wrp=11"},
    {"STM32F303xC",
     {0x3412ffaa, 0x7fffffff},
     "rdp=0 wdg_sw=software nrst_stop=no-reset "
     "nrst_stdby=no-reset nboot1=system vdda_monitor=on "
     "sram_pe=off data0=0x12 data1=0x34 wrp=62-127"},
    {"STM32F103x8",
     {0xffffffa5, 0xffffffff},
     "rdp=0 wdg_sw=software nrst_stop=no-reset "
     "nrst_stdby=no-reset data0=0xff data1=0xff wrp=none"},
    {"STM32F103xB",
     {0x34120000, 0x7ffffffe},
     "rdp=1 wdg_sw=hardware nrst_stop=reset "
     "nrst_stdby=reset data0=0x12 data1=0x34 "
     "wrp=0-3,124-127"},
};

static char *
print_all(const InlayChip *chip, const InlayOptionBytes *bytes)
{
    GString *text = g_string_new(NULL);
    const InlayOptionField *field;

    for (guint i = 0; (field = inlay_option_field_get(chip, i)) != NULL; i++) {
        g_autofree char *value = inlay_option_field_print(field, chip, bytes);
        g_string_append_printf(text, "%s%s=%s", i > 0 ? " " : "",
                               inlay_option_field_get_name(field), value);
    }
    return g_string_free(text, FALSE);
}

static void
test_print(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(chips); i++) {
        const InlayChip *chip = inlay_chip_find_by_name(chips[i].chip);
        InlayOptionBytes bytes = {.words = {chips[i].words[0], chips[i].words[1]}};
        g_autofree char *text = print_all(chip, &bytes);
        g_assert_cmpstr(text, ==, chips[i].text);
    }
}

static InlayOptionBytes
random_bytes(void)
{
    return (InlayOptionBytes){.words = {g_test_rand_int(), g_test_rand_int()}};
}

/* A field that is given the value that it has changes no bit, its own or another's, whatever else
 * there is; reserved bits least of all. */
static void
test_setting_what_is_there_changes_nothing(void)
{
    for (guint n = 0; n < inlay_chip_get_n_chips(); n++) {
        const InlayChip *chip = inlay_chip_get(n);
        for (guint i = 0; i < N_RANDOM; i++) {
            InlayOptionBytes before = random_bytes(), after = before;
            g_autofree char *text = print_all(chip, &before);
            g_auto(GStrv) assignments = g_strsplit(text, " ", -1);
            for (char **assignment = assignments; *assignment != NULL; assignment++) {
                g_autoptr(GError) error = NULL;
                inlay_option_bytes_assign(chip, *assignment, &after, &error);
                g_assert_no_error(error);
            }
            g_assert_cmpmem(after.words, sizeof after.words, before.words, sizeof before.words);
        }
    }
}

/* What one set of option bytes shows, given to another, shows there again, and the bits that are no
 * field's stay. */
static void
test_a_copy_shows_the_same(void)
{
    for (guint n = 0; n < inlay_chip_get_n_chips(); n++) {
        const InlayChip *chip = inlay_chip_get(n);
        for (guint i = 0; i < N_RANDOM; i++) {
            InlayOptionBytes from = random_bytes(), to = random_bytes();
            if ((chip->features & INLAY_CHIP_HAS_PCROP) != 0) /* it is not given up */
                from.words[0] &= ~(1u << 31), to.words[0] &= ~(1u << 31);
            g_autofree char *text = print_all(chip, &from);
            g_auto(GStrv) assignments = g_strsplit(text, " ", -1);
            for (char **assignment = assignments; *assignment != NULL; assignment++)
                inlay_option_bytes_assign(chip, *assignment, &to, NULL);
            g_autofree char *copied = print_all(chip, &to);
            g_assert_cmpstr(copied, ==, text);
        }
    }
}

static const struct {
    const char *chip;
    guint32 words[INLAY_OPTION_WORDS];
    const char *assignment;
    guint32 expected[INLAY_OPTION_WORDS];
} changes[] = {
    {"STM32F411xE", {0x0fffaaec}, "bor=2.1V", {0x0fffaae8}},
    {"STM32F411xE", {0x0fffaaec}, "BOR=OFF", {0x0fffaaec}},
    {"STM32F411xE", {0x0fffaaec}, "wdg_sw=0", {0x0fffaacc}},
    {"STM32F411xE", {0x7fffaaec}, "wrp=0-3,7", {0x7f70aaec}},
    {"STM32F411xE", {0x0f70aaec}, "wrp=none", {0x0fffaaec}},
    {"STM32F411xE", {0x0fffaaec}, "wrp=all", {0x0f00aaec}},
    {"STM32F411xE", {0x0fffaaec}, "pcrop=1,2", {0x8f06aaec}},
    {"STM32F103x8", {0xffffffa5, 0xffffffff}, "wrp=0-3", {0xffffffa5, 0xfffffffe}},
    {"STM32F103x8", {0xffffffa5, 0xffffffff}, "data1=18", {0x12ffffa5, 0xffffffff}},
};

static void
test_changes(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        const InlayChip *chip = inlay_chip_find_by_name(changes[i].chip);
        InlayOptionBytes bytes = {.words = {changes[i].words[0], changes[i].words[1]}};
        g_autoptr(GError) error = NULL;
        inlay_option_bytes_assign(chip, changes[i].assignment, &bytes, &error);
        g_assert_no_error(error);
        g_assert_cmphex(bytes.words[0], ==, changes[i].expected[0]);
        g_assert_cmphex(bytes.words[1], ==, changes[i].expected[1]);
    }
}

static const struct {
    const char *chip;
    guint32 words[INLAY_OPTION_WORDS];
    const char *assignment;
    InlayErrorId id;
    const char *message;
} refusals[] = {
    {"STM32F411xE", {0x0fffaaec}, "bor", INLAY_ERROR_USAGE, "FIELD=VALUE expected, got bor"},
    {"STM32F411xE",
     {0x0fffaaec},
     "bor=3V",
     INLAY_ERROR_OPTION_INVALID,
     "bor: 2.7V, 2.4V, 2.1V or off expected, got 3V"},
    {"STM32F411xE",
     {0x0fffaaec},
     "bor=4",
     INLAY_ERROR_OPTION_INVALID,
     "bor: 2.7V, 2.4V, 2.1V or off expected, got 4"},
    {"STM32F411xE",
     {0x0fffaaec},
     "wrp=8",
     INLAY_ERROR_OPTION_INVALID,
     "sectors of STM32F411xE expected (none, all, or of 0-7 as in 0-3,7), got 8"},
    {"STM32F411xE",
     {0x0fffaaec},
     "wrp=3-1",
     INLAY_ERROR_OPTION_INVALID,
     "sectors of STM32F411xE expected (none, all, or of 0-7 as in 0-3,7), got 3-1"},
    {"STM32F411xE",
     {0x0fffaaec},
     "wrp=",
     INLAY_ERROR_OPTION_INVALID,
     "sectors of STM32F411xE expected (none, all, or of 0-7 as in 0-3,7), got nothing"},
    {"STM32F411xE",
     {0x0f00aaec},
     "pcrop=1",
     INLAY_ERROR_OPTION_INVALID,
     "pcrop: wrp none expected, for the chip has either, found sector 0"},
    {"STM32F411xE",
     {0x8f01aaec},
     "wrp=1",
     INLAY_ERROR_OPTION_INVALID,
     "wrp: no sectors with pcrop expected, for the chip has either, found 0"},
    {"STM32F411xE",
     {0x8f01aaec},
     "pcrop=none",
     INLAY_ERROR_OPTION_INVALID,
     "pcrop: sector 0 expected as well, for it is given up only with the whole flash "
     "(`inlay protect --read`, then `inlay unlock`), got none"},
    {"STM32F103x8",
     {0xffffffa5, 0xffffffff},
     "wrp=1-4",
     INLAY_ERROR_OPTION_INVALID,
     "STM32F103x8 protects sectors 0-3 together: all of them or none expected, got 1-4"},
    {"STM32F103x8",
     {0xffffffa5, 0xffffffff},
     "data0=256",
     INLAY_ERROR_OPTION_INVALID,
     "data0: 0 to 255 expected, got 256"},
    {"STM32F103x8",
     {0xffffffa5, 0xffffffff},
     "rdp=2",
     INLAY_ERROR_CHIP_LACKS,
     "STM32F103x8: read protection level 0 or 1 expected, got 2"},
    {"STM32F103x8",
     {0xffffffa5, 0xffffffff},
     "bor=off",
     INLAY_ERROR_CHIP_LACKS,
     "a field of STM32F103x8 (rdp, wdg_sw, nrst_stop, nrst_stdby, data0, data1, wrp) expected, got "
     "bor"},
};

static void
test_refusals(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        const InlayChip *chip = inlay_chip_find_by_name(refusals[i].chip);
        InlayOptionBytes bytes = {.words = {refusals[i].words[0], refusals[i].words[1]}};
        g_autoptr(GError) error = NULL;
        g_assert_false(inlay_option_bytes_assign(chip, refusals[i].assignment, &bytes, &error));
        g_assert_error(error, INLAY_ERROR, (int)refusals[i].id);
        g_assert_cmpstr(error->message, ==, refusals[i].message);
        g_assert_cmphex(bytes.words[0], ==, refusals[i].words[0]);
        g_assert_cmphex(bytes.words[1], ==, refusals[i].words[1]);
    }
}

/* RDP 1 has many codes: whichever is found stays while the level does. */
static void
test_read_protection_levels(void)
{
    const InlayChip *chip = inlay_chip_find_by_name("STM32F411xE");
    InlayOptionBytes bytes = {.words = {0x0fff12ec}};

    g_assert_cmpuint(inlay_option_bytes_get_rdp(chip, &bytes), ==, 1);
    g_assert_true(inlay_option_bytes_set_rdp(chip, 1, &bytes, NULL));
    g_assert_cmphex(bytes.words[0], ==, 0x0fff12ec);
    g_assert_true(inlay_option_bytes_set_rdp(chip, 0, &bytes, NULL));
    g_assert_cmphex(bytes.words[0], ==, 0x0fffaaec);
    g_assert_true(inlay_option_bytes_set_rdp(chip, 2, &bytes, NULL));
    g_assert_cmphex(bytes.words[0], ==, 0x0fffccec);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/core/option-bytes/print", test_print);
    g_test_add_func("/core/option-bytes/same-value", test_setting_what_is_there_changes_nothing);
    g_test_add_func("/core/option-bytes/copy", test_a_copy_shows_the_same);
    g_test_add_func("/core/option-bytes/changes", test_changes);
    g_test_add_func("/core/option-bytes/refusals", test_refusals);
    g_test_add_func("/core/option-bytes/read-protection", test_read_protection_levels);
    return g_test_run();
}
