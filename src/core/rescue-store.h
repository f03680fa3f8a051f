/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rescue.h"

G_BEGIN_DECLS

/*
 * Where records of open runs are kept: two files a chip, named by its family, device id and unique
 * id. The rescue file has everything; the note, in a folder of its own, has no bytes: it is there
 * to tell that a rescue file is gone. The folder is $INLAY_RESCUE_DIR, else
 * ~/.local/state/inlay/rescue (XDG). Of one chip only the process that has its adapter uses it.
 */
typedef struct {
    char *rescue_path; /* NULL: the chip's unique id tells it from no other */
    char *note_path;
} InlayRescueStore;

void inlay_rescue_store_init(InlayRescueStore *store, const InlayChip *chip, const guint8 *uid);
void inlay_rescue_store_clear(InlayRescueStore *store);

/* *rescue is NULL when no run on this chip is open. Errors: RESCUE_CORRUPT, FILE. */
gboolean inlay_rescue_store_load(const InlayRescueStore *store,
                                 const InlayChip *chip,
                                 const guint8 *uid,
                                 InlayRescue **rescue,
                                 GError **error);

/* In place of what was there; on the disk when it returns. Errors: RESCUE_UNWRITABLE. */
gboolean
inlay_rescue_store_save(const InlayRescueStore *store, const InlayRescue *rescue, GError **error);

/* The run has closed; on the disk when it returns. Errors: RESCUE_UNWRITABLE. */
gboolean inlay_rescue_store_remove(const InlayRescueStore *store, GError **error);

G_END_DECLS
