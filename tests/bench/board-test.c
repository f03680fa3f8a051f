/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/board.h"

#include <string.h>

/* What firmware and a debug probe see of a virtual STM32F411. The programs are in programs/. */

#define MS G_GUINT64_CONSTANT(1000000)
#define FLASH 0x08000000u
#define RAM 0x20000000u
#define REPORT 0x20010000u
#define REPORT_N (REPORT + 8)
#define WORD(i) (REPORT + 12 + 4 * (i))
#define DONE 0x600dd00du

#define DHCSR 0xe000edf0u
#define DEMCR 0xe000edfcu
#define DFSR 0xe000ed30u
#define AIRCR 0xe000ed0cu
#define FP_CTRL 0xe0002000u
#define FP_COMP0 0xe0002008u
#define KEY 0xa05f0000u
#define DEBUGEN (KEY | 1)
#define HALT (KEY | 3)
#define STEP (KEY | 5)
#define S_HALT (1u << 17)
#define S_SLEEP (1u << 18)
#define S_LOCKUP (1u << 19)
#define S_RESET_ST (1u << 25)
#define R_PC 15

static const char *programs;

static BenchBoard *
new_board(void)
{
    const BenchBoardConfig config = {
        .name = "test",
        .chip = "STM32F411CE",
        .supply_mv = 3300,
        .hse_hz = 25000000,
        .button = "PA0 low",
        .led = "PC13 low",
        .uart_base = 0x40004400,
        .seed = 1,
    };
    g_autoptr(GError) error = NULL;
    BenchBoard *board = bench_board_new(&config, &error);

    g_assert_no_error(error);
    return board;
}

static GBytes *
load(const char *program)
{
    g_autofree char *name = g_strconcat(program, ".bin", NULL);
    g_autofree char *path = g_build_filename(programs, name, NULL);
    g_autoptr(GError) error = NULL;
    char *contents;
    gsize size;

    g_file_get_contents(path, &contents, &size, &error);
    g_assert_no_error(error);
    return g_bytes_new_take(contents, size);
}

static guint32
read_word(BenchBoard *board, guint32 addr)
{
    guint32 value;

    g_assert_cmpint(bench_board_debug_read(board, addr, 4, &value), ==, BENCH_DEBUG_OK);
    return value;
}

static void
write_word(BenchBoard *board, guint32 addr, guint32 value)
{
    g_assert_cmpint(bench_board_debug_write(board, addr, 4, value), ==, BENCH_DEBUG_OK);
}

static guint32
read_core(BenchBoard *board, guint reg)
{
    guint32 value;

    g_assert_cmpint(bench_board_debug_read_core(board, reg, &value), ==, BENCH_DEBUG_OK);
    return value;
}

static void
clear_report(BenchBoard *board)
{
    guint8 zeros[12 + 4 * 64] = {0};
    gsize done;

    g_assert_cmpint(bench_board_debug_write_block(board, REPORT, 4, zeros, sizeof zeros, &done), ==,
                    BENCH_DEBUG_OK);
}

/* A board whose flash holds the program, at its first instruction. */
static BenchBoard *
new_board_with(const char *program)
{
    BenchBoard *board = new_board();
    g_autoptr(GBytes) code = load(program);
    gsize size;
    guint8 *flash = bench_board_get_flash(board, &size);

    g_assert_cmpuint(size, ==, 512 * 1024);
    memcpy(flash, g_bytes_get_data(code, NULL), g_bytes_get_size(code));
    bench_board_flash_changed(board);
    bench_board_set_power(board, FALSE);
    bench_board_set_power(board, TRUE);
    clear_report(board);
    return board;
}

static void
test_exceptions(void)
{
    static const char expected[] = "m0 i18 n0 b0 j19 d0 i18 e0 s11 t11 p14 i18 q14 c2 j19 x2 ";
    g_autoptr(BenchBoard) board = new_board_with("exceptions");
    g_autoptr(GString) notes = g_string_new(NULL);

    bench_board_run_for(board, MS);
    for (guint i = 0; i < read_word(board, REPORT_N); i++) {
        guint32 word = read_word(board, WORD(i));
        if (word < 0x100)
            word <<= 8;
        g_string_append_printf(notes, "%c%u ", word >> 8, word & 0xff);
    }
    g_assert_cmpstr(notes->str, ==, expected);
    g_assert_cmphex(read_word(board, REPORT), ==, DONE);
}

