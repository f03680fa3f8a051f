/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/image-elf.h"

#include <gelf.h>
#include <string.h>

#include "core/error.h"

typedef Elf *ElfHandle;
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(ElfHandle, elf_end, NULL)

typedef struct {
    const char *name;
    GBytes *file;
    gsize size; /* of the file */
    const Elf32_Ehdr *header;
    GElf_Phdr *segments; /* copies, for in a damaged file they may lie at an odd offset */
    gsize n_segments;
} Parser;

gboolean
inlay_elf_is(GBytes *file)
{
    gsize size;
    const guint8 *bytes = g_bytes_get_data(file, &size);

    return size >= SELFMAG && memcmp(bytes, ELFMAG, SELFMAG) == 0;
}

static gboolean G_GNUC_PRINTF(3, 4)
    corrupt(const Parser *parser, GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *detail = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_CORRUPT, "%s: %s", parser->name, detail);
    return FALSE;
}

/* A table or a piece of contents must lie inside the file. */
static gboolean
check_extent(const Parser *parser,
             const char *what,
             gsize index,
             guint64 offset,
             guint64 size,
             GError **error)
{
    if (offset <= parser->size && size <= parser->size - offset)
        return TRUE;
    return corrupt(parser, error,
                   "%s %" G_GSIZE_FORMAT " at offset 0x%" G_GINT64_MODIFIER
                   "x: expected its end within the file of 0x%" G_GSIZE_MODIFIER
                   "x bytes, found 0x%" G_GINT64_MODIFIER "x",
                   what, index, offset, parser->size, offset + size);
}

static gboolean
check_field(const Parser *parser,
            const char *what,
            gsize offset,
            guint expected,
            guint found,
            GError **error)
{
    if (expected == found)
        return TRUE;
    return corrupt(parser, error, "offset 0x%02" G_GSIZE_MODIFIER "x, %s: expected %u, found %u",
                   offset, what, expected, found);
}

static gboolean
check_header(const Parser *parser, GError **error)
{
    const Elf32_Ehdr *header = parser->header;

    if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
        return corrupt(parser, error, "offset 0x10, type: expected an executable (2), found %u",
                       header->e_type);
    if (!check_field(parser, "machine", 0x12, EM_ARM, header->e_machine, error) ||
        !check_extent(parser, "program header table", 0, header->e_phoff,
                      (guint64)header->e_phnum * header->e_phentsize, error) ||
        !check_extent(parser, "section header table", 0, header->e_shoff,
                      (guint64)header->e_shnum * header->e_shentsize, error))
        return FALSE;
    if (header->e_phnum > 0 && !check_field(parser, "size of a program header", 0x2a,
                                            sizeof(Elf32_Phdr), header->e_phentsize, error))
        return FALSE;
    return header->e_shnum == 0 || check_field(parser, "size of a section header", 0x2e,
                                               sizeof(Elf32_Shdr), header->e_shentsize, error);
}

/* libelf reads files of either word size and byte order; only one of each runs on a Cortex-M. */
static gboolean
check_ident(const Parser *parser, GError **error)
{
    const guint8 *ident = g_bytes_get_data(parser->file, NULL);

    return check_extent(parser, "file header", 0, 0, sizeof(Elf32_Ehdr), error) &&
           check_field(parser, "word size", EI_CLASS, ELFCLASS32, ident[EI_CLASS], error) &&
           check_field(parser, "byte order", EI_DATA, ELFDATA2LSB, ident[EI_DATA], error) &&
           check_field(parser, "version", EI_VERSION, EV_CURRENT, ident[EI_VERSION], error);
}

static gboolean
add_bytes(const Parser *parser,
          InlayImage *image,
          guint64 addr,
          guint64 offset,
          guint64 size,
          GError **error)
{
    g_autoptr(GBytes) bytes = g_bytes_new_from_bytes(parser->file, offset, size);
    g_autoptr(GError) add_error = NULL;

    if (addr > G_MAXUINT32)
        return corrupt(parser, error,
                       "expected load addresses of 32 bits, found 0x%" G_GINT64_MODIFIER "x", addr);
    if (inlay_image_add(image, (guint32)addr, bytes, &add_error))
        return TRUE;
    return corrupt(parser, error, "%s", add_error->message);
}

