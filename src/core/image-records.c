/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/image-records.h"

#include <string.h>

#include "core/error.h"

#define LINES_LOOKED_AT 8 /* to recognise a file: a few comments or a damaged line may come first */
#define UNITS_LOOKED_AT 4096 /* characters of UTF-16, to recognise it */

typedef struct {
    guint32 addr;
    guint32 size;
    gsize offset; /* into the contents */
    guint line;
} Place;

static const struct {
    const char *bytes;
    gsize size;
    const char *name;
} marks[] = {
    {"\xef\xbb\xbf", 3, "UTF-8"},
    {"\xff\xfe", 2, "UTF-16"},
    {"\xfe\xff", 2, "UTF-16"},
};

/* The index of the byte order mark that the text begins with, or -1. */
static int
find_mark(const char *text, gsize size)
{
    for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
        if (size >= marks[i].size && memcmp(text, marks[i].bytes, marks[i].size) == 0)
            return (int)i;
    }
    return -1;
}

static void
init(InlayRecords *records, const InlayRecordFormat *format, const char *name, GBytes *file)
{
    gsize size;
    const char *bytes = g_bytes_get_data(file, &size);
    const char *text = bytes != NULL ? bytes : ""; /* of an empty file there are none */

    *records = (InlayRecords){.format = format, .name = name, .next = text, .end = text + size};
    records->file = g_bytes_ref(file);
    records->contents = g_byte_array_new();
    records->places = g_array_new(FALSE, FALSE, sizeof(Place));
}

static void
clear(InlayRecords *records)
{
    g_bytes_unref(records->file);
    g_byte_array_unref(records->contents);
    g_array_unref(records->places);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(InlayRecords, clear)

/* FALSE at the end of the file. */
static gboolean
take_line(InlayRecords *records)
{
    const char *end = records->next;

    if (records->next == records->end)
        return FALSE;
    while (end < records->end && *end != '\n' && *end != '\r')
        end++;
    records->text = records->next;
    records->length = (gsize)(end - records->next);
    records->line++;
    if (end < records->end && *end == '\r' && end + 1 < records->end && end[1] == '\n')
        end++;
    records->next = end < records->end ? end + 1 : end;
    return TRUE;
}

/* Goes to the next line that is not blank; FALSE when there is none. */
static gboolean
next(InlayRecords *records)
{
    while (take_line(records)) {
        for (gsize i = 0; i < records->length; i++) {
            if (records->text[i] != ' ' && records->text[i] != '\t')
                return TRUE;
        }
    }
    return FALSE;
}

gboolean
inlay_records_fail(
    const InlayRecords *records, gsize column, GError **error, const char *format, ...)
{
    g_autofree char *at = column > 0 ? g_strdup_printf(":%" G_GSIZE_FORMAT, column) : g_strdup("");
    va_list args;

    va_start(args, format);
    g_autofree char *detail = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_CORRUPT, "%s:%u%s: %s: %s", records->name,
                records->line, at, records->format->kind, detail);
    return FALSE;
}

/* "'G'", "0x80", "the end of the line" */
static char *
describe_character(const InlayRecords *records, gsize index)
{
    if (index >= records->length)
        return g_strdup("the end of the line");
    guchar character = (guchar)records->text[index];
    return g_ascii_isprint((char)character) ? g_strdup_printf("'%c'", character)
                                            : g_strdup_printf("0x%02x", character);
}

gboolean
inlay_records_fail_start(const InlayRecords *records, const char *expected, GError **error)
{
    int mark = records->line == 1 ? find_mark(records->text, records->length) : -1;
    g_autofree char *found = mark >= 0 ? g_strdup_printf("a byte order mark (%s): save the file as "
                                                         "plain ASCII",
                                                         marks[mark].name)
                                       : describe_character(records, 0);

    return inlay_records_fail(records, 1, error, "expected %s, found %s", expected, found);
}

gboolean
inlay_records_decode(InlayRecords *records, GError **error)
{
    gsize n_digits = records->length - MIN(records->start, records->length);
    const char *digits = records->text + records->start;

    for (gsize i = 0; i < n_digits; i++) {
        if (g_ascii_isxdigit(digits[i]))
            continue;
        g_autofree char *found = describe_character(records, records->start + i);
        return inlay_records_fail(records, records->start + i + 1, error,
                                  "expected a hexadecimal digit, found %s", found);
    }
    if (n_digits % 2 != 0)
        return inlay_records_fail(records, records->length, error,
                                  "expected an even number of digits, found %" G_GSIZE_FORMAT,
                                  n_digits);
    records->n_bytes = n_digits / 2;
    for (gsize i = 0; i < MIN(records->n_bytes, INLAY_RECORD_MAX); i++)
        records->bytes[i] = (guint8)(g_ascii_xdigit_value(digits[2 * i]) << 4 |
                                     g_ascii_xdigit_value(digits[2 * i + 1]));
    return TRUE;
}