static void
test_sleep(void)
{
    g_autoptr(BenchBoard) board = new_board_with("sleep");

    bench_board_run_for(board, 250 * MS + MS / 2);
    g_assert_cmpuint(read_word(board, WORD(0)), ==, 250);
    g_assert_cmpuint(read_word(board, WORD(1)), ==, 250);
    g_assert_cmphex(read_word(board, DHCSR) & S_SLEEP, !=, 0);
    g_assert_cmpuint(bench_board_now_ns(board), ==, 250 * MS + MS / 2);
    /* A halted core sleeps no more, and its tick stands still. */
    write_word(board, DHCSR, HALT);
    bench_board_run_for(board, 100 * MS);
    g_assert_cmpuint(read_word(board, WORD(0)), ==, 250);
}

static void
test_spin(void)
{
    g_autoptr(BenchBoard) board = new_board_with("spin");

    bench_board_run_for(board, 200 * MS);
    g_assert_cmphex(read_word(board, REPORT), ==, DONE);
    g_assert_cmpuint(read_word(board, WORD(0)), >=, 1600000 - 100);
    g_assert_cmpuint(read_word(board, WORD(0)), <, 1600000 + 200);
    g_assert_cmpuint(read_word(board, WORD(1)), >=, 49 * 16000 - 100); /* COUNTFLAG was set */
    g_assert_cmpuint(read_word(board, WORD(1)), <, 800000 + 200);
    g_assert_cmpuint(read_word(board, WORD(2)), >=, 100000);
    g_assert_cmpuint(read_word(board, WORD(2)), <, 100000 + 100);
}

static void
test_reset_keeps_ram(void)
{
    g_autoptr(BenchBoard) board = new_board_with("reset");

    bench_board_run_for(board, MS);
    g_assert_cmphex(read_word(board, REPORT), ==, DONE);
    g_assert_cmpuint(read_word(board, REPORT + 4), ==, 3);
    g_assert_cmpuint(bench_board_get_counters(board)->resets, ==, 2);
    g_assert_cmphex(read_word(board, DHCSR) & S_RESET_ST, !=, 0);
    g_assert_cmphex(read_word(board, DHCSR) & S_RESET_ST, ==, 0);
    write_word(board, AIRCR, 0x05fa0004);
    g_assert_cmphex(read_word(board, DHCSR) & S_RESET_ST, !=, 0);
    bench_board_run_for(board, MS);
    g_assert_cmpuint(read_word(board, REPORT + 4), ==, 4);
    /* Power-on does not keep it. */
    bench_board_set_power(board, FALSE);
    bench_board_set_power(board, TRUE);
    g_assert_cmphex(read_word(board, REPORT), !=, DONE);
}

static void
test_faults(void)
{
    g_autoptr(BenchBoard) board = new_board_with("faults");

    bench_board_run_for(board, MS);
    g_assert_cmphex(read_word(board, REPORT), ==, DONE);
    g_assert_cmphex(read_word(board, WORD(0)), ==, 1u << 16);
    g_assert_cmphex(read_word(board, WORD(1)), ==, 1u << 30);
    g_assert_cmphex(read_word(board, WORD(3)), ==, 1u << 9 | 1u << 15);
    g_assert_cmphex(read_word(board, WORD(5)), ==, 0x60004324);
    g_assert_cmphex(read_word(board, WORD(6)), ==, 1u << 8);
    g_assert_cmphex(read_word(board, WORD(9)), ==, 0x60000000);
    g_assert_cmphex(read_word(board, WORD(10)), ==, 'k');
    g_assert_cmphex(read_word(board, DHCSR) & S_LOCKUP, !=, 0);
    write_word(board, DHCSR, HALT);
    g_assert_cmphex(read_word(board, DHCSR) & (S_LOCKUP | S_HALT), ==, S_HALT);
}

static void
test_blank_flash_locks_up(void)
{
    g_autoptr(BenchBoard) board = new_board();

    bench_board_run_for(board, MS);
    g_assert_cmphex(read_word(board, DHCSR) & S_LOCKUP, !=, 0);
}

