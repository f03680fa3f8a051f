/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine-fixture.h"

#include <string.h>

#include "core/plan.h"
#include "small-chips.h"

/*
 * Boards that a bootloader on the chip stands before, or is part of.
 */

/* What the layout says of the wires holds until the job says something of them. */
static void
test_the_layout_fills_in(Fixture *fixture, gconstpointer unused)
{
    static const char layout[] = "name: n\n"
                                 "chip: STM32F411xE\n"
                                 "partitions:\n"
                                 "  - {name: a, base: 0x08000000, size: 16K}\n"
                                 "  - {name: b, base: 0x08004000, size: 16K}\n"
                                 "uart: {bootloader: a, starts: b, baud: 57600, nrst: rts}\n";
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_ERASE);

    job->layout = g_strdup(name_file(fixture, "layout.yaml"));
    g_assert_true(g_file_set_contents(job->layout, layout, -1, NULL));
    g_ptr_array_add(job->names, g_strdup("b"));
    assert_runs(fixture, job);
    g_assert_cmpuint(board->access.baud, ==, 57600);
    g_assert_cmpuint(board->access.dtr_wire, ==, INLAY_WIRE_NONE);
    g_assert_cmpuint(board->access.rts_wire, ==, INLAY_WIRE_NRST);
    job->access.baud = 9600;
    job->access.dtr_wire = INLAY_WIRE_BUTTON;
    assert_runs(fixture, job);
    g_assert_cmpuint(board->access.baud, ==, 9600);
    g_assert_cmpuint(board->access.dtr_wire, ==, INLAY_WIRE_BUTTON);
    g_assert_cmpuint(board->access.rts_wire, ==, INLAY_WIRE_NONE);
}

/* -- what boots is never started half-written -- */

#define SIZE 2048u /* of the small chips' flash */
#define OLD 40     /* seed of what was there */

/* What boots begins in sector 1 of either chip. A job writes all of it, or a part in a later sector,
 * so that the first has nothing but others' bytes; or it writes both, and what it writes into the
 * first is there already. */
static const struct {
    const char *name;
    const InlayChip *chip;
    guint32 boots;
    guint32 size; /* of the file that is written */
    guint32 offset;
    gboolean is_same_first;
} updates[] = {
    {"all/f4", &small_f4, 0x80, 0x700, 0x80, FALSE},
    {"all/f1", &small_f1, 0x100, 0x500, 0x100, FALSE},
    {"later-sector/f4", &small_f4, 0x80, 100, 0x1c0, FALSE},
    {"later-sector/f1", &small_f1, 0x100, 100, 0x390, FALSE},
    {"same-first/f4", &small_f4, 0x80, 0x200, 0x80, TRUE},
    {"same-first/f1", &small_f1, 0x100, 0x300, 0x100, TRUE},
};

typedef struct {
    MemoryBoard *board;
    InlayJob *job;
    InlayRange boots;
    guint8 old[SIZE], new[SIZE];
} Update;

static void
update_init(Update *update, Fixture *fixture, guint which)
{
    const InlayChip *chip = updates[which].chip;
    guint32 offset = updates[which].offset, size = updates[which].size;
    const char *path = name_file(fixture, "new.bin");

    update->board = memory_board_new(chip);
    update->board->blank_only = chip == &small_f1;
    update->boots = (InlayRange){BANK + updates[which].boots, SIZE - updates[which].boots};
    update->board->identity.boots = update->boots;
    fill(update->old, SIZE, OLD);
    memcpy(update->board->flash, update->old, SIZE);
    memcpy(update->new, update->old, SIZE);
    fill(update->new + offset, size, 1);
    if (updates[which].is_same_first)
        memcpy(update->new + offset, update->old + offset, size - 16);
    g_assert_true(g_file_set_contents(path, (char *)update->new + offset, size, NULL));
    update->job = inlay_job_new(INLAY_JOB_FLASH);
    add_file_at(update->job, path, BANK + offset);
}

static void
update_clear(Update *update)
{
    memory_board_free(update->board);
    inlay_job_free(update->job);
}

/* With the vectors of either program all that boots is that program. */
static void
assert_starts_nothing_else(const Update *update)
{
    guint32 offset = update->boots.addr - BANK;
    const guint8 *now = update->board->flash + offset;
    const guint8 *old = update->old + offset, *new = update->new + offset;
    gboolean is_whole =
        memcmp(now, old, update->boots.size) == 0 || memcmp(now, new, update->boots.size) == 0;

    if (memcmp(now, old, INLAY_PLAN_VECTORS) == 0 || memcmp(now, new, INLAY_PLAN_VECTORS) == 0)
        g_assert_true(is_whole);
}

