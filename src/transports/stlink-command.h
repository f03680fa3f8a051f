/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/probe.h"
#include "transports/stlink-probe.h"
#include "transports/stlink-products.h"

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

/* The operations of InlayProbe with these names. */
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
