/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/budget.h"
#include "engine-fixture.h"

#include <string.h>

#include "small-chips.h"

#define SELECTOR 0x08000000u
#define APPLICATION1 0x08004000u
#define APPLICATION2 0x08024000u

static InlayJob *
new_demo_job(Fixture *fixture)
{
    InlayJob *job = new_layout_job(INLAY_JOB_FLASH);

    add_content(job, "selector", write_file(fixture, "selector.bin", 3000, 1));
    add_content(job, "application1", write_file(fixture, "application1.bin", 128 * 1024, 2));
    add_content(job, "application2", write_file(fixture, "application2.bin", 50001, 3));
    return job;
}

static void
test_three_images(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) job = new_demo_job(fixture);

    assert_runs(fixture, job);
    assert_holds(board, SELECTOR, 3000, 1);
    assert_blank(board, SELECTOR + 3000, 0x4000 - 3000);
    assert_holds(board, APPLICATION1, 128 * 1024, 2);
    assert_holds(board, APPLICATION2, 50001, 3);
    assert_blank(board, APPLICATION2 + 50001, 512 * 1024 - 0x24000 - 50001);
    assert_partitions(fixture, "selector written, application1 written, application2 written");
    /* a blank chip is not erased; the sector that the chip boots from comes last; sector 6 has
     * nothing to program */
    g_assert_cmpstr(board->log->str, ==,
                    "begin\n"
                    "program 08004000+16384\n"
                    "program 08008000+16384\n"
                    "program 0800c000+16384\n"
                    "program 08010000+65536\n"
                    "program 08020000+131072\n"
                    "program 08000000+16384\n"
                    "end\n");
    memory_board_power(board);
    assert_runs(fixture, job);
    assert_partitions(fixture, "selector equal, application1 equal, application2 equal");
    g_assert_cmpstr(board->log->str, ==, "begin\nend\n");
}

static JsonObject *
find_digest(const Fixture *fixture, const char *when, const char *kept)
{
    for (guint i = 0; i < fixture->events->len; i++) {
        JsonObject *event = fixture->events->pdata[i];
        if (g_str_equal(get_kind(fixture, i), "digest") &&
            g_str_equal(json_object_get_string_member(event, "when"), when) &&
            g_strcmp0(json_object_get_string_member_with_default(event, "kept", NULL), kept) == 0)
            return event;
    }
    g_assert_not_reached();
}

/* Application 2 begins in the sector where application 1 ends. */
static void
test_a_shared_sector(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) demo = new_demo_job(fixture);
    g_autoptr(InlayJob) update = new_layout_job(INLAY_JOB_FLASH);

    assert_runs(fixture, demo);
    memory_board_power(board);
    add_content(update, "application2", write_file(fixture, "new.bin", 60000, 9));
    assert_runs(fixture, update);
    assert_holds(board, SELECTOR, 3000, 1);
    assert_holds(board, APPLICATION1, 128 * 1024, 2);
    assert_holds(board, APPLICATION2, 60000, 9);
    assert_partitions(fixture, "selector kept, application1 kept, application2 written");
    g_assert_cmpstr(board->log->str, ==, "begin\nerase 5\nprogram 08020000+131072\nend\n");
    g_assert_cmpstr(
        json_object_get_string_member(find_digest(fixture, "before", "application1"), "sum"), ==,
        json_object_get_string_member(find_digest(fixture, "after", "application1"), "sum"));
}

/* What a partition held before does not shine through: its flash depends on the image alone. */
static void
test_the_rest_of_a_partition_is_blank(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) job = new_layout_job(INLAY_JOB_FLASH);

    fill(board->flash, board->chip->flash.size, 40);
    add_content(job, "selector", write_file(fixture, "selector.bin", 100, 1));
    assert_runs(fixture, job);
    assert_holds(board, SELECTOR, 100, 1);
    assert_blank(board, SELECTOR + 100, 0x4000 - 100);
    g_assert_cmpstr(board->log->str, ==, "begin\nerase 0\nprogram 08000000+16384\nend\n");
}