/* TRUE: it ended before it came to be cut. */
static gboolean
run_cut(Fixture *fixture, Update *update, guint operation)
{
    memory_board_power(update->board);
    g_rand_set_seed(update->board->rand, operation);
    update->board->cut_operation = operation;
    gboolean completed = run(fixture, update->job, NULL);
    if (!completed)
        g_assert_error(fixture->error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST);
    memory_board_power(update->board);
    assert_starts_nothing_else(update);
    memory_board_age(update->board);
    assert_starts_nothing_else(update);
    return completed;
}

/* Each operation of the run, and of the retry of a run that was cut in its middle. */
static void
test_what_boots_is_cut(Fixture *fixture, gconstpointer which)
{
    gboolean completed = FALSE;
    guint n = 1;

    for (; !completed; n++) {
        Update update;
        update_init(&update, fixture, GPOINTER_TO_UINT(which));
        completed = run_cut(fixture, &update, n);
        assert_runs(fixture, update.job);
        g_assert_cmpmem(update.board->flash, SIZE, update.new, SIZE);
        update_clear(&update);
    }
    completed = FALSE;
    for (guint second = 1; !completed; second++) {
        Update update;
        update_init(&update, fixture, GPOINTER_TO_UINT(which));
        run_cut(fixture, &update, n / 2);
        completed = run_cut(fixture, &update, second);
        assert_runs(fixture, update.job);
        g_assert_cmpmem(update.board->flash, SIZE, update.new, SIZE);
        update_clear(&update);
    }
}

/* Who cancels meanwhile is told that the program is gone until the job has run. */
static void
test_what_boots_is_cancelled(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    Update update;

    update_init(&update, fixture, 0);
    update.board->cancellable = cancellable;
    update.board->cancel_operation = 2;
    g_assert_false(run(fixture, update.job, cancellable));
    g_assert_error(fixture->error, INLAY_ERROR, INLAY_ERROR_CANCELLED);
    g_assert_cmpstr(fixture->error->message, ==,
                    "what boots from 0x08000080 is erased until the job has run to its end: "
                    "cancelled by the user or the station");
    assert_blank(update.board, BANK + 0x80, 0x80);
    memory_board_power(update.board);
    assert_runs(fixture, update.job);
    g_assert_cmpmem(update.board->flash, SIZE, update.new, SIZE);
    update_clear(&update);
}

/* A layout says the same of a board that an ST-LINK reaches. The vectors come last of all. */
static void
test_the_layout_says_what_boots(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F407xG"));
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_FLASH);

    fill(board->flash, 0x20000, OLD);
    job->layout = g_build_filename(g_getenv("LAYOUTS"), "f407-uart-bootloader.yaml", NULL);
    add_content(job, "application", write_file(fixture, "application.bin", 40000, 1));
    assert_runs(fixture, job);
    g_assert_cmpstr(board->log->str, ==,
                    "begin\n"
                    "erase 2\n"
                    "erase 3\n"
                    "program 0800c000+16384\n"
                    "erase 4\n"
                    "program 08010000+65536\n"
                    "program 08008008+16376\n"
                    "program 08008000+8\n"
                    "end\n");
    assert_holds(board, 0x08008000, 40000, 1);
    assert_holds(board, BANK, 0x8000, OLD);
}

/* -- what a bootloader on the chip can, and cannot -- */

#define APPLICATION 0x08008000u

/* An F407 with a bootloader in sectors 0 and 1, an application, and nothing else. */
static MemoryBoard *
new_uart_board(void)
{
    MemoryBoard *board = memory_board_new(inlay_chip_find_by_name("STM32F407xG"));

    board->identity.own = (InlayRange){BANK, 0x8000};
    board->identity.boots = (InlayRange){APPLICATION, 0xf8000};
    board->identity.is_inside = TRUE;
    fill(board->flash, 0x8000, OLD);
    fill(board->flash + 0x8000, 50000, OLD);
    return board;
}

static InlayJob *
new_uart_job(InlayJobKind kind)
{
    InlayJob *job = inlay_job_new(kind);

    job->layout = g_build_filename(g_getenv("LAYOUTS"), "f407-uart-bootloader.yaml", NULL);
    return job;
}

static const char *
get_outside(const Fixture *fixture)
{
    return json_object_get_string_member_with_default(
        fixture->events->pdata[fixture->events->len - 1], "outside", "");
}

