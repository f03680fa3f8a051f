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
} Position;

static gboolean
decode_record(InlayRecords *records, GError **error)
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

/* The sum of a record's bytes is 0. */
static guint8
find_checksum(guint8 sum)
{
    return (guint8)-sum;
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
take_record(InlayRecords *records, gpointer user_data, GError **error)
{
    Position *position = user_data;

    if (!check_type(records, error))
        return FALSE;
    guint32 upper = (guint32)records->bytes[DATA] << 8 | records->bytes[DATA + 1];

    switch (records->bytes[3]) {
    case TYPE_DATA:
        return place_data(records, position, error);
    case TYPE_END:
        records->end_line = records->line;
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

static const InlayRecordFormat format = {
    .kind = "Intel HEX",
    .end_record = ":00000001FF",
    .decode = decode_record,
    .checksum = find_checksum,
    .take = take_record,
};

gboolean
inlay_hex_add_to_image(InlayImage *image, const char *name, GBytes *file, GError **error)
{
    Position position = {0};

    return inlay_records_add_to_image(&format, &position, image, name, file, error);
}

gboolean
inlay_hex_is(GBytes *file)
{
    return inlay_records_recognise(&format, file);
}
