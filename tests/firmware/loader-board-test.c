/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flash loaders as the host carries them, on virtual chips, through the debug port. */
#include <string.h>
#include <zlib.h>

#include "bench/board.h"
#include "firmware/proto/loader.h"
#include "transports/loader-f1.h"
#include "transports/loader-f4.h"

#define MS ((guint64)1000 * 1000)
#define RAM 0x20000000u
#define MAILBOX (RAM + INLAY_LOADER_MAILBOX)
#define DATA (RAM + INLAY_LOADER_BUFFERS)
#define AT(member) (MAILBOX + (guint32)offsetof(struct inlay_loader_mailbox, member))

typedef struct {
    const char *path;
    const char *chip;
    const guint32 *code;
    gsize code_size;
    guint32 entry;
    guint width;
    guint sector; /* that is erased and programmed: its number, address and size */
    guint32 addr, size;
    guint64 erase_ms, program_ms; /* the longest the datasheet allows */
} Case;

#define F4 "STM32F411CE", inlay_loader_f4_code, sizeof inlay_loader_f4_code, INLAY_LOADER_F4_ENTRY
#define F1 "STM32F103C8", inlay_loader_f1_code, sizeof inlay_loader_f1_code, INLAY_LOADER_F1_ENTRY
static const Case cases[] = {
    {"/firmware/loader-on-board/f1", F1, 2, 12, 0x08003000, 1024, 40, 40},
    {"/firmware/loader-on-board/f4-x8", F4, 1, 3, 0x0800C000, 16384, 800, 1640},
    {"/firmware/loader-on-board/f4-x16", F4, 2, 3, 0x0800C000, 16384, 600, 820},
    {"/firmware/loader-on-board/f4-x32", F4, 4, 3, 0x0800C000, 16384, 500, 410},
};

typedef struct {
    BenchBoard *board;
    guint32 posted;
} Fixture;

static void
write_word(BenchBoard *board, guint32 addr, guint32 value)
{
    g_assert_cmpint(bench_board_debug_write(board, addr, 4, value), ==, BENCH_DEBUG_OK);
}

static guint32
read_word(BenchBoard *board, guint32 addr)
{
    guint32 value;

    g_assert_cmpint(bench_board_debug_read(board, addr, 4, &value), ==, BENCH_DEBUG_OK);
    return value;
}

static void
write_bytes(BenchBoard *board, guint32 addr, const void *bytes, gsize size)
{
    gsize done;

    g_assert_cmpint(bench_board_debug_write_block(board, addr, 4, bytes, size, &done), ==,
                    BENCH_DEBUG_OK);
}

static void
setup(Fixture *f, gconstpointer data)
{
    const Case *c = data;
    const BenchBoardConfig config = {
        .name = "board", .chip = c->chip, .supply_mv = 3300, .seed = 1};
    const guint32 first[] = {INLAY_LOADER_ABI, c->width, 0, 0};
    g_autoptr(GError) error = NULL;

    f->board = bench_board_new(&config, &error);
    g_assert_no_error(error);
    bench_board_set_power(f->board, TRUE);
    write_word(f->board, 0xE000EDF0, 0xA05F0003); /* DHCSR: halt */
    write_bytes(f->board, c->entry, c->code, c->code_size);
    write_bytes(f->board, MAILBOX, first, sizeof first);
    bench_board_debug_write_core(f->board, 13, RAM + INLAY_LOADER_STACK_TOP);
    bench_board_debug_write_core(f->board, 15, c->entry);
    bench_board_debug_write_core(f->board, 16, 0x01000000); /* xPSR: Thumb */
    write_word(f->board, 0xE000EDF0, 0xA05F0009);           /* run, interrupts masked */
    bench_board_run_for(f->board, MS);
    g_assert_cmphex(read_word(f->board, AT(ready)), ==, INLAY_LOADER_ABI);
    g_assert_cmphex(read_word(f->board, AT(status)), ==, INLAY_LOADER_OK);
}

static void
teardown(Fixture *f, gconstpointer data)
{
    bench_board_free(f->board);
}

/* `data`: what lies at `arg`, or NULL. */
static void
post(Fixture *f, guint32 op, guint32 addr, guint32 size, guint32 arg, const guint8 *data)
{
    struct inlay_loader_command command = {
        op | (f->posted + 1) << INLAY_LOADER_NUMBER_SHIFT, addr, size, arg, 0, 0};

    for (guint32 at = 0; data != NULL && at < size; at += 4) {
        guint32 word;

        memcpy(&word, data + at, 4);
        command.sum_a += word;
        command.sum_b += command.sum_a;
    }
    write_bytes(f->board, AT(ring) + f->posted % INLAY_LOADER_RING * sizeof command, &command,
                sizeof command);
    write_word(f->board, AT(posted), ++f->posted);
}

static void
assert_done(Fixture *f, guint64 within_ms)
{
    for (guint64 ms = 0; ms <= within_ms; ms++) {
        if (read_word(f->board, AT(done)) == f->posted)
            return;
        bench_board_run_for(f->board, MS);
    }
    g_assert_cmphex(read_word(f->board, AT(status)), ==, INLAY_LOADER_OK);
    g_assert_cmphex(read_word(f->board, AT(done)), ==, f->posted);
}

static void
test_flash(Fixture *f, gconstpointer data)
{
    const Case *c = data;
    const guint32 piece = 4096;
    g_autofree guint8 *image = g_malloc(c->size);
    gsize flash_size;
    guint8 *flash = bench_board_get_flash(f->board, &flash_size);
    const guint32 offset = c->addr - 0x08000000;
    const guint32 result = AT(results) + 1 * (guint32)sizeof(struct inlay_loader_result);

    memset(flash, 0x5A, flash_size);
    bench_board_flash_changed(f->board);
    post(f, INLAY_LOADER_ERASE, c->addr, 0, c->sector, NULL);
    assert_done(f, c->erase_ms);
    for (guint i = 0; i < flash_size; i++)
        g_assert_cmphex(flash[i], ==, i - offset < c->size ? 0xFF : 0x5A);

    post(f, INLAY_LOADER_DIGEST, c->addr + 3, c->size - 5, 0, NULL);
    assert_done(f, 100);
    memset(image, 0xFF, c->size);
    g_assert_cmphex(read_word(f->board, result), ==, crc32(0, image, c->size - 5));

    for (guint i = 0; i < c->size; i++)
        image[i] = (guint8)(i % 64 < 16 ? 0xFF : i * 31 + (i >> 8));
    for (guint32 at = 0; at < c->size; at += piece) {
        write_bytes(f->board, DATA, image + at, MIN(piece, c->size - at));
        post(f, INLAY_LOADER_PROGRAM, c->addr + at, MIN(piece, c->size - at), DATA, image + at);
        assert_done(f, c->program_ms);
    }
    g_assert_cmpmem(flash + offset, c->size, image, c->size);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        g_test_add(cases[i].path, Fixture, &cases[i], setup, test_flash, teardown);
    return g_test_run();
}
