/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "firmware/proto/boot.h"
#include "native-board.h"

G_BEGIN_DECLS

/* A host for tests of the bootloader's core: each byte by hand, and no patience. */

void boot_line_send(InlaySerial *serial, const guint8 *bytes, gsize size);
void boot_line_send_base(InlaySerial *serial,
                         gboolean length_has_crc,
                         guint8 command,
                         const guint8 *payload,
                         gsize size);
void boot_line_send_extended(
    InlaySerial *serial, guint8 command, guint8 tag, const guint8 *arguments, gsize size);
/* All that comes until the line is quiet for so long. */
GByteArray *boot_line_hear(InlaySerial *serial, guint quiet_ms);

/* A command of the twelve and its answer, without A5, command and n; NULL: 7F. */
GByteArray *boot_line_ask_base(InlaySerial *serial,
                               gboolean length_has_crc,
                               guint8 command,
                               const guint8 *payload,
                               gsize size);

/* The next extended frame that is neither BUSY nor WINDOW: its body; NULL: none within the time. */
GByteArray *boot_line_next(InlaySerial *serial, guint limit_ms);
/* An extension and its answer's data; -1: no answer. */
gint boot_line_ask(InlaySerial *serial,
                   guint8 command,
                   guint8 tag,
                   const guint8 *arguments,
                   gsize size,
                   GByteArray **data);

/* One stream as a whole, while nothing is lost: the status of its CLOSE, or of OPEN; -1: no answer. */
gint boot_line_stream(
    InlaySerial *serial, guint8 tag, guint32 addr, guint8 flags, const guint8 *bytes, gsize size);

/* A program that can be started from the application's place: vectors, then noise of this seed. */
GByteArray *boot_line_make_app(guint32 base, gsize size, guint32 seed);

G_END_DECLS
