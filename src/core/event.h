/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/*
 * The one stream of events. Everything that is shown, logged or recorded is made from it. Each
 * event is a JSON object with a member "event"; docs/events.md lists them for integrators:
 *
 *   start     command, version, dry_run; as asked, absent when not: layout, adapter
 *   board     adapter, probe, idcode; absent when unknown: flash_kib, uid (24 hex digits), serial,
 *             chip, hint, supply_mv, clock_khz; connected, clone, rdp_level, write_protected[] (sector numbers) when so
 *   warning   message
 *   plan      chip, width, sectors[]: {index, addr, size, fate: untouched | equal | program |
 *             erase, pieces[]: {addr, size, owner (absent: foreign)}, program_bytes,
 *             preserve_bytes, restore_bytes, erase_typ_ms, erase_max_ms, erased_first (when it
 *             is erased before all others)}, program_bytes,
 *             preserve_bytes, restore_bytes, typ_ms, max_ms, budget[]: {step, ms}, summary (one line
 *             for people), text (what --dry-run prints); when a run on this chip did not close,
 *             rescue (its time)
 *   phase     phase: connect | survey | preserve | write | verify | read | release; limit_ms when what
 *             is in hand may take longer to end after a cancel than other phases allow
 *   progress  phase, done, total (bytes; sums over the phase), at most 20 a second and always the
 *             last
 *   digest    when: before | after, addr, size, owner (the job's) or kept (a partition that the
 *             job leaves alone) or neither, crc32, sum
 *   difference addr, size (of the range), bytes (of it that differ), first, second (up to 16 bytes at
 *             its beginning, in hexadecimal); in a partition or of a file: name
 *   partition name, addr, size, state: written | equal | kept | restored | read | verified | same |
 *             erased | differs (owned) | changed (foreign) | unobserved (foreign), crc32 (unless
 *             unobserved)
 *   check     check, state: passed | skipped, seen (what, or why not), ms: of a selftest
 *   row       text: a line of the table in docs/hardware.md, of a selftest
 *   options   when: now | planned | after, fields[]: {name, value, meaning, before (when planned)},
 *             erases (bytes) when writing them does
 *   otp       block, addr, size, hex, locked, state: read | planned | written | equal
 *   boot      verb, of `inlay boot`, and what the bootloader answered
 *   result    ok, id ("ok" or the error's), exit, ms; after writing: outside (unchanged | not
 *             observed); with an error: sentence, remedy, detail; always the last, exactly once
 *
 * Addresses and sums are JSON strings "0x08004000"; sizes and times are numbers.
 */
typedef void (*InlayEventFunc)(JsonObject *event, gpointer user_data);

typedef struct {
    InlayEventFunc func;
    gpointer user_data;
} InlayEventSink;

/* Takes the event. */
void inlay_event_emit(const InlayEventSink *sink, JsonObject *event);

/* New objects with their "event" member set, and helpers for the members that have one form
 * everywhere. */
JsonObject *inlay_event_new(const char *kind);
void inlay_event_set_hex(JsonObject *event, const char *member, guint64 value, guint digits);
/* Puts id, exit, sentence, remedy and detail of a failure into it. */
void inlay_event_set_error(JsonObject *object, const GError *error);
JsonObject *inlay_event_new_result(const GError *error, gint64 ms); /* error NULL: ok */

/* One line of NDJSON, without the newline; back again, NULL if it is not an event. */
char *inlay_event_to_line(JsonObject *event);
JsonObject *inlay_event_from_line(const char *line);

G_END_DECLS
