/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flash loader's sources, compiled for the host and run on a fake F4: what a host that posts
 * commands sees, and what reaches the flash controller. */
#include <glib.h>
#include <string.h>
#include <zlib.h>

#include "fake-f4.h"
#include "firmware/loader/loader.h"

#define DATA (FAKE_RAM + INLAY_LOADER_BUFFERS)
#define SR_WRPERR (1u << 4)
#define SR_PGSERR (1u << 7)

typedef struct {
    FakeF4 chip;
    struct inlay_loader_mailbox mailbox;
} Fixture;

static void
setup(Fixture *f, gconstpointer width)
{
    fake_f4_init(&f->chip);
    memset(&f->mailbox, 0xA5, sizeof f->mailbox); /* RAM after power-on */
    f->mailbox.abi = INLAY_LOADER_ABI;
    f->mailbox.width = width ? GPOINTER_TO_UINT(width) : 4;
    f->mailbox.posted = 0;
    loader_start(&f->mailbox);
    g_string_truncate(f->chip.log, 0);
}

static void
setup_x32(Fixture *f, gconstpointer data)
{
    setup(f, NULL);
}

static void
teardown(Fixture *f, gconstpointer data)
{
    fake_f4_clear(&f->chip);
}

/* Where a host puts its next command. */
static struct inlay_loader_command *
next_slot(Fixture *f)
{
    return &f->mailbox.ring[f->mailbox.posted % INLAY_LOADER_RING];
}

/* As a host does it: with its number, and with the sums of the data. */
static void
post(Fixture *f, guint32 op, guint32 addr, guint32 size, guint32 arg)
{
    struct inlay_loader_command command = {
        .op = op | (f->mailbox.posted + 1) << INLAY_LOADER_NUMBER_SHIFT,
        .addr = addr,
        .size = size,
        .arg = arg,
    };

    for (guint32 at = 0; op == INLAY_LOADER_PROGRAM && at < size / 4; at++) {
        guint32 word;

        memcpy(&word, f->chip.ram + (arg - FAKE_RAM) + 4 * at, 4);
        command.sum_a += word;
        command.sum_b += command.sum_a;
    }
    *next_slot(f) = command;
    f->mailbox.posted++;
}

static void
run(Fixture *f, guint32 op, guint32 addr, guint32 size, guint32 arg)
{
    post(f, op, addr, size, arg);
    loader_step(&f->mailbox);
}

static void
test_starts(Fixture *f, gconstpointer data)
{
    static const struct {
        guint32 abi, width, posted;
        gboolean keys_fail;
        guint32 status;
    } cases[] = {
        {INLAY_LOADER_ABI, 4, 0, FALSE, INLAY_LOADER_OK},
        {INLAY_LOADER_ABI, 1, 0, FALSE, INLAY_LOADER_OK},
        {INLAY_LOADER_ABI, 3, 0, FALSE, INLAY_LOADER_BAD_COMMAND},
        {INLAY_LOADER_ABI, 8, 0, FALSE, INLAY_LOADER_BAD_COMMAND},
        {INLAY_LOADER_ABI, 0, 0, FALSE, INLAY_LOADER_BAD_COMMAND},
        {INLAY_LOADER_ABI + 1, 4, 0, FALSE, INLAY_LOADER_BAD_COMMAND},
        {INLAY_LOADER_ABI, 4, 3, FALSE, INLAY_LOADER_STALE_COMMAND}, /* an earlier run's mailbox */
        {INLAY_LOADER_ABI, 4, 0, TRUE, INLAY_LOADER_REFUSED},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        fake_f4_clear(&f->chip);
        fake_f4_init(&f->chip);
        f->chip.keys_fail = cases[i].keys_fail;
        f->mailbox.abi = cases[i].abi;
        f->mailbox.width = cases[i].width;
        f->mailbox.posted = cases[i].posted;
        f->mailbox.ready = 0;
        loader_start(&f->mailbox);
        g_assert_cmpuint(f->mailbox.ready, ==, INLAY_LOADER_ABI);
        g_assert_cmpuint(f->mailbox.done, ==, 0);
        g_assert_cmpuint(f->mailbox.status, ==, cases[i].status);
    }
}

