/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/image.h"

#include <elf.h>
#include <string.h>

#include "core/error.h"
#include "elf-writer.h"

#define CODE (SHF_ALLOC | SHF_EXECINSTR)

/* "08000000+4=01 08000010+2=02": each segment's address, size and first byte. */
static char *
describe(const InlayImage *image)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < inlay_image_get_n_segments(image); i++) {
        const InlaySegment *segment = inlay_image_get_segment(image, i);
        gsize size;
        const guint8 *bytes = g_bytes_get_data(segment->bytes, &size);
        g_string_append_printf(text, "%s%08x+%" G_GSIZE_FORMAT "=%02x", i > 0 ? " " : "",
                               segment->addr, size, bytes[0]);
    }
    return g_string_free(text, FALSE);
}

static gboolean
add(InlayImage *image, guint32 addr, gsize size, guint8 fill, GError **error)
{
    guint8 *bytes = g_malloc(size + 1); /* never NULL */

    memset(bytes, fill, size);
    g_autoptr(GBytes) taken = g_bytes_new_take(bytes, size);
    return inlay_image_add(image, addr, taken, error);
}

static InlayImage *
parse(GByteArray *file, const guint32 *base, GError **error)
{
    g_autoptr(GBytes) bytes = g_bytes_new(file->data, file->len);

    return inlay_image_parse("app.elf", bytes, base, error);
}

static void
test_segments_are_sorted_and_joined(void)
{
    g_autoptr(InlayImage) image = inlay_image_new();

    g_assert_true(add(image, 0x20, 0x10, 2, NULL));
    g_assert_true(add(image, 0x00, 0x10, 1, NULL));
    g_assert_true(add(image, 0x40, 0x10, 4, NULL));
    g_assert_true(add(image, 0x60, 0, 9, NULL));
    g_autofree char *sparse = describe(image);
    g_assert_cmpstr(sparse, ==, "00000000+16=01 00000020+16=02 00000040+16=04");
    g_assert_true(add(image, 0x10, 0x10, 7, NULL));
    g_autofree char *joined = describe(image);
    g_assert_cmpstr(joined, ==, "00000000+48=01 00000040+16=04");
    g_assert_cmpuint(inlay_image_get_size(image), ==, 64);

    guint8 out[8];
    inlay_image_read(image, (InlayRange){0x2e, 8}, out);
    g_assert_cmpmem(out, 8, ((guint8[]){2, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), 8);
}

static void
test_bytes_given_twice(void)
{
    static const struct {
        guint32 addr;
        gsize size;
    } cases[] = {{0x100, 1}, {0xff, 2}, {0x10f, 8}, {0x104, 4}, {0x80, 0x200}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(InlayImage) image = inlay_image_new();
        g_autoptr(GError) error = NULL;
        g_assert_true(add(image, 0x100, 0x10, 1, NULL));
        g_assert_false(add(image, cases[i].addr, cases[i].size, 2, &error));
        g_assert_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_OVERLAP);
    }
}

