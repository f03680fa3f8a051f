/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a compressed file may become: far beyond the flash of any microcontroller, debug information
 * included, and far below what a file made to fill the memory would ask for. */
#define INLAY_GZIP_LIMIT (256u * 1024 * 1024)

/* Whether the file calls itself gzip; it may be damaged nevertheless. */
gboolean inlay_gzip_is(GBytes *file);

/* (transfer full) Decompresses a gzip file, of one or more members, into `limit` bytes at most.
 * `name` is for messages. Errors: IMAGE_CORRUPT. */
GBytes *inlay_gzip_unpack(const char *name, GBytes *file, gsize limit, GError **error);

G_END_DECLS
