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

typedef struct InlayRecords InlayRecords;

/* What a format makes of the lines. */
typedef struct {
    const char *kind;       /* "Intel HEX", for messages */
    const char *end_record; /* what is missing where a file ends without it, for messages */
    /* Decodes the current line, whose form and length must be right. */
    gboolean (*decode)(InlayRecords *records, GError **error);
    /* The last byte of a record, from the sum of all before it. */
    guint8 (*checksum)(guint8 sum);
    /* Acts upon the record; at an end record it sets records->end_line. */
    gboolean (*take)(InlayRecords *records, gpointer position, GError **error);
} InlayRecordFormat;

struct InlayRecords {
    const InlayRecordFormat *format;
    const char *name; /* of the file, for messages */
    GBytes *file;
    const char *next; /* behind the current line */
    const char *end;
    const char *text; /* the current line, without what ends it */
    gsize length;
    guint line;     /* its number, from 1 */
    guint end_line; /* of the end record; 0: none yet */
    gsize start;    /* characters of its start code: digits come behind them */
    guint8 bytes[INLAY_RECORD_MAX];
    gsize n_bytes; /* decoded from its digits */
    GByteArray *contents;
    GArray *places; /* of Place: which of the contents go where */
};

/* Adds what the records of a file place to the image: each byte once, and one at least. CR LF, LF
 * and CR end a line; blank lines are passed over. `position` is the format's own state. */
gboolean inlay_records_add_to_image(const InlayRecordFormat *format,
                                    gpointer position,
                                    InlayImage *image,
                                    const char *name,
                                    GBytes *file,
                                    GError **error);

/* Decodes the current line's digits behind its `start` characters into bytes. */
gboolean inlay_records_decode(InlayRecords *records, GError **error);

/* Notes that bytes belong at an address, which must not run past 0xffffffff. */
gboolean inlay_records_place(
    InlayRecords *records, guint32 addr, const guint8 *bytes, gsize size, GError **error);

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

/* Whether one of the first lines of a file is a record by its form and length. Text in UTF-16 is
 * looked at as well, so that its byte order mark can be named. */
gboolean inlay_records_recognise(const InlayRecordFormat *format, GBytes *file);

G_END_DECLS
