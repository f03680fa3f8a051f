/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/longtail.h"

#include <string.h>

#include <glib/gstdio.h>

#include "bench/chips.h"
#include "bench/link.h"
#include "core/engine.h"
#include "core/error.h"
#include "core/job.h"
#include "transports/stlink-probe.h"
#include "transports/stlink-target.h"

/* Whole jobs on a chip outside the table: the engine, libstlink's flash code, and the bench's L432. */

#define FLASH 0x08000000u
#define SIZE (256u * 1024)
#define PAGE 2048u
#define EDIT_ADDR 0x08000805u /* odd, in page 1; what is written ends in page 2 */
#define EDIT_SIZE 2501u
#define READMEM32 0x07
#define READMEM8 0x0c
#define READDEBUGREG 0x36

typedef struct {
    BenchBoard *board;
    BenchStlink *probe;
    char *folder;
    char *file;
    GPtrArray *events;         /* of JsonObject */
    GError *error;             /* of the last run */
    GCancellable *cancellable; /* NULL: nobody cancels; else at this event */
    guint cancel_at;
    guint64 phases[2]; /* transfers at which writing and verifying have begun */
    guint8 expected[SIZE];
    gint lie_at;   /* the memory read whose reply gets a wrong bit; -1: none */
    guint lie_op;  /* what is counted */
    guint n_reads; /* of that kind */
} Desk;

/* -- a link that lies once -- */

typedef struct {
    InlayLink base;
    InlayLink *inner;
    Desk *desk;
} Liar;

static gboolean
lie(InlayLink *link,
    const guint8 *command,
    gsize command_size,
    const guint8 *out,
    gsize out_size,
    guint8 *in,
    gsize in_size,
    guint timeout_ms,
    GCancellable *cancellable,
    GError **error)
{
    Liar *self = (Liar *)link;
    Desk *desk = self->desk;

    if (!self->inner->ops->exchange(self->inner, command, command_size, out, out_size, in, in_size,
                                    timeout_ms, cancellable, error))
        return FALSE;
    if (command[0] == 0xf2 && command[1] == desk->lie_op && (gint)desk->n_reads++ == desk->lie_at)
        in[desk->lie_op == READDEBUGREG ? 4 : in_size / 2] ^= 0x10;
    return TRUE;
}

static void
liar_free(InlayLink *link)
{
    Liar *self = (Liar *)link;

    self->inner->ops->free(self->inner);
    g_free(self);
}

static const InlayLinkOps liar_ops = {.exchange = lie, .free = liar_free};

static InlayLink *
new_liar(Desk *desk)
{
    Liar *self = g_new0(Liar, 1);

    self->inner = bench_link_new(desk->probe);
    self->base = *self->inner;
    self->base.ops = &liar_ops;
    self->desk = desk;
    desk->n_reads = 0;
    return &self->base;
}

/* -- a desk -- */

static Desk *desk_of_run;

static InlayTarget *
open_desk(const InlayAccess *access, GCancellable *cancellable, GError **error)
{
    return inlay_stlink_target_new(new_liar(desk_of_run), access, cancellable, error);
}

static void
put_file(Desk *desk, guint8 seed)
{
    guint8 bytes[EDIT_SIZE];

    for (guint i = 0; i < EDIT_SIZE; i++)
        bytes[i] = i / 300 % 3 == 0 ? 0xff : (guint8)(i * 11 + seed);
    g_assert_true(g_file_set_contents(desk->file, (char *)bytes, sizeof bytes, NULL));
    memcpy(desk->expected + (EDIT_ADDR - FLASH), bytes, sizeof bytes);
}

/* A used flash: nothing in it is blank, but for every fourth page. */
static void
use_flash(Desk *desk)
{
    gsize size;
    guint8 *flash = bench_board_get_flash(desk->board, &size);

    g_assert_cmpuint(size, ==, SIZE);
    for (guint i = 0; i < SIZE; i++)
        desk->expected[i] = i / PAGE % 4 == 3 ? 0xff : (guint8)((i * 7 + (i >> 8)) % 251);
    memcpy(flash, desk->expected, SIZE);
    bench_board_flash_changed(desk->board);
    bench_board_set_power(desk->board, FALSE);
    bench_board_set_power(desk->board, TRUE);
}

