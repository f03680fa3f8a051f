/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Numbers as people write them, the same on the command line and in every file. FALSE leaves *value
 * alone: the text is something else, or more than 32 bits. */

/* "1024", "0x400", "16K", "16KiB", "2M", and sums of these: "128K - 8", "0x08000000 + 16K". */
gboolean inlay_number_parse(const char *text, guint32 *value);

/* A board's supply, 1.0 to 5.5 V: "3.3V", "3300mV", or millivolts "3300". */
gboolean inlay_number_parse_supply(const char *text, guint *millivolts);

G_END_DECLS