static void
test_dry_run(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) job = new_demo_job(fixture);

    job->dry_run = TRUE;
    assert_runs(fixture, job);
    assert_blank(board, BANK, board->chip->flash.size);
    g_assert_cmpstr(board->log->str, ==, "begin\nend\n");
}

static void
test_erase(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) partition = new_layout_job(INLAY_JOB_ERASE);
    g_autoptr(InlayJob) all = inlay_job_new(INLAY_JOB_ERASE);

    fill(board->flash, board->chip->flash.size, 40);
    g_ptr_array_add(partition->names, g_strdup("application2"));
    assert_runs(fixture, partition);
    assert_blank(board, APPLICATION2, 128 * 1024);
    assert_holds(board, BANK, APPLICATION2 - BANK, 40);
    assert_partitions(fixture, "selector kept, application1 kept, application2 erased");
    all->all = TRUE;
    assert_runs(fixture, all);
    assert_blank(board, BANK, board->chip->flash.size);
    assert_partitions(fixture, "flash erased");
}

static void
test_read(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) job = new_layout_job(INLAY_JOB_READ);
    g_autofree char *contents = NULL;
    gsize size;

    fill(board->flash, board->chip->flash.size, 40);
    g_ptr_array_add(job->names, g_strdup("application1"));
    job->output = g_strdup(name_file(fixture, "dump.bin"));
    assert_runs(fixture, job);
    g_assert_true(g_file_get_contents(job->output, &contents, &size, NULL));
    g_assert_cmpmem(contents, size, board->flash + (APPLICATION1 - BANK), 128 * 1024);
    g_assert_cmpstr(board->log->str, ==, "end\n"); /* its program was not stopped */

    memory_board_power(board);
    g_free(job->output);
    job->output = g_strdup("/nonexistent/dump.bin");
    assert_fails(fixture, job, INLAY_ERROR_FILE);
    g_assert_cmpuint(board->n_calls, ==, 0);
}

static void
test_verify(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) job = new_demo_job(fixture);

    assert_runs(fixture, job);
    job->kind = INLAY_JOB_VERIFY;
    assert_runs(fixture, job);
    assert_partitions(fixture, "selector verified, application1 verified, application2 verified");
    g_ptr_array_remove_index(job->contents, 0);
    assert_runs(fixture, job);
    assert_partitions(fixture, "application1 verified, application2 verified");
    board->flash[0x4800] ^= 1;
    assert_fails(fixture, job, INLAY_ERROR_VERIFY_FAILED);
    g_assert_true(
        g_str_has_prefix(fixture->error->message, "application1 0x08004000-0x08007fff: crc32 0x"));
    assert_partitions(fixture, "application1 differs, application2 verified");
}

static void
test_reset_and_info_need_no_table(Fixture *fixture, gconstpointer unused)
{
    static const struct {
        InlayJobKind kind;
        const char *log;
    } cases[] = {{INLAY_JOB_RESET, "end reset\n"}, {INLAY_JOB_INFO, "end\n"}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
        g_autoptr(InlayJob) job = inlay_job_new(cases[i].kind);
        board->identity.chip = NULL;
        board->identity.rdp_level = 1;
        assert_runs(fixture, job);
        g_assert_cmpstr(board->log->str, ==, cases[i].log);
    }
}

/* What is measured and what the layout declares (3.3 V): the lower counts. */
static void
test_voltage(Fixture *fixture, gconstpointer unused)
{
    static const struct {
        guint measured_mv;
        gboolean has_layout;
        guint width;
    } cases[] = {{3300, TRUE, 4},  {2500, TRUE, 2},  {0, TRUE, 4},   {3600, TRUE, 4},
                 {3300, FALSE, 4}, {1800, FALSE, 1}, {0, FALSE, 1},  {1, FALSE, 1},
                 {1, TRUE, 4},     {5000, TRUE, 4},  {1500, TRUE, 1}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
        g_autoptr(InlayJob) job =
            cases[i].has_layout ? new_layout_job(INLAY_JOB_FLASH) : inlay_job_new(INLAY_JOB_FLASH);
        const char *path = write_file(fixture, "a.bin", 100, 1);
        if (cases[i].has_layout)
            add_content(job, "selector", path);
        else
            add_file_at(job, path, SELECTOR);
        board->identity.supply_mv = cases[i].measured_mv;
        assert_runs(fixture, job);
        g_assert_cmpuint(board->chip->family->voltage[board->row].width, ==, cases[i].width);
    }
}