/* The width chooses the parallelism: PSIZE is CR bits 9:8. */
static void
test_erases(Fixture *f, gconstpointer width)
{
    static const char *const logs[] = {
        [1] = "CR 00000012\nCR 00010012\nCR 00000000\n",
        [2] = "CR 00000112\nCR 00010112\nCR 00000000\n",
        [4] = "CR 00000212\nCR 00010212\nCR 00000000\n",
    };

    memset(f->chip.flash, 0, sizeof f->chip.flash);
    f->chip.sr = SR_PGSERR; /* left by somebody else */
    run(f, INLAY_LOADER_ERASE, FAKE_FLASH + 2 * FAKE_SECTOR_SIZE, 0, 2);

    g_assert_cmpuint(f->mailbox.status, ==, INLAY_LOADER_OK);
    g_assert_cmpuint(f->mailbox.done, ==, 1);
    g_assert_cmpstr(f->chip.log->str, ==, logs[GPOINTER_TO_UINT(width)]);
    for (guint i = 0; i < FAKE_FLASH_SIZE; i++)
        g_assert_cmphex(f->chip.flash[i], ==, i / FAKE_SECTOR_SIZE == 2 ? 0xFF : 0);
}

static void
test_programs(Fixture *f, gconstpointer width)
{
    static const guint8 bytes[12] = {1, 2, 3, 4, 255, 255, 255, 255, 255, 255, 7, 8};
    static const char *const logs[] = {
        [1] = "CR 00000001\n08000100 1 01\n08000101 1 02\n08000102 1 03\n08000103 1 04\n"
              "0800010a 1 07\n0800010b 1 08\nCR 00000000\n",
        [2] = "CR 00000101\n08000100 2 0201\n08000102 2 0403\n0800010a 2 0807\nCR 00000000\n",
        [4] = "CR 00000201\n08000100 4 04030201\n08000108 4 0807ffff\nCR 00000000\n",
    };

    memcpy(f->chip.ram + INLAY_LOADER_BUFFERS, bytes, sizeof bytes);
    run(f, INLAY_LOADER_PROGRAM, FAKE_FLASH + 0x100, sizeof bytes, DATA);

    g_assert_cmpuint(f->mailbox.status, ==, INLAY_LOADER_OK);
    g_assert_cmpstr(f->chip.log->str, ==, logs[GPOINTER_TO_UINT(width)]);
    g_assert_cmpmem(f->chip.flash + 0x100, sizeof bytes, bytes, sizeof bytes);
}

/* Any alignment, any size; the caches are emptied while they are off. */
static void
test_digests(Fixture *f, gconstpointer data)
{
    static const guint32 ranges[][2] = {{0, 0},    {0, 4},     {0, 1},      {1, 3},
                                        {2, 4097}, {3, 10000}, {100, 4096}, {0, FAKE_FLASH_SIZE}};

    for (guint i = 0; i < FAKE_FLASH_SIZE; i++)
        f->chip.flash[i] = (guint8)(i * 7 + (i >> 8));
    for (guint i = 0; i < G_N_ELEMENTS(ranges); i++) {
        const guint32 offset = ranges[i][0], size = ranges[i][1];
        const guint8 *bytes = f->chip.flash + offset;
        guint32 sum_a = 0, sum_b = 0;

        for (guint32 at = 0; at < size; at += 4) {
            guint8 word[4] = {255, 255, 255, 255};

            memcpy(word, bytes + at, MIN(4, size - at));
            sum_a += (guint32)word[0] | (guint32)word[1] << 8 | (guint32)word[2] << 16 |
                     (guint32)word[3] << 24;
            sum_b += sum_a;
        }
        g_string_truncate(f->chip.log, 0);
        run(f, INLAY_LOADER_DIGEST, FAKE_FLASH + offset, size, 0);
        g_assert_cmpuint(f->mailbox.done, ==, i + 1);
        g_assert_cmphex(f->mailbox.results[i].crc32, ==, crc32(0, bytes, size));
        g_assert_cmphex(f->mailbox.results[i].sum_a, ==, sum_a);
        g_assert_cmphex(f->mailbox.results[i].sum_b, ==, sum_b);
        g_assert_cmpstr(f->chip.log->str, ==, "ACR 00000000\nACR 00001800\nACR 00000000\n");
    }
}

