/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/spin.h"

/* A loop may be skipped only when it changes nothing. */

static void
test_purity(void)
{
    static const struct {
        const char *text;
        guint size;
        guint8 code[4];
        gboolean pure;
    } cases[] = {
        {"movs r0, #1", 2, {0x01, 0x20}, TRUE},
        {"ldr r3, [r1]", 2, {0x0b, 0x68}, TRUE},
        {"str r3, [r1]", 2, {0x0b, 0x60}, FALSE},
        {"strb r3, [r1]", 2, {0x0b, 0x70}, FALSE},
        {"ldrb r3, [r1]", 2, {0x0b, 0x78}, TRUE},
        {"strh r3, [r1]", 2, {0x0b, 0x80}, FALSE},
        {"ldrh r3, [r1]", 2, {0x0b, 0x88}, TRUE},
        {"str r3, [sp]", 2, {0x00, 0x93}, FALSE},
        {"ldr r3, [sp]", 2, {0x00, 0x9b}, TRUE},
        {"str r3, [r1, r2]", 2, {0x8b, 0x50}, FALSE},
        {"ldr r3, [r1, r2]", 2, {0x8b, 0x58}, TRUE},
        {"push {r4, lr}", 2, {0x10, 0xb5}, TRUE},
        {"pop {r4, pc}", 2, {0x10, 0xbd}, TRUE},
        {"stmia r0!, {r1}", 2, {0x02, 0xc0}, FALSE},
        {"ldmia r0!, {r1}", 2, {0x02, 0xc8}, TRUE},
        {"bne", 2, {0xfb, 0xd1}, TRUE},
        {"svc 0", 2, {0x00, 0xdf}, FALSE},
        {"bkpt 0", 2, {0x00, 0xbe}, FALSE},
        {"cpsid i", 2, {0x72, 0xb6}, FALSE},
        {"it eq", 2, {0x08, 0xbf}, TRUE},
        {"nop", 2, {0x00, 0xbf}, TRUE},
        {"wfi", 2, {0x30, 0xbf}, FALSE},
        {"sev", 2, {0x40, 0xbf}, FALSE},
        {"bl", 4, {0xff, 0xf7, 0xe2, 0xff}, TRUE},
        {"ldr.w r3, [r2, #3084]", 4, {0xd2, 0xf8, 0x0c, 0x3c}, TRUE},
        {"str.w r2, [r3, #264]", 4, {0xc3, 0xf8, 0x08, 0x21}, FALSE},
        {"tst.w r3, #65536", 4, {0x13, 0xf4, 0x80, 0x3f}, TRUE},
        {"dsb", 4, {0xbf, 0xf3, 0x4f, 0x8f}, TRUE},
        {"msr basepri, r3", 4, {0x83, 0xf3, 0x11, 0x88}, FALSE},
        {"strd r0, r1, [r2]", 4, {0xc2, 0xe9, 0x00, 0x01}, FALSE},
        {"ldrd r0, r1, [r2]", 4, {0xd2, 0xe9, 0x00, 0x01}, TRUE},
        {"push.w {r4-r8}", 4, {0x2d, 0xe9, 0xf0, 0x01}, TRUE},
        {"vldr s0, [r0]", 4, {0x90, 0xed, 0x00, 0x0a}, FALSE},
        {"half an instruction", 2, {0xd2, 0xf8}, FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        if (bench_spin_is_pure(cases[i].code, cases[i].size) != cases[i].pure)
            g_error("%s: expected %s", cases[i].text, cases[i].pure ? "pure" : "not pure");
    }
}

/* Block by block through a loop of three, as cpu.c does it. */
static gboolean
spins(guint n_blocks, guint32 step)
{
    static const guint8 code[] = {0x0b, 0x68};
    guint32 registers[BENCH_SPIN_REGISTERS] = {0};
    BenchSpin spin;

    bench_spin_reset(&spin);
    for (guint i = 0; i < n_blocks; i++) {
        guint32 addr = 0x20000000 + i % 3;
        registers[4] += step;
        BenchSpinStep next = bench_spin_on_block(&spin, addr, code, sizeof code);
        if (next == BENCH_SPIN_START)
            bench_spin_start(&spin, addr, registers);
        else if (next == BENCH_SPIN_CHECK && bench_spin_check(&spin, registers))
            return TRUE;
    }
    return FALSE;
}

static void
test_loop(void)
{
    g_assert_true(spins(20, 0));
    g_assert_false(spins(100000, 1)); /* a counter is no spin */
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bench/spin/purity", test_purity);
    g_test_add_func("/bench/spin/loop", test_loop);
    return g_test_run();
}
