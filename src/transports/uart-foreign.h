/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/access.h"
#include "transports/boot-client.h"
#include "transports/flasher.h"

G_BEGIN_DECLS

/* Bootloaders of the family that others wrote: the twelve commands, of which some may be refused. `boot` and
 * `target` (who is told of progress) outlive all. */

/* Digests of what is read back; each operation is done when it is asked for. */
InlayFlasher *inlay_uart_foreign_new(InlayBoot *boot, InlayTarget *target);

/* What it tells of the chip; where it does not tell how much flash there is, access->chip is believed. */
gboolean inlay_uart_identify_foreign(InlayBoot *boot,
                                     const InlayAccess *access,
                                     InlayIdentity *identity,
                                     GCancellable *cancellable,
                                     GError **error);

/* Its application, unless it refuses to. */
gboolean inlay_uart_start_foreign(InlayBoot *boot, GError **error);

/* By what DBGMCU_IDCODE says, or GET_CID; NULL: not in our table. */
const InlayChip *inlay_uart_find_chip(guint32 idcode, guint flash_kib);

G_END_DECLS