/* The ring turns over, and a host may be ahead of the loader. */
static void
test_keeps_order(Fixture *f, gconstpointer data)
{
    for (guint32 i = 0; i < 3 * INLAY_LOADER_RING; i++) {
        memcpy(f->chip.ram + INLAY_LOADER_BUFFERS + 4 * i, &i, 4);
        post(f, INLAY_LOADER_PROGRAM, FAKE_FLASH + 4 * i, 4, DATA + 4 * i);
        if (i % 8 == 7)
            for (guint step = 0; step < 8; step++)
                loader_step(&f->mailbox);
    }
    g_assert_cmpuint(f->mailbox.done, ==, f->mailbox.posted);
    g_assert_cmpmem(f->chip.flash, 12 * INLAY_LOADER_RING, f->chip.ram + INLAY_LOADER_BUFFERS,
                    12 * INLAY_LOADER_RING);
}

/* What a lost write leaves in the RAM is an older command, older data, or anything: the flash
 * controller sees none of it. */
static void
test_lost(Fixture *f, gconstpointer data)
{
    static const guint8 bytes[64] = {1, 2, 3};
    static const struct {
        guint32 op, arg;
        gboolean command_lost;
        guint32 status;
    } cases[] = {
        {INLAY_LOADER_ERASE, 1, TRUE, INLAY_LOADER_STALE_COMMAND},
        {INLAY_LOADER_PROGRAM, DATA, TRUE, INLAY_LOADER_STALE_COMMAND},
        {INLAY_LOADER_DIGEST, 0, TRUE, INLAY_LOADER_STALE_COMMAND},
        {INLAY_LOADER_PROGRAM, DATA, FALSE, INLAY_LOADER_STALE_DATA},
    };

    for (guint round = 0; round < 3; round++) {
        for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
            struct inlay_loader_command before;

            teardown(f, NULL);
            setup(f, NULL);
            memset(f->mailbox.ring, round == 0 ? 0 : 0xA5, sizeof f->mailbox.ring);
            if (round == 2) /* the ring has turned over: everywhere stands the same command */
                for (guint n = 0; n < INLAY_LOADER_RING; n++)
                    run(f, cases[i].op, 0x08004000, 64, cases[i].arg);
            g_string_truncate(f->chip.log, 0);
            before = *next_slot(f);
            memcpy(f->chip.ram + INLAY_LOADER_BUFFERS, bytes, sizeof bytes);
            post(f, cases[i].op, 0x08004000, 64, cases[i].arg);
            if (cases[i].command_lost)
                f->mailbox.ring[(f->mailbox.posted - 1) % INLAY_LOADER_RING] = before;
            else
                f->chip.ram[INLAY_LOADER_BUFFERS + 63] = 7;
            loader_step(&f->mailbox);
            g_assert_cmpuint(f->mailbox.status, ==, cases[i].status);
            g_assert_cmpuint(f->mailbox.done, ==, f->mailbox.posted - 1);
            g_assert_cmpstr(f->chip.log->str, ==, "");
        }
    }
}

/* Numbers count modulo 2^24. */
static void
test_number_wraps(Fixture *f, gconstpointer data)
{
    f->mailbox.posted = f->mailbox.done = (1u << 24) - 1;
    for (guint i = 0; i < 3; i++)
        run(f, INLAY_LOADER_DIGEST, FAKE_FLASH, 4, 0);
    g_assert_cmpuint(f->mailbox.status, ==, INLAY_LOADER_OK);
    g_assert_cmpuint(f->mailbox.done, ==, (1u << 24) + 2);
}

/* It says where and why, and takes nothing more. */
static void
test_refusals(Fixture *f, gconstpointer data)
{
    static const struct {
        guint32 op, addr, size, arg, error_at, status, fault_addr, flash_sr;
    } cases[] = {
        {INLAY_LOADER_ERASE, 0x08004000, 0, 1, 0x08004000, INLAY_LOADER_REFUSED, 0x08004000,
         SR_WRPERR},
        {INLAY_LOADER_PROGRAM, 0x08000000, 64, DATA, 0x08000020, INLAY_LOADER_REFUSED, 0x08000020,
         SR_WRPERR},
        {INLAY_LOADER_ERASE, 0x08004000, 0, 32, 0, INLAY_LOADER_BAD_COMMAND, 0x08004000, 0},
        {INLAY_LOADER_PROGRAM, 0x08000002, 64, DATA, 0, INLAY_LOADER_BAD_COMMAND, 0x08000002, 0},
        {INLAY_LOADER_PROGRAM, 0x08000000, 63, DATA, 0, INLAY_LOADER_BAD_COMMAND, 0x08000000, 0},
        {INLAY_LOADER_PROGRAM, 0x08000000, 64, DATA + 2, 0, INLAY_LOADER_BAD_COMMAND, 0x08000000,
         0},
        {0, 0x08000000, 0, 0, 0, INLAY_LOADER_BAD_COMMAND, 0x08000000, 0},
        {99, 0x08000004, 0, 0, 0, INLAY_LOADER_BAD_COMMAND, 0x08000004, 0},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        teardown(f, NULL);
        setup(f, NULL);
        f->chip.error_at = cases[i].error_at;
        f->chip.error_flags = SR_WRPERR;
        run(f, INLAY_LOADER_DIGEST, FAKE_FLASH, 4, 0);
        run(f, cases[i].op, cases[i].addr, cases[i].size, cases[i].arg);
        run(f, INLAY_LOADER_ERASE, FAKE_FLASH, 0, 0);
        g_assert_cmpuint(f->mailbox.done, ==, 1);
        g_assert_cmpuint(f->mailbox.status, ==, cases[i].status);
        g_assert_cmphex(f->mailbox.fault_addr, ==, cases[i].fault_addr);
        g_assert_cmphex(f->mailbox.flash_sr, ==, cases[i].flash_sr);
    }
}

