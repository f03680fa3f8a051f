/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/probe.h"
#include "transports/stlink-probe.h"
#include "transports/stlink-products.h"
#include "transports/stlink-protocol.h"

G_BEGIN_DECLS

/*
 * What the files of the ST-LINK share: stlink-open.c (who is there), stlink-command.c (commands and
 * their status, words and blocks of memory), stlink-clock.c (the wire's clock), stlink-probe.c (the
 * operations of InlayProbe). Nothing outside of them includes this.
 */
typedef struct {
    InlayProbe base;
    InlayLink *link; /* owned */
    const InlayStlinkProduct *product;
    InlayStlinkVersion version;
    guint8 status;     /* that the last command on the wires ended with; 0: none was given */
    gboolean attached; /* what the wires garble is repeated at a lower clock */
    struct {
        guint khz;
        guint16 divisor;        /* of a V2 */
    } clocks[STLINK_CLOCK_MAX]; /* fastest first, none above max_khz if there is one */
    guint n_clocks;             /* 0: not known, or it has one clock only */
    guint clock;                /* of clocks[], the one that is set */
} InlayStlink;

#define INLAY_STLINK_NO_ADDR G_MAXUINT32 /* for messages: no word lies there */

/* One command of STLINK_COMMAND_SIZE bytes and its reply, whatever its status. in_size 0: it has
 * none. Errors: the link's. */
gboolean inlay_stlink_exchange(InlayStlink *self,
                               const guint8 *command,
                               guint8 *in,
                               gsize in_size,
                               GCancellable *cancellable,
                               GError **error);

/* A command whose reply begins with a status, sent again while the chip's bus is busy. A message
 * says "failed to `verb` `addr`". Errors: the link's; BOARD_LOST for any other status than OK. */
gboolean inlay_stlink_run(InlayStlink *self,
                          const guint8 *command,
                          guint8 *in,
                          gsize in_size,
                          const char *verb,
                          guint32 addr,
                          GCancellable *cancellable,
                          GError **error);

/* Whether a status tells of wires that garble what goes over them, rather than of the chip. */
gboolean inlay_stlink_is_wire_status(guint8 status);

/* The operations of InlayProbe with these names. */
gboolean inlay_stlink_enter(InlayProbe *probe, GCancellable *cancellable, GError **error);
gboolean inlay_stlink_read_word(
    InlayProbe *probe, guint32 addr, guint32 *word, GCancellable *cancellable, GError **error);
gboolean inlay_stlink_write_word(
    InlayProbe *probe, guint32 addr, guint32 word, GCancellable *cancellable, GError **error);
gboolean inlay_stlink_read(InlayProbe *probe,
                           guint32 addr,
                           guint8 *out,
                           gsize size,
                           GCancellable *cancellable,
                           GError **error);
gboolean inlay_stlink_write(InlayProbe *probe,
                            guint32 addr,
                            const guint8 *bytes,
                            gsize size,
                            GCancellable *cancellable,
                            GError **error);

/* stlink-probe.c: what an opened probe can do. */
extern const InlayProbeOps inlay_stlink_ops;

G_END_DECLS
