/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/cortexm.h"

G_BEGIN_DECLS

/*
 * What libstlink knows about the chip behind a probe, and its flash code: its table is longer than
 * ours. The library sees our probe as its backend. It waits without a deadline, ignores the errors of
 * reads and prints; none of that gets through:
 *
 * - After a failure, a cancel or the call's deadline nothing goes to the chip any more: reads are
 *   answered with zeros, in which no busy bit is set, writes with success, so each of its loops ends.
 *   That first failure is the call's result, whatever the library says.
 * - stdout and stderr are muffled while it runs; what it has complained of becomes the error's detail.
 *
 * Errors: the probe's; FLASH_TIMEOUT (the deadline), FLASH_FAILED (what the library says itself).
 */
typedef struct {
    char *description; /* "F411xC/E"; NULL: unknown to it as well */
    guint32 chip_id;   /* the DBGMCU_IDCODE bits it went by; 0: it found none */
    gsize flash_size;  /* bytes; 0: it was not asked */
    gsize ram_size;    /* bytes */
    gsize page_size;   /* bytes; means nothing where sectors are not all alike */
} InlayLibstlinkChip;

void inlay_libstlink_chip_clear(InlayLibstlinkChip *chip);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(InlayLibstlinkChip, inlay_libstlink_chip_clear)

/* Identifies the chip of an attached probe. Not finding it is no error. */
gboolean inlay_libstlink_identify(InlayProbe *probe,
                                  InlayLibstlinkChip *chip,
                                  GCancellable *cancellable,
                                  GError **error);

/* The same from a device id alone, without its flash's size: asks the chip nothing. */
void inlay_libstlink_describe(guint16 dev_id, InlayLibstlinkChip *chip);

/* The library at work on a chip that was just reset and halted; the core must outlive it. After a
 * failure every call fails. `supply_mv` is what it may believe: it drives the flash accordingly. */
typedef struct InlayLibstlink InlayLibstlink;

InlayLibstlink *inlay_libstlink_open(InlayCortexm *core,
                                     guint supply_mv,
                                     GCancellable *cancellable,
                                     GError **error);
void inlay_libstlink_close(InlayLibstlink *library); /* accepts NULL */

/* Erases the page or sector that begins at `addr`, in at most limit_ms and one exchange. */
gboolean inlay_libstlink_erase(InlayLibstlink *library,
                               guint32 addr,
                               guint limit_ms,
                               GCancellable *cancellable,
                               GError **error);

/* Programs erased flash. Address and size are multiples of 8, the size at most
 * INLAY_LIBSTLINK_PROGRAM_MAX; its loader takes the start of SRAM. */
#define INLAY_LIBSTLINK_PROGRAM_MAX 4096u
gboolean inlay_libstlink_program(InlayLibstlink *library,
                                 guint32 addr,
                                 const guint8 *bytes,
                                 gsize size,
                                 guint limit_ms,
                                 GCancellable *cancellable,
                                 GError **error);

G_END_DECLS
