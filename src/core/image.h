/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "range.h"

G_BEGIN_DECLS

/*
 * An image: bytes at addresses, sparse. Segments are sorted, never empty, never touching or
 * overlapping, so equal bytes make equal images. A value: built by one owner, then read by anybody.
 */
typedef struct InlayImage InlayImage;

typedef struct {
    guint32 addr;
    GBytes *bytes; /* owned by the image */
} InlaySegment;

InlayImage *inlay_image_new(void);
void inlay_image_free(InlayImage *image); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InlayImage, inlay_image_free)

/* Adds bytes at an address. INLAY_ERROR_IMAGE_OVERLAP if some are taken, IMAGE_CORRUPT past
 * 0xffffffff. */
gboolean inlay_image_add(InlayImage *image, guint32 addr, GBytes *bytes, GError **error);

/* Reads a file: the kind is recognised by content, never by name (docs/images.md): ELF32
 * little-endian ARM, Intel HEX, S-record, each of them also compressed by gzip.
 * Anything else is a raw binary, which goes to *base; with base NULL that is INLAY_ERROR_USAGE.
 * base is ignored for a file that has its own addresses.
 * Errors: FILE (cannot be read), IMAGE_CORRUPT (damaged; for another machine; nothing to load). */
InlayImage *inlay_image_load(const char *path, const guint32 *base, GError **error);

/* The same for bytes in memory; `name` is for messages. */
InlayImage *inlay_image_parse(const char *name, GBytes *file, const guint32 *base, GError **error);

/* (transfer full) A file's bytes, unpacked when it is compressed. Errors: FILE, IMAGE_CORRUPT. */
GBytes *inlay_image_open(const char *path, GError **error);

/* Whether the image was made from a raw binary, and so has been given its address. */
gboolean inlay_image_is_raw(const InlayImage *image);

guint inlay_image_get_n_segments(const InlayImage *image);
const InlaySegment *inlay_image_get_segment(const InlayImage *image, guint index);
gsize inlay_image_get_size(const InlayImage *image); /* bytes held, gaps not counted */
gboolean inlay_image_equal(const InlayImage *a, const InlayImage *b); /* the same bytes held */

/* Copies [addr, addr + size); bytes that the image does not hold read as 0xFF, as erased flash
 * does. */
void inlay_image_read(const InlayImage *image, InlayRange range, guint8 *out);

G_END_DECLS
