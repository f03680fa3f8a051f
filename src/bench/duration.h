/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "1.5s", "100ms", "20us", "7ns"; up to an hour. */
gboolean bench_parse_duration(const char *word, guint64 *ns, GError **error);

G_END_DECLS
