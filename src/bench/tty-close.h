/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* An ioctl of the bench's own: the program is about to close the port (preload-tty.c). Its answer
 * comes when the last bytes have left, as close() waits for them. */
#define BENCH_TTY_CLOSE 0xBE01ul
