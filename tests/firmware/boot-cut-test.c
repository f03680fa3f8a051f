/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power fails in the middle of each flash operation of an update, and again in each of its retry: what is
 * half-written is never started, the bootloader answers, and the same update ends well. */
#include <string.h>

#include "boot-line.h"
#include "firmware/bootloader/port.h"

#define FLASH 0x08000000u

/* The bootloader's two; the application's, whose vectors need 512 bytes of alignment. */
static const guint32 tiny_sectors[] = {256, 256, 32, 32, 64, 0};
static const guint32 small_sectors[] = {256, 256, 256, 128, 512, 0};

typedef struct {
    NativeBoard *board;
    InlaySerial *serial;
    GByteArray *own, *old_app, *new_app;
    gboolean first_sector_last;
} Bench;

static Bench
bench_new(const guint32 *sector_sizes, guint64 seed, gboolean has_old_app)
{
    const NativeBoardConfig config = {.sector_sizes = sector_sizes, .seed = seed};
    Bench bench = {.board = native_board_new(&config), .first_sector_last = seed % 2};
    guint8 *flash = native_board_get_flash(bench.board, NULL);
    const guint32 own_size = port_chip.app_base - FLASH;

    bench.serial = native_board_open(bench.board);
    bench.own = g_byte_array_append(g_byte_array_new(), flash, own_size);
    bench.old_app = boot_line_make_app(port_chip.app_base, port_chip.app_size, 1);
    bench.new_app = boot_line_make_app(port_chip.app_base, port_chip.app_size, 2);
    if (has_old_app)
        memcpy(flash + own_size, bench.old_app->data, bench.old_app->len);
    native_board_power(bench.board);
    return bench;
}

static void
bench_clear(Bench *bench)
{
    inlay_serial_free(bench->serial);
    native_board_free(bench->board);
    g_byte_array_unref(bench->own);
    g_byte_array_unref(bench->old_app);
    g_byte_array_unref(bench->new_app);
}

static void
knock(Bench *bench)
{
    const guint8 stay = BOOT_RESET_BOOTLOADER;

    boot_line_send_extended(bench->serial, BOOT_RESET, 0, &stay, 1);
    g_byte_array_unref(boot_line_hear(bench->serial, 50));
}

static gboolean
send_sector(Bench *bench, guint sector)
{
    const guint32 addr = port_chip.sectors[sector].base;
    const guint8 flags = BOOT_OPEN_ERASE | (sector % 2 ? BOOT_OPEN_DEFLATE : 0);
    const gint status = boot_line_stream(bench->serial, (guint8)sector, addr, flags,
                                         bench->new_app->data + (addr - port_chip.app_base),
                                         port_chip.sectors[sector].size);

    g_assert_true(status == BOOT_OK || native_board_is_cut(bench->board));
    return status == BOOT_OK;
}

/* As a host does it: the application's first sector is erased first; FALSE: power failed. */
static gboolean
update(Bench *bench)
{
    const guint first = port_chip.own_sectors;
    const guint8 erase[4] = {(guint8)(1u << first)};

    if (bench->first_sector_last &&
        boot_line_ask(bench->serial, BOOT_ERASE, 1, erase, sizeof erase, NULL) != BOOT_OK)
        return FALSE;
    if (!bench->first_sector_last && !send_sector(bench, first))
        return FALSE;
    for (guint i = first + 1; i < port_chip.n_sectors; i++)
        if (!send_sector(bench, i))
            return FALSE;
    if (bench->first_sector_last && !send_sector(bench, first))
        return FALSE;
    return boot_line_ask(bench->serial, BOOT_COMMIT, 1, NULL, 0, NULL) == BOOT_OK;
}

static gboolean
holds(Bench *bench, const GByteArray *app)
{
    const guint8 *flash = native_board_get_flash(bench->board, NULL);

    return memcmp(flash + (port_chip.app_base - FLASH), app->data, app->len) == 0;
}

static void
assert_own_unchanged(Bench *bench)
{
    g_assert_cmpmem(native_board_get_flash(bench->board, NULL), bench->own->len, bench->own->data,
                    bench->own->len);
}

/* TRUE: the update was cut, and the board is back in its bootloader. */
static gboolean
update_with_cut(Bench *bench, guint cut)
{
    native_board_cut_at(bench->board, cut);
    const gboolean done = update(bench);

    g_assert_true(done != native_board_is_cut(bench->board));
    for (guint start = 0; start < 3; start++) {
        native_board_power(bench->board);
        assert_own_unchanged(bench);
        if (native_board_runs_application(bench->board))
            g_assert_true(holds(bench, bench->new_app) || holds(bench, bench->old_app));
        native_board_age(bench->board);
    }
    if (native_board_runs_application(bench->board))
        knock(bench);
    return !done;
}

static void
assert_update_ends_well(Bench *bench)
{
    g_autoptr(GByteArray) version = boot_line_ask_base(bench->serial, TRUE, BOOT_GET_VER, NULL, 0);

    g_assert_nonnull(version);
    g_assert_true(update(bench));
    g_assert_true(holds(bench, bench->new_app));
    native_board_age(bench->board);
    native_board_power(bench->board);
    g_assert_true(native_board_runs_application(bench->board));
    g_assert_true(holds(bench, bench->new_app));
    assert_own_unchanged(bench);
}

static void
test_every_operation(gconstpointer has_old_app)
{
    guint n = 0;

    for (gboolean is_cut = TRUE; is_cut; n++) {
        Bench bench = bench_new(small_sectors, n, has_old_app != NULL);
        if (has_old_app != NULL)
            knock(&bench);
        is_cut = update_with_cut(&bench, n);
        assert_update_ends_well(&bench);
        bench_clear(&bench);
    }
    g_assert_cmpuint(n, >, 200);
}

static void
test_every_pair(void)
{
    guint pairs = 0;

    for (guint first = 0, more = TRUE; more; first++)
        for (guint second = 0, cut = TRUE; cut; second++) {
            Bench bench = bench_new(tiny_sectors, 1000 * first + second + first % 2, TRUE);
            knock(&bench);
            more = update_with_cut(&bench, first);
            cut = more && update_with_cut(&bench, second);
            assert_update_ends_well(&bench);
            bench_clear(&bench);
            pairs++;
        }
    g_assert_cmpuint(pairs, >, 1000);
}

/* What a cut leaves is chance: many tries where the vectors go and come. */
static void
test_vectors(void)
{
    guint n_operations;

    {
        Bench bench = bench_new(tiny_sectors, 0, TRUE);
        knock(&bench);
        const guint before = native_board_get_operations(bench.board);
        g_assert_true(update(&bench));
        n_operations = native_board_get_operations(bench.board) - before;
        bench_clear(&bench);
    }
    for (guint seed = 0; seed < 4000; seed++) {
        Bench bench = bench_new(tiny_sectors, 2 * seed, TRUE);
        knock(&bench);
        g_assert_true(
            update_with_cut(&bench, seed % 2 ? seed / 2 % 4 : n_operations - 1 - seed / 2 % 4));
        bench_clear(&bench);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/firmware/boot-cut/first", NULL, test_every_operation);
    g_test_add_data_func("/firmware/boot-cut/update", "old", test_every_operation);
    g_test_add_func("/firmware/boot-cut/vectors", test_vectors);
    g_test_add_func("/firmware/boot-cut/pairs", test_every_pair);
    return g_test_run();
}
