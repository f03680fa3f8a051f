/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "firmware/boot-line.h"
#include "firmware/bootloader/port.h"
#include "fuzz.h"

#define FLASH 0x08000000u

/* Records of what comes over the line: a kind, a length, bytes. Chance does not find a crc, so frames get
 * theirs. The native board itself asserts that the core stays within its memories. */
enum { RAW, BASE, BASE_WITHOUT, EXTENDED, PAUSE, N_KINDS };

static void
play(InlaySerial *serial, const uint8_t *bytes, size_t size)
{
    while (size >= 2) {
        const guint kind = bytes[0] % N_KINDS;
        const gsize n = MIN(bytes[1], size - 2);
        const guint8 *at = bytes + 2;

        if (kind == RAW && n > 0)
            boot_line_send(serial, at, n);
        else if ((kind == BASE || kind == BASE_WITHOUT) && n > 0 && n <= 250)
            boot_line_send_base(serial, kind == BASE, at[0], at + 1, n - 1);
        else if (kind == EXTENDED && n > 1)
            boot_line_send_extended(serial, at[0], at[1], at + 2, n - 2);
        else if (kind == PAUSE)
            g_byte_array_unref(boot_line_hear(serial, (guint)n * 30));
        bytes += 2 + n;
        size -= 2 + n;
    }
}

/* Whatever comes over the line, the bootloader's sectors stay, and after a start it answers, unless it has an
 * application to start. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const NativeBoardConfig config = {.seed = 1};
    g_autoptr(NativeBoard) board = native_board_new(&config);
    g_autoptr(InlaySerial) serial = native_board_open(board);
    guint8 *flash = native_board_get_flash(board, NULL);
    const gsize own_size = port_chip.app_base - FLASH;
    g_autofree guint8 *own = g_memdup2(flash, own_size);

    play(serial, bytes, size);
    g_byte_array_unref(boot_line_hear(serial, 6000));
    g_assert_cmpmem(flash, own_size, own, own_size);

    native_board_power(board);
    if (!native_board_runs_application(board)) {
        g_autoptr(GByteArray) version = boot_line_ask_base(serial, TRUE, BOOT_GET_VER, NULL, 0);
        g_assert_nonnull(version);
    }
    return 0;
}
