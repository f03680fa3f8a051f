/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/stlink-target.h"

#include <string.h>

#include "bench/link.h"
#include "core/error.h"

/* The whole way from a target's operations to flash cells, on the bench: its probe's protocol, and
 * its core executing the real loader. */

#define FLASH 0x08000000u
#define SECTOR 1u /* 16 KiB at 0x08004000: what the short job writes */
#define SECTOR_ADDR 0x08004000u
#define JOB_SIZE 3000u
#define DHCSR 0xe000edf0u
#define DEMCR 0xe000edfcu
#define DBGMCU_APB1_FZ 0xe0042008u

typedef struct {
    BenchBoard *board;
    BenchStlink *probe;
    InlayTarget *target;
    InlayAccess access;
    InlayIdentity identity;
} Desk;

/* A vector table and an endless loop, so that "running" means something. */
static void
load_program(BenchBoard *board)
{
    static const guint8 program[] = {0x00, 0x00, 0x02, 0x20, 0x09, 0x00, 0x00, 0x08, 0xfe, 0xe7};

    gsize size;

    memcpy(bench_board_get_flash(board, &size), program, sizeof program);
    bench_board_flash_changed(board);
    bench_board_set_power(board, FALSE);
    bench_board_set_power(board, TRUE);
}

static void
desk_init_chip(Desk *desk, const char *kind, const char *chip)
{
    BenchBoardConfig board = {.name = "desk", .chip = chip, .supply_mv = 3300, .seed = 1};
    BenchStlinkConfig probe = {.kind = kind, .serial = "066DFF485550755187154321", .timed = TRUE};
    g_autoptr(GError) error = NULL;

    *desk = (Desk){0};
    desk->board = bench_board_new(&board, &error);
    g_assert_no_error(error);
    load_program(desk->board);
    probe.board = desk->board;
    desk->probe = bench_stlink_new(&probe, &error);
    g_assert_no_error(error);
}

static void
desk_init(Desk *desk, const char *kind)
{
    desk_init_chip(desk, kind, "STM32F411CE");
}

static void
desk_clear(Desk *desk)
{
    inlay_identity_clear(&desk->identity);
    inlay_target_free(desk->target);
    bench_stlink_free(desk->probe);
    bench_board_free(desk->board);
}

static void
desk_close(Desk *desk)
{
    g_clear_pointer(&desk->target, inlay_target_free);
}

static gboolean
desk_open(Desk *desk, GError **error)
{
    desk_close(desk);
    inlay_identity_clear(&desk->identity);
    desk->target = inlay_stlink_target_new(bench_link_new(desk->probe), &desk->access, NULL, error);
    return desk->target != NULL &&
           desk->target->ops->identify(desk->target, &desk->identity, NULL, error);
}

static guint32
peek(Desk *desk, guint32 addr)
{
    guint32 word = 0;

    g_assert_cmpint(bench_board_debug_read(desk->board, addr, 4, &word), ==, BENCH_DEBUG_OK);
    return word;
}

/* As it was found: running, and no trace of a debugger. */
static void
assert_left_alone(Desk *desk)
{
    g_assert_cmphex(peek(desk, DHCSR) & 0x000f000f & ~(1u << 16), ==, 0);
    g_assert_cmphex(peek(desk, DEMCR), ==, 0);
    g_assert_cmphex(peek(desk, DBGMCU_APB1_FZ), ==, 0);
}

static void
fill_job(guint8 *bytes, guint8 seed)
{
    for (guint i = 0; i < JOB_SIZE; i++)
        bytes[i] = (guint8)(i * 7 + i / 256 + seed);
}