static void
note_phase(Desk *desk, const char *phase)
{
    guint64 transfers = bench_stlink_get_counters(desk->probe)->transfers;

    if (g_str_equal(phase, "write"))
        desk->phases[0] = transfers;
    else if (g_str_equal(phase, "verify"))
        desk->phases[1] = transfers;
}

static void
collect(JsonObject *event, gpointer user_data)
{
    Desk *desk = user_data;

    if (desk->events->len == desk->cancel_at && desk->cancellable != NULL)
        g_cancellable_cancel(desk->cancellable);
    if (g_str_equal(json_object_get_string_member(event, "event"), "phase"))
        note_phase(desk, json_object_get_string_member(event, "phase"));
    g_ptr_array_add(desk->events, json_object_ref(event));
}

static Desk *
desk_new(void)
{
    BenchBoardConfig board = {.name = "desk", .chip = "STM32L432KC", .supply_mv = 3300, .seed = 1};
    BenchStlinkConfig probe = {.kind = "V2-1", .serial = "066DFF485550755187154321", .timed = TRUE};
    Desk *desk = g_new0(Desk, 1);
    g_autoptr(GError) error = NULL;

    /* in memory where that is possible: each run syncs its rescue file */
    desk->folder = g_mkdtemp(g_strdup("/dev/shm/inlay-test-XXXXXX"));
    if (desk->folder == NULL)
        desk->folder = g_dir_make_tmp("inlay-test-XXXXXX", NULL);
    desk->file = g_build_filename(desk->folder, "edit.bin", NULL);
    g_setenv("INLAY_RESCUE_DIR", desk->folder, TRUE);
    desk->board = bench_board_new(&board, &error);
    g_assert_no_error(error);
    probe.board = desk->board;
    desk->probe = bench_stlink_new(&probe, &error);
    g_assert_no_error(error);
    desk->events = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);
    desk->lie_at = -1;
    desk->lie_op = READMEM32;
    use_flash(desk);
    put_file(desk, 0);
    return desk;
}

/* How many rescue files there were. */
static guint
empty_folder(Desk *desk)
{
    g_autoptr(GDir) dir = g_dir_open(desk->folder, 0, NULL);
    const char *name;
    guint n = 0;

    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(desk->folder, name, NULL);
        n += g_str_has_suffix(name, ".rescue");
        g_unlink(path);
    }
    return n;
}

static void
desk_free(Desk *desk)
{
    empty_folder(desk);
    g_rmdir(desk->folder);
    g_free(desk->folder);
    g_free(desk->file);
    g_ptr_array_unref(desk->events);
    g_clear_error(&desk->error);
    bench_stlink_free(desk->probe);
    bench_board_free(desk->board);
    g_free(desk);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Desk, desk_free)

static gboolean
run(Desk *desk, InlayJobKind kind, GCancellable *cancellable)
{
    g_autoptr(InlayJob) job = inlay_job_new(kind);
    InlayEventSink sink = {collect, desk};

    if (kind == INLAY_JOB_ERASE) {
        job->all = TRUE;
    } else {
        g_autofree char *argument = g_strdup_printf("%s@0x%08x", desk->file, EDIT_ADDR);
        g_ptr_array_add(job->contents, inlay_content_parse(argument, FALSE, NULL));
    }
    desk_of_run = desk;
    g_clear_error(&desk->error);
    g_ptr_array_set_size(desk->events, 0);
    return inlay_engine_run(job, open_desk, &sink, cancellable, &desk->error);
}

/* Every byte of the flash, the file's and its neighbours', and the board runs. */
static void
assert_as_expected(Desk *desk)
{
    gsize size;
    const guint8 *flash = bench_board_get_flash(desk->board, &size);
    guint32 dhcsr = 0;

    for (guint i = 0; i < SIZE; i++)
        if (flash[i] != desk->expected[i])
            g_error("0x%08x: 0x%02x expected, found 0x%02x", FLASH + i, desk->expected[i],
                    flash[i]);
    g_assert_cmpint(bench_board_debug_read(desk->board, 0xe000edf0, 4, &dhcsr), ==, BENCH_DEBUG_OK);
    g_assert_cmphex(dhcsr & 0x2000f, ==, 0);
}

static void
assert_passes(Desk *desk, InlayJobKind kind)
{
    run(desk, kind, NULL);
    g_assert_no_error(desk->error);
    assert_as_expected(desk);
}

/* -- tests -- */

