/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/boot-client.h"
#include "transports/boot-frame.h"

G_BEGIN_DECLS

/* What the files of the client share. */

#define INLAY_BOOT_ROUNDS 3 /* of the first question, each with twice the patience */
#define INLAY_BOOT_TRIES 6  /* a question is sent at most */

struct InlayBoot {
    InlaySerial *serial;
    InlayBootDialect dialect;
    InlayBootCounters counters;
    guint8 tag; /* the last one used */

    guint8 in[4 * INLAY_BOOT_EXTENDED_MAX]; /* what has arrived and is no frame yet */
    gsize n_in;
    gsize n_taken;          /* of it, the frame that was given out last */
    gint64 last_arrival_us; /* when something came */
    gboolean has_heard;     /* anything at all since this was last cleared */
};

static inline gint64
inlay_boot_now(const InlayBoot *boot)
{
    return boot->serial->ops->now_us(boot->serial);
}

static inline gint64
inlay_boot_line_us(const InlaySerial *serial, gsize bytes)
{
    return (gint64)bytes * 10 * G_USEC_PER_SEC / MAX(serial->baud, 1);
}

/* -- boot-client.c -- */

/* Hands a frame to the port and counts it. */
gboolean inlay_boot_write(InlayBoot *boot,
                          const guint8 *frame,
                          gsize size,
                          gboolean again,
                          GCancellable *c,
                          GError **error);
/* Adds to `in` what arrives within the time: how much, 0 when nothing does, -1: error. */
gssize inlay_boot_listen(InlayBoot *boot, gint64 timeout_us, GCancellable *c, GError **error);

/* After so long without a frame from the chip, what was asked is lost. */
gint64 inlay_boot_get_silence_us(const InlayBoot *boot);

/* -- boot-probe.c -- */

/* Finds out who listens on boot->serial and how it speaks. BOOTLOADER_NOT_FOUND. */
gboolean inlay_boot_probe(InlayBoot *boot, guint rounds, GCancellable *c, GError **error);
/* Drops what comes until nothing has for `quiet_us`; a line that is never quiet is not waited for. */
gboolean inlay_boot_settle(InlayBoot *boot, gint64 quiet_us, GCancellable *c, GError **error);
/* After a question that was not answered right: brings the bootloader back to the beginning of a
 * frame. FALSE without an error: it does not answer GET_VER. */
gboolean inlay_boot_recover(InlayBoot *boot, GCancellable *c, GError **error);

/* -- boot-twelve.c -- */

/* Asks one of the twelve once, in the dialect; an answer has `least` to `most` bytes. A verdict of MORE: none
 * came whole. FALSE: error. */
typedef struct {
    guint8 command;
    const guint8 *payload;
    gsize size;
    gsize least, most;
    guint32 addr;      /* for messages */
    gboolean is_order; /* its answer is a status, or nothing */
    gint64 patience_us;
} InlayBootQuestion;
gboolean inlay_boot_exchange(InlayBoot *boot,
                             const InlayBootQuestion *question,
                             gboolean again,
                             InlayBootVerdict *verdict,
                             guint8 out[256],
                             gsize *n,
                             GCancellable *c,
                             GError **error);

/* -- boot-extensions.c -- */

/* Fills in the dialect's extensions, if it has any. */
gboolean inlay_boot_load_capabilities(InlayBoot *boot, GCancellable *c, GError **error);

/* -- boot-words.c -- */

/* BOARD_LOST when nothing was heard of it, else LINE_NOISY. Returns FALSE. */
gboolean inlay_boot_give_up(guint8 command, guint32 addr, gboolean heard, GError **error);
/* "MEM_READ of 0x08000000", or without an address. (transfer full) */
char *inlay_boot_describe(guint8 command, guint32 addr);

G_END_DECLS