/* Opens, erases a sector, writes and checks it, lets go; the first error. */
static gboolean
run_job(Desk *desk, guint8 seed, GError **error)
{
    guint8 bytes[JOB_SIZE];
    InlayRange range = {SECTOR_ADDR, JOB_SIZE};
    const InlayTargetOps *ops;
    InlayDigest digest;
    gboolean ok;

    fill_job(bytes, seed);
    if (!desk_open(desk, error))
        return FALSE;
    ops = desk->target->ops;
    ok =
        ops->begin(desk->target, 2, NULL, error) &&
        ops->erase(desk->target, inlay_chip_get_sector(desk->identity.chip, SECTOR), NULL, error) &&
        ops->program(desk->target, SECTOR_ADDR, bytes, JOB_SIZE, NULL, error) &&
        ops->digest(desk->target, &range, 1, &digest, NULL, error);
    ok = ops->end(desk->target, TRUE, ok ? error : NULL) && ok;
    if (ok && !inlay_digest_equal(digest, inlay_digest_of(bytes, JOB_SIZE))) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_VERIFY_FAILED, "not what was written");
        return FALSE;
    }
    return ok;
}

static void
assert_job_done(Desk *desk, guint8 seed)
{
    gsize size;
    const guint8 *flash = bench_board_get_flash(desk->board, &size);
    guint8 bytes[JOB_SIZE];

    fill_job(bytes, seed);
    g_assert_true(memcmp(flash + (SECTOR_ADDR - FLASH), bytes, JOB_SIZE) == 0);
    assert_left_alone(desk);
}

