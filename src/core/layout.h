/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "access.h"
#include "chip.h"

G_BEGIN_DECLS

/* A layout: the partitions of one product on one chip, from a YAML file (docs/layouts.md). */
typedef struct {
    char *name;
    InlayRange range;
    InlayRange ram; /* that its program may use; size 0 when not given: all of the chip's */
    gboolean has_magic;
    guint32 magic; /* the mailbox word that asks the boot selector for this partition */
    guint line;    /* in the layout file, for messages */
} InlayPartition;

/* The UART bootloader of a product, and how a serial adapter is wired to its board. */
typedef struct {
    const InlayPartition *bootloader; /* NULL: the product has none */
    const InlayPartition *starts;     /* what it starts, when its vector table is sane */
    InlayAccess access;               /* baud and wires; the rest is not used */
} InlayLayoutUart;

typedef struct {
    char *path;
    char *name;
    const InlayChip *chip; /* a row of the chip table */
    guint supply_mv;       /* as declared; 0 when not */
    GPtrArray *partitions; /* of InlayPartition, by address, never overlapping */
    guint32 mailbox; /* address of the no-init RAM word that the boot selector reads; 0 when there
                        is none */
    const InlayPartition
        *boot_default; /* started without a request; NULL when no partition has a magic */
    InlayLayoutUart uart;
} InlayLayout;

/* Errors: FILE, or LAYOUT with "path:line:column: expected …, found …". */
InlayLayout *inlay_layout_load(const char *path, GError **error);
InlayLayout *inlay_layout_parse(const char *path, const char *text, gsize size, GError **error);
void inlay_layout_free(InlayLayout *layout); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InlayLayout, inlay_layout_free)

const InlayPartition *inlay_layout_find_partition(const InlayLayout *layout,
                                                  const char *name); /* NULL */

G_END_DECLS