static void
spoil_nothing(MemoryBoard *board)
{
}

static void
spoil_other_chip(MemoryBoard *board)
{
    board->identity.chip = &small_f1;
}

static void
spoil_unknown_chip(MemoryBoard *board)
{
    board->identity.chip = NULL;
}

static void
spoil_locked(MemoryBoard *board)
{
    board->identity.rdp_level = 1;
}

static void
spoil_low_voltage(MemoryBoard *board)
{
    board->identity.supply_mv = 1500;
}

static void
spoil_high_voltage(MemoryBoard *board)
{
    board->identity.supply_mv = 5000;
}

static void
spoil_sealed(MemoryBoard *board)
{
    board->identity.rdp_level = 2;
}

static void
spoil_clone(MemoryBoard *board)
{
    board->identity.clone = "another maker's";
}

static void
spoil_protected(MemoryBoard *board)
{
    inlay_identity_set_protected(&board->identity, 1);
    inlay_identity_set_protected(&board->identity, 6);
}

/* Everything that can be known to be wrong is found before the first erase, and what the files alone
 * tell, before an adapter is opened. */
static const struct {
    const char *name;
    const char *partition; /* NULL: no layout */
    guint32 addr;
    gsize size;
    void (*spoil)(MemoryBoard *board);
    InlayErrorId id;
    gboolean needs_board;
    const char *detail; /* %s: the file */
} refusals[] = {
    {"wrong-chip", "application1", 0, 100, spoil_other_chip, INLAY_ERROR_CHIP_WRONG, TRUE,
     "STM32F411xE (device id 0x431, 512 KiB) expected, found small F1 (device id 0x431, 512 KiB)"},
    {"wrong-and-unknown-chip", "application1", 0, 100, spoil_unknown_chip, INLAY_ERROR_CHIP_WRONG,
     TRUE,
     "STM32F411xE (device id 0x431, 512 KiB) expected, found an unknown chip (device id 0x431, 512 "
     "KiB)"},
    {"unknown-chip", NULL, BANK, 100, spoil_unknown_chip, INLAY_ERROR_CHIP_UNKNOWN, TRUE,
     "device id 0x431, 512 KiB of flash"},
    {"locked", "application1", 0, 100, spoil_locked, INLAY_ERROR_CHIP_LOCKED, TRUE,
     "STM32F411xE: read protection level 0 expected, found level 1"},
    {"sealed", "application1", 0, 100, spoil_sealed, INLAY_ERROR_CHIP_SEALED, TRUE,
     "STM32F411xE: read protection level 0 expected, found level 2"},
    {"clone", "application1", 0, 100, spoil_clone, INLAY_ERROR_CHIP_CLONE, TRUE,
     "STM32F411xE by STMicroelectronics expected, found another maker's"},
    {"low-voltage", NULL, BANK, 100, spoil_low_voltage, INLAY_ERROR_BOARD_VOLTAGE, TRUE,
     "1700 to 4000 mV expected for STM32F411xE, measured 1500 mV: below that it does not run, but "
     "it answers"},
    {"high-voltage", NULL, BANK, 100, spoil_high_voltage, INLAY_ERROR_BOARD_VOLTAGE, TRUE,
     "1700 to 4000 mV expected for STM32F411xE, measured 5000 mV: no STM32 survives that"},
    {"write-protected", "application1", 0, 100, spoil_protected, INLAY_ERROR_SECTOR_PROTECTED, TRUE,
     "write-protected: sector 1 at 0x08004000 (application1)"},
    {"too-large", "selector", 0, 0x4001, spoil_nothing, INLAY_ERROR_IMAGE_TOO_LARGE, FALSE,
     "%s: 0x08000000-0x08004000 goes 1 byte beyond partition selector, 0x08000000-0x08003fff"},
    {"no-such-partition", "application3", 0, 100, spoil_nothing, INLAY_ERROR_USAGE, FALSE, NULL},
    {"beyond-the-flash", NULL, 0x0807ff00, 0x101, spoil_nothing, INLAY_ERROR_IMAGE_MISPLACED, TRUE,
     "a.bin: 0x0807ff00-0x08080000 is not in the flash of STM32F411xE, 0x08000000-0x0807ffff"},
    {"in-ram", NULL, 0x20000000, 100, spoil_nothing, INLAY_ERROR_IMAGE_MISPLACED, TRUE,
     "a.bin: 0x20000000-0x20000063 is not in the flash of STM32F411xE, 0x08000000-0x0807ffff"},
};