static void
test_identify(void)
{
    static const struct {
        const char *kind, *printed;
    } cases[] = {
        {"V2", "ST-LINK/V2 ("},
        {"V2-1", "ST-LINK/V2-1 ("},
        {"V3", "STLINK-V3"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        Desk desk;

        desk_init(&desk, cases[i].kind);
        desk_open(&desk, &error);
        g_assert_no_error(error);
        g_test_message("%s: %s, %s", cases[i].kind, desk.identity.adapter_kind,
                       desk.identity.chip_hint);
        g_assert_true(g_str_has_prefix(desk.identity.adapter_kind, cases[i].printed));
        g_assert_cmpstr(desk.identity.adapter_serial, ==, "066DFF485550755187154321");
        g_assert_nonnull(desk.identity.chip);
        g_assert_cmpstr(desk.identity.chip->name, ==, "STM32F411xE");
        g_assert_cmpuint(desk.identity.flash_kib, ==, 512);
        g_assert_cmphex(desk.identity.idcode & 0xfff, ==, 0x431);
        g_assert_cmpint(ABS((gint)desk.identity.supply_mv - 3300), <, 50);
        g_assert_nonnull(strstr(desk.identity.chip_hint, "f411"));
        g_assert_null(desk.identity.warnings);
        g_assert_cmpuint(desk.identity.rdp_level, ==, 0);
        for (guint n = 0; n < 8; n++)
            g_assert_false(inlay_identity_is_protected(&desk.identity, n));
        g_assert_cmpuint(bench_board_get_counters(desk.board)->resets, ==, 0);
        desk.target->ops->end(desk.target, FALSE, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(bench_board_get_counters(desk.board)->resets, ==, 0);
        assert_left_alone(&desk);
        desk_clear(&desk);
    }
}

static void
check_a_whole_flash(const char *chip, guint supply_mv)
{
    g_autoptr(GError) error = NULL;
    Desk desk;
    gsize size;
    guint8 *flash;
    g_autofree guint8 *bytes = NULL;
    InlayRange ranges[20];
    InlayDigest digests[20];

    desk_init_chip(&desk, "V2-1", chip);
    flash = bench_board_get_flash(desk.board, &size);
    bytes = g_malloc(size);
    for (gsize i = 0; i < size; i++)
        bytes[i] = i % 5000 < 500 ? 0xff : (guint8)g_test_rand_int_range(0, 256);
    desk_open(&desk, &error);
    g_assert_no_error(error);
    desk.target->ops->begin(desk.target, inlay_chip_find_voltage_row(desk.identity.chip, supply_mv),
                            NULL, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < inlay_chip_get_n_sectors(desk.identity.chip); i++) {
        InlaySector sector = inlay_chip_get_sector(desk.identity.chip, i);
        desk.target->ops->erase(desk.target, sector, NULL, &error);
        g_assert_no_error(error);
        desk.target->ops->program(desk.target, sector.range.addr,
                                  bytes + (sector.range.addr - FLASH), sector.range.size, NULL,
                                  &error);
        g_assert_no_error(error);
    }
    for (guint i = 0; i < G_N_ELEMENTS(ranges); i++) {
        guint32 from = (guint32)g_test_rand_int_range(0, (gint32)size);
        ranges[i].addr = FLASH + from;
        ranges[i].size = (guint32)g_test_rand_int_range(0, (gint32)(size - from));
    }
    desk.target->ops->digest(desk.target, ranges, G_N_ELEMENTS(ranges), digests, NULL, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < G_N_ELEMENTS(ranges); i++)
        g_assert_true(inlay_digest_equal(
            digests[i], inlay_digest_of(bytes + (ranges[i].addr - FLASH), ranges[i].size)));
    desk.target->ops->end(desk.target, TRUE, &error);
    g_assert_no_error(error);
    g_assert_true(memcmp(flash, bytes, size) == 0);
    g_test_message("%s: %" G_GUINT64_FORMAT " commands, %.3f s by the model", chip,
                   bench_stlink_get_counters(desk.probe)->commands,
                   (double)bench_stlink_get_counters(desk.probe)->ns / 1e9);
    desk_clear(&desk);
}

static void
test_a_whole_flash(void)
{
    check_a_whole_flash("STM32F411CE", 3300);
    check_a_whole_flash("STM32F411CE", 0);
    check_a_whole_flash("STM32F103CB", 3300);
}

static void
test_read(void)
{
    g_autoptr(GError) error = NULL;
    guint8 got[7001];
    guint8 *flash;
    gsize size;
    Desk desk;

    desk_init(&desk, "V2-1");
    flash = bench_board_get_flash(desk.board, &size);
    for (gsize i = 4096; i < size; i++)
        flash[i] = (guint8)(i * 31 >> 3);
    bench_board_flash_changed(desk.board);
    desk_open(&desk, &error);
    g_assert_no_error(error);
    for (guint begun = 0; begun < 2; begun++) {
        memset(got, 0, sizeof got);
        desk.target->ops->read(desk.target, (InlayRange){FLASH + 5003, sizeof got}, got, NULL,
                               &error);
        g_assert_no_error(error);
        g_assert_true(memcmp(got, flash + 5003, sizeof got) == 0);
        if (begun == 0)
            desk.target->ops->begin(desk.target, 0, NULL, &error);
        g_assert_no_error(error);
    }
    desk_clear(&desk); /* lets go by itself */
}

static void
test_missing(void)
{
    static const struct {
        guint supply_mv;
        gboolean lifted;
        int code;
    } cases[] = {
        {3300, TRUE, INLAY_ERROR_BOARD_NOT_FOUND},
        {0, FALSE, INLAY_ERROR_BOARD_NO_VOLTAGE},
        {0, TRUE, INLAY_ERROR_BOARD_NO_VOLTAGE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        Desk desk;

        desk_init(&desk, "V2-1");
        bench_board_set_supply_mv(desk.board, cases[i].supply_mv);
        bench_board_set_swd_connected(desk.board, !cases[i].lifted);
        g_assert_false(desk_open(&desk, &error));
        g_assert_error(error, INLAY_ERROR, cases[i].code);
        g_test_message("%s", error->message);
        desk_clear(&desk);
    }
}

static void
test_protection(void)
{
    g_autoptr(GError) error = NULL;
    Desk desk;

    desk_init(&desk, "V2-1");
    bench_board_protect(desk.board, 0, 1u << SECTOR);
    g_assert_false(run_job(&desk, 1, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_FLASH_FAILED);
    g_assert_nonnull(strstr(error->message, "0x08004000"));
    g_assert_nonnull(strstr(error->message, "WRPERR"));
    g_assert_true(inlay_identity_is_protected(&desk.identity, SECTOR));
    g_assert_false(inlay_identity_is_protected(&desk.identity, SECTOR + 1));
    desk_clear(&desk);

    g_clear_error(&error);
    desk_init(&desk, "V2-1");
    bench_board_protect(desk.board, 1, 0);
    desk_open(&desk, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(desk.identity.rdp_level, ==, 1);
    g_assert_nonnull(desk.identity.chip);
    desk_clear(&desk);
}

static void
test_stuck_flash(void)
{
    g_autoptr(GError) error = NULL;
    Desk desk;

    desk_init(&desk, "V2-1");
    bench_board_stick_busy(desk.board, TRUE);
    g_assert_false(run_job(&desk, 1, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_FLASH_TIMEOUT);
    g_test_message("%s", error->message);
    bench_board_stick_busy(desk.board, FALSE);
    bench_board_set_power(desk.board, FALSE);
    bench_board_set_power(desk.board, TRUE);
    g_clear_error(&error);
    run_job(&desk, 2, &error);
    g_assert_no_error(error);
    assert_job_done(&desk, 2);
    desk_clear(&desk);
}

static void
test_power_cut(void)
{
    for (guint n = 0; n < 20; n += 3) {
        g_autoptr(GError) error = NULL;
        Desk desk;

        desk_init(&desk, "V2-1");
        bench_board_cut_power_at(desk.board, n, FALSE);
        g_assert_false(run_job(&desk, 1, &error));
        g_test_message("operation %u: %s", n, error->message);
        g_assert_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST);
        desk_close(&desk);
        bench_board_set_power(desk.board, TRUE);
        g_clear_error(&error);
        run_job(&desk, 2, &error);
        g_assert_no_error(error);
        assert_job_done(&desk, 2);
        desk_clear(&desk);
    }
}

/* A fault at every transfer of the job in turn (or every few, from a seeded one): an error that is meant for it or none at all, and the
 * next run works, without replugging where nothing was unplugged. */
static void
check_fault_everywhere(BenchFault fault, guint stride, int code)
{
    guint failures = 0, runs = 0;
    guint n = (guint)g_test_rand_int_range(0, (gint32)stride);
    Desk desk;

    desk_init(&desk, "V2-1");
    for (gboolean struck = TRUE; struck; n += stride, runs++) {
        guint64 before = bench_stlink_get_counters(desk.probe)->transfers;
        g_autoptr(GError) error = NULL;

        bench_stlink_fault_at(desk.probe, n, fault);
        if (!run_job(&desk, (guint8)n, &error)) {
            failures++;
            if (code >= 0)
                g_assert_error(error, INLAY_ERROR, code);
        }
        struck = bench_stlink_get_counters(desk.probe)->transfers - before > n;
        desk_close(&desk);
        if (fault == BENCH_FAULT_UNPLUG || fault == BENCH_FAULT_MUTE || !struck)
            bench_stlink_plug(desk.probe); /* which disarms a fault that did not strike, too */
        g_clear_error(&error);
        run_job(&desk, (guint8)(n + 1), &error);
        g_assert_no_error(error);
        assert_job_done(&desk, (guint8)(n + 1));
    }
    g_test_message("%u failures in %u runs, %u transfers apart", failures, runs, stride);
    g_assert_cmpuint(failures * stride, >, 200);
    desk_clear(&desk);
}

static void
test_unplugged_everywhere(void)
{
    check_fault_everywhere(BENCH_FAULT_UNPLUG, 1, INLAY_ERROR_ADAPTER_LOST);
}

static void
test_mute_everywhere(void)
{
    check_fault_everywhere(BENCH_FAULT_MUTE, 7, INLAY_ERROR_ADAPTER_MUTE);
}

static void
test_hung_everywhere(void)
{
    check_fault_everywhere(BENCH_FAULT_HANG, 7, INLAY_ERROR_ADAPTER_MUTE);
}

static void
test_stalled_everywhere(void)
{
    check_fault_everywhere(BENCH_FAULT_STALL, 7, INLAY_ERROR_ADAPTER_PROTOCOL);
}

static void
test_dropped_everywhere(void)
{
    check_fault_everywhere(BENCH_FAULT_DROP, 7, -1 /* as data that never came tell */);
}

/* Turns the ring over: two sectors erased, pieces programmed into each, in as many posts as commands. */
#define N_PIECES 15u
#define PIECE_SIZE 64u
#define PIECE_STEP 1024u

static void
fill_piece(guint8 *bytes, guint sector, guint n)
{
    memset(bytes, (gint)(sector * 0x40 + n + 1), PIECE_SIZE);
}

static gboolean
run_pieces(Desk *desk, GError **error)
{
    const InlayTargetOps *ops;
    guint8 bytes[PIECE_SIZE];
    gboolean ok;

    if (!desk_open(desk, error))
        return FALSE;
    ops = desk->target->ops;
    ok = ops->begin(desk->target, 2, NULL, error);
    for (guint sector = 0; ok && sector < 2; sector++) {
        InlaySector to = inlay_chip_get_sector(desk->identity.chip, SECTOR + sector);

        ok = ops->erase(desk->target, to, NULL, error);
        for (guint n = 0; ok && n < N_PIECES; n++) {
            fill_piece(bytes, sector, n);
            ok = ops->program(desk->target, to.range.addr + n * PIECE_STEP, bytes, PIECE_SIZE, NULL,
                              error) &&
                 ops->sync(desk->target, NULL, error);
        }
    }
    return ops->end(desk->target, TRUE, ok ? error : NULL) && ok;
}

/* No sector was erased twice, and no byte is what nobody sent. */
static void
assert_no_old_command(Desk *desk)
{
    gsize size;
    const guint8 *flash = bench_board_get_flash(desk->board, &size) + (SECTOR_ADDR - FLASH);

    for (guint sector = 0; sector < 2; sector++) {
        g_assert_cmpuint(bench_board_get_counters(desk->board)->sector_erases[SECTOR + sector], <=,
                         1);
        for (guint n = 0; n < 16; n++, flash += PIECE_STEP) {
            guint8 bytes[PIECE_SIZE];

            fill_piece(bytes, sector, n);
            for (guint i = 0; i < PIECE_STEP; i++)
                g_assert_true(flash[i] == 0xff || (i < PIECE_SIZE && flash[i] == bytes[i]));
        }
    }
}

/* What is lost on its way never makes the loader do again what its mailbox held before. */
static void
test_lost_is_not_done_again(void)
{
    const guint stride = 5;
    guint n = (guint)g_test_rand_int_range(0, (gint32)stride);
    guint not_arrived = 0;

    for (gboolean struck = TRUE; struck; n += stride) {
        g_autoptr(GError) error = NULL;
        Desk desk;

        desk_init(&desk, "V2-1");
        bench_stlink_fault_at(desk.probe, n, BENCH_FAULT_DROP);
        if (!run_pieces(&desk, &error) && strstr(error->message, "did not arrive") != NULL) {
            g_assert_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL);
            not_arrived++;
        }
        struck = bench_stlink_get_counters(desk.probe)->transfers > n;
        assert_no_old_command(&desk);
        desk_clear(&desk);
    }
    g_test_message("%u transfers; %u of the lost ones were noticed by the loader", n, not_arrived);
    g_assert_cmpuint(not_arrived, >=, 2);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transports/target/identify", test_identify);
    g_test_add_func("/transports/target/a-whole-flash", test_a_whole_flash);
    g_test_add_func("/transports/target/read", test_read);
    g_test_add_func("/transports/target/missing", test_missing);
    g_test_add_func("/transports/target/protection", test_protection);
    g_test_add_func("/transports/target/stuck-flash", test_stuck_flash);
    g_test_add_func("/transports/target/power-cut", test_power_cut);
    g_test_add_func("/transports/target/unplugged-everywhere", test_unplugged_everywhere);
    g_test_add_func("/transports/target/mute-everywhere", test_mute_everywhere);
    g_test_add_func("/transports/target/hung-everywhere", test_hung_everywhere);
    g_test_add_func("/transports/target/stalled-everywhere", test_stalled_everywhere);
    g_test_add_func("/transports/target/dropped-everywhere", test_dropped_everywhere);
    g_test_add_func("/transports/target/lost-is-not-done-again", test_lost_is_not_done_again);
    return g_test_run();
}
