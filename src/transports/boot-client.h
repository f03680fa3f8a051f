/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/digest.h"
#include "core/range.h"
#include "firmware/proto/boot.h"
#include "transports/serial.h"

G_BEGIN_DECLS

/*
 * A host's side of the UART bootloader's protocol (docs/protocol.md): finds out who answers and how,
 * then one function a command. Each sends again what was lost or garbled, within the budgets of
 * core/budget.h measured by the port's clock, and may be cancelled. Streams are boot-stream.h.
 *
 * Errors of all: those of the port; BOOTLOADER_NOT_FOUND (nobody answers, at the start);
 * BOARD_LOST (nobody answers any more); LINE_NOISY; BOOTLOADER_REFUSED with command, status in words
 * and address; and where a status says more: SECTOR_PROTECTED, CHIP_LOCKED, CHIP_LACKS, FLASH_FAILED,
 * FLASH_TIMEOUT, VERIFY_FAILED.
 */
typedef struct InlayBoot InlayBoot;

typedef struct {
    guint16 features;                                   /* BOOT_FEATURE_... */
    guint body_max, answer_max, ring, slots, slot_size; /* bytes, frames */
    guint n_sectors, rdp_level;
    guint baud_max;
    guint32 idcode;
    guint flash_kib, supply_mv;
    guint8 uid[12];
    InlayRange own, app;
    guint32 firmware; /* major << 16 | minor << 8 | patch */
    char build[17];
} InlayBootCapabilities;

/* How it wants to be spoken to. */
typedef struct {
    gboolean length_has_crc;     /* the length byte counts the crc */
    gboolean answer_has_command; /* A5 command n data, else A5 n data */
    guint8 version;
    guint8 commands[256 / 8]; /* a bit each, as GET_HELP told; all of the twelve when it did not */
    gboolean has_extensions;
    InlayBootCapabilities capabilities; /* with extensions only */
    gint64 tick_us; /* the shortest time that a question and its answer were seen to take */
} InlayBootDialect;

typedef struct {
    guint64 frames, resent_frames, resent_bytes; /* to the board */
    guint64 answers_lost;                        /* waited for in vain, or broken */
} InlayBootCounters;

/* Asks GET_VER in both readings, which changes nothing, whoever listens. Takes the port over when it
 * succeeds; otherwise it stays the caller's, who may try something else there. */
InlayBoot *inlay_boot_new(InlaySerial *serial, GCancellable *cancellable, GError **error);
/* The same within half a second: for who can do more about it than ask again. */
InlayBoot *inlay_boot_new_quickly(InlaySerial *serial, GCancellable *cancellable, GError **error);
void inlay_boot_free(InlayBoot *boot); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InlayBoot, inlay_boot_free)

const InlayBootDialect *inlay_boot_get_dialect(const InlayBoot *boot);
const InlayBootCounters *inlay_boot_get_counters(const InlayBoot *boot);
gboolean inlay_boot_has(const InlayBoot *boot, guint8 command);
const char *inlay_boot_command_name(guint8 command);    /* "MEM_WRITE"; "0x71" when unknown */
const char *inlay_boot_status_to_string(guint8 status); /* "the sector is write-protected" */

/* -- the twelve -- */
gboolean inlay_boot_get_ver(InlayBoot *boot, guint8 *version, GCancellable *c, GError **error);
GBytes *inlay_boot_get_help(InlayBoot *boot, GCancellable *c, GError **error); /* codes */
gboolean inlay_boot_get_cid(InlayBoot *boot, guint16 *cid, GCancellable *c, GError **error);
gboolean inlay_boot_get_rdp(InlayBoot *boot, guint8 *rdp, GCancellable *c, GError **error);
gboolean inlay_boot_go(InlayBoot *boot, guint32 addr, GCancellable *c, GError **error);
/* first 0xFF: all but the bootloader's */
gboolean inlay_boot_flash_erase(
    InlayBoot *boot, guint8 first, guint8 count, GCancellable *c, GError **error);
/* Any size: as many frames as it takes, each as large as suits the bootloader and the adapter. */
gboolean inlay_boot_mem_write(InlayBoot *boot,
                              guint32 addr,
                              const guint8 *bytes,
                              gsize size,
                              GCancellable *c,
                              GError **error);
gboolean inlay_boot_mem_read(
    InlayBoot *boot, guint32 addr, guint8 *out, gsize size, GCancellable *c, GError **error);
gboolean
inlay_boot_protect(InlayBoot *boot, guint8 sectors, guint8 mode, GCancellable *c, GError **error);
gboolean inlay_boot_unprotect(InlayBoot *boot, GCancellable *c, GError **error);
gboolean inlay_boot_get_nwrp(InlayBoot *boot, guint16 *nwrp, GCancellable *c, GError **error);
gboolean
inlay_boot_otp_read(InlayBoot *boot, guint8 block, guint8 out[33], GCancellable *c, GError **error);

/* -- extensions: one request and its answer, sent again until it comes. Data of the answer, beyond
 * the status, is (transfer full). A status that is not OK is the error. -- */
GBytes *inlay_boot_ask(InlayBoot *boot,
                       guint8 command,
                       const guint8 *arguments,
                       gsize size,
                       guint limit_ms,
                       GCancellable *c,
                       GError **error);
gboolean inlay_boot_digest(InlayBoot *boot,
                           const InlayRange *ranges,
                           guint n,
                           InlayDigest *out,
                           GCancellable *c,
                           GError **error);
/* READ, several requests under way. */
gboolean
inlay_boot_read(InlayBoot *boot, InlayRange range, guint8 *out, GCancellable *c, GError **error);
gboolean
inlay_boot_erase(InlayBoot *boot, guint32 sectors, guint limit_ms, GCancellable *c, GError **error);
/* Changes the rate of both sides, proves the new one with PING, and goes back when it does not carry:
 * FALSE only when the old one does not either. *got: the rate in use. */
gboolean
inlay_boot_set_baud(InlayBoot *boot, guint baud, guint *got, GCancellable *c, GError **error);

/* -- for boot-stream.c: frames and answers raw -- */
guint8 inlay_boot_take_tag(InlayBoot *boot); /* for a request; 1 to 255, not the one before */
/* As inlay_boot_ask, under a tag of the caller's; frames of other commands are passed over. */
GBytes *inlay_boot_ask_tagged(InlayBoot *boot,
                              guint8 command,
                              guint8 tag,
                              const guint8 *arguments,
                              gsize size,
                              guint limit_ms,
                              GCancellable *c,
                              GError **error);
/* The error of a status that is not OK, of a command about `addr`; returns FALSE. */
#define INLAY_BOOT_NO_ADDR G_MAXUINT32
gboolean inlay_boot_refuse(guint8 command, guint8 status, guint32 addr, GError **error);
gboolean inlay_boot_send(InlayBoot *boot,
                         guint8 command,
                         guint8 tag,
                         const guint8 *arguments,
                         gsize size,
                         gboolean again,
                         GCancellable *c,
                         GError **error);
/* The next extended frame from the chip: its body (owned by boot, until the next call) and size; NULL
 * with no error: none within the time. Broken ones are skipped. */
const guint8 *inlay_boot_receive(
    InlayBoot *boot, gsize *size, gint64 timeout_us, GCancellable *c, GError **error);
InlaySerial *inlay_boot_get_serial(InlayBoot *boot);

G_END_DECLS