static void
test_refusal(Fixture *fixture, gconstpointer index)
{
    guint i = GPOINTER_TO_UINT(index);
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) job = refusals[i].partition != NULL ? new_layout_job(INLAY_JOB_FLASH)
                                                            : inlay_job_new(INLAY_JOB_FLASH);
    const char *path = write_file(fixture, "a.bin", refusals[i].size, 1);

    refusals[i].spoil(board);
    if (refusals[i].partition != NULL)
        add_content(job, refusals[i].partition, path);
    else
        add_file_at(job, path, refusals[i].addr);
    assert_fails(fixture, job, refusals[i].id);
    assert_blank(board, BANK, board->chip->flash.size);
    g_assert_cmpint(board->n_calls > 0, ==, refusals[i].needs_board);
    if (refusals[i].detail == NULL)
        return;
    g_autoptr(GString) detail = g_string_new(refusals[i].detail);
    g_string_replace(detail, "%s", path, 0);
    g_assert_cmpstr(fixture->error->message, ==, detail->str);
}

static void
test_two_images_in_one_place(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_FLASH);

    add_file_at(job, write_file(fixture, "a.bin", 0x101, 1), BANK);
    add_file_at(job, write_file(fixture, "b.bin", 0x100, 2), BANK + 0x100);
    assert_fails(fixture, job, INLAY_ERROR_IMAGE_OVERLAP);
    g_assert_cmpstr(fixture->error->message, ==,
                    "b.bin at 0x08000100-0x080001ff overlaps a.bin at 0x08000000-0x08000100");
    g_assert_cmpuint(board->n_calls, ==, 0);
}

/* A raw binary whose vectors point elsewhere, built for application 1 and given to application 2. */
static void
test_vectors_of_another_partition(Fixture *fixture, gconstpointer unused)
{
    static const guint8 vectors[64] = {0x00, 0x00, 0x02, 0x20, 0x41, 0x41, 0x00, 0x08};
    const char *path = name_file(fixture, "a.bin");
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) wrong = new_layout_job(INLAY_JOB_FLASH);
    g_autoptr(InlayJob) right = new_layout_job(INLAY_JOB_FLASH);

    g_assert_true(g_file_set_contents(path, (const char *)vectors, sizeof vectors, NULL));
    add_content(wrong, "application2", path);
    assert_fails(fixture, wrong, INLAY_ERROR_IMAGE_MISPLACED);
    g_assert_nonnull(strstr(fixture->error->message,
                            "its reset handler is at 0x08004140, partition application2 is "
                            "0x08024000-0x08043fff; it fits application1"));
    add_content(right, "application1", path);
    assert_runs(fixture, right);
    g_assert_cmpmem(board->flash + (APPLICATION1 - BANK), 8, vectors, 8);
}

/* A chip whose sectors are the largest, driven the slowest way: what is posted and not waited for ends
 * within the time that a worker may be silent. */