/* A busy bit that never clears ends in TIMEOUT, the watchdog fed meanwhile; the wait is at least
 * twice what the datasheet allows, at 8 cycles a poll and 16 MHz. */
static void
test_stuck(Fixture *f, gconstpointer op)
{
    const gboolean erase = GPOINTER_TO_UINT(op) == INLAY_LOADER_ERASE;

    f->chip.stuck = TRUE;
    f->chip.sr_reads = f->chip.watchdog_feeds = 0;
    run(f, GPOINTER_TO_UINT(op), FAKE_FLASH, erase ? 0 : 4, erase ? 0 : DATA);

    g_assert_cmpuint(f->mailbox.status, ==, INLAY_LOADER_TIMEOUT);
    g_assert_cmphex(f->mailbox.fault_addr, ==, FAKE_FLASH);
    g_assert_cmphex(f->mailbox.flash_sr, ==, 1u << 16);
    g_assert_cmpuint(f->chip.sr_reads, >=, erase ? 16000000 : 400);
    g_assert_cmpuint(f->chip.sr_reads, <=, erase ? 16000010 : 410);
    g_assert_cmpuint(f->chip.watchdog_feeds, >=, erase ? 60000 : 1);
}

/* 256 bytes one at a time may take 25.6 ms: a watchdog that a product has set to 100 ms never
 * bites. */
static void
test_feeds_while_programming(Fixture *f, gconstpointer data)
{
    const guint32 size = FAKE_SECTOR_SIZE;

    memset(f->chip.ram + (DATA - FAKE_RAM), 0x5a, size);
    f->chip.watchdog_feeds = 0;
    run(f, INLAY_LOADER_PROGRAM, FAKE_FLASH, size, DATA);
    g_assert_cmpuint(f->mailbox.status, ==, INLAY_LOADER_OK);
    g_assert_cmpuint(f->chip.watchdog_feeds, >=, size / 256);
}

int
main(int argc, char **argv)
{
    static const guint widths[] = {1, 2, 4};

    g_test_init(&argc, &argv, NULL);
#define ADD(path, data, test) \
    g_test_add("/firmware/loader/" path, Fixture, data, setup_x32, test, teardown)
    ADD("starts", NULL, test_starts);
    for (guint i = 0; i < G_N_ELEMENTS(widths); i++) {
        g_autofree char *erases = g_strdup_printf("/firmware/loader/erases/x%u", 8 * widths[i]);
        g_autofree char *programs = g_strdup_printf("/firmware/loader/programs/x%u", 8 * widths[i]);
        gpointer width = GUINT_TO_POINTER(widths[i]);

        g_test_add(erases, Fixture, width, setup, test_erases, teardown);
        g_test_add(programs, Fixture, width, setup, test_programs, teardown);
    }
    ADD("digests", NULL, test_digests);
    ADD("keeps-order", NULL, test_keeps_order);
    ADD("lost", NULL, test_lost);
    ADD("number-wraps", NULL, test_number_wraps);
    ADD("refusals", NULL, test_refusals);
    ADD("feeds-while-programming", NULL, test_feeds_while_programming);
    ADD("stuck/erase", GUINT_TO_POINTER(INLAY_LOADER_ERASE), test_stuck);
    ADD("stuck/program", GUINT_TO_POINTER(INLAY_LOADER_PROGRAM), test_stuck);

    return g_test_run();
}
