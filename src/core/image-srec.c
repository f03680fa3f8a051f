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

static gboolean
decode_record(InlayRecords *records, GError **error)
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

/* The complement of the sum of all bytes before it. */
static guint8
find_checksum(guint8 sum)
{
    return (guint8)~sum;
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
take_record(InlayRecords *records, gpointer position, GError **error)
{
    guint type = (guint)g_ascii_digit_value(records->text[1]);
    guint addr_size = types[type].addr_size;
    guint64 *n_data = position; /* data records so far */
    guint32 addr = 0;

    if (!check_type(records, type, error))
        return FALSE;
    for (guint i = 0; i < addr_size; i++)
        addr = addr << 8 | records->bytes[1 + i];
    switch (types[type].role) {
    case DATA:
        (*n_data)++;
        return inlay_records_place(records, addr, records->bytes + 1 + addr_size,
                                   records->bytes[0] - addr_size - 1u, error);
    case COUNT:
        return addr == *n_data ||
               inlay_records_fail(records, inlay_records_column(records, 1), error,
                                  "count of data records: expected %" G_GUINT64_FORMAT ", found %u",
                                  *n_data, addr);
    case END:
        records->end_line = records->line;
        break;
    case HEADER:
    case RESERVED:
        break;
    }
    return TRUE;
}

static const InlayRecordFormat format = {
    .kind = "S-record",
    .end_record = "S7, S8 or S9",
    .decode = decode_record,
    .checksum = find_checksum,
    .take = take_record,
};

gboolean
inlay_srec_add_to_image(InlayImage *image, const char *name, GBytes *file, GError **error)
{
    guint64 n_data = 0;

    return inlay_records_add_to_image(&format, &n_data, image, name, file, error);
}

gboolean
inlay_srec_is(GBytes *file)
{
    return inlay_records_recognise(&format, file);
}