/* A job may name the bootloader as long as it is the one that is there. */
static void
test_it_does_not_replace_itself(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = new_uart_board();
    g_autoptr(InlayJob) same = new_uart_job(INLAY_JOB_FLASH);
    g_autoptr(InlayJob) other = new_uart_job(INLAY_JOB_FLASH);
    const char *application = write_file(fixture, "application.bin", 40000, 1);

    add_content(same, "bootloader", write_file(fixture, "old.bin", 0x8000, OLD));
    add_content(same, "application", application);
    assert_runs(fixture, same);
    assert_partitions(fixture, "bootloader equal, application written");
    g_assert_cmpstr(get_outside(fixture), ==, "unchanged");
    memory_board_power(board);
    add_content(other, "bootloader", write_file(fixture, "new.bin", 0x8000, 2));
    add_content(other, "application", application);
    assert_fails(fixture, other, INLAY_ERROR_SECTOR_PROTECTED);
    g_assert_cmpstr(fixture->error->message, ==,
                    "the bootloader at 0x08000000-0x08007fff does not replace itself, and an "
                    "ST-LINK does: sector 1 at 0x08004000 (bootloader), 0 at 0x08000000 "
                    "(bootloader)");
    g_assert_cmpstr(board->log->str, ==, "begin\nend\n");
}

static void
test_erase_all_spares_it(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = new_uart_board();
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_ERASE);

    job->all = TRUE;
    assert_runs(fixture, job);
    assert_partitions(fixture, "bootloader kept, flash erased");
    assert_holds(board, BANK, 0x8000, OLD);
    assert_blank(board, APPLICATION, 0xf8000);
    g_assert_cmpstr(board->log->str, ==, "begin\nerase 2\nerase 3\nerase 4\nend\n");
}

/* At level 1 and 2 the bootloader writes and compares whole sectors, and nobody reads. */
static void
test_read_protection(Fixture *fixture, gconstpointer level)
{
    g_autoptr(MemoryBoard) board = new_uart_board();
    g_autoptr(InlayJob) job = new_uart_job(INLAY_JOB_FLASH);
    g_autoptr(InlayJob) erase = inlay_job_new(INLAY_JOB_ERASE);
    gboolean is_sealed = GPOINTER_TO_UINT(level) == 2;
    InlayErrorId locked = is_sealed ? INLAY_ERROR_CHIP_SEALED : INLAY_ERROR_CHIP_LOCKED;

    board->identity.rdp_level = GPOINTER_TO_UINT(level);
    add_content(job, "application", write_file(fixture, "application.bin", 40000, 1));
    assert_runs(fixture, job);
    assert_holds(board, APPLICATION, 40000, 1);
    job->kind = INLAY_JOB_VERIFY;
    assert_runs(fixture, job);
    job->kind = INLAY_JOB_DIFF;
    assert_fails(fixture, job, locked);
    erase->all = TRUE;
    assert_runs(fixture, erase);
    erase->kind = INLAY_JOB_OPTION_SET;
    g_ptr_array_add(erase->fields, g_strdup("wrp=0-1"));
    if (is_sealed)
        assert_fails(fixture, erase, INLAY_ERROR_CHIP_SEALED);
    else
        assert_runs(fixture, erase);
    erase->kind = INLAY_JOB_UNLOCK;
    assert_fails(fixture, erase,
                 is_sealed ? INLAY_ERROR_CHIP_SEALED : INLAY_ERROR_BOOTLOADER_REFUSED);
}

/* What would have to be read, or be summed up in part, is refused before anything is touched. */
static void
test_read_protection_needs_whole_sectors(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = new_uart_board();
    g_autoptr(InlayJob) part = inlay_job_new(INLAY_JOB_FLASH);
    g_autoptr(InlayJob) later = inlay_job_new(INLAY_JOB_FLASH);

    board->identity.rdp_level = 1;
    add_file_at(part, write_file(fixture, "part.bin", 1000, 1), APPLICATION);
    assert_fails(fixture, part, INLAY_ERROR_CHIP_LOCKED);
    g_assert_true(g_str_has_prefix(fixture->error->message,
                                   "read protection level 1: whole sectors expected, found "
                                   "0x08008000-0x080083e7, a part of sector 2"));
    /* the vectors of what boots are in sector 2, and would have to be written back */
    add_file_at(later, write_file(fixture, "later.bin", 0x4000, 1), APPLICATION + 0x4000);
    assert_fails(fixture, later, INLAY_ERROR_CHIP_LOCKED);
    g_assert_cmpstr(fixture->error->message, ==,
                    "read protection level 1: bytes to preserve cannot be read in sector 2 at "
                    "0x08008000");
    g_assert_cmpstr(board->log->str, ==, "end\nbegin\nend\n");
}