static void
test_silence(Fixture *fixture, gconstpointer unused)
{
    const InlayChip *chip = inlay_chip_find_by_name("STM32F429xI");
    g_autoptr(MemoryBoard) board = memory_board_new(chip);
    g_autoptr(InlayJob) erase = inlay_job_new(INLAY_JOB_ERASE);
    g_autoptr(InlayJob) flash = inlay_job_new(INLAY_JOB_FLASH);
    const char *image = write_file(fixture, "image.bin", chip->flash.size, 3);
    guint64 limit_us = inlay_budget_get_ms(INLAY_BUDGET_SILENCE) * G_GUINT64_CONSTANT(1000);

    board->identity.supply_mv = 1800;
    fill(board->flash, chip->flash.size, 41);
    erase->all = TRUE;
    assert_runs(fixture, erase);
    assert_blank(board, BANK, chip->flash.size);
    g_assert_cmpuint(board->row, ==, 0);
    g_assert_cmpuint(board->longest_us * (100 + INLAY_BUDGET_FLASH_MARGIN) / 100, <=, limit_us);

    fill(board->flash, chip->flash.size, 41);
    add_file_at(flash, image, BANK);
    assert_runs(fixture, flash);
    assert_holds(board, BANK, chip->flash.size, 3);
    g_assert_cmpuint(board->longest_us * (100 + INLAY_BUDGET_FLASH_MARGIN) / 100, <=, limit_us);
}

static void
test_a_byte_that_does_not_take(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) job = new_demo_job(fixture);

    board->stuck_addr = APPLICATION1 + 0x10;
    assert_fails(fixture, job, INLAY_ERROR_VERIFY_FAILED);
    assert_partitions(fixture, "selector written, application1 differs, application2 written");
}

static void
test_bytes_outside_that_change(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) job = new_layout_job(INLAY_JOB_FLASH);

    fill(board->flash, board->chip->flash.size, 40);
    add_content(job, "selector", write_file(fixture, "selector.bin", 100, 1));
    board->disturb_addr = APPLICATION1 + 0x10;
    assert_fails(fixture, job, INLAY_ERROR_OUTSIDE_CHANGED);
    assert_partitions(fixture, "selector written, application1 changed, application2 kept");
}

/* Whatever call fails, the error is the one that the call gave, the board is let go, and the same
 * job completes afterwards. */
static void
test_failure_of_each_call(Fixture *fixture, gconstpointer unused)
{
    static const InlayErrorId ids[] = {INLAY_ERROR_BOARD_LOST, INLAY_ERROR_ADAPTER_LOST,
                                       INLAY_ERROR_FLASH_TIMEOUT};
    guint n_calls = 0;

    for (guint call = 1; n_calls == 0 || call <= n_calls; call++) {
        g_autoptr(MemoryBoard) board = memory_board_new(&small_f4);
        g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_FLASH);
        fill(board->flash, board->chip->flash.size, 40);
        add_file_at(job, write_file(fixture, "a.bin", 700, 1), BANK + 100);
        board->fail_call = call;
        board->fail_id = ids[call % G_N_ELEMENTS(ids)];
        if (run(fixture, job, NULL)) {
            n_calls = call;
            break;
        }
        g_assert_error(fixture->error, INLAY_ERROR, (int)board->fail_id);
        g_assert_true(call == 1 || g_str_has_suffix(board->log->str, "end\n"));
        g_assert_cmpuint(board->n_open, ==, 0);
    }
    g_assert_cmpuint(n_calls, >, 10);
}

/* Power goes at every erase and at every unit programmed; the same job again completes. */
static void
test_power_cut_at_each_operation(Fixture *fixture, gconstpointer chip)
{
    const char *low = write_file(fixture, "low.bin", 700, 1);
    const char *high = write_file(fixture, "high.bin", 300, 2);
    gboolean completed = FALSE;
    guint cut;

    for (cut = 1; !completed; cut++) {
        g_autoptr(MemoryBoard) board = memory_board_new(chip);
        g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_FLASH);
        board->blank_only = chip == &small_f1;
        fill(board->flash, 700, 40);
        fill(board->flash + 1024, 300, 41);
        add_file_at(job, low, BANK);
        add_file_at(job, high, BANK + 1024);
        board->cut_operation = cut;
        completed = run(fixture, job, NULL);
        if (!completed)
            g_assert_error(fixture->error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST);
        memory_board_power(board);
        assert_runs(fixture, job);
        memory_board_age(board);
        assert_holds(board, BANK, 700, 1);
        assert_blank(board, BANK + 700, 1024 - 700);
        assert_holds(board, BANK + 1024, 300, 2);
    }
    g_assert_cmpuint(cut, >, 250);
}