static void
test_halt_step_breakpoint(void)
{
    g_autoptr(BenchBoard) board = new_board_with("spin");
    guint32 value;

    /* Caught at the reset vector, before the first instruction. */
    write_word(board, DHCSR, DEBUGEN);
    write_word(board, DEMCR, 1);
    write_word(board, AIRCR, 0x05fa0004);
    g_assert_cmphex(read_word(board, DHCSR) & S_HALT, !=, 0);
    g_assert_cmphex(read_word(board, DFSR) & 8, !=, 0);
    guint32 entry = read_core(board, R_PC);
    g_assert_cmphex(entry, ==, read_word(board, FLASH + 4) & ~1u);
    g_assert_cmphex(read_core(board, 13), ==, 0x20008000);
    bench_board_run_for(board, MS);
    g_assert_cmphex(read_core(board, R_PC), ==, entry);

    /* One instruction after the other. */
    guint32 pc = entry;
    for (guint i = 0; i < 4; i++) {
        write_word(board, DHCSR, STEP);
        g_assert_cmphex(read_word(board, DHCSR) & S_HALT, !=, 0);
        guint32 next = read_core(board, R_PC);
        g_assert_cmphex(next - pc, >=, 2);
        g_assert_cmphex(next - pc, <=, 4);
        pc = next;
    }

    /* A comparator on the entry stops the next start there. */
    write_word(board, DEMCR, 0);
    write_word(board, FP_CTRL, 3);
    write_word(board, FP_COMP0, (entry & ~3u) | (entry & 2 ? 2u << 30 : 1u << 30) | 1);
    write_word(board, AIRCR, 0x05fa0004);
    g_assert_cmphex(read_word(board, DHCSR) & S_HALT, ==, 0);
    bench_board_run_for(board, MS);
    g_assert_cmphex(read_word(board, DHCSR) & (S_HALT | 2), ==, S_HALT | 2);
    g_assert_cmphex(read_core(board, R_PC), ==, entry);
    write_word(board, FP_COMP0, 0);
    write_word(board, DHCSR, DEBUGEN);
    g_assert_cmpint(bench_board_debug_read_core(board, R_PC, &value), ==, BENCH_DEBUG_FAULT);
    bench_board_run_for(board, 200 * MS);
    g_assert_cmphex(read_word(board, REPORT), ==, DONE);
}

static void
test_connect_under_reset(void)
{
    g_autoptr(BenchBoard) board = new_board_with("sleep");
    guint32 value;

    bench_board_run_for(board, MS);
    bench_board_set_nrst(board, TRUE);
    g_assert_cmpint(bench_board_debug_read(board, RAM, 4, &value), ==, BENCH_DEBUG_FAULT);
    write_word(board, DHCSR, DEBUGEN);
    write_word(board, DEMCR, 1);
    bench_board_run_for(board, MS);
    bench_board_set_nrst(board, FALSE);
    bench_board_run_for(board, MS);
    g_assert_cmphex(read_word(board, DHCSR) & S_HALT, !=, 0);
    g_assert_cmphex(read_core(board, R_PC), ==, read_word(board, FLASH + 4) & ~1u);
}

static void
test_no_chip(void)
{
    g_autoptr(BenchBoard) board = new_board();
    guint32 value;

    bench_board_set_swd_connected(board, FALSE);
    g_assert_cmpint(bench_board_debug_read(board, RAM, 4, &value), ==, BENCH_DEBUG_NO_CHIP);
    bench_board_set_swd_connected(board, TRUE);
    g_assert_cmpint(bench_board_debug_read(board, RAM, 4, &value), ==, BENCH_DEBUG_OK);
    g_assert_cmpint(bench_board_debug_read(board, 0x60000000, 4, &value), ==, BENCH_DEBUG_FAULT);
    write_word(board, DHCSR, HALT);
    bench_board_set_supply_mv(board, 0);
    g_assert_cmpint(bench_board_debug_read(board, RAM, 4, &value), ==, BENCH_DEBUG_NO_CHIP);
    g_assert_cmpuint(bench_board_get_supply_mv(board), ==, 0);
    bench_board_set_supply_mv(board, 3300);
    g_assert_cmphex(read_word(board, DHCSR) & 3, ==, 0);
}

