/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "layout.h"

G_BEGIN_DECLS

/* What the firmware's build takes from a layout, as text (the caller frees): the layout stays the
 * one source. Addresses and sizes are written as 0x%08x. */

/*
 * A linker script fragment (C comments are allowed in both texts). RAM is the partition's `ram`, or
 * all of the chip's. __mailbox is left out when the layout has no mailbox.
 *
 *   MEMORY
 *   {
 *       FLASH (rx) : ORIGIN = 0x08004000, LENGTH = 0x00020000
 *       RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 0x0001fff8
 *   }
 *   __mailbox = 0x2001fff8;
 */
char *inlay_layout_export_memory(const InlayLayout *layout, const InlayPartition *partition);

/*
 * A C header: the mailbox, the RAM of the chip (where a vector table may have its stack), and one
 * row a partition with a magic: X(name, magic, base, size), the default first, then by address.
 * There are always the first three lines, BOOT_MAILBOX 0 when the layout has none; behind them, where the
 * layout has a UART bootloader, BOOT_UART_APP_BASE and BOOT_UART_APP_SIZE of what it starts.
 *
 *   #define BOOT_MAILBOX 0x2001fff8u
 *   #define BOOT_RAM_BASE 0x20000000u
 *   #define BOOT_RAM_SIZE 0x00020000u
 *   #define BOOT_TABLE(X) \
 *       X("application1", 0xdeadbeefu, 0x08004000u, 0x00020000u) \
 *       X("application2", 0xcafebabeu, 0x08024000u, 0x00020000u)
 */
char *inlay_layout_export_boot_table(const InlayLayout *layout);

G_END_DECLS
