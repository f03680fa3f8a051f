/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/probe.h"

G_BEGIN_DECLS

/*
 * What libstlink knows about the chip behind a probe: its table is longer than ours. The library
 * sees our probe as its backend; it reads identification registers only.
 */
typedef struct {
    char *description; /* "F411xC/E"; NULL: unknown to it as well */
    guint32 chip_id;   /* the DBGMCU_IDCODE bits it went by; 0: it found none */
    gsize flash_size;  /* bytes */
    gsize ram_size;    /* bytes */
} InlayLibstlinkChip;

void inlay_libstlink_chip_clear(InlayLibstlinkChip *chip);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(InlayLibstlinkChip, inlay_libstlink_chip_clear)

/* Identifies the chip of an attached probe. Not finding it is no error. Errors: the probe's. */
gboolean inlay_libstlink_identify(InlayProbe *probe,
                                  InlayLibstlinkChip *chip,
                                  GCancellable *cancellable,
                                  GError **error);

G_END_DECLS
