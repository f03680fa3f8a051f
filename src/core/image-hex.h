/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image.h"

G_BEGIN_DECLS

/* Whether one of the file's first lines is a record of Intel HEX by its form: ':' and as many digits
 * as its length says. The file may be damaged nevertheless. */
gboolean inlay_hex_is(GBytes *file);

/* Adds the data of an Intel HEX file, by the rules of Intel's specification of 1988: records 00 to
 * 05, of which 03 and 05 (start addresses) are only checked. `name` is for messages.
 * Errors: IMAGE_CORRUPT. */
gboolean inlay_hex_add_to_image(InlayImage *image, const char *name, GBytes *file, GError **error);

G_END_DECLS
