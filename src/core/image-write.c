/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/image-write.h"

#include <string.h>

#define RECORD_DATA 16 /* bytes of data in a record, as most tools write them */
#define BANK 0x10000u  /* what an offset in a record of Intel HEX reaches */

static const char *const names[] = {
    [INLAY_FILE_BIN] = "bin",
    [INLAY_FILE_HEX] = "hex",
    [INLAY_FILE_S19] = "s19",
};

static const struct {
    const char *ending;
    InlayFileFormat format;
} endings[] = {
    {".hex", INLAY_FILE_HEX}, {".ihex", INLAY_FILE_HEX}, {".s19", INLAY_FILE_S19},
    {".s28", INLAY_FILE_S19}, {".s37", INLAY_FILE_S19},  {".srec", INLAY_FILE_S19},
    {".mot", INLAY_FILE_S19},
};

const char *
inlay_file_format_to_string(InlayFileFormat format)
{
    g_return_val_if_fail(format < G_N_ELEMENTS(names), NULL);
    return names[format];
}

gboolean
inlay_file_format_from_string(const char *name, InlayFileFormat *format)
{
    for (guint i = INLAY_FILE_BIN; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *format = i;
            return TRUE;
        }
    }
    return FALSE;
}

InlayFileFormat
inlay_file_format_for_path(const char *path)
{
    g_autofree char *lower = g_ascii_strdown(path, -1);

    for (guint i = 0; i < G_N_ELEMENTS(endings); i++) {
        if (g_str_has_suffix(lower, endings[i].ending))
            return endings[i].format;
    }
    return INLAY_FILE_BIN;
}

static guint8
append_byte(GString *text, guint8 byte)
{
    static const char digits[] = "0123456789ABCDEF";

    g_string_append_c(text, digits[byte >> 4]);
    g_string_append_c(text, digits[byte & 15]);
    return byte;
}

static void
append_hex_record(GString *text, guint8 type, guint16 offset, const guint8 *data, gsize size)
{
    guint8 sum = 0;

    g_string_append_c(text, ':');
    sum += append_byte(text, (guint8)size);
    sum += append_byte(text, (guint8)(offset >> 8));
    sum += append_byte(text, (guint8)offset);
    sum += append_byte(text, type);
    for (gsize i = 0; i < size; i++)
        sum += append_byte(text, data[i]);
    append_byte(text, (guint8)-sum);
    g_string_append_c(text, '\n');
}

/* Records do not cross a border of 64 KiB, behind which the upper half of the address changes. */
static void
append_hex_segment(GString *text, const InlaySegment *segment, guint16 *upper)
{
    gsize size, n;
    const guint8 *bytes = g_bytes_get_data(segment->bytes, &size);

    for (gsize done = 0; done < size; done += n) {
        guint32 addr = (guint32)(segment->addr + done);
        n = MIN(MIN(size - done, RECORD_DATA), BANK - addr % BANK);
        if (addr >> 16 != *upper) {
            *upper = (guint16)(addr >> 16);
            append_hex_record(text, 4, 0, (guint8[]){(guint8)(*upper >> 8), (guint8)*upper}, 2);
        }
        append_hex_record(text, 0, (guint16)addr, bytes + done, n);
    }
}

static void
append_s_record(
    GString *text, char type, guint addr_size, guint32 addr, const guint8 *data, gsize size)
{
    guint8 sum = 0;

    g_string_append_printf(text, "S%c", type);
    sum += append_byte(text, (guint8)(addr_size + size + 1));
    for (guint i = addr_size; i > 0; i--)
        sum += append_byte(text, (guint8)(addr >> (8 * (i - 1))));
    for (gsize i = 0; i < size; i++)
        sum += append_byte(text, data[i]);
    append_byte(text, (guint8)~sum);
    g_string_append_c(text, '\n');
}

static void
append_s_segment(GString *text, const InlaySegment *segment, guint addr_size)
{
    gsize size, n;
    const guint8 *bytes = g_bytes_get_data(segment->bytes, &size);

    for (gsize done = 0; done < size; done += n) {
        n = MIN(size - done, RECORD_DATA);
        append_s_record(text, (char)('0' + addr_size - 1), addr_size,
                        (guint32)(segment->addr + done), bytes + done, n);
    }
}

/* 2, 3 or 4 bytes: what the last byte's address needs. */
static guint
find_addr_size(const InlayImage *image)
{
    guint n = inlay_image_get_n_segments(image);

    if (n == 0)
        return 2;
    const InlaySegment *segment = inlay_image_get_segment(image, n - 1);
    guint64 last = (guint64)segment->addr + g_bytes_get_size(segment->bytes) - 1;
    return last > 0xffffff ? 4 : last > 0xffff ? 3 : 2;
}

static GString *
write_hex(const InlayImage *image)
{
    GString *text = g_string_new(NULL);
    guint16 upper = 0;

    for (guint i = 0; i < inlay_image_get_n_segments(image); i++)
        append_hex_segment(text, inlay_image_get_segment(image, i), &upper);
    append_hex_record(text, 1, 0, NULL, 0);
    return text;
}

static GString *
write_s19(const InlayImage *image)
{
    GString *text = g_string_new(NULL);
    guint addr_size = find_addr_size(image);

    append_s_record(text, '0', 2, 0, NULL, 0);
    for (guint i = 0; i < inlay_image_get_n_segments(image); i++)
        append_s_segment(text, inlay_image_get_segment(image, i), addr_size);
    append_s_record(text, (char)('0' + 11 - addr_size), addr_size, 0, NULL, 0);
    return text;
}

GBytes *
inlay_image_write(const InlayImage *image, InlayFileFormat format)
{
    switch (format) {
    case INLAY_FILE_HEX:
        return g_string_free_to_bytes(write_hex(image));
    case INLAY_FILE_S19:
        return g_string_free_to_bytes(write_s19(image));
    case INLAY_FILE_BIN:
    case INLAY_FILE_BY_NAME:
        break;
    }
    g_return_val_if_fail(format == INLAY_FILE_BIN && inlay_image_get_n_segments(image) == 1, NULL);
    return g_bytes_ref(inlay_image_get_segment(image, 0)->bytes);
}