/* Where a sum costs as much as reading, only what is written is summed up, and that is said. */
static void
test_outside_is_not_observed(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = new_uart_board();
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_FLASH);

    board->identity.own = board->identity.boots = (InlayRange){0};
    board->identity.reads_back = TRUE;
    add_file_at(job, write_file(fixture, "a.bin", 100, 1), APPLICATION + 0x8000);
    assert_runs(fixture, job);
    g_assert_cmpuint(board->n_digested, ==, 2 * 0x10000);
    g_assert_cmpstr(get_outside(fixture), ==, "not observed");
    assert_holds(board, APPLICATION + 0x8000, 100, 1);
    board->disturb_addr = BANK + 4;
    job->layout = g_build_filename(g_getenv("LAYOUTS"), "f407-uart-bootloader.yaml", NULL);
    g_ptr_array_set_size(job->contents, 0);
    add_content(job, "application", write_file(fixture, "b.bin", 1000, 2));
    assert_runs(fixture, job);
    assert_partitions(fixture, "bootloader unobserved, application written");
    job->paranoid = TRUE;
    board->n_digested = 0;
    g_ptr_array_set_size(job->contents, 0);
    add_content(job, "application", write_file(fixture, "c.bin", 1000, 3));
    assert_fails(fixture, job, INLAY_ERROR_OUTSIDE_CHANGED);
    g_assert_cmpuint(board->n_digested, ==, 2 * board->chip->flash.size);
}

/* Without an id nothing can be kept for the chip: what would have to be is not touched. */
static void
test_a_chip_without_an_id(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = new_uart_board();
    g_autoptr(InlayJob) part = inlay_job_new(INLAY_JOB_FLASH);
    g_autoptr(InlayJob) whole = new_uart_job(INLAY_JOB_FLASH);

    board->identity.has_no_uid = TRUE;
    memset(board->identity.uid, 0, sizeof board->identity.uid);
    add_file_at(part, write_file(fixture, "part.bin", 1000, 1), APPLICATION);
    assert_fails(fixture, part, INLAY_ERROR_RESCUE_UNWRITABLE);
    g_assert_nonnull(strstr(fixture->error->message, "does not tell the chip's unique id"));
    g_assert_cmpstr(board->log->str, ==, "begin\nend\n");
    add_content(whole, "application", write_file(fixture, "whole.bin", 40000, 1));
    assert_runs(fixture, whole);
    assert_holds(board, APPLICATION, 40000, 1);
}

/* A chip's size that cannot be had is the layout's; without one there is nothing to go by. */
static void
test_a_chip_of_unknown_size(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = new_uart_board();
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_ERASE);

    board->identity.chip = NULL;
    board->identity.flash_kib = 0;
    job->all = TRUE;
    assert_fails(fixture, job, INLAY_ERROR_CHIP_UNKNOWN);
    g_assert_nonnull(strstr(fixture->error->message, "a layout that names the chip expected"));
    g_assert_null(board->access.chip);
    job->layout = g_build_filename(g_getenv("LAYOUTS"), "f407-uart-bootloader.yaml", NULL);
    run(fixture, job, NULL);
    g_assert_true(board->access.chip == board->chip);
}

/* A sector that takes long shows how far it is, and the bar never goes back. */
static void
test_progress_within_a_sector(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_FLASH);
    gint64 last = -1;
    guint n_within = 0;

    board->tells_moved = TRUE;
    add_file_at(job, write_file(fixture, "a.bin", 128 * 1024, 1), BANK + 0x20000);
    assert_runs(fixture, job);
    for (guint i = 0; i < fixture->events->len; i++) {
        JsonObject *event = fixture->events->pdata[i];
        if (!g_str_equal(get_kind(fixture, i), "progress") ||
            !g_str_equal(json_object_get_string_member(event, "phase"), "write"))
            continue;
        gint64 done = json_object_get_int_member(event, "done");
        g_assert_cmpint(done, >=, last);
        last = done;
        n_within += done > 0 && done < 128 * 1024;
    }
    g_assert_cmpint(last, ==, 128 * 1024);
    g_assert_cmpuint(n_within, >, 0);
}

#define ADD(path, data, test) \
    g_test_add("/core/bootloader/" path, Fixture, data, set_up, test, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("layout-fills-in", NULL, test_the_layout_fills_in);
    for (guint i = 0; i < G_N_ELEMENTS(updates); i++) {
        g_autofree char *path = g_strdup_printf("/core/bootloader/cut/%s", updates[i].name);
        g_test_add(path, Fixture, GUINT_TO_POINTER(i), set_up, test_what_boots_is_cut, tear_down);
    }
    ADD("cancel", NULL, test_what_boots_is_cancelled);
    ADD("layout-says", NULL, test_the_layout_says_what_boots);
    ADD("own", NULL, test_it_does_not_replace_itself);
    ADD("erase-all", NULL, test_erase_all_spares_it);
    ADD("read-protection/1", GUINT_TO_POINTER(1), test_read_protection);
    ADD("read-protection/2", GUINT_TO_POINTER(2), test_read_protection);
    ADD("read-protection/parts", NULL, test_read_protection_needs_whole_sectors);
    ADD("outside", NULL, test_outside_is_not_observed);
    ADD("no-id", NULL, test_a_chip_without_an_id);
    ADD("no-size", NULL, test_a_chip_of_unknown_size);
    ADD("progress", NULL, test_progress_within_a_sector);
    return g_test_run();
}
