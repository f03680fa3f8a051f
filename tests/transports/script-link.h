/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/link.h"

G_BEGIN_DECLS

/* A link that plays a script: what the host must send, byte for byte, and what it gets. */

typedef struct {
    const char *command; /* hex, without the zeros that fill it up; NULL ends the script */
    const char *out;     /* hex; NULL: no data may be sent; "*N": any N bytes */
    const char *in; /* hex; NULL: nothing may be asked; "*N": N zeros; "!ID": fails with that id */
} ScriptStep;

typedef struct {
    InlayLink base;
    const ScriptStep *next;
    guint resets;
} ScriptLink;

/* `steps` must outlive it. */
InlayLink *script_link_new(guint16 product_id, const ScriptStep *steps);

/* TRUE when the whole script was played. */
gboolean script_link_is_done(const ScriptLink *link);

G_END_DECLS