static void
test_job(void)
{
    g_autoptr(Desk) desk = desk_new();
    guint n_warnings = 0;

    assert_passes(desk, INLAY_JOB_FLASH);
    for (guint i = 0; i < desk->events->len; i++) {
        JsonObject *event = desk->events->pdata[i];
        if (!g_str_equal(json_object_get_string_member(event, "event"), "warning"))
            continue;
        const char *message = json_object_get_string_member(event, "message");
        n_warnings += strstr(message, "through libstlink") != NULL;
        g_assert_nonnull(strstr(message, "STM32L43x/L44x"));
    }
    g_assert_cmpuint(n_warnings, ==, 1);
    g_assert_cmpuint(bench_board_get_counters(desk->board)->erases, ==, 2);

    assert_passes(desk, INLAY_JOB_VERIFY);
    assert_passes(desk, INLAY_JOB_FLASH); /* nothing differs */
    g_assert_cmpuint(bench_board_get_counters(desk->board)->erases, ==, 2);
    memset(desk->expected, 0xff, SIZE);
    assert_passes(desk, INLAY_JOB_ERASE);
    put_file(desk, 1);
    assert_passes(desk, INLAY_JOB_FLASH); /* blank: programmed without an erase */
    g_assert_cmpuint(bench_board_get_counters(desk->board)->sector_erases[1], ==, 2);
    g_assert_cmpuint(empty_folder(desk), ==, 0);
}

static void
test_stuck_flash(void)
{
    g_autoptr(Desk) desk = desk_new();
    gint64 start = g_get_monotonic_time();

    bench_board_stick_busy(desk->board, TRUE);
    g_assert_false(run(desk, INLAY_JOB_FLASH, NULL));
    g_assert_error(desk->error, INLAY_ERROR, INLAY_ERROR_FLASH_TIMEOUT);
    g_test_message("%s", desk->error->message);
    g_assert_cmpint(g_get_monotonic_time() - start, <, 30 * G_USEC_PER_SEC);
    bench_board_stick_busy(desk->board, FALSE);
    bench_board_set_power(desk->board, FALSE);
    bench_board_set_power(desk->board, TRUE);
    assert_passes(desk, INLAY_JOB_FLASH);
}

static void
test_write_protected(void)
{
    g_autoptr(Desk) desk = desk_new();

    bench_board_protect(desk->board, 0, 1u << 2);
    g_assert_false(run(desk, INLAY_JOB_FLASH, NULL));
    g_assert_error(desk->error, INLAY_ERROR, INLAY_ERROR_FLASH_FAILED);
    g_test_message("%s", desk->error->message);
    g_assert_nonnull(strstr(desk->error->message, "0x08001000"));
    g_assert_nonnull(strstr(desk->error->message, "write protected"));
    bench_board_protect(desk->board, 0, 0);
    assert_passes(desk, INLAY_JOB_FLASH);
}

static void
test_locked(void)
{
    g_autoptr(Desk) desk = desk_new();
    g_autofree guint8 *before = NULL;
    gsize size;
    const guint8 *flash = bench_board_get_flash(desk->board, &size);

    before = g_memdup2(flash, size);
    bench_board_protect(desk->board, 1, 0);
    g_assert_false(run(desk, INLAY_JOB_FLASH, NULL));
    g_assert_error(desk->error, INLAY_ERROR, INLAY_ERROR_CHIP_LOCKED);
    g_assert_nonnull(strstr(desk->error->message, "STM32L43x/L44x"));
    g_assert_cmpmem(flash, size, before, size);
}

/* After a fault anywhere, and `closer` times closer together while libstlink writes: an error or a whole
 * job, and the next run ends with all bytes right. */
static void
check_fault_everywhere(BenchFault fault, guint stride, guint closer)
{
    guint failures = 0, runs = 0;
    guint n = (guint)g_test_rand_int_range(0, (gint32)stride);
    g_autoptr(Desk) desk = desk_new();
    guint64 write, verify;

    assert_passes(desk, INLAY_JOB_FLASH);
    write = desk->phases[0];
    verify = desk->phases[1];
    for (gboolean struck = TRUE; struck; runs++) {
        guint64 before = bench_stlink_get_counters(desk->probe)->transfers;

        use_flash(desk);
        put_file(desk, (guint8)n);
        bench_stlink_fault_at(desk->probe, n, fault);
        if (run(desk, INLAY_JOB_FLASH, NULL))
            assert_as_expected(desk);
        else
            failures++;
        struck = bench_stlink_get_counters(desk->probe)->transfers - before > n;
        bench_stlink_plug(desk->probe);
        assert_passes(desk, INLAY_JOB_FLASH);
        g_assert_cmpuint(empty_folder(desk), ==, 0);
        n += n + stride > write && n < verify ? stride / closer : stride;
    }
    g_test_message("%u failures in %u runs, writing from transfer %u to %u", failures, runs,
                   (guint)write, (guint)verify);
    g_assert_cmpuint(failures, >, (verify - write) / (stride / closer));
}