/* Places the loader at `base`, starts it and returns; the caller lets time pass. */
static void
start_loader(BenchBoard *board, guint32 base)
{
    g_autoptr(GBytes) code = load("loader");
    gsize size, done;
    const guint8 *bytes = g_bytes_get_data(code, &size);

    write_word(board, DHCSR, HALT);
    clear_report(board);
    if (base == FLASH) {
        memcpy(bench_board_get_flash(board, &done), bytes, size);
        bench_board_flash_changed(board);
    } else {
        g_assert_cmpint(bench_board_debug_write_block(board, base, 1, bytes, size, &done), ==,
                        BENCH_DEBUG_OK);
        g_assert_cmpuint(done, ==, size);
    }
    bench_board_debug_write_core(board, 13, 0x20001000);
    bench_board_debug_write_core(board, R_PC, base);
    bench_board_debug_write_core(board, 16, 1u << 24);
    write_word(board, DHCSR, DEBUGEN);
}

static void
test_loader(void)
{
    g_autoptr(BenchBoard) board = new_board();
    guint32 value;
    gsize size;
    guint8 *flash = bench_board_get_flash(board, &size);

    memset(flash + 0x4000, 0, 0x4000);
    bench_board_flash_changed(board);
    start_loader(board, RAM);
    bench_board_run_for(board, 100 * MS);
    /* The bus stalls while the sector is erased; RAM and registers answer. */
    g_assert_cmpint(bench_board_debug_read(board, FLASH, 4, &value), ==, BENCH_DEBUG_WAIT);
    g_assert_cmphex(read_word(board, 0x40023c0c) & 1u << 16, !=, 0);
    g_assert_cmphex(read_word(board, DHCSR) & S_HALT, ==, 0);
    bench_board_run_for(board, 200 * MS);
    g_assert_cmphex(read_word(board, DHCSR) & (S_HALT | 2), ==, S_HALT | 2);
    g_assert_cmphex(read_word(board, REPORT), ==, DONE);
    /* 250 ms at 16 MHz, and 64 times 16 us. */
    g_assert_cmpuint(read_word(board, WORD(0)), >=, 4000000);
    g_assert_cmpuint(read_word(board, WORD(0)), <, 4000100);
    g_assert_cmpuint(read_word(board, WORD(1)), >=, 64 * 256);
    g_assert_cmpuint(read_word(board, WORD(1)), <, 64 * 320);
    for (guint32 i = 0; i < 64; i++)
        g_assert_cmphex(read_word(board, FLASH + 0x4000 + 4 * i), ==, 0xa5000000 + i);
    g_assert_cmphex(read_word(board, FLASH + 0x4100), ==, 0xffffffff);
    g_assert_cmpuint(flash[0x7fff], ==, 0xff);
    g_assert_cmpuint(bench_board_get_counters(board)->sector_erases[1], ==, 1);
    g_assert_cmpuint(bench_board_get_counters(board)->programs, ==, 64);
}

static void
test_power_cut(void)
{
    g_autofree guint8 *first = NULL;

    for (guint run = 0; run < 2; run++) {
        g_autoptr(BenchBoard) board = new_board();
        gsize size;
        const guint8 *flash = bench_board_get_flash(board, &size);

        start_loader(board, RAM);
        bench_board_cut_power_at(board, 11, FALSE); /* after the erase, the word numbered 10 */
        bench_board_run_for(board, 400 * MS);
        g_assert_false(bench_board_has_power(board));
        g_assert_cmphex(*(const guint32 *)(flash + 0x4024), ==, 0xa5000009);
        g_assert_cmphex(*(const guint32 *)(flash + 0x402c), ==, 0xffffffff);
        g_assert_cmphex(*(const guint32 *)(flash + 0x4028) & 0xa500000a, ==, 0xa500000a);
        bench_board_set_power(board, TRUE);
        g_assert_true(bench_board_has_power(board));
        g_assert_cmphex(read_word(board, FLASH + 0x4024), ==, 0xa5000009);
        if (first == NULL)
            first = g_memdup2(flash, size);
        else
            g_assert_cmpmem(first, size, flash, size);
    }
}

