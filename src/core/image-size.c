/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/image-size.h"

#include <gelf.h>

#include "core/image-elf.h"

typedef Elf *ElfHandle;
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(ElfHandle, elf_end, NULL)

/* As GNU size: what is neither code nor writable counts as text, whether or not it has contents. */
static void
add_section(InlayImageSize *size, const GElf_Shdr *section)
{
    if ((section->sh_flags & SHF_ALLOC) == 0)
        return;
    size->has_sections = TRUE;
    if ((section->sh_flags & SHF_EXECINSTR) != 0 || (section->sh_flags & SHF_WRITE) == 0)
        size->text += section->sh_size;
    else if (section->sh_type != SHT_NOBITS)
        size->data += section->sh_size;
    else
        size->bss += section->sh_size;
}

/* Of a file that has been read as an image before, and so is sound. */
static void
measure_elf(GBytes *file, InlayImageSize *size)
{
    g_auto(ElfHandle) elf =
        elf_memory((char *)g_bytes_get_data(file, NULL), g_bytes_get_size(file));
    GElf_Shdr section;

    for (Elf_Scn *scn = elf_nextscn(elf, NULL); scn != NULL; scn = elf_nextscn(elf, scn)) {
        if (gelf_getshdr(scn, &section) != NULL)
            add_section(size, &section);
    }
}

gboolean
inlay_image_measure(const char *path, const guint32 *base, InlayImageSize *size, GError **error)
{
    g_autoptr(GBytes) file = inlay_image_open(path, error);

    *size = (InlayImageSize){0};
    if (file == NULL)
        return FALSE;
    g_autoptr(InlayImage) image = inlay_image_parse(path, file, base, error);
    if (image == NULL)
        return FALSE;
    size->flash = inlay_image_get_size(image);
    if (inlay_elf_is(file))
        measure_elf(file, size);
    return TRUE;
}
