/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/access.h"
#include "transports/boot-client.h"

G_BEGIN_DECLS

#define INLAY_UART_BAUD 115200u /* of a bootloader after its reset, when nothing else is said */

/* The rate at which it is spoken to at first. */
guint inlay_uart_get_baud(const InlayAccess *access);

/* Up to which rates two ends may go together, the highest first; ends with 0. A bootloader that a host
 * has left alone may stand at any of them. */
extern const guint inlay_uart_rates[];

/*
 * Gets into the bootloader behind a port, by ever stronger means until it answers: asks; asks a running
 * program to make place (docs/protocol.md, section 6); with its reset line wired, resets the board, with
 * the button held if that is wired too. BOOT0 stays low. *connected: which of them it took (a constant),
 * NULL: it was there.
 *
 * Takes the port when it succeeds. Errors: those of the port; BOOTLOADER_NOT_FOUND, which says what was
 * tried.
 */
InlayBoot *inlay_uart_enter(InlaySerial *serial,
                            const InlayAccess *access,
                            const char **connected,
                            GCancellable *cancellable,
                            GError **error);

/* Resets the board by its reset line, and lets its button be; FALSE without an error: it is not wired. */
gboolean inlay_uart_reset(InlaySerial *serial,
                          const InlayAccess *access,
                          gboolean with_button,
                          GCancellable *cancellable,
                          GError **error);

G_END_DECLS
