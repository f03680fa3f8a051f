/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A board of memory only, for the tests of what is in front of it: no core runs, and flash is
 * memory that ignores writes. Its time is what it is told.
 */
#include "bench/board.h"

#include <string.h>

#define FLASH_BASE 0x08000000u
#define FLASH_SIZE 0x80000u
#define RAM_BASE 0x20000000u
#define RAM_SIZE 0x20000u

struct BenchBoard {
    guint8 flash[FLASH_SIZE], ram[RAM_SIZE];
    guint32 dhcsr;
    guint64 now_ns, busy_until_ns;
    guint supply_mv;
    gboolean power, swd;
    GString *events;
    BenchBoardCounters counters;
    guint32 sector_erases[8];
};

/* What is read at fixed addresses: CPUID, DBGMCU_IDCODE and flash size of an F411. */
static const struct {
    guint32 addr, word;
} words[] = {{0xE000ED00, 0x410FC241}, {0xE0042000, 0x10006431}, {0x1FFF7A20, 0x02000000}};

BenchBoard *
bench_board_new(const BenchBoardConfig *config, GError **error)
{
    BenchBoard *board = g_new0(BenchBoard, 1);
    memset(board->flash, 0xFF, sizeof board->flash);
    board->supply_mv = config->supply_mv;
    board->power = config->supply_mv > 0;
    board->swd = TRUE;
    board->events = g_string_new(NULL);
    board->counters.sector_erases = board->sector_erases;
    board->counters.n_sectors = G_N_ELEMENTS(board->sector_erases);
    return board;
}

void
bench_board_free(BenchBoard *board)
{
    if (board == NULL)
        return;
    g_string_free(board->events, TRUE);
    g_free(board);
}

guint64
bench_board_now_ns(const BenchBoard *board)
{
    return board->now_ns;
}

void
bench_board_run_for(BenchBoard *board, guint64 ns)
{
    board->now_ns += ns;
}

guint64
bench_board_flash_busy_until_ns(const BenchBoard *board)
{
    return board->busy_until_ns > board->now_ns ? board->busy_until_ns : 0;
}

void
bench_board_set_power(BenchBoard *board, gboolean on)
{
    board->power = on;
}

gboolean
bench_board_has_power(const BenchBoard *board)
{
    return board->power;
}

guint
bench_board_get_supply_mv(const BenchBoard *board)
{
    return board->supply_mv;
}

void
bench_board_set_supply_mv(BenchBoard *board, guint supply_mv)
{
    board->supply_mv = supply_mv;
    board->power = supply_mv > 0;
}

void
bench_board_set_nrst(BenchBoard *board, gboolean low)
{
    if (low)
        board->dhcsr |= 1u << 25; /* S_RESET_ST */
}

void
bench_board_press(BenchBoard *board, gboolean pressed)
{
}

gboolean
bench_board_get_led(const BenchBoard *board)
{
    return FALSE;
}

GString *
bench_board_take_uart(BenchBoard *board)
{
    return g_string_new(NULL);
}

const GString *
bench_board_get_events(const BenchBoard *board)
{
    return board->events;
}

/* It has no UARTs, and no wires for a serial adapter. */

gboolean
bench_board_has_uart(const BenchBoard *board, guint32 uart_base)
{
    return FALSE;
}

void
bench_board_attach(BenchBoard *board, BenchUartPeer *peer)
{
}

void
bench_board_detach(BenchBoard *board, BenchUartPeer *peer)
{
}

void
bench_board_peer_moved(BenchBoard *board)
{
}

void
bench_board_uart_receive(BenchBoard *board,
                         guint32 uart_base,
                         const BenchUartFrame *frame,
                         guint64 start_ns)
{
}

void
bench_board_run_until_stopped(BenchBoard *board, guint64 ns)
{
    board->now_ns += ns;
}

void
bench_board_stop(BenchBoard *board)
{
}

gboolean
bench_board_is_idle(const BenchBoard *board)
{
    return TRUE;
}

void
bench_board_set_boot0(BenchBoard *board, gboolean high)
{
}

guint8 *
bench_board_get_flash(BenchBoard *board, gsize *size)
{
    *size = FLASH_SIZE;
    return board->flash;
}

void
bench_board_flash_changed(BenchBoard *board)
{
}

const guint8 *
bench_board_get_area(BenchBoard *board, BenchFlashArea area, gsize *size)
{
    *size = 0;
    return NULL;
}

