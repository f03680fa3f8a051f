/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The crc of the twelve commands (docs/protocol.md, section 1). Not zlib's, which the extensions have. */
guint32 inlay_boot_crc(const guint8 *bytes, gsize size);

G_END_DECLS