static void
test_unplugged(void)
{
    check_fault_everywhere(BENCH_FAULT_UNPLUG, 60, 12);
}

static void
test_dropped(void)
{
    check_fault_everywhere(BENCH_FAULT_DROP, 110, 10);
}

static void
test_power_cuts(void)
{
    g_autoptr(Desk) desk = desk_new();

    for (guint n = 0, cut = TRUE; cut; n += n < 4 ? 1 : 97) {
        use_flash(desk);
        put_file(desk, (guint8)n);
        bench_board_cut_power_at(desk->board, n, FALSE);
        cut = !run(desk, INLAY_JOB_FLASH, NULL);
        bench_board_set_power(desk->board, TRUE);
        assert_passes(desk, INLAY_JOB_FLASH);
    }
}

/* A reply with one wrong bit, once: never believed. */
static void
check_lies(guint op, guint stride)
{
    guint failures = 0, n_reads;
    g_autoptr(Desk) desk = desk_new();
    guint n = (guint)g_test_rand_int_range(0, (gint32)stride);

    desk->lie_op = op;
    do {
        use_flash(desk);
        put_file(desk, (guint8)n);
        desk->lie_at = (gint)n;
        if (run(desk, INLAY_JOB_FLASH, NULL))
            assert_as_expected(desk);
        else
            failures++;
        n_reads = desk->n_reads;
        desk->lie_at = -1;
        if (desk->error != NULL && failures == 1)
            g_test_message("read %u: %s", n, desk->error->message);
        assert_passes(desk, INLAY_JOB_FLASH);
        n += stride;
    } while (n < n_reads + stride);
    g_test_message("%u failures, %u reads apart, %u reads", failures, stride, n);
}

static void
test_lying_reads(void)
{
    check_lies(READMEM32, 13);
}

static void
test_lying_registers(void)
{
    check_lies(READDEBUGREG, 7);
}

