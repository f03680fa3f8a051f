/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image.h"

G_BEGIN_DECLS

/* The formats that an image is written in. */
typedef enum {
    INLAY_FILE_BY_NAME, /* the one that the file's name ends with; binary for any other name */
    INLAY_FILE_BIN,
    INLAY_FILE_HEX,
    INLAY_FILE_S19,
} InlayFileFormat;

const char *inlay_file_format_to_string(InlayFileFormat format); /* "hex"; NULL: BY_NAME */
gboolean inlay_file_format_from_string(const char *name, InlayFileFormat *format);

/* .hex, .ihex: Intel HEX; .s19, .s28, .s37, .srec, .mot: S-record; else binary. Never BY_NAME. */
InlayFileFormat inlay_file_format_for_path(const char *path);

/* (transfer full) The image as a file: as Intel HEX with linear addresses, or as S-records with
 * addresses as short as the last byte allows; 16 bytes a record, every byte that is held. Binary is
 * for an image of one segment. Not BY_NAME. */
GBytes *inlay_image_write(const InlayImage *image, InlayFileFormat format);

G_END_DECLS
