/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "elf-writer.h"

#include <elf.h>
#include <string.h>

GByteArray *
elf_write(const ElfSegment *segments,
          guint n_segments,
          const ElfSection *sections,
          guint n_sections)
{
    GByteArray *file = g_byte_array_new();
    g_autofree guint32 *offsets = g_new0(guint32, n_segments + 1);
    guint n_headers = n_sections > 0 ? n_sections + 1 : 0; /* the first is the null section */

    offsets[0] = sizeof(Elf32_Ehdr) + n_segments * sizeof(Elf32_Phdr);
    for (guint i = 0; i < n_segments; i++)
        offsets[i + 1] = offsets[i] + segments[i].size;
    guint32 headers_offset = (offsets[n_segments] + 3) & ~3u;
    g_byte_array_set_size(file, headers_offset + n_headers * sizeof(Elf32_Shdr));
    memset(file->data, 0, file->len);

    Elf32_Ehdr header = {.e_type = ET_EXEC,
                         .e_machine = EM_ARM,
                         .e_version = EV_CURRENT,
                         .e_phoff = sizeof(Elf32_Ehdr),
                         .e_shoff = n_headers > 0 ? headers_offset : 0,
                         .e_ehsize = sizeof(Elf32_Ehdr),
                         .e_phentsize = sizeof(Elf32_Phdr),
                         .e_phnum = (Elf32_Half)n_segments,
                         .e_shentsize = sizeof(Elf32_Shdr),
                         .e_shnum = (Elf32_Half)n_headers};
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS32;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    memcpy(file->data, &header, sizeof header);

    for (guint i = 0; i < n_segments; i++) {
        const ElfSegment *s = &segments[i];
        Elf32_Phdr phdr = {.p_type = PT_LOAD,
                           .p_offset = offsets[i],
                           .p_vaddr = s->vaddr,
                           .p_paddr = s->paddr,
                           .p_filesz = s->size,
                           .p_memsz = s->memsize > 0 ? s->memsize : s->size};
        memcpy(file->data + sizeof header + i * sizeof phdr, &phdr, sizeof phdr);
        memset(file->data + offsets[i], s->fill, s->size);
    }
    for (guint i = 0; i < n_sections; i++) {
        const ElfSection *s = &sections[i];
        Elf32_Shdr shdr = {.sh_type = s->type,
                           .sh_flags = s->flags,
                           .sh_addr = segments[s->segment].vaddr + s->offset,
                           .sh_offset = offsets[s->segment] + s->offset,
                           .sh_size = s->size};
        memcpy(file->data + headers_offset + (i + 1) * sizeof shdr, &shdr, sizeof shdr);
    }
    return file;
}
