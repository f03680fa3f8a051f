/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/boot-client.h"
#include "transports/flasher.h"

G_BEGIN_DECLS

/*
 * Flash behind our UART bootloader: digests on the chip, and streams, into which the erase of their
 * sector is merged. boot, chip and target (who is told of progress) outlive it.
 */
InlayFlasher *
inlay_uart_flasher_new(InlayBoot *boot, const InlayChip *chip, guint row, InlayTarget *target);

/* Reads by whichever way the bootloader has, and tells the target how far it is. */
gboolean inlay_uart_read(InlayBoot *boot,
                         InlayRange range,
                         guint8 *out,
                         InlayTarget *target,
                         GCancellable *cancellable,
                         GError **error);

/* The next run of bytes from `offset` on that are not all 0xFF, with no `gap` of 0xFF in it; from
 * one whole word to another, counted from `bytes`. FALSE: there is none. */
gboolean inlay_uart_find_run(
    const guint8 *bytes, gsize size, gsize offset, gsize gap, gsize *first, gsize *end);

G_END_DECLS
