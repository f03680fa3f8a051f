/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

#include "firmware/proto/boot.h"

G_BEGIN_DECLS

/*
 * The frames of docs/protocol.md, as bytes: made for the chip, and found in what it sends. Pure
 * functions; whoever listens keeps the bytes until they are a whole frame.
 */

#define INLAY_BOOT_PAYLOAD_MAX (BOOT_FRAME_MAX - 6)  /* length, command, crc */
#define INLAY_BOOT_ARGUMENTS_MAX (BOOT_BODY_MAX - 2) /* command, tag */
#define INLAY_BOOT_EXTENDED_MAX (BOOT_ANSWER_MAX + BOOT_OVERHEAD)

/* One of the twelve; returns its size. */
gsize inlay_boot_frame_encode(guint8 out[BOOT_FRAME_MAX],
                              gboolean length_has_crc,
                              guint8 command,
                              const guint8 *payload,
                              gsize size);

/* An extended frame; returns its size. */
gsize inlay_boot_extended_encode(guint8 out[BOOT_BODY_MAX + BOOT_OVERHEAD],
                                 guint8 command,
                                 guint8 tag,
                                 const guint8 *arguments,
                                 gsize size);

typedef enum {
    INLAY_BOOT_MORE,    /* may become an answer */
    INLAY_BOOT_ANSWER,  /* is one, to its last byte */
    INLAY_BOOT_REFUSAL, /* 7F */
    INLAY_BOOT_GARBAGE, /* no answer to this command */
} InlayBootVerdict;

/* What the bytes since the question are. *answer (points into them) and *n: the data of an answer, which
 * has `least` to `most` bytes. Answers carry no crc, so nothing in them is passed over. */
InlayBootVerdict inlay_boot_answer_decode(const guint8 *bytes,
                                          gsize size,
                                          gboolean has_command,
                                          guint8 command,
                                          gsize least,
                                          gsize most,
                                          const guint8 **answer,
                                          gsize *n);

/* An answer to GET_VER in either style, wherever it is among other bytes. */
gboolean
inlay_boot_version_find(const guint8 *bytes, gsize size, gboolean *has_command, guint8 *version);

/* The first whole extended frame with a right crc: *body (points into bytes) and its size, of at least
 * command, tag and status; NULL: none yet. Returns how many bytes need not be kept: up to the frame's end,
 * or up to where the next one may begin. */
gsize
inlay_boot_extended_decode(const guint8 *bytes, gsize size, const guint8 **body, gsize *body_size);

G_END_DECLS
