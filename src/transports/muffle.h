/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Keeps what a library prints off this process's stdout and stderr, which carry events and messages:
 * between begin and end both go to a file in memory. The process has one pair of streams, so only one
 * thread may do this at a time, and nothing else may print meanwhile.
 */
typedef struct {
    int streams[2]; /* where stdout and stderr lead otherwise */
    int file;
} InlayMuffle;

/* FALSE, with an error of INLAY_ERROR: nothing was redirected, and the library must not be called. */
gboolean inlay_muffle_begin(InlayMuffle *muffle, GError **error);

/* What was printed, at most its first 4 KiB. (transfer full) */
char *inlay_muffle_end(InlayMuffle *muffle);

G_END_DECLS
