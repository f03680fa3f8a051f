/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* Writes small ELF32 files for ARM, the way a linker lays them out: file header, program headers,
 * contents, section headers. */
typedef struct {
    guint32 vaddr;
    guint32 paddr;
    guint32 size;    /* bytes in the file; all of the value `fill` */
    guint32 memsize; /* 0: as in the file */
    guint8 fill;
} ElfSegment;

typedef struct {
    guint segment;  /* whose bytes it holds */
    guint32 offset; /* into the segment */
    guint32 size;
    guint32 flags;
    guint32 type;
} ElfSection;

/* n_sections 0: a file without section headers. */
GByteArray *elf_write(const ElfSegment *segments,
                      guint n_segments,
                      const ElfSection *sections,
                      guint n_sections);
