/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <string.h>

#include "core/content.h"
#include "core/error.h"
#include "elf-writer.h"

#define STACK 0x00, 0x00, 0x02, 0x20

/* An ELF file with one or two segments, given to a partition of the Black Pill. */
static const struct {
    const char *name;
    const char *partition;
    ElfSegment segments[2];
    int error; /* -1: it belongs there */
    const char *message;
} elf_cases[] = {
    {"at-its-base", "application1", {{0x08004000, 0x08004000, 512, 0, 1}}, -1, NULL},
    {"further-on", "application1", {{0x08010000, 0x08010000, 512, 0, 1}}, -1, NULL},
    {"to-the-last-byte", "selector", {{0x08003f00, 0x08003f00, 256, 0, 1}}, -1, NULL},
    {"of-another-partition",
     "selector",
     {{0x08024000, 0x08024000, 0x1130, 0, 1}},
     INLAY_ERROR_IMAGE_MISPLACED,
     "a.elf: linked at 0x08024000-0x0802512f, partition selector is 0x08000000-0x08003fff; it fits "
     "application2"},
    {"of-no-partition",
     "selector",
     {{0x08060000, 0x08060000, 16, 0, 1}},
     INLAY_ERROR_IMAGE_MISPLACED,
     "a.elf: linked at 0x08060000-0x0806000f, partition selector is 0x08000000-0x08003fff"},
    {"grown-too-large",
     "selector",
     {{0x08003ff8, 0x08003ff8, 18, 0, 1}},
     INLAY_ERROR_IMAGE_TOO_LARGE,
     "a.elf: 0x08003ff8-0x08004009 goes 10 bytes beyond partition selector, "
     "0x08000000-0x08003fff"},
    {"data-beyond",
     "selector",
     {{0x08003f00, 0x08003f00, 256, 0, 1}, {0x20000000, 0x08004010, 16, 0, 2}},
     INLAY_ERROR_IMAGE_TOO_LARGE,
     "a.elf: 0x08003f00-0x0800401f goes 32 bytes beyond partition selector, "
     "0x08000000-0x08003fff"},
    {"data-in-ram",
     "selector",
     {{0x08003f00, 0x08003f00, 256, 0, 1}, {0x20000000, 0x20000000, 16, 0, 2}},
     INLAY_ERROR_IMAGE_MISPLACED,
     "a.elf: linked at 0x20000000-0x2000000f, partition selector is 0x08000000-0x08003fff"},
};

/* The first two words of a raw binary, given to application 1, 0x08004000-0x08023fff. */
static const struct {
    const char *name;
    guint8 words[8];
    gboolean is_refused;
} raw_cases[] = {
    {"its-own-vectors", {STACK, 0x41, 0x41, 0x00, 0x08}, FALSE},
    {"vectors-of-application2", {STACK, 0x41, 0x41, 0x02, 0x08}, TRUE},
    {"vectors-of-the-selector", {STACK, 0x41, 0x01, 0x00, 0x08}, TRUE},
    {"no-thumb-bit", {STACK, 0x40, 0x41, 0x02, 0x08}, FALSE},
    {"handler-outside-the-flash", {STACK, 0x41, 0x41, 0x00, 0x00}, FALSE},
    {"odd-stack", {0x04, 0x00, 0x02, 0x20, 0x41, 0x41, 0x02, 0x08}, FALSE},
    {"stack-at-the-start-of-the-ram", {0, 0, 0, 0x20, 0x41, 0x41, 0x02, 0x08}, FALSE},
    {"stack-outside-the-ram", {0, 0, 0, 0x30, 0x41, 0x41, 0x02, 0x08}, FALSE},
    {"no-vectors", {1, 2, 3, 4, 5, 6, 7, 8}, FALSE},
};

static InlayLayout *
load_layout(void)
{
    g_autofree char *path =
        g_build_filename(g_getenv("LAYOUTS"), "blackpill-f411-two-applications.yaml", NULL);

    return inlay_layout_load(path, NULL);
}

static gboolean
place(const char *name, GBytes *file, const char *partition_name, GError **error)
{
    g_autoptr(InlayLayout) layout = load_layout();
    const InlayPartition *partition = inlay_layout_find_partition(layout, partition_name);
    g_autoptr(InlayImage) image = inlay_image_parse(name, file, &partition->range.addr, NULL);

    return inlay_placement_check(name, image, g_str_has_suffix(name, ".bin"), layout, partition,
                                 error);
}

static void
test_elf(gconstpointer index)
{
    guint i = GPOINTER_TO_UINT(index);
    guint n = elf_cases[i].segments[1].size > 0 ? 2 : 1;
    GByteArray *written = elf_write(elf_cases[i].segments, n, NULL, 0);
    g_autoptr(GBytes) file = g_byte_array_free_to_bytes(written);
    g_autoptr(GError) error = NULL;
    gboolean ok = place("a.elf", file, elf_cases[i].partition, &error);

    g_assert_cmpint(ok, ==, elf_cases[i].error < 0);
    if (ok)
        return;
    g_assert_error(error, INLAY_ERROR, elf_cases[i].error);
    g_assert_cmpstr(error->message, ==, elf_cases[i].message);
}

static void
test_raw(gconstpointer index)
{
    guint i = GPOINTER_TO_UINT(index);
    g_autoptr(GBytes) file = g_bytes_new_static(raw_cases[i].words, sizeof raw_cases[i].words);
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(place("a.bin", file, "application1", &error), ==, !raw_cases[i].is_refused);
    if (raw_cases[i].is_refused)
        g_assert_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_MISPLACED);
}

/* Too short for a vector table: what stands behind its end is not looked at. */
static void
test_short_raw(void)
{
    static const guint8 words[4] = {STACK};
    g_autoptr(GBytes) file = g_bytes_new_static(words, sizeof words);

    g_assert_true(place("a.bin", file, "application1", NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(elf_cases); i++) {
        g_autofree char *path = g_strdup_printf("/core/placement/elf/%s", elf_cases[i].name);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_elf);
    }
    for (guint i = 0; i < G_N_ELEMENTS(raw_cases); i++) {
        g_autofree char *path = g_strdup_printf("/core/placement/raw/%s", raw_cases[i].name);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_raw);
    }
    g_test_add_func("/core/placement/raw/short", test_short_raw);
    return g_test_run();
}