gboolean
inlay_records_place(
    InlayRecords *records, guint32 addr, const guint8 *bytes, gsize size, GError **error)
{
    Place place = {addr, (guint32)size, records->contents->len, records->line};
    guint64 end = (guint64)addr + size;

    if (size == 0)
        return TRUE;
    if (end > (guint64)G_MAXUINT32 + 1)
        return inlay_records_fail(records, 0, error,
                                  "%" G_GSIZE_FORMAT
                                  " bytes at 0x%08x: expected the last at 0xffffffff at most, "
                                  "found 0x%" G_GINT64_MODIFIER "x",
                                  size, addr, end - 1);
    g_byte_array_append(records->contents, bytes, (guint)size);
    g_array_append_val(records->places, place);
    return TRUE;
}

static int
compare_places(gconstpointer a, gconstpointer b)
{
    const Place *first = a, *second = b;

    if (first->addr != second->addr)
        return first->addr < second->addr ? -1 : 1;
    return (first->line > second->line) - (first->line < second->line);
}

static const Place *
get_place(const InlayRecords *records, guint index)
{
    return &g_array_index(records->places, Place, index);
}

/* Where bytes were placed twice: the later line is the one at fault. */
static gboolean
check_apart(InlayRecords *records, GError **error)
{
    for (guint i = 1; i < records->places->len; i++) {
        const Place *low = get_place(records, i - 1);
        const Place *high = get_place(records, i);
        if ((guint64)low->addr + low->size <= high->addr)
            continue;
        records->line = MAX(low->line, high->line);
        return inlay_records_fail(records, 0, error,
                                  "0x%08x: expected each byte once, found it in line %u as well",
                                  high->addr, MIN(low->line, high->line));
    }
    return TRUE;
}

/* Joins the places that touch, from `first` on; returns the index behind them. One copy of each
 * byte, however many records there are. */
static guint
add_run(const InlayRecords *records, guint first, InlayImage *image)
{
    GByteArray *run = g_byte_array_new();
    const Place *place = get_place(records, first);
    guint32 addr = place->addr;
    guint i = first;

    do {
        g_byte_array_append(run, records->contents->data + place->offset, place->size);
        i++;
        place = i < records->places->len ? get_place(records, i) : NULL;
    } while (place != NULL && place->addr == (guint64)addr + run->len);
    g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(run);
    /* cannot fail: the places are apart, and inside the address space */
    inlay_image_add(image, addr, bytes, NULL);
    return i;
}

/* Puts what was placed into the image. */
static gboolean
finish(InlayRecords *records, InlayImage *image, GError **error)
{
    if (records->places->len == 0) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_CORRUPT,
                    "%s: %s: expected bytes of data, found none", records->name,
                    records->format->kind);
        return FALSE;
    }
    g_array_sort(records->places, compare_places);
    if (!check_apart(records, error))
        return FALSE;
    for (guint i = 0; i < records->places->len;)
        i = add_run(records, i, image);
    return TRUE;
}

static gboolean
check_checksum(const InlayRecords *records, GError **error)
{
    gsize last = records->n_bytes - 1;
    guint8 sum = 0;

    for (gsize i = 0; i < last; i++)
        sum = (guint8)(sum + records->bytes[i]);
    guint8 expected = records->format->checksum(sum);
    if (records->bytes[last] == expected)
        return TRUE;
    return inlay_records_fail(records, inlay_records_column(records, last), error,
                              "checksum: expected 0x%02x, found 0x%02x", expected,
                              records->bytes[last]);
}

gboolean
inlay_records_add_to_image(const InlayRecordFormat *format,
                           gpointer position,
                           InlayImage *image,
                           const char *name,
                           GBytes *file,
                           GError **error)
{
    g_auto(InlayRecords) records;

    init(&records, format, name, file);
    while (next(&records)) {
        if (records.end_line > 0)
            return inlay_records_fail(&records, 0, error,
                                      "expected nothing after the end record in line %u, found "
                                      "another line",
                                      records.end_line);
        if (!format->decode(&records, error) || !check_checksum(&records, error) ||
            !format->take(&records, position, error))
            return FALSE;
    }
    if (records.end_line == 0)
        return inlay_records_fail(&records, 0, error,
                                  "expected an end record (%s), found the end of the file",
                                  format->end_record);
    return finish(&records, image, error);
}

/* (transfer full) The text without its byte order mark: of UTF-16 the beginning, if that is ASCII.
 */
static GBytes *
skip_mark(GBytes *file)
{
    gsize size;
    const char *text = g_bytes_get_data(file, &size);
    int mark = find_mark(text, size);
    GByteArray *narrow;

    if (mark < 0)
        return g_bytes_ref(file);
    if (marks[mark].size == 3)
        return g_bytes_new_from_bytes(file, 3, size - 3);
    narrow = g_byte_array_new();
    gsize low = text[0] == '\xff' ? 0 : 1;
    for (gsize i = 2; i + 1 < size && i / 2 < UNITS_LOOKED_AT && text[i + 1 - low] == 0; i += 2)
        g_byte_array_append(narrow, (const guint8 *)&text[i + low], 1);
    return g_byte_array_free_to_bytes(narrow);
}

gboolean
inlay_records_recognise(const InlayRecordFormat *format, GBytes *file)
{
    g_autoptr(GBytes) text = skip_mark(file);
    g_auto(InlayRecords) records;

    init(&records, format, "", text);
    for (guint i = 0; i < LINES_LOOKED_AT && next(&records); i++) {
        if (format->decode(&records, NULL))
            return TRUE;
    }
    return FALSE;
}