static void
test_debugger_writes_flash(void)
{
    g_autoptr(BenchBoard) board = new_board();
    gsize done;

    write_word(board, DHCSR, HALT);
    write_word(board, 0x40023c04, 0x45670123);
    write_word(board, 0x40023c04, 0xcdef89ab);
    write_word(board, 0x40023c10, 2u << 8 | 1);
    g_assert_cmpint(
        bench_board_debug_write_block(board, FLASH, 4, (const guint8 *)"firmware", 8, &done), ==,
        BENCH_DEBUG_WAIT);
    g_assert_cmpuint(done, ==, 4);
    bench_board_run_for(board, 20000);
    g_assert_cmphex(read_word(board, FLASH), ==, 0x6d726966);
    g_assert_cmphex(read_word(board, FLASH + 4), ==, 0xffffffff);
}

static void
test_read_protection(void)
{
    g_autoptr(BenchBoard) board = new_board_with("sleep");
    guint32 value;

    bench_board_protect(board, 1, 0);
    bench_board_set_power(board, FALSE);
    bench_board_set_power(board, TRUE);
    bench_board_run_for(board, 2 * MS);
    g_assert_cmpint(bench_board_debug_read(board, FLASH, 4, &value), ==, BENCH_DEBUG_FAULT);
    /* The look has stopped the product. */
    guint32 ticks = read_word(board, WORD(0));
    bench_board_run_for(board, 10 * MS);
    g_assert_cmpuint(read_word(board, WORD(0)), ==, ticks);
    g_assert_cmphex(read_word(board, DHCSR) & S_LOCKUP, !=, 0);
}

static void
write_options(BenchBoard *board, guint32 optcr)
{
    write_word(board, 0x40023c08, 0x08192a3b);
    write_word(board, 0x40023c08, 0x4c5d6e7f);
    write_word(board, 0x40023c14, optcr | 2);
    while (bench_board_flash_busy_until_ns(board) != 0)
        bench_board_run_for(board, 1 * MS);
    write_word(board, 0x40023c14, optcr | 1);
}

/* Read protection stops a product that runs under a debugger; option bytes stay open to it, OTP does
 * not. */
static void
test_locked_while_it_runs(void)
{
    g_autoptr(BenchBoard) board = new_board_with("sleep");
    guint32 value, ticks;

    bench_board_run_for(board, 2 * MS);
    g_assert_cmphex(read_word(board, 0x1fff7800), ==, 0xffffffff);
    write_options(board, 0x0fff55ec);
    ticks = read_word(board, WORD(0));
    bench_board_run_for(board, 10 * MS);
    g_assert_cmpuint(read_word(board, WORD(0)), ==, ticks);
    g_assert_cmpint(bench_board_debug_read(board, FLASH, 4, &value), ==, BENCH_DEBUG_FAULT);
    g_assert_cmpint(bench_board_debug_read(board, 0x1fff7800, 4, &value), ==, BENCH_DEBUG_FAULT);
    g_assert_cmphex(read_word(board, 0x1fffc000), ==, 0xaa0055ff);
    /* Without a debugger it runs on after the next power-on. */
    bench_board_set_power(board, FALSE);
    bench_board_set_power(board, TRUE);
    bench_board_run_for(board, 20 * MS);
    g_assert_cmpuint(read_word(board, WORD(0)), >, ticks);
}

static void
test_sealed(void)
{
    g_autoptr(BenchBoard) board = new_board_with("sleep");
    guint32 value;

    write_options(board, 0x0fffccec);
    g_assert_cmphex(read_word(board, 0x40023c14), ==, 0x0fffcced);
    bench_board_set_nrst(board, TRUE);
    bench_board_set_nrst(board, FALSE);
    g_assert_cmpint(bench_board_debug_read(board, DHCSR, 4, &value), ==, BENCH_DEBUG_NO_CHIP);
    bench_board_set_power(board, FALSE);
    bench_board_set_power(board, TRUE);
    g_assert_cmpint(bench_board_debug_read(board, DHCSR, 4, &value), ==, BENCH_DEBUG_NO_CHIP);
}

