/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/image-hex.h"

#include "core/image-records.h"

/* ":LLAAAATT", LL bytes of data, and a checksum that makes the sum of all bytes 0. */
#define OVERHEAD 5 /* bytes of a record besides its data */
#define DATA 4     /* index of the first byte of data */

#define BANK 0x10000u

enum { TYPE_DATA, TYPE_END, TYPE_SEGMENT, TYPE_START_SEGMENT, TYPE_LINEAR, TYPE_START_LINEAR };

/* How many bytes of data a record has; data may have any number. */
static const guint8 data_sizes[] = {[TYPE_END] = 0,
                                    [TYPE_SEGMENT] = 2,
                                    [TYPE_START_SEGMENT] = 4,
                                    [TYPE_LINEAR] = 2,
                                    [TYPE_START_LINEAR] = 4};

typedef struct {
    guint32 base;       /* of the last extended address */
    gboolean is_linear; /* it was of type 04 */
    guint end_line;     /* 0: no end record yet */
} Position;

static gboolean
check_length(InlayRecords *records, GError **error)
{
    gsize expected;

    records->start = 1;
    if (records->length == 0 || records->text[0] != ':')
        return inlay_records_fail_start(records, "':'", error);
    if (!inlay_records_decode(records, error))
        return FALSE;
    expected = records->n_bytes > 0 ? records->bytes[0] + OVERHEAD : OVERHEAD;
    if (records->n_bytes == expected)
        return TRUE;
    return inlay_records_fail(records, 2, error,
                              "length: expected %" G_GSIZE_FORMAT
                              " digits after ':', found %" G_GSIZE_FORMAT,
                              2 * expected, 2 * records->n_bytes);
}

static gboolean
check_checksum(const InlayRecords *records, GError **error)
{
    gsize last = records->n_bytes - 1;
    guint8 sum = 0;

    for (gsize i = 0; i < last; i++)
        sum = (guint8)(sum + records->bytes[i]);
    guint8 expected = (guint8)-sum;
    if (records->bytes[last] == expected)
        return TRUE;
    return inlay_records_fail(records, inlay_records_column(records, last), error,
                              "checksum: expected 0x%02x, found 0x%02x", expected,
                              records->bytes[last]);
}

static gboolean
check_type(const InlayRecords *records, GError **error)
{
    guint8 type = records->bytes[3], size = records->bytes[0];

    if (type >= G_N_ELEMENTS(data_sizes))
        return inlay_records_fail(records, inlay_records_column(records, 3), error,
                                  "record type: expected 00 to 05, found %02x", type);
    if (type == TYPE_DATA || size == data_sizes[type])
        return TRUE;
    return inlay_records_fail(records, inlay_records_column(records, 0), error,
                              "length of a record of type %02x: expected %u bytes, found %u", type,
                              data_sizes[type], size);
}

/* Within a segment the address goes round at 64 KiB; from a linear base it goes on. */
static gboolean
place_data(InlayRecords *records, const Position *position, GError **error)
{
    guint32 offset = (guint32)records->bytes[1] << 8 | records->bytes[2];
    const guint8 *data = records->bytes + DATA;
    gsize size = records->bytes[0];
    gsize before_turn = position->is_linear ? size : MIN(size, BANK - offset);

    return inlay_records_place(records, position->base + offset, data, before_turn, error) &&
           inlay_records_place(records, position->base, data + before_turn, size - before_turn,
                               error);
}

static gboolean
take_record(InlayRecords *records, Position *position, GError **error)
{
    guint32 upper = (guint32)records->bytes[DATA] << 8 | records->bytes[DATA + 1];

    switch (records->bytes[3]) {
    case TYPE_DATA:
        return place_data(records, position, error);
    case TYPE_END:
        position->end_line = records->line;
        break;
    case TYPE_SEGMENT:
        *position = (Position){.base = upper << 4};
        break;
    case TYPE_LINEAR:
        *position = (Position){.base = upper << 16, .is_linear = TRUE};
        break;
    }
    return TRUE;
}

gboolean
inlay_hex_add_to_image(InlayImage *image, const char *name, GBytes *file, GError **error)
{
    g_auto(InlayRecords) records;
    Position position = {0};

    inlay_records_init(&records, name, "Intel HEX", file);
    while (inlay_records_next(&records)) {
        if (position.end_line > 0)
            return inlay_records_fail(&records, 0, error,
                                      "expected nothing after the end record in line %u, found "
                                      "another line",
                                      position.end_line);
        if (!check_length(&records, error) || !check_checksum(&records, error) ||
            !check_type(&records, error) || !take_record(&records, &position, error))
            return FALSE;
    }
    if (position.end_line == 0)
        return inlay_records_fail(&records, 0, error,
                                  "expected an end record (:00000001FF), found the end of the "
                                  "file");
    return inlay_records_finish(&records, image, error);
}

static gboolean
is_record(InlayRecords *records)
{
    return check_length(records, NULL);
}

gboolean
inlay_hex_is(GBytes *file)
{
    return inlay_records_recognise(file, is_record);
}
