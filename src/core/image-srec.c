/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/image-srec.h"

#include "core/image-records.h"

/* "STLL", an address, data, and a checksum: the complement of the sum of all bytes before it. LL
 * counts the bytes behind it. */

typedef enum { RESERVED, HEADER, DATA, COUNT, END } Role;

/* By the type's digit. */
static const struct {
    Role role;
    guint8 addr_size; /* bytes of the address; of a count, for COUNT */
} types[10] = {
    {HEADER, 2}, {DATA, 2},  {DATA, 3}, {DATA, 4}, {RESERVED, 2},
    {COUNT, 2},  {COUNT, 3}, {END, 4},  {END, 3},  {END, 2},
};

typedef struct {
    guint64 n_data; /* data records so far */
    guint end_line; /* 0: no end record yet */
} Position;

static gboolean
check_length(InlayRecords *records, GError **error)
{
    records->start = 2;
    if (records->length == 0 || records->text[0] != 'S')
        return inlay_records_fail_start(records, "'S'", error);
    if (records->length < 2 || !g_ascii_isdigit(records->text[1]))
        return inlay_records_fail(records, 2, error, "expected a type from S0 to S9, found none");
    if (!inlay_records_decode(records, error))
        return FALSE;
    gsize expected = records->n_bytes > 0 ? MAX(records->bytes[0], 1u) + 1 : 2;
    if (records->n_bytes == expected)
        return TRUE;
    return inlay_records_fail(records, 3, error,
                              "length: expected %" G_GSIZE_FORMAT
                              " digits after the type, found %" G_GSIZE_FORMAT,
                              2 * expected, 2 * records->n_bytes);
}

static gboolean
check_checksum(const InlayRecords *records, GError **error)
{
    gsize last = records->n_bytes - 1;
    guint8 sum = 0;

    for (gsize i = 0; i < last; i++)
        sum = (guint8)(sum + records->bytes[i]);
    guint8 expected = (guint8)~sum;
    if (records->bytes[last] == expected)
        return TRUE;
    return inlay_records_fail(records, inlay_records_column(records, last), error,
                              "checksum: expected 0x%02x, found 0x%02x", expected,
                              records->bytes[last]);
}

static gboolean
check_type(const InlayRecords *records, guint type, GError **error)
{
    guint least = types[type].addr_size + 1u;
    guint found = records->bytes[0];
    gboolean may_be_longer = types[type].role == HEADER || types[type].role == DATA;

    if (types[type].role == RESERVED)
        return inlay_records_fail(records, 2, error,
                                  "record type: expected S0 to S3 or S5 to S9, found S%u", type);
    if (found == least || (may_be_longer && found > least))
        return TRUE;
    return inlay_records_fail(records, 3, error, "length of an S%u: expected %u%s, found %u", type,
                              least, may_be_longer ? " at least" : "", found);
}

static gboolean
take_record(InlayRecords *records, guint type, Position *position, GError **error)
{
    guint addr_size = types[type].addr_size;
    guint32 addr = 0;

    for (guint i = 0; i < addr_size; i++)
        addr = addr << 8 | records->bytes[1 + i];
    switch (types[type].role) {
    case DATA:
        position->n_data++;
        return inlay_records_place(records, addr, records->bytes + 1 + addr_size,
                                   records->bytes[0] - addr_size - 1u, error);
    case COUNT:
        return addr == position->n_data ||
               inlay_records_fail(records, inlay_records_column(records, 1), error,
                                  "count of data records: expected %" G_GUINT64_FORMAT ", found %u",
                                  position->n_data, addr);
    case END:
        position->end_line = records->line;
        break;
    case HEADER:
    case RESERVED:
        break;
    }
    return TRUE;
}

static gboolean
read_record(InlayRecords *records, Position *position, GError **error)
{
    if (position->end_line > 0)
        return inlay_records_fail(records, 0, error,
                                  "expected nothing after the end record in line %u, found "
                                  "another line",
                                  position->end_line);
    if (!check_length(records, error) || !check_checksum(records, error))
        return FALSE;
    guint type = (guint)g_ascii_digit_value(records->text[1]);
    return check_type(records, type, error) && take_record(records, type, position, error);
}

gboolean
inlay_srec_add_to_image(InlayImage *image, const char *name, GBytes *file, GError **error)
{
    g_auto(InlayRecords) records;
    Position position = {0};

    inlay_records_init(&records, name, "S-record", file);
    while (inlay_records_next(&records)) {
        if (!read_record(&records, &position, error))
            return FALSE;
    }
    if (position.end_line == 0)
        return inlay_records_fail(&records, 0, error,
                                  "expected an end record (S7, S8 or S9), found the end of the "
                                  "file");
    return inlay_records_finish(&records, image, error);
}

static gboolean
is_record(InlayRecords *records)
{
    return check_length(records, NULL);
}

gboolean
inlay_srec_is(GBytes *file)
{
    return inlay_records_recognise(file, is_record);
}