/* The code stands in the flash that it erases: the core stalls, so it sees BSY never set. */
static void
test_code_in_busy_flash(void)
{
    g_autoptr(BenchBoard) board = new_board();

    start_loader(board, FLASH);
    bench_board_run_for(board, 100 * MS);
    g_assert_cmphex(read_word(board, WORD(0)), ==, 0);
    bench_board_run_for(board, 200 * MS);
    g_assert_cmphex(read_word(board, REPORT), ==, DONE);
    g_assert_cmpuint(read_word(board, WORD(0)), >=, 4000000);
    g_assert_cmpuint(read_word(board, WORD(0)), <, 4000100);
    g_assert_cmphex(read_word(board, FLASH + 0x40fc), ==, 0xa500003f);
}

static void
test_stuck_busy(void)
{
    g_autoptr(BenchBoard) board = new_board();

    bench_board_stick_busy(board, TRUE);
    start_loader(board, RAM);
    bench_board_run_for(board, 10000 * MS);
    g_assert_cmphex(read_word(board, REPORT), ==, 0);
    g_assert_cmphex(read_word(board, 0x40023c0c) & 1u << 16, !=, 0);
    bench_board_stick_busy(board, FALSE);
    bench_board_set_power(board, FALSE);
    bench_board_set_power(board, TRUE);
    start_loader(board, RAM);
    bench_board_run_for(board, 400 * MS);
    g_assert_cmphex(read_word(board, REPORT), ==, DONE);
}

/* How the time is cut into slices makes no difference. */
static void
test_determinism(void)
{
    static const char *const names[] = {"exceptions", "spin", "sleep"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(BenchBoard) one = new_board_with(names[i]);
        g_autoptr(BenchBoard) other = new_board_with(names[i]);
        guint8 a[1024], b[1024];
        gsize done;

        bench_board_run_for(one, 20 * MS);
        for (guint64 ns = 0, slice = 1; ns < 20 * MS; ns += slice, slice = slice * 7 % 99991) {
            slice = MIN(slice, 20 * MS - ns);
            bench_board_run_for(other, slice);
        }
        g_assert_cmpuint(bench_board_now_ns(one), ==, bench_board_now_ns(other));
        write_word(one, DHCSR, HALT);
        write_word(other, DHCSR, HALT);
        for (guint reg = 0; reg < 19; reg++)
            g_assert_cmphex(read_core(one, reg), ==, read_core(other, reg));
        for (guint32 addr = RAM; addr < RAM + 128 * 1024; addr += sizeof a) {
            bench_board_debug_read_block(one, addr, 4, a, sizeof a, &done);
            bench_board_debug_read_block(other, addr, 4, b, sizeof b, &done);
            g_assert_cmpmem(a, sizeof a, b, sizeof b);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (argc != 2)
        g_error("expected the folder of the programs");
    programs = argv[1];
    g_test_add_func("/bench/board/exceptions", test_exceptions);
    g_test_add_func("/bench/board/sleep", test_sleep);
    g_test_add_func("/bench/board/spin", test_spin);
    g_test_add_func("/bench/board/reset-keeps-ram", test_reset_keeps_ram);
    g_test_add_func("/bench/board/faults", test_faults);
    g_test_add_func("/bench/board/blank-flash-locks-up", test_blank_flash_locks_up);
    g_test_add_func("/bench/board/halt-step-breakpoint", test_halt_step_breakpoint);
    g_test_add_func("/bench/board/connect-under-reset", test_connect_under_reset);
    g_test_add_func("/bench/board/no-chip", test_no_chip);
    g_test_add_func("/bench/board/loader", test_loader);
    g_test_add_func("/bench/board/power-cut", test_power_cut);
    g_test_add_func("/bench/board/debugger-writes-flash", test_debugger_writes_flash);
    g_test_add_func("/bench/board/read-protection", test_read_protection);
    g_test_add_func("/bench/board/locked-while-it-runs", test_locked_while_it_runs);
    g_test_add_func("/bench/board/sealed", test_sealed);
    g_test_add_func("/bench/board/code-in-busy-flash", test_code_in_busy_flash);
    g_test_add_func("/bench/board/stuck-busy", test_stuck_busy);
    g_test_add_func("/bench/board/determinism", test_determinism);
    return g_test_run();
}
