/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/link.h"

G_BEGIN_DECLS

/*
 * A link that writes down what passes through it, one JSON object a line (docs/trace.md): first who
 * and when, then every exchange. What is sent is on the file before it is sent and what came back as
 * soon as it has come, so that the trace of a crash ends in the command that was under way.
 *
 * When the file takes no more (a full disk), the trace ends there and the job goes on: half a flash
 * would be worse than half a trace.
 */

/* Takes the link, also on failure. The file is new and readable by its owner alone, as it holds what
 * is read from and written to the chip. Errors: FILE. */
InlayLink *inlay_trace_link_new(InlayLink *link, const char *path, GError **error);

G_END_DECLS
