/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "image.h"

G_BEGIN_DECLS

/* Whether the file calls itself an ELF file; it may be damaged nevertheless. */
gboolean inlay_elf_is(GBytes *file);

/* Adds what an ELF32 file for ARM loads into memory: the contents of its SHF_ALLOC sections at
 * their load addresses (p_paddr of their segment), so that neither debug information nor `.defmt`
 * gets into flash. A file without section headers gives its PT_LOAD segments. `name` is for
 * messages. Errors: IMAGE_CORRUPT. */
gboolean inlay_elf_add_to_image(InlayImage *image, const char *name, GBytes *file, GError **error);

G_END_DECLS