/* One sector is erased, and bytes at an odd address written into it: nothing else changes. */
static void
check_sector(BenchBoard *board, InlayFlasher *flasher, InlaySector sector)
{
    static const guint8 bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    guint32 at = sector.range.size / 2 + 3;
    g_autoptr(GError) error = NULL;
    InlayDigest digest;
    gsize size;
    const guint8 *flash = bench_board_get_flash(board, &size);
    g_autofree guint8 *expected = g_memdup2(flash, size);
    guint8 *cells = expected + (sector.range.addr - FLASH);

    memset(cells, 0xff, sector.range.size);
    memcpy(cells + at, bytes, sizeof bytes);
    flasher->ops->erase(flasher, sector, NULL, &error);
    g_assert_no_error(error);
    flasher->ops->program(flasher, sector.range.addr + at, bytes, sizeof bytes, NULL, &error);
    g_assert_no_error(error);
    flasher->ops->digest(flasher, &sector.range, 1, &digest, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(inlay_digest_equal(digest, inlay_digest_of(cells, sector.range.size)));
    g_assert_true(memcmp(flash, expected, size) == 0);
}

static void
check_sectors(BenchBoard *board, InlayCortexm *core, InlayLongtail *longtail, const InlayChip *chip)
{
    const InlayFlash *flash = inlay_longtail_get_flash(longtail);
    guint n = inlay_chip_get_n_sectors(chip);
    const guint sectors[] = {0, 1, 4, MIN(5, n - 1), n / 2, n - 1};
    g_autoptr(GError) error = NULL;
    InlayFlasher *flasher;
    gsize size;

    memset(bench_board_get_flash(board, &size), 0x42, chip->flash.size);
    bench_board_flash_changed(board);
    g_assert_cmpuint(size, ==, chip->flash.size);
    inlay_cortexm_reset_and_halt(core, flash->freeze_addr, flash->freeze_bits, NULL, &error);
    g_assert_no_error(error);
    flasher =
        flash->start(core, chip, flash, inlay_chip_find_voltage_row(chip, 3300), NULL, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < G_N_ELEMENTS(sectors); i++)
        check_sector(board, flasher, inlay_chip_get_sector(chip, sectors[i]));
    flasher->ops->free(flasher);
}

/* libstlink finds the sectors that the bench has, also of chips that Inlay writes by itself: all that
 * share a flash controller with them. Where it would not, the chip is refused. */
static void
test_geometry(void)
{
    static const char *const refused[] = {"STM32F429ZI", "STM32F429ZG-DB1M", NULL};

    for (const char *const *name = bench_chip_names(); *name != NULL; name++) {
        BenchBoardConfig config = {.name = "desk", .chip = *name, .supply_mv = 3300, .seed = 1};
        BenchStlinkConfig kind = {
            .kind = "V2-1", .serial = "066DFF485550755187154321", .timed = TRUE};
        g_autoptr(GError) error = NULL;
        g_autoptr(BenchBoard) board = bench_board_new(&config, &error);
        InlayIdentity identity = {0};
        InlayCortexm core;
        guint32 cpuid;

        kind.board = board;
        g_autoptr(BenchStlink) bench_probe = bench_stlink_new(&kind, &error);
        InlayProbe *probe = inlay_stlink_probe_new(bench_link_new(bench_probe), NULL, &error);
        g_assert_no_error(error);
        inlay_cortexm_init(&core, probe);
        core.attached = probe->ops->attach(probe, NULL, &error);
        g_assert_no_error(error);
        inlay_cortexm_read_cpuid(&core, &cpuid, NULL, &error);
        probe->ops->read_word(probe, inlay_longtail_find_idcode_addr(cpuid), &identity.idcode, NULL,
                              &error);
        InlayLongtail *longtail = inlay_longtail_identify(probe, cpuid, &identity, NULL, &error);
        g_assert_no_error(error);
        g_test_message("%s: %s", *name, longtail != NULL ? identity.chip->name : "refused");
        g_assert_cmpint(longtail == NULL, ==, g_strv_contains(refused, *name));
        if (longtail != NULL)
            check_sectors(board, &core, longtail, identity.chip);
        inlay_longtail_free(longtail);
        inlay_cortexm_release(&core, TRUE, NULL);
        probe->ops->free(probe);
        inlay_identity_clear(&identity);
    }
}

/* At every event of a job: nothing is left half done, or a rescue file says what. */
static void
test_cancelled(void)
{
    g_autoptr(Desk) desk = desk_new();
    guint n_cancelled = 0;

    for (gboolean cancelled = TRUE; cancelled; n_cancelled += cancelled) {
        g_autoptr(GCancellable) cancellable = g_cancellable_new();
        use_flash(desk);
        put_file(desk, (guint8)n_cancelled);
        desk->cancellable = cancellable;
        desk->cancel_at = n_cancelled;
        cancelled = !run(desk, INLAY_JOB_FLASH, cancellable);
        if (cancelled)
            g_assert_error(desk->error, INLAY_ERROR, INLAY_ERROR_CANCELLED);
        else
            assert_as_expected(desk);
        desk->cancellable = NULL;
        assert_passes(desk, INLAY_JOB_FLASH);
        g_assert_cmpuint(empty_folder(desk), ==, 0);
    }
    g_test_message("cancelled at %u events", n_cancelled);
    g_assert_cmpuint(n_cancelled, >, 10);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transports/longtail/job", test_job);
    g_test_add_func("/transports/longtail/geometry", test_geometry);
    g_test_add_func("/transports/longtail/stuck-flash", test_stuck_flash);
    g_test_add_func("/transports/longtail/write-protected", test_write_protected);
    g_test_add_func("/transports/longtail/locked", test_locked);
    g_test_add_func("/transports/longtail/unplugged", test_unplugged);
    g_test_add_func("/transports/longtail/dropped", test_dropped);
    g_test_add_func("/transports/longtail/power-cuts", test_power_cuts);
    g_test_add_func("/transports/longtail/lying-reads", test_lying_reads);
    g_test_add_func("/transports/longtail/lying-registers", test_lying_registers);
    g_test_add_func("/transports/longtail/cancelled", test_cancelled);
    return g_test_run();
}
