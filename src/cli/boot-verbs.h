/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "transports/boot-client.h"

G_BEGIN_DECLS

/* One command of `inlay boot`: what was asked for, and what came of it, for people and for programs. */
typedef struct {
    guint32 addr, size;   /* of memory; size of `bytes` too */
    guint8 first, count;  /* sectors to erase */
    guint8 sectors, mode; /* to protect: a bit each */
    guint8 block;         /* of OTP */
    guint8 *bytes;        /* to write; owned */
    const char *output;   /* a file for what is read; NULL: none */
    gboolean is_for_ever; /* it writes OTP */
    gboolean is_an_erase; /* or it erases */
    JsonObject *event;    /* owned */
    GString *text;        /* lines; owned */
} InlayBootErrand;

typedef gboolean (*InlayBootFunc)(InlayBoot *boot,
                                  InlayBootErrand *errand,
                                  GCancellable *cancellable,
                                  GError **error);

/* What a verb does ("ver"), and how it takes its arguments; NULL: it has none. */
typedef struct {
    const char *word;
    gboolean (*take)(InlayBootErrand *errand, char **arguments, GError **error);
    InlayBootFunc perform;
} InlayBootVerb;

const InlayBootVerb *
inlay_boot_verb_find(const char *word); /* never NULL for a verb of the table */

void inlay_boot_errand_clear(InlayBootErrand *errand);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(InlayBootErrand, inlay_boot_errand_clear)

G_END_DECLS
