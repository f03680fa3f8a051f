/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "native-private.h"

#include "firmware/bootloader/boot.h"
#include "firmware/bootloader/decision.h"
#include "firmware/bootloader/port.h"
#include "firmware/bootloader/vectors.h"
#include "firmware/proto/boot.h"

/* The core waits inside its calls, so it has a stack of its own; each side runs until it hands over. */
#define STACK_SIZE (256 * 1024)

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifdef HAS_ASAN
#include <sanitizer/common_interface_defs.h>
#define LEAVE(fake, bottom, size) __sanitizer_start_switch_fiber(fake, bottom, size)
#define ENTER(fake, bottom, size) __sanitizer_finish_switch_fiber(fake, bottom, size)
#else
#define LEAVE(fake, bottom, size)
#define ENTER(fake, bottom, size)
#endif

NativeBoard *native_board;

guint32
native_random(NativeBoard *board)
{
    board->random = board->random * 6364136223846793005u + 1442695040888963407u;
    return (guint32)(board->random >> 32);
}

/* -- two stacks -- */

static void
to_host(NativeBoard *board, gboolean for_good)
{
    LEAVE(for_good ? NULL : &board->fake_stack, board->host_bottom, board->host_size);
    swapcontext(&board->core, &board->host);
    ENTER(board->fake_stack, &board->host_bottom, &board->host_size);
}

static void
run_core(void)
{
    ENTER(NULL, &native_board->host_bottom, &native_board->host_size);
    boot_init();
    for (;;)
        boot_poll();
}

static void
to_core(NativeBoard *board)
{
    G_GNUC_UNUSED void *fake_stack = NULL;

    LEAVE(&fake_stack, board->stack, STACK_SIZE);
    swapcontext(&board->host, &board->core);
    ENTER(fake_stack, NULL, NULL);
}

void
native_die(NativeBoard *board)
{
    board->state = NATIVE_OFF;
    to_host(board, TRUE);
    g_assert_not_reached();
}

void
native_sleep_until(NativeBoard *board, guint64 until_ns)
{
    while (board->now_ns < until_ns) {
        native_line_move(board,
                         MIN(MIN(until_ns, board->host_until_ns), native_line_next_ns(board)));
        if (board->now_ns >= board->host_until_ns || native_line_is_readable(board))
            to_host(board, FALSE);
    }
}

/* -- starting -- */

/* What firmware/bootloader/main.c does. */
static void
start(NativeBoard *board)
{
    const struct boot_facts facts = {
        .request = board->request,
        .requested_is_sane =
            board->request == BOOT_REQUEST_START && vectors_are_sane(board->request_addr),
        .app_is_sane = vectors_are_sane(port_chip.app_base),
    };
    const enum boot_choice choice = boot_decide(&facts);

    board->request = 0;
    board->is_reset = FALSE;
    board->started_ns = board->now_ns;
    board->chip_baud = 115200;
    if (choice == BOOT_STARTS_APP || choice == BOOT_STARTS_REQUESTED) {
        board->state = NATIVE_APPLICATION;
        return;
    }
    board->state = NATIVE_CORE;
    g_free(board->stack);
    board->stack = g_malloc(STACK_SIZE);
    getcontext(&board->core);
    board->core.uc_stack.ss_sp = board->stack;
    board->core.uc_stack.ss_size = STACK_SIZE;
    board->core.uc_link = NULL;
    board->fake_stack = NULL;
    makecontext(&board->core, run_core, 0);
}

void
port_reset(uint32_t request, uint32_t address)
{
    NativeBoard *board = native_board;

    native_sleep_until(board, MAX(board->from_chip.free_ns, board->now_ns + 1));
    board->request = request;
    board->request_addr = address;
    board->is_reset = TRUE;
    native_die(board);
    for (;;)
        ;
}

void
native_board_run(NativeBoard *board, guint64 until_ns)
{
    board->host_until_ns = until_ns;
    while (board->now_ns < until_ns && !native_line_is_readable(board)) {
        if (board->is_reset) {
            native_chip_reset(board);
            start(board);
        } else if (board->state == NATIVE_CORE) {
            to_core(board);
        } else {
            native_line_move(board, MIN(until_ns, native_line_next_ns(board)));
        }
    }
}

/* -- for tests -- */

NativeBoard *
native_board_new(const NativeBoardConfig *config)
{
    NativeBoard *board = g_new0(NativeBoard, 1);

    g_assert_null(native_board);
    native_board = board;
    board->random = config->seed * 2 + 1;
    board->tick_ns = (config->tick_us != 0 ? config->tick_us : 1000) * 1000u;
    board->host_baud = 115200;
    native_line_init(board);
    native_chip_init(board, config->sector_sizes);
    native_board_power(board);
    return board;
}

void
native_board_free(NativeBoard *board)
{
    if (board == NULL)
        return;
    native_line_clear(board);
    native_chip_clear(board);
    g_free(board->stack);
    g_free(board);
    native_board = NULL;
}

InlaySerial *
native_board_open(NativeBoard *board)
{
    return native_line_open(board);
}

void
native_board_set_noise(NativeBoard *board, guint drop, guint garble, guint duplicate)
{
    board->drop = drop;
    board->garble = garble;
    board->duplicate = duplicate;
}

void
native_board_cut_at(NativeBoard *board, guint n)
{
    board->is_cut_armed = TRUE;
    board->cut_after = n;
}

void
native_board_stick(NativeBoard *board)
{
    board->is_stuck = TRUE;
}

gboolean
native_board_is_cut(const NativeBoard *board)
{
    return board->state == NATIVE_OFF && !board->is_reset;
}

void
native_board_power(NativeBoard *board)
{
    native_chip_lose_power(board);
    native_chip_reset(board);
    board->is_cut_armed = FALSE;
    board->request = 0;
    start(board);
}

guint8 *
native_board_get_flash(NativeBoard *board, gsize *size)
{
    if (size != NULL)
        *size = board->flash_size;
    return board->flash;
}

guint
native_board_get_operations(const NativeBoard *board)
{
    return board->operations;
}

gboolean
native_board_runs_application(const NativeBoard *board)
{
    return board->state == NATIVE_APPLICATION;
}
