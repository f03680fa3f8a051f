/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/stlink-target.h"

#include <glib/gstdio.h>
#include <string.h>

#include "bench/link.h"
#include "core/error.h"

/* A job is traced on the bench, and done again against nothing but its trace. */

#define ADDR 0x08004000u
#define SIZE 3000u

typedef struct {
    BenchBoard *board;   /* NULL: there is none */
    BenchReplay *replay; /* NULL: the board is there */
    BenchStlink *probe;
    InlayAccess access;
} Desk;

static void
desk_init(Desk *desk, const char *kind, const char *trace)
{
    BenchBoardConfig board = {.name = "desk", .chip = "STM32F411CE", .supply_mv = 3300, .seed = 1};
    BenchStlinkConfig probe = {.kind = kind, .serial = "066DFF485550755187154321", .timed = TRUE};
    g_autoptr(GError) error = NULL;

    *desk = (Desk){.access.trace = g_strdup(trace)};
    probe.board = desk->board = bench_board_new(&board, &error);
    desk->probe = bench_stlink_new(&probe, &error);
    g_assert_no_error(error);
}

static void
desk_init_replay(Desk *desk, const char *trace)
{
    g_autoptr(GError) error = NULL;

    *desk = (Desk){.replay = bench_replay_load(trace, &error)};
    g_assert_no_error(error);
    BenchStlinkConfig probe = {
        .kind = bench_replay_get_kind(desk->replay),
        .serial = bench_replay_get_serial(desk->replay),
        .replay = desk->replay,
    };
    desk->probe = bench_stlink_new(&probe, &error);
    g_assert_no_error(error);
}

static void
desk_clear(Desk *desk)
{
    bench_stlink_free(desk->probe);
    bench_board_free(desk->board);
    bench_replay_free(desk->replay);
    inlay_access_clear(&desk->access);
}

/* Erases a sector, writes and checks it, lets go. (transfer full) The board that was found, or NULL. */
static char *
run_job(Desk *desk, guint8 seed, GError **error)
{
    g_autoptr(InlayTarget) target =
        inlay_stlink_target_new(bench_link_new(desk->probe), &desk->access, NULL, error);
    InlayIdentity identity = {0};
    InlayRange range = {ADDR, SIZE};
    InlayDigest digest;
    guint8 bytes[SIZE];
    char *found = NULL;

    for (guint i = 0; i < SIZE; i++)
        bytes[i] = (guint8)(i * 7 + i / 256 + seed);
    if (target != NULL && target->ops->identify(target, &identity, NULL, error) &&
        target->ops->begin(target, 2, NULL, error) &&
        target->ops->erase(target, inlay_chip_get_sector(identity.chip, 1), NULL, error) &&
        target->ops->program(target, ADDR, bytes, SIZE, NULL, error) &&
        target->ops->digest(target, &range, 1, &digest, NULL, error) &&
        target->ops->end(target, TRUE, error)) {
        g_assert_true(inlay_digest_equal(digest, inlay_digest_of(bytes, SIZE)));
        found = g_strdup_printf("%s %s 0x%08x %u mV", identity.adapter_kind, identity.chip->name,
                                identity.idcode, identity.supply_mv);
    }
    inlay_identity_clear(&identity);
    return found;
}

static char *
new_path(void)
{
    char *path = NULL;
    int fd = g_file_open_tmp("trace-XXXXXX", &path, NULL);

    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_unlink(path);
    return path;
}

static void
test_replay_is_as_it_was(void)
{
    static const char *const kinds[] = {"V2", "V2-1", "V3"};

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *path = new_path();
        g_autoptr(GError) error = NULL;
        GStatBuf status;
        Desk desk;

        desk_init(&desk, kinds[i], path);
        g_autofree char *recorded = run_job(&desk, 1, &error);
        g_assert_no_error(error);
        desk_clear(&desk);
        g_assert_cmpint(g_stat(path, &status), ==, 0);
        g_assert_cmpuint(status.st_mode & 0777, ==, 0600);

        desk_init_replay(&desk, path);
        g_autofree char *replayed = run_job(&desk, 1, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(replayed, ==, recorded);
        g_autofree char *trouble = bench_replay_describe_trouble(desk.replay);
        g_assert_cmpstr(trouble, ==, NULL);
        desk_clear(&desk);
        g_unlink(path);
    }
}

static void
test_another_job_is_noticed(void)
{
    g_autofree char *path = new_path();
    g_autoptr(GError) error = NULL;
    Desk desk;

    desk_init(&desk, "V2-1", path);
    g_autofree char *recorded = run_job(&desk, 1, &error);
    g_assert_nonnull(recorded);
    g_assert_no_error(error);
    desk_clear(&desk);

    desk_init_replay(&desk, path);
    g_assert_null(run_job(&desk, 2, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL);
    g_autofree char *trouble = bench_replay_describe_trouble(desk.replay);
    g_test_message("%s", trouble);
    g_assert_nonnull(strstr(trouble, " data "));
    desk_clear(&desk);
    g_unlink(path);
}

/* A trace of a failure fails in the same way, at the same place. */
static void
test_a_failure_comes_again(void)
{
    static const struct {
        BenchFault fault;
        InlayErrorId id;
    } cases[] = {
        {BENCH_FAULT_UNPLUG, INLAY_ERROR_ADAPTER_LOST},
        {BENCH_FAULT_STALL, INLAY_ERROR_ADAPTER_PROTOCOL},
        {BENCH_FAULT_MUTE, INLAY_ERROR_ADAPTER_MUTE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = new_path();
        g_autoptr(GError) error = NULL;
        g_autoptr(GError) again = NULL;
        Desk desk;

        desk_init(&desk, "V2-1", path);
        bench_stlink_fault_at(desk.probe, 60, cases[i].fault);
        g_assert_null(run_job(&desk, 1, &error));
        g_assert_error(error, INLAY_ERROR, (int)cases[i].id);
        desk_clear(&desk);

        desk_init_replay(&desk, path);
        g_assert_null(run_job(&desk, 1, &again));
        g_test_message("%s", again->message);
        g_assert_error(again, INLAY_ERROR, (int)cases[i].id);
        g_autofree char *trouble = bench_replay_describe_trouble(desk.replay);
        g_assert_cmpstr(trouble, ==, NULL);
        desk_clear(&desk);
        g_unlink(path);
    }
}

static void
test_a_file_that_cannot_be_written(void)
{
    g_autoptr(GError) error = NULL;
    Desk desk;

    desk_init(&desk, "V2-1", "/no/such/folder/trace");
    g_assert_null(run_job(&desk, 1, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_FILE);
    desk_clear(&desk);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transports/trace/replay-is-as-it-was", test_replay_is_as_it_was);
    g_test_add_func("/transports/trace/another-job-is-noticed", test_another_job_is_noticed);
    g_test_add_func("/transports/trace/a-failure-comes-again", test_a_failure_comes_again);
    g_test_add_func("/transports/trace/a-file-that-cannot-be-written",
                    test_a_file_that_cannot_be_written);
    return g_test_run();
}