static void
test_the_top_of_the_address_space(void)
{
    g_autoptr(InlayImage) image = inlay_image_new();
    g_autoptr(GError) error = NULL;

    g_assert_true(add(image, 0xfffffff0, 0x10, 1, NULL));
    g_assert_false(add(image, 0xfffffffe, 3, 1, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_CORRUPT);
}

static void
test_a_raw_binary_needs_an_address(void)
{
    g_autoptr(GBytes) file = g_bytes_new("\1\2\3", 3);
    g_autoptr(GError) error = NULL;
    guint32 base = 0x08004000;
    g_autoptr(InlayImage) image = inlay_image_parse("app.bin", file, &base, NULL);
    g_autofree char *text = describe(image);

    g_assert_cmpstr(text, ==, "08004000+3=01");
    g_assert_null(inlay_image_parse("app.bin", file, NULL, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_USAGE);
}

static const struct {
    const char *name;
    ElfSegment segments[3];
    ElfSection sections[4];
    const char *expected;
} elf_cases[] = {
    {"load-addresses",
     {{0x08000000, 0x08000000, 16, 0, 1}, {0x20000000, 0x08000010, 8, 0, 2}},
     {{0, 0, 16, CODE, SHT_PROGBITS}, {1, 0, 8, SHF_ALLOC | SHF_WRITE, SHT_PROGBITS}},
     "08000000+24=01"},
    {"no-debug-sections",
     {{0x08000000, 0x08000000, 16, 0, 1}},
     {{0, 0, 12, CODE, SHT_PROGBITS}, {0, 12, 4, 0, SHT_PROGBITS}},
     "08000000+12=01"},
    {"no-nobits",
     {{0x08000000, 0x08000000, 16, 0, 1}, {0x20000000, 0x20000000, 4, 64, 2}},
     {{0, 0, 16, CODE, SHT_PROGBITS}, {1, 0, 4, SHF_ALLOC | SHF_WRITE, SHT_NOBITS}},
     "08000000+16=01"},
    {"sparse",
     {{0x08000000, 0x08000000, 4, 0, 1}, {0x08004000, 0x08004000, 4, 0, 2}},
     {{1, 0, 4, CODE, SHT_PROGBITS}, {0, 0, 4, CODE, SHT_PROGBITS}},
     "08000000+4=01 08004000+4=02"},
    {"padding-between-sections-is-not-loaded",
     {{0x08000000, 0x08000000, 32, 0, 1}},
     {{0, 0, 8, CODE, SHT_PROGBITS}, {0, 16, 16, SHF_ALLOC, SHT_PROGBITS}},
     "08000000+8=01 08000010+16=01"},
    {"without-section-headers",
     {{0x08000000, 0x08000000, 16, 64, 1}, {0x20000000, 0x08000100, 8, 0, 2}},
     {{0}},
     "08000000+16=01 08000100+8=02"},
};

static GByteArray *
write_case(guint i)
{
    guint n_segments = 0, n_sections = 0;

    while (n_segments < 3 && elf_cases[i].segments[n_segments].size > 0)
        n_segments++;
    while (n_sections < 4 && elf_cases[i].sections[n_sections].size > 0)
        n_sections++;
    return elf_write(elf_cases[i].segments, n_segments, elf_cases[i].sections, n_sections);
}

static void
test_elf(gconstpointer index)
{
    guint i = GPOINTER_TO_UINT(index);
    g_autoptr(GByteArray) file = write_case(i);
    g_autoptr(GError) error = NULL;
    g_autoptr(InlayImage) image = parse(file, NULL, &error);

    g_assert_no_error(error);
    g_autofree char *text = describe(image);
    g_assert_cmpstr(text, ==, elf_cases[i].expected);
}

/* A half-copied file is refused at whatever byte it ends, as long as it still says that it is ELF. */
static void
test_elf_cut_short(void)
{
    g_autoptr(GByteArray) file = write_case(0);

    for (guint size = SELFMAG; size < file->len; size++) {
        /* an own allocation of exactly this size, so that a read past its end is seen */
        g_autoptr(GBytes) cut = g_bytes_new(file->data, size);
        g_autoptr(GError) error = NULL;
        g_assert_null(inlay_image_parse("app.elf", cut, NULL, &error));
        g_assert_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_CORRUPT);
    }
}

static void
test_elf_with_any_byte_changed(void)
{
    g_autoptr(GByteArray) file = write_case(0);
    static const guint8 values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};

    for (guint at = 0; at < file->len; at++) {
        guint8 good = file->data[at];
        for (guint v = 0; v < G_N_ELEMENTS(values); v++) {
            guint32 base = 0;
            g_autoptr(GError) error = NULL;
            file->data[at] = values[v];
            g_autoptr(InlayImage) image = parse(file, &base, &error);
            if (image == NULL)
                g_assert_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_CORRUPT);
        }
        file->data[at] = good;
    }
}

static void
test_elf_errors_say_where(void)
{
    static const struct {
        gsize offset;
        guint8 value;
        const char *message;
    } cases[] = {
        {EI_CLASS, ELFCLASS64, "app.elf: offset 0x04, word size: expected 1, found 2"},
        {EI_DATA, ELFDATA2MSB, "app.elf: offset 0x05, byte order: expected 1, found 2"},
        {0x12, EM_386, "app.elf: offset 0x12, machine: expected 40, found 3"},
        {0x10, ET_REL, "app.elf: offset 0x10, type: expected an executable (2), found 1"},
        {0x2a, 31, "app.elf: offset 0x2a, size of a program header: expected 32, found 31"},
        {0x34 + 17, 1,
         "app.elf: segment 0 at offset 0x74: expected its end within the file of 0x104 bytes, "
         "found 0x184"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GByteArray) file = write_case(0);
        g_autoptr(GError) error = NULL;
        file->data[cases[i].offset] = cases[i].value;
        g_assert_null(parse(file, NULL, &error));
        g_assert_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_CORRUPT);
        g_assert_cmpstr(error->message, ==, cases[i].message);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/core/image/sorted-and-joined", test_segments_are_sorted_and_joined);
    g_test_add_func("/core/image/given-twice", test_bytes_given_twice);
    g_test_add_func("/core/image/top-of-address-space", test_the_top_of_the_address_space);
    g_test_add_func("/core/image/raw", test_a_raw_binary_needs_an_address);
    for (guint i = 0; i < G_N_ELEMENTS(elf_cases); i++) {
        g_autofree char *path = g_strdup_printf("/core/image/elf/%s", elf_cases[i].name);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_elf);
    }
    g_test_add_func("/core/image/elf-cut-short", test_elf_cut_short);
    g_test_add_func("/core/image/elf-any-byte-changed", test_elf_with_any_byte_changed);
    g_test_add_func("/core/image/elf-errors-say-where", test_elf_errors_say_where);
    return g_test_run();
}
