/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Device nodes ("/dev/ttyUSB0"): who has one open, and who may. */

/* Which other process has it open, as far as this user may see: "openocd (process 4711)"; NULL.
 * (transfer full) */
char *inlay_node_find_holder(const char *path);

/* ADAPTER_BUSY, naming who has it open. */
void inlay_node_set_busy(GError **error, const char *address, const char *path);

/* ADAPTER_PERMISSION, saying who may open it. */
void inlay_node_set_denied(GError **error, const char *address, const char *path);

G_END_DECLS
