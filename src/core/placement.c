/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/content.h"
#include "core/error.h"

typedef struct {
    const char *path;
    const InlayImage *image;
    const InlayLayout *layout;
    const InlayPartition *partition;
} Placement;

static InlayRange
segment_range(const InlaySegment *segment)
{
    return (InlayRange){segment->addr, (guint32)g_bytes_get_size(segment->bytes)};
}

/* From the first byte to the last, gaps included. */
static InlayRange
image_range(const InlayImage *image)
{
    guint n = inlay_image_get_n_segments(image);
    guint32 addr = inlay_image_get_segment(image, 0)->addr;
    guint64 end = inlay_range_end(segment_range(inlay_image_get_segment(image, n - 1)));

    return (InlayRange){addr, (guint32)(end - addr)};
}

/* "; it fits application1", or nothing. */
static char *
suggest(const Placement *placement, InlayRange range)
{
    for (guint i = 0; i < placement->layout->partitions->len; i++) {
        const InlayPartition *other = g_ptr_array_index(placement->layout->partitions, i);
        if (other != placement->partition && inlay_range_contains(other->range, range))
            return g_strdup_printf("; it fits %s", other->name);
    }
    return g_strdup("");
}

static gboolean
fail_misplaced(const Placement *placement, InlayRange range, GError **error)
{
    InlayRange expected = placement->partition->range;
    g_autofree char *suggestion = suggest(placement, range);

    g_set_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_MISPLACED,
                "%s: linked at 0x%08x-0x%08x, partition %s is 0x%08x-0x%08x%s", placement->path,
                range.addr, inlay_range_last(range), placement->partition->name, expected.addr,
                inlay_range_last(expected), suggestion);
    return FALSE;
}

static gboolean
fail_too_large(const Placement *placement, InlayRange range, GError **error)
{
    InlayRange expected = placement->partition->range;
    guint64 excess = inlay_range_end(range) - inlay_range_end(expected);

    g_set_error(
        error, INLAY_ERROR, INLAY_ERROR_IMAGE_TOO_LARGE,
        "%s: 0x%08x-0x%08x goes %" G_GUINT64_FORMAT " byte%s beyond partition %s, 0x%08x-0x%08x",
        placement->path, range.addr, inlay_range_last(range), excess, excess == 1 ? "" : "s",
        placement->partition->name, expected.addr, inlay_range_last(expected));
    return FALSE;
}

static gboolean
check_segments(const Placement *placement, GError **error)
{
    InlayRange whole = image_range(placement->image);
    InlayRange expected = placement->partition->range;
    gboolean begins_inside = inlay_range_contains(expected, (InlayRange){whole.addr, 1});

    for (guint i = 0; i < inlay_image_get_n_segments(placement->image); i++) {
        InlayRange range = segment_range(inlay_image_get_segment(placement->image, i));
        if (inlay_range_contains(expected, range))
            continue;
        /* What goes on in the flash behind the partition grew too large; anything else was linked
         * for another place. */
        gboolean grew = begins_inside && (range.addr < inlay_range_end(expected) ||
                                          inlay_range_contains(placement->layout->chip->flash,
                                                               (InlayRange){range.addr, 1}));
        return grew ? fail_too_large(placement, (InlayRange){whole.addr, whole.size}, error)
                    : fail_misplaced(placement, i == 0 ? whole : range, error);
    }
    return TRUE;
}

static guint32
read_word(const InlayImage *image, guint32 addr)
{
    guint8 bytes[4];

    inlay_image_read(image, (InlayRange){addr, 4}, bytes);
    return (guint32)bytes[0] | (guint32)bytes[1] << 8 | (guint32)bytes[2] << 16 |
           (guint32)bytes[3] << 24;
}

/* A raw binary says nothing about where it belongs, but a program's vector table does: a stack in
 * RAM, then a reset handler in flash (PM0214 2.3.4). What does not look like one may be any data. */
static gboolean
check_vectors(const Placement *placement, GError **error)
{
    const InlayChip *chip = placement->layout->chip;
    guint32 base = placement->partition->range.addr;
    guint32 stack = read_word(placement->image, base);
    guint32 reset = read_word(placement->image, base + 4);
    gboolean is_stack =
        stack % 8 == 0 && stack > chip->ram.addr && stack <= inlay_range_end(chip->ram);
    InlayRange handler = {reset & ~1u, 2};

    if (inlay_image_get_size(placement->image) < 8 || !is_stack || reset % 2 == 0 ||
        !inlay_range_contains(chip->flash, handler) ||
        inlay_range_contains(placement->partition->range, handler))
        return TRUE;
    g_autofree char *suggestion = suggest(placement, handler);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_MISPLACED,
                "%s: its reset handler is at 0x%08x, partition %s is 0x%08x-0x%08x%s",
                placement->path, handler.addr, placement->partition->name, base,
                inlay_range_last(placement->partition->range), suggestion);
    return FALSE;
}

gboolean
inlay_placement_check(const char *path,
                      const InlayImage *image,
                      gboolean is_raw,
                      const InlayLayout *layout,
                      const InlayPartition *partition,
                      GError **error)
{
    Placement placement = {path, image, layout, partition};

    return check_segments(&placement, error) && (!is_raw || check_vectors(&placement, error));
}
