/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "layout.h"

G_BEGIN_DECLS

/* What the firmware's build takes from a layout, as text (the caller frees): the layout stays the
 * one source. */

/* A linker script fragment: MEMORY with FLASH and RAM of the partition, and the symbol __mailbox.
 */
char *inlay_layout_export_memory(const InlayLayout *layout, const InlayPartition *partition);

/* A C header with the mailbox and one row a bootable partition, the default first: BOOT_MAILBOX and
 * BOOT_TABLE. */
char *inlay_layout_export_boot_table(const InlayLayout *layout);

G_END_DECLS
