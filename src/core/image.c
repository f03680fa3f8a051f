/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/image.h"

#include <string.h>

#include "core/error.h"
#include "core/image-elf.h"
#include "core/image-gzip.h"
#include "core/image-hex.h"
#include "core/image-srec.h"

struct InlayImage {
    GArray *segments; /* of InlaySegment, by address */
    gboolean is_raw;
};

/* The formats that bring their own addresses, each known by its content. */
static const struct {
    gboolean (*is)(GBytes *file);
    gboolean (*add_to_image)(InlayImage *image, const char *name, GBytes *file, GError **error);
} formats[] = {
    {inlay_elf_is, inlay_elf_add_to_image},
    {inlay_hex_is, inlay_hex_add_to_image},
    {inlay_srec_is, inlay_srec_add_to_image},
};

static void
segment_clear(gpointer segment)
{
    g_bytes_unref(((InlaySegment *)segment)->bytes);
}

static guint64
segment_end(const InlaySegment *segment)
{
    return (guint64)segment->addr + g_bytes_get_size(segment->bytes);
}

static InlaySegment *
get_segment(const InlayImage *image, guint index)
{
    return &g_array_index(image->segments, InlaySegment, index);
}

InlayImage *
inlay_image_new(void)
{
    InlayImage *image = g_new0(InlayImage, 1);

    image->segments = g_array_new(FALSE, FALSE, sizeof(InlaySegment));
    g_array_set_clear_func(image->segments, segment_clear);
    return image;
}

void
inlay_image_free(InlayImage *image)
{
    if (image == NULL)
        return;
    g_array_unref(image->segments);
    g_free(image);
}

/* (transfer full) */
static GBytes *
join(GBytes *first, GBytes *second)
{
    gsize n_first, n_second;
    const guint8 *first_bytes = g_bytes_get_data(first, &n_first);
    const guint8 *second_bytes = g_bytes_get_data(second, &n_second);
    guint8 *joined = g_malloc(n_first + n_second);

    memcpy(joined, first_bytes, n_first);
    memcpy(joined + n_first, second_bytes, n_second);
    return g_bytes_new_take(joined, n_first + n_second);
}

/* Joins segments `index` and `index + 1` where they touch. */
static void
join_at(InlayImage *image, guint index)
{
    if (index + 1 >= image->segments->len)
        return;
    InlaySegment *low = get_segment(image, index);
    InlaySegment *high = get_segment(image, index + 1);
    if (segment_end(low) != high->addr)
        return;
    GBytes *joined = join(low->bytes, high->bytes);
    g_bytes_unref(low->bytes);
    low->bytes = joined;
    g_array_remove_index(image->segments, index + 1);
}

/* The index of the first segment that ends behind addr. */
static guint
find_behind(const InlayImage *image, guint32 addr)
{
    guint low = 0, high = image->segments->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (segment_end(get_segment(image, middle)) <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

gboolean
inlay_image_add(InlayImage *image, guint32 addr, GBytes *bytes, GError **error)
{
    gsize size = g_bytes_get_size(bytes);
    guint64 end = (guint64)addr + size;

    if (size == 0)
        return TRUE;
    if (size > G_MAXUINT32 || end > (guint64)G_MAXUINT32 + 1) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_CORRUPT,
                    "%" G_GSIZE_FORMAT " bytes at 0x%08x run past 0xffffffff", size, addr);
        return FALSE;
    }
    guint at = find_behind(image, addr);
    if (at < image->segments->len && get_segment(image, at)->addr < end) {
        guint32 taken = MAX(addr, get_segment(image, at)->addr);
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_OVERLAP,
                    "0x%08x-0x%08x: 0x%08x is given twice", addr, (guint32)(end - 1), taken);
        return FALSE;
    }
    InlaySegment segment = {.addr = addr, .bytes = g_bytes_ref(bytes)};
    g_array_insert_val(image->segments, at, segment);
    join_at(image, at);
    if (at > 0)
        join_at(image, at - 1);
    return TRUE;
}

