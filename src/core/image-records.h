/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image.h"

G_BEGIN_DECLS

/*
 * What Intel HEX and S-record have in common: lines of hexadecimal digits, each placing some bytes
 * at an address. A reader goes through the lines, a parser (image-hex.c, image-srec.c) says what
 * they mean. On the stack of one function; errors are IMAGE_CORRUPT and say name:line:column.
 */
#define INLAY_RECORD_MAX 260 /* bytes of the longest record, Intel HEX's: 255 of data, 5 besides */

typedef struct {
    const char *name; /* of the file, for messages */
    const char *kind; /* "Intel HEX", for messages */
    GBytes *file;
    const char *next; /* behind the current line */
    const char *end;
    const char *text; /* the current line, without what ends it */
    gsize length;
    guint line;  /* its number, from 1 */
    gsize start; /* characters of its start code: digits come behind them */
    guint8 bytes[INLAY_RECORD_MAX];
    gsize n_bytes; /* decoded from its digits */
    GByteArray *contents;
    GArray *places; /* of Place: which of the contents go where */
} InlayRecords;

void inlay_records_init(InlayRecords *records, const char *name, const char *kind, GBytes *file);
void inlay_records_clear(InlayRecords *records);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(InlayRecords, inlay_records_clear)

/* Goes to the next line that is not blank; FALSE when there is none. CR LF, LF and CR end a line. */
gboolean inlay_records_next(InlayRecords *records);

/* Decodes the current line's digits behind its `start` characters into bytes. */
gboolean inlay_records_decode(InlayRecords *records, GError **error);

/* Notes that bytes belong at an address, which must not run past 0xffffffff. */
gboolean inlay_records_place(
    InlayRecords *records, guint32 addr, const guint8 *bytes, gsize size, GError **error);

/* Puts what was placed into the image; each byte may be placed once, and one there must be. */
gboolean inlay_records_finish(InlayRecords *records, InlayImage *image, GError **error);

/* Fails with where the reader is; column 0: the whole line. Returns FALSE. */
gboolean inlay_records_fail(const InlayRecords *records,
                            gsize column,
                            GError **error,
                            const char *format,
                            ...) G_GNUC_PRINTF(4, 5);

/* For a line that does not begin as it must: says what is there instead. Returns FALSE. */
gboolean
inlay_records_fail_start(const InlayRecords *records, const char *expected, GError **error);

/* The column of a byte's first digit. */
static inline gsize
inlay_records_column(const InlayRecords *records, gsize byte)
{
    return records->start + 2 * byte + 1;
}

/* Whether one of the first lines of a file is a record by its form: `is_record` decodes and checks
 * the current line up to its length, and gets no error. Text in UTF-16 is looked at as well, so
 * that its byte order mark can be named. */
gboolean inlay_records_recognise(GBytes *file, gboolean (*is_record)(InlayRecords *records));

G_END_DECLS
