/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/number.h"

static void
test_numbers(void)
{
    static const struct {
        const char *text;
        gboolean ok;
        guint32 value;
    } cases[] = {
        {"0", TRUE, 0},
        {"1024", TRUE, 1024},
        {"0x4000", TRUE, 0x4000},
        {"0XfFfF", TRUE, 0xffff},
        {"16K", TRUE, 0x4000},
        {"16KiB", TRUE, 0x4000},
        {"2M", TRUE, 0x200000},
        {"128K - 8", TRUE, 0x1fff8},
        {"128K-8", TRUE, 0x1fff8},
        {"0x08000000 + 16K + 4", TRUE, 0x08004004},
        {" 12 ", TRUE, 12},
        {"0xffffffff", TRUE, 0xffffffff},
        {"", FALSE, 0},
        {"0x", FALSE, 0},
        {"K", FALSE, 0},
        {"-1", FALSE, 0},
        {"8 - 16", FALSE, 0},
        {"16KB", FALSE, 0},
        {"16k", FALSE, 0},
        {"1.5K", FALSE, 0},
        {"16K 4", FALSE, 0},
        {"16K +", FALSE, 0},
        {"0x100000000", FALSE, 0},
        {"4096M", FALSE, 0},
        {"4294967295K", FALSE, 0},
        {"99999999999999999999999", FALSE, 0},
        {"0xffffffff + 1 - 1", FALSE, 0},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint32 value = 0;
        g_test_message("%s", cases[i].text);
        g_assert_cmpint(inlay_number_parse(cases[i].text, &value), ==, cases[i].ok);
        g_assert_cmphex(value, ==, cases[i].value);
    }
}

static void
test_supplies(void)
{
    static const struct {
        const char *text;
        guint millivolts; /* 0: refused */
    } cases[] = {
        {"3.3V", 3300}, {"3.3 V", 3300}, {"3V", 3000}, {"1.8V", 1800}, {"3300mV", 3300},
        {"3300", 3300}, {"", 0},         {"V", 0},     {"3.3v", 0},    {"3.3A", 0},
        {"-3.3V", 0},   {"1e3V", 0},     {"0x10V", 0}, {"nan", 0},     {"99999V", 0},
        {"3.3.3V", 0},  {"3,3V", 0},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint millivolts = 0;
        g_test_message("%s", cases[i].text);
        g_assert_cmpint(inlay_number_parse_supply(cases[i].text, &millivolts), ==,
                        cases[i].millivolts > 0);
        g_assert_cmpuint(millivolts, ==, cases[i].millivolts);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/core/number/numbers", test_numbers);
    g_test_add_func("/core/number/supplies", test_supplies);
    return g_test_run();
}
