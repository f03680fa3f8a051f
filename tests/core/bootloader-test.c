/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine-fixture.h"

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
    ADD("progress", NULL, test_progress_within_a_sector);
    return g_test_run();
}
