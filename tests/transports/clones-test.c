/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is called a copy, and, what matters more, who is not. */
#include "transports/clones.h"

static void
test_names(void)
{
    static const struct {
        InlayChipTraits traits;
        gboolean known;
        const char *name; /* a part of it; NULL: genuine, as far as can be told */
    } cases[] = {
        {{0x411fc231, 0x20036410, 0x020, 0x410}, TRUE, NULL},  /* STM32F103C8, revision Y */
        {{0x411fc231, 0x20006410, 0x020, 0x410}, TRUE, NULL},  /* … B */
        {{0x411fc231, 0x00000410, 0x020, 0x410}, TRUE, NULL},  /* … A */
        {{0x411fc231, 0x10036414, 0x020, 0x414}, TRUE, NULL},  /* STM32F103ZE */
        {{0x410fc241, 0x10036422, 0x020, 0x422}, TRUE, NULL},  /* STM32F303 */
        {{0x410fc241, 0x10076413, 0x020, 0x413}, TRUE, NULL},  /* STM32F407 */
        {{0x410fc241, 0x10006431, 0x020, 0x431}, TRUE, NULL},  /* STM32F411 */
        {{0x411fc231, 0x20036410, 0, 0}, TRUE, NULL},          /* its ROM table was not read */
        {{0x410fc241, 0x10076415, 0x43b, 0x4c4}, FALSE, NULL}, /* not our table: no claim */
        {{0x412fc231, 0x10006430, 0x020, 0x430}, TRUE, NULL},  /* r2 says nothing elsewhere */
        {{0x412fc231, 0x13030410, 0x751, 0x76f}, TRUE, "GigaDevice GD32F103"},
        {{0x412fc231, 0x13030414, 0x751, 0x76f}, TRUE, "GigaDevice GD32F103"},
        {{0x410fc241, 0x17050414, 0x751, 0x700}, TRUE, "GigaDevice GD32F303"},
        {{0x412fc231, 0x20036410, 0x43b, 0x4c3}, TRUE, "CKS CS32F103 or Geehy APM32F103"},
        {{0x412fc231, 0x20036410, 0x555, 0x29b}, TRUE, "CKS CS32F103"},
        {{0x410fc241, 0x10076413, 0x43b, 0x4c4},
         TRUE,
         "designer 0x020 expected, found 0x43b, part 0x4c4"},
        {{0x412fc231, 0x20036410, 0x020, 0x410}, TRUE, "r1 expected, found r2"},
        {{0x410fc241, 0x70050240, 0, 0}, FALSE, "Artery AT32F403A"},
        {{0x410fc241, 0x70084540, 0, 0}, FALSE, "Artery AT32F435"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *name = inlay_clone_find(&cases[i].traits, cases[i].known);
        if (cases[i].name == NULL)
            g_assert_cmpstr(name, ==, NULL);
        else
            g_assert_nonnull(g_strstr_len(name, -1, cases[i].name));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transports/clones/names", test_names);
    return g_test_run();
}
