/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/cortexm.h"
#include "transports/flasher.h"

G_BEGIN_DECLS

/*
 * What a chip family adds to the way from a probe to its flash: the loader that runs on it, its
 * protection bits and the meaning of its status register. One file a family (flash-f4.c), one line
 * in flash.c.
 */
typedef struct InlayFlash InlayFlash;

/* A bit of the flash status register: "WRPERR (write-protected)". */
typedef struct {
    guint32 bit;
    const char *name;
} InlayFlashFlag;

struct InlayFlash {
    const char *family; /* InlayChipFamily.name */

    /* Begins on a core that was just reset and halted: inlay_loader_start, for all families that
     * have a loader. core, chip and flash must outlive what it gives. */
    InlayFlasher *(*start)(InlayCortexm *core,
                           const InlayChip *chip,
                           const InlayFlash *flash,
                           guint voltage_row,
                           GCancellable *cancellable,
                           GError **error);
    const guint32 *loader;
    gsize loader_words;
    guint32 loader_entry; /* address; its start is where it is placed */
    gboolean has_parity;  /* its RAM: a word that was never written may not be read */
    guint32 freeze_addr;  /* word of DBGMCU that stops the independent watchdog while halted */
    guint32 freeze_bits;

    /* As in InlayTargetOps; NULL, both: no way is known. Writing is done on a core that was just
     * reset and halted. */
    gboolean (*read_options)(InlayProbe *probe,
                             const InlayChip *chip,
                             InlayOptionBytes *bytes,
                             GCancellable *cancellable,
                             GError **error);
    gboolean (*write_options)(InlayCortexm *core,
                              const InlayChip *chip,
                              const InlayFlash *flash,
                              const InlayOptionBytes *bytes,
                              guint limit_ms,
                              GError **error);

    const InlayFlashFlag *sr_flags; /* those that say what went wrong */
    guint n_sr_flags;
};

/* What an InlayFlash whose family has a loader begins with: its code and its entry. */
#define INLAY_FLASH_LOADER(code, entry)                                                \
    .start = inlay_loader_start, .loader = (code), .loader_words = G_N_ELEMENTS(code), \
    .loader_entry = (entry)
#define INLAY_FLASH_SR(flags) .sr_flags = (flags), .n_sr_flags = G_N_ELEMENTS(flags)

/* NULL: no driver for this family. */
const InlayFlash *inlay_flash_find(const InlayChipFamily *family);

/* Fills the identity's members about protection from the option bytes of the chip. Errors: the
 * probe's. */
gboolean inlay_flash_read_protection(const InlayFlash *flash,
                                     InlayProbe *probe,
                                     const InlayChip *chip,
                                     InlayIdentity *identity,
                                     GCancellable *cancellable,
                                     GError **error);

/* The names of the set bits, joined by ", "; "no error flag" when none is. (transfer full) */
char *inlay_flash_describe_sr(const InlayFlash *flash, guint32 sr);

/* The families' ways with option bytes. */
gboolean inlay_options_f1_read(InlayProbe *probe,
                               const InlayChip *chip,
                               InlayOptionBytes *bytes,
                               GCancellable *cancellable,
                               GError **error);
gboolean inlay_options_f1_write(InlayCortexm *core,
                                const InlayChip *chip,
                                const InlayFlash *flash,
                                const InlayOptionBytes *bytes,
                                guint limit_ms,
                                GError **error);
gboolean inlay_options_f4_read(InlayProbe *probe,
                               const InlayChip *chip,
                               InlayOptionBytes *bytes,
                               GCancellable *cancellable,
                               GError **error);
gboolean inlay_options_f4_write(InlayCortexm *core,
                                const InlayChip *chip,
                                const InlayFlash *flash,
                                const InlayOptionBytes *bytes,
                                guint limit_ms,
                                GError **error);

extern const InlayFlash inlay_flash_f1;
extern const InlayFlash inlay_flash_f3;
extern const InlayFlash inlay_flash_f4;

G_END_DECLS
