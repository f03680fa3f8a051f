/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/probe.h"

G_BEGIN_DECLS

/*
 * Copies of STM32 chips by other makers. They carry ST's device id, and mostly work; their flash has
 * other times, their errors are others, and nobody has promised what they do. What tells them is the
 * maker in the CoreSight ROM table and the revision of the core. When in doubt nothing is claimed.
 */

/* What can be seen of a chip without disturbing it. */
typedef struct {
    guint32 cpuid;
    guint32 idcode;   /* DBGMCU_IDCODE */
    guint16 designer; /* of the ROM table: JEP106 continuations << 8 | code; 0: not told */
    guint16 part;     /* of the ROM table */
} InlayChipTraits;

/* Whose it is: "GigaDevice GD32F103", "a chip of another maker (why)"; NULL when it may well be genuine. `known`: its device id
 * is in our chip table, whose chips all name ST in their ROM table. (transfer none), static */
const char *inlay_clone_find(const InlayChipTraits *traits, gboolean known);

/* Reads what is in the ROM table; what cannot be read stays zero. Errors: the link's. */
gboolean inlay_clone_read_traits(InlayProbe *probe,
                                 InlayChipTraits *traits,
                                 GCancellable *cancellable,
                                 GError **error);

G_END_DECLS