gboolean
bench_board_set_area(BenchBoard *board, BenchFlashArea area, const guint8 *bytes, gsize size)
{
    return FALSE;
}

char *
bench_board_describe_options(BenchBoard *board)
{
    return g_strdup("");
}

void
bench_board_cut_power_at(BenchBoard *board, guint n, gboolean erases_only)
{
}

/* Stuck here: busy for the next second. */
void
bench_board_stick_busy(BenchBoard *board, gboolean stuck)
{
    board->busy_until_ns = stuck ? board->now_ns + 1000000000u : 0;
}

void
bench_board_protect(BenchBoard *board, guint rdp_level, guint32 wrp_sectors)
{
}

const BenchBoardCounters *
bench_board_get_counters(const BenchBoard *board)
{
    return &board->counters;
}

static guint8 *
find_memory(BenchBoard *board, guint32 addr, guint size)
{
    if (addr >= FLASH_BASE && addr + size <= FLASH_BASE + FLASH_SIZE)
        return board->flash + (addr - FLASH_BASE);
    if (addr >= RAM_BASE && addr + size <= RAM_BASE + RAM_SIZE)
        return board->ram + (addr - RAM_BASE);
    return NULL;
}

BenchDebugStatus
bench_board_debug_read(BenchBoard *board, guint32 addr, guint size, guint32 *value)
{
    const guint8 *memory = find_memory(board, addr, size);
    *value = 0;
    if (!board->power || !board->swd)
        return BENCH_DEBUG_NO_CHIP;
    if (memory != NULL) {
        memcpy(value, memory, size);
        return BENCH_DEBUG_OK;
    }
    if (addr == 0xE000EDF0) {
        *value = board->dhcsr | (board->dhcsr & 2) << 16;
        board->dhcsr &= ~(1u << 25);
        return BENCH_DEBUG_OK;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (words[i].addr == addr)
            *value = words[i].word;
    return addr >= 0x60000000 && addr < 0xE0000000 ? BENCH_DEBUG_FAULT : BENCH_DEBUG_OK;
}

BenchDebugStatus
bench_board_debug_write(BenchBoard *board, guint32 addr, guint size, guint32 value)
{
    guint8 *memory = find_memory(board, addr, size);
    if (!board->power || !board->swd)
        return BENCH_DEBUG_NO_CHIP;
    if (memory != NULL && addr >= RAM_BASE)
        memcpy(memory, &value, size);
    if (addr == 0xE000EDF0)
        board->dhcsr = (board->dhcsr & ~0xFu) | (value & 0xFu);
    return addr >= 0x60000000 && addr < 0xE0000000 ? BENCH_DEBUG_FAULT : BENCH_DEBUG_OK;
}

BenchDebugStatus
bench_board_debug_read_block(
    BenchBoard *board, guint32 addr, guint size, guint8 *out, gsize n_bytes, gsize *done)
{
    for (*done = 0; *done < n_bytes; *done += size) {
        guint32 value;
        BenchDebugStatus status =
            bench_board_debug_read(board, addr + (guint32)*done, size, &value);
        if (status != BENCH_DEBUG_OK)
            return status;
        memcpy(out + *done, &value, size);
    }
    return BENCH_DEBUG_OK;
}

BenchDebugStatus
bench_board_debug_write_block(
    BenchBoard *board, guint32 addr, guint size, const guint8 *bytes, gsize n_bytes, gsize *done)
{
    for (*done = 0; *done < n_bytes; *done += size) {
        guint32 value = 0;
        memcpy(&value, bytes + *done, size);
        BenchDebugStatus status =
            bench_board_debug_write(board, addr + (guint32)*done, size, value);
        if (status != BENCH_DEBUG_OK)
            return status;
    }
    return BENCH_DEBUG_OK;
}

BenchDebugStatus
bench_board_debug_read_core(BenchBoard *board, guint reg, guint32 *value)
{
    *value = reg;
    return BENCH_DEBUG_OK;
}

BenchDebugStatus
bench_board_debug_write_core(BenchBoard *board, guint reg, guint32 value)
{
    return BENCH_DEBUG_OK;
}

guint32
bench_board_get_dpidr(const BenchBoard *board)
{
    return 0x2BA01477;
}

void
bench_board_set_swd_connected(BenchBoard *board, gboolean connected)
{
    board->swd = connected;
}
