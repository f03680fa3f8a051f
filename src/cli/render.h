/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/event.h"

G_BEGIN_DECLS

/* Shows events to a person: sentences on stdout, a failure on stderr, a progress bar when stdout is a
 * terminal. Knows nothing that the events do not say. */
typedef struct {
    gboolean is_terminal;
    gboolean bar_shown;
    gboolean dry_run;
    gboolean skipped;      /* a check was */
    gboolean changed;      /* a partition was written or erased, or option bytes */
    gboolean is_rehearsal; /* a question follows: a success is not told */
    char *command;
} InlayRenderer;

void inlay_renderer_init(InlayRenderer *renderer);
void inlay_renderer_clear(InlayRenderer *renderer);
void inlay_renderer_show(InlayRenderer *renderer, JsonObject *event);

G_END_DECLS
