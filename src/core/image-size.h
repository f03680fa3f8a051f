/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image.h"

G_BEGIN_DECLS

/* What a program takes, in bytes. `flash` is what the file holds. text, data and bss are those of
 * GNU size in its Berkeley form: text with read-only data, data with its initial values in flash
 * and its place in RAM, bss in RAM alone. Only ELF files with section headers know these. */
typedef struct {
    guint64 flash;
    gboolean has_sections;
    guint64 text;
    guint64 data;
    guint64 bss;
} InlayImageSize;

/* Measures an image file; `base` as in inlay_image_load. Errors: those of it. */
gboolean
inlay_image_measure(const char *path, const guint32 *base, InlayImageSize *size, GError **error);

G_END_DECLS