static gboolean
is_loaded(const GElf_Phdr *segment)
{
    return segment->p_type == PT_LOAD && segment->p_filesz > 0;
}

/* Segments may share file bytes (a header page, an overlay), so the address has to agree too. */
static gboolean
segment_holds(const GElf_Phdr *segment, const GElf_Shdr *section)
{
    guint64 segment_end = segment->p_offset + segment->p_filesz;
    guint64 section_end = section->sh_offset + section->sh_size;

    return is_loaded(segment) && section->sh_offset >= segment->p_offset &&
           section_end <= segment_end &&
           section->sh_addr - segment->p_vaddr == section->sh_offset - segment->p_offset;
}

static gboolean
add_section(
    const Parser *parser, InlayImage *image, gsize index, const GElf_Shdr *section, GError **error)
{
    if ((section->sh_flags & SHF_ALLOC) == 0 || section->sh_type == SHT_NOBITS ||
        section->sh_size == 0)
        return TRUE;
    if (!check_extent(parser, "section", index, section->sh_offset, section->sh_size, error))
        return FALSE;
    for (gsize i = 0; i < parser->n_segments; i++) {
        const GElf_Phdr *segment = &parser->segments[i];
        if (segment_holds(segment, section))
            return add_bytes(parser, image,
                             segment->p_paddr + (section->sh_offset - segment->p_offset),
                             section->sh_offset, section->sh_size, error);
    }
    return corrupt(parser, error,
                   "section %" G_GSIZE_FORMAT " at offset 0x%x, address 0x%08x: expected a segment "
                   "that loads it, found none",
                   index, (guint32)section->sh_offset, (guint32)section->sh_addr);
}

static gboolean
add_sections(const Parser *parser, InlayImage *image, Elf *elf, GError **error)
{
    for (Elf_Scn *scn = elf_nextscn(elf, NULL); scn != NULL; scn = elf_nextscn(elf, scn)) {
        GElf_Shdr section;
        if (gelf_getshdr(scn, &section) == NULL)
            return corrupt(parser, error, "section %" G_GSIZE_FORMAT ": %s", elf_ndxscn(scn),
                           elf_errmsg(-1));
        if (!add_section(parser, image, elf_ndxscn(scn), &section, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
add_segments(const Parser *parser, InlayImage *image, GError **error)
{
    for (gsize i = 0; i < parser->n_segments; i++) {
        const GElf_Phdr *segment = &parser->segments[i];
        if (is_loaded(segment) && !add_bytes(parser, image, segment->p_paddr, segment->p_offset,
                                             segment->p_filesz, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
take_segments(Parser *parser, Elf *elf, GError **error)
{
    for (gsize i = 0; i < parser->n_segments; i++) {
        GElf_Phdr *segment = &parser->segments[i];
        if (gelf_getphdr(elf, (int)i, segment) == NULL)
            return corrupt(parser, error, "segment %" G_GSIZE_FORMAT ": %s", i, elf_errmsg(-1));
        if (is_loaded(segment) &&
            !check_extent(parser, "segment", i, segment->p_offset, segment->p_filesz, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
inlay_elf_add_to_image(InlayImage *image, const char *name, GBytes *file, GError **error)
{
    Parser parser = {.name = name, .file = file, .size = g_bytes_get_size(file)};

    if (!check_ident(&parser, error))
        return FALSE;
    elf_version(EV_CURRENT);
    /* libelf wants a pointer to bytes that it may change, and does not change them when only
     * headers are read. */
    g_auto(ElfHandle) elf = elf_memory((char *)g_bytes_get_data(file, NULL), parser.size);
    parser.header = elf != NULL ? elf32_getehdr(elf) : NULL;
    if (parser.header == NULL)
        return corrupt(&parser, error, "file header: %s", elf_errmsg(-1));
    if (!check_header(&parser, error))
        return FALSE;
    parser.n_segments = parser.header->e_phnum;
    g_autofree GElf_Phdr *segments = g_new0(GElf_Phdr, parser.n_segments);
    parser.segments = segments;
    if (!take_segments(&parser, elf, error))
        return FALSE;
    gboolean ok = parser.header->e_shnum > 0 ? add_sections(&parser, image, elf, error)
                                             : add_segments(&parser, image, error);
    if (ok && inlay_image_get_n_segments(image) == 0)
        return corrupt(&parser, error, "nothing in it is to be loaded into memory");
    return ok;
}
