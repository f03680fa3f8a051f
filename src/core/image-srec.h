/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image.h"

G_BEGIN_DECLS

/* Whether one of the file's first lines is an S-record by its form: 'S', a type, and as many digits
 * as its length says. The file may be damaged nevertheless. */
gboolean inlay_srec_is(GBytes *file);

/* Adds the data of a Motorola S-record file: S1, S2, S3, also mixed; S0 is passed over, S5 and S6
 * must count right, S7, S8 or S9 must end it. `name` is for messages. Errors: IMAGE_CORRUPT. */
gboolean inlay_srec_add_to_image(InlayImage *image, const char *name, GBytes *file, GError **error);

G_END_DECLS
