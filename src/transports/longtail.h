/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/flash.h"

G_BEGIN_DECLS

/*
 * Chips that are not in our table but in libstlink's: they are written by its flash code, through our
 * probe. It only erases and programs; what they are read and judged by is ours. longtail-table.c says
 * which of them, and what libstlink does not know: unique id, protection, times, geometry.
 */
typedef struct InlayLongtail InlayLongtail;

/* Where a core with this CPUID has DBGMCU_IDCODE. */
guint32 inlay_longtail_find_idcode_addr(guint32 cpuid);

/* Completes the identity of a chip outside the table: protection and, unless it is locked, flash
 * size, unique id and a chip made for it, which the result owns. NULL without an error: it is not one
 * that can be driven; a warning in the identity may say why. Errors: the probe's. */
InlayLongtail *inlay_longtail_identify(InlayProbe *probe,
                                       guint32 cpuid,
                                       InlayIdentity *identity,
                                       GCancellable *cancellable,
                                       GError **error);
void inlay_longtail_free(InlayLongtail *longtail); /* accepts NULL; the identity's chip goes too */

/* How it is taken over, and what writes it. Lives as long as the long tail. */
const InlayFlash *inlay_longtail_get_flash(const InlayLongtail *longtail);

/* -- between its files -- */

typedef enum {
    INLAY_LONGTAIL_RDP_OBR_BIT,  /* one bit, F1: bit 1 */
    INLAY_LONGTAIL_RDP_OBR_BITS, /* F0, F3: bits 2:1; both set at level 2 */
    INLAY_LONGTAIL_RDP_OPTCR,    /* a byte at 15:8: 0xAA level 0, 0xCC level 2 */
    INLAY_LONGTAIL_RDP_OPTR,     /* the same at 7:0 */
} InlayLongtailRdp;

/* What chips with the same flash controller have in common. */
typedef struct {
    InlayChipFamily family; /* its voltage rows are what libstlink is told about the supply */
    guint32 freeze_addr;    /* as in InlayFlash */
    guint32 freeze_bits;
    guint32 cache_addr; /* FLASH_ACR, and the caches in it that may hold what was; 0: none */
    guint32 cache_bits;
    guint32 rdp_addr;
    InlayLongtailRdp rdp;
    /* The last run goes on to the end of the flash. Its size 0: libstlink's page size. */
    InlaySectorRun sectors[INLAY_MAX_SECTOR_RUNS];
} InlayLongtailLine;

typedef struct {
    guint16 dev_id;
    const InlayLongtailLine *line;
    guint max_kib; /* of flash, up to which libstlink's arithmetic is right */
    /* What a register must say for it to be right; 0: nothing. */
    guint32 mode_addr, mode_mask, mode_value;
} InlayLongtailRow;

/* NULL: not among them. (longtail-table.c) */
const InlayLongtailRow *inlay_longtail_find_row(guint16 dev_id);

/* Of what inlay_longtail_get_flash gave. */
const InlayLongtailLine *inlay_longtail_get_line(const InlayFlash *flash);

/* InlayFlash.start (longtail-writer.c) */
InlayFlasher *inlay_longtail_start(InlayCortexm *core,
                                   const InlayChip *chip,
                                   const InlayFlash *flash,
                                   guint voltage_row,
                                   GCancellable *cancellable,
                                   GError **error);

G_END_DECLS