static gboolean
add_raw(InlayImage *image, const char *name, GBytes *file, const guint32 *base, GError **error)
{
    if (base == NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "%s has no addresses of its own: expected FILE@ADDRESS", name);
        return FALSE;
    }
    if (g_bytes_get_size(file) == 0) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_CORRUPT, "%s is empty", name);
        return FALSE;
    }
    if (!inlay_image_add(image, *base, file, error)) {
        g_prefix_error(error, "%s: ", name);
        return FALSE;
    }
    image->is_raw = TRUE;
    return TRUE;
}

/* (transfer full) What a gzip file holds; any other file as it is. */
static GBytes *
unpack(const char *name, GBytes *file, GError **error)
{
    if (!inlay_gzip_is(file))
        return g_bytes_ref(file);
    g_autoptr(GBytes) unpacked = inlay_gzip_unpack(name, file, INLAY_GZIP_LIMIT, error);
    if (unpacked == NULL || !inlay_gzip_is(unpacked))
        return g_steal_pointer(&unpacked);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_CORRUPT,
                "%s: gzip: expected a file compressed once, found it compressed twice", name);
    return NULL;
}

InlayImage *
inlay_image_parse(const char *name, GBytes *file, const guint32 *base, GError **error)
{
    g_autoptr(InlayImage) image = inlay_image_new();
    g_autoptr(GBytes) unpacked = unpack(name, file, error);

    if (unpacked == NULL)
        return NULL;
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (formats[i].is(unpacked))
            return formats[i].add_to_image(image, name, unpacked, error) ? g_steal_pointer(&image)
                                                                         : NULL;
    }
    return add_raw(image, name, unpacked, base, error) ? g_steal_pointer(&image) : NULL;
}

GBytes *
inlay_image_open(const char *path, GError **error)
{
    g_autoptr(GError) file_error = NULL;
    char *contents = NULL;
    gsize size = 0;

    if (!g_file_get_contents(path, &contents, &size, &file_error)) {
        g_set_error_literal(error, INLAY_ERROR, INLAY_ERROR_FILE, file_error->message);
        return NULL;
    }
    g_autoptr(GBytes) file = g_bytes_new_take(contents, size);
    return unpack(path, file, error);
}

InlayImage *
inlay_image_load(const char *path, const guint32 *base, GError **error)
{
    g_autoptr(GBytes) file = inlay_image_open(path, error);

    return file != NULL ? inlay_image_parse(path, file, base, error) : NULL;
}

gboolean
inlay_image_is_raw(const InlayImage *image)
{
    return image->is_raw;
}

guint
inlay_image_get_n_segments(const InlayImage *image)
{
    return image->segments->len;
}

const InlaySegment *
inlay_image_get_segment(const InlayImage *image, guint index)
{
    g_return_val_if_fail(index < image->segments->len, NULL);
    return get_segment(image, index);
}

gsize
inlay_image_get_size(const InlayImage *image)
{
    gsize size = 0;

    for (guint i = 0; i < image->segments->len; i++)
        size += g_bytes_get_size(get_segment(image, i)->bytes);
    return size;
}

gboolean
inlay_image_equal(const InlayImage *a, const InlayImage *b)
{
    if (a->segments->len != b->segments->len)
        return FALSE;
    for (guint i = 0; i < a->segments->len; i++) {
        const InlaySegment *of_a = get_segment(a, i), *of_b = get_segment(b, i);
        if (of_a->addr != of_b->addr || !g_bytes_equal(of_a->bytes, of_b->bytes))
            return FALSE;
    }
    return TRUE;
}

void
inlay_image_read(const InlayImage *image, InlayRange range, guint8 *out)
{
    memset(out, 0xff, range.size);
    for (guint i = 0; i < image->segments->len; i++) {
        const InlaySegment *segment = get_segment(image, i);
        guint64 from = MAX(segment->addr, range.addr);
        guint64 to = MIN(segment_end(segment), inlay_range_end(range));
        if (from >= to)
            continue;
        const guint8 *bytes = g_bytes_get_data(segment->bytes, NULL);
        memcpy(out + (from - range.addr), bytes + (from - segment->addr), to - from);
    }
}