/* The sector in hand is completed, the rest left, the board let go. */
static void
test_cancel(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = memory_board_new(&small_f1);
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_FLASH);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();

    board->cancellable = cancellable;
    board->cancel_operation = 10;
    add_file_at(job, write_file(fixture, "a.bin", 1024, 1), BANK);
    run(fixture, job, cancellable);
    g_assert_error(fixture->error, INLAY_ERROR, INLAY_ERROR_CANCELLED);
    g_assert_cmpstr(board->log->str, ==, "begin\nprogram 08000100+256\nend\n");
    g_cancellable_reset(cancellable);
    memory_board_power(board);
    assert_runs(fixture, job);
    assert_holds(board, BANK, 1024, 1);
}

/* Units of a family that programs only erased ones, shared between an image and bytes that are not
 * its own. */
static void
test_odd_edges(Fixture *fixture, gconstpointer chip)
{
    static const guint32 sizes[] = {1, 2, 3, 255, 256, 257};

    for (guint32 start = 0; start < 4; start++) {
        for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
            for (guint foreign = 0; foreign < 2; foreign++) {
                g_autoptr(MemoryBoard) board = memory_board_new(chip);
                g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_FLASH);
                guint32 addr = BANK + 300 + start;
                guint32 end = 300 + start + sizes[i];
                board->blank_only = chip == &small_f1;
                if (foreign)
                    fill(board->flash, 300 + start, 40);
                if (foreign)
                    fill(board->flash + end, 1024 - end, 41);
                add_file_at(job, write_file(fixture, "a.bin", sizes[i], 1), addr);
                assert_runs(fixture, job);
                assert_holds(board, addr, sizes[i], 1);
                if (foreign)
                    assert_holds(board, BANK, 300 + start, 40);
                if (foreign)
                    assert_holds(board, BANK + end, 1024 - end, 41);
                /* blank neighbours need no erase */
                g_assert_cmpint(foreign || strstr(board->log->str, "erase") == NULL, ==, TRUE);
            }
        }
    }
}

#define ADD(path, data, test) \
    g_test_add("/core/engine/" path, Fixture, data, set_up, test, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("three-images", NULL, test_three_images);
    ADD("shared-sector", NULL, test_a_shared_sector);
    ADD("rest-is-blank", NULL, test_the_rest_of_a_partition_is_blank);
    ADD("dry-run", NULL, test_dry_run);
    ADD("erase", NULL, test_erase);
    ADD("read", NULL, test_read);
    ADD("verify", NULL, test_verify);
    ADD("reset-and-info", NULL, test_reset_and_info_need_no_table);
    ADD("voltage", NULL, test_voltage);
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree char *path = g_strdup_printf("/core/engine/refusal/%s", refusals[i].name);
        g_test_add(path, Fixture, GUINT_TO_POINTER(i), set_up, test_refusal, tear_down);
    }
    ADD("two-images-in-one-place", NULL, test_two_images_in_one_place);
    ADD("vectors-of-another-partition", NULL, test_vectors_of_another_partition);
    ADD("silence", NULL, test_silence);
    ADD("a-byte-that-does-not-take", NULL, test_a_byte_that_does_not_take);
    ADD("bytes-outside-that-change", NULL, test_bytes_outside_that_change);
    ADD("failure-of-each-call", NULL, test_failure_of_each_call);
    ADD("power-cut/f4", &small_f4, test_power_cut_at_each_operation);
    ADD("power-cut/f1", &small_f1, test_power_cut_at_each_operation);
    ADD("cancel", NULL, test_cancel);
    ADD("odd-edges/f4", &small_f4, test_odd_edges);
    ADD("odd-edges/f1", &small_f1, test_odd_edges);
    return g_test_run();
}
