/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/compare.h"

#include <string.h>

#include "core/image-write.h"
#include "engine-fixture.h"

/* "08000010+3/2 0102-0304 …": address, size / bytes that differ, first bytes of both sides. */
static char *
describe(const GPtrArray *events)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < events->len; i++) {
        JsonObject *event = events->pdata[i];
        if (!g_str_equal(json_object_get_string_member(event, "event"), "difference"))
            continue;
        const char *name = json_object_get_string_member_with_default(event, "name", "");
        g_string_append_printf(text, "%s%s%s%s+%d/%d %.4s-%.4s", text->len > 0 ? " " : "", name,
                               *name != '\0' ? ":" : "",
                               json_object_get_string_member(event, "addr") + 2,
                               (int)json_object_get_int_member(event, "size"),
                               (int)json_object_get_int_member(event, "bytes"),
                               json_object_get_string_member(event, "first"),
                               json_object_get_string_member(event, "second"));
    }
    return g_string_free(text, FALSE);
}

static void
collect(JsonObject *event, gpointer events)
{
    g_ptr_array_add(events, json_object_ref(event));
}

/* Bytes at addresses: "08000000=01020304 …" */
static InlayImage *
new_image(const char *text)
{
    InlayImage *image = inlay_image_new();
    g_auto(GStrv) parts = g_strsplit(text, " ", -1);

    for (char **part = parts; *part != NULL && **part != '\0'; part++) {
        char *digits;
        guint32 addr = (guint32)g_ascii_strtoull(*part, &digits, 16);
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        for (digits++; *digits != '\0'; digits += 2) {
            guint8 byte =
                (guint8)(g_ascii_xdigit_value(digits[0]) << 4 | g_ascii_xdigit_value(digits[1]));
            g_byte_array_append(bytes, &byte, 1);
        }
        g_autoptr(GBytes) held = g_bytes_new(bytes->data, bytes->len);
        g_assert_true(inlay_image_add(image, addr, held, NULL));
    }
    return image;
}

#define FIFTEEN "000000000000000000000000000000"

static const struct {
    const char *name;
    const char *first, *second;
    gboolean has_layout;
    const char *expected;
} cases[] = {
    {"same", "100=010203", "100=010203", FALSE, ""},
    {"one-byte", "100=010203", "100=010403", FALSE, "00000101+1/1 02-04"},
    {"ends", "100=01020304", "100=11020314", FALSE, "00000100+4/2 0102-1102"},
    {"15-equal-bytes", "100=01" FIFTEEN "01", "100=02" FIFTEEN "02", FALSE,
     "00000100+17/2 0100-0200"},
    {"16-equal-bytes", "100=01" FIFTEEN "0001", "100=02" FIFTEEN "0002", FALSE,
     "00000100+1/1 01-02 00000111+1/1 01-02"},
    {"only-the-first", "100=0102", "", FALSE, "00000100+2/2 0102-ffff"},
    {"only-the-second", "", "100=0102", FALSE, "00000100+2/2 ffff-0102"},
    {"not-held-is-blank", "100=01ffff", "100=01", FALSE, ""},
    {"other-segments", "100=0102 200=03", "100=0103 1f0=04", FALSE,
     "00000101+1/1 02-03 000001f0+1/1 ff-04 00000200+1/1 03-ff"},
    {"far-apart", "0=01 ffffffff=01", "0=01 ffffffff=02", FALSE, "ffffffff+1/1 01-02"},
    {"by-partition", "08003fff=0102 08050000=01", "08003fff=0304 08050000=02", TRUE,
     "selector:08003fff+1/1 01-03 application1:08004000+1/1 02-04 08050000+1/1 01-02"},
};

static void
test_images(gconstpointer index)
{
    guint i = GPOINTER_TO_UINT(index);
    g_autoptr(InlayImage) first = new_image(cases[i].first);
    g_autoptr(InlayImage) second = new_image(cases[i].second);
    g_autoptr(InlayLayout) layout = NULL;
    g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);
    InlayEventSink sink = {collect, events};
    g_autoptr(GError) error = NULL;

    if (cases[i].has_layout) {
        g_autofree char *path =
            g_build_filename(g_getenv("LAYOUTS"), "blackpill-f411-two-applications.yaml", NULL);
        layout = inlay_layout_load(path, NULL);
    }
    gboolean same = inlay_compare_images(first, second, layout, &sink, &error);
    g_autofree char *text = describe(events);
    g_assert_cmpstr(text, ==, cases[i].expected);
    g_assert_cmpint(same, ==, *text == '\0');
    if (!same)
        g_assert_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_DIFFERENT);
}

/* The board's program runs on: nothing is taken over, nothing is reset. */
static void
test_board(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) job = new_layout_job(INLAY_JOB_DIFF);

    add_content(job, "selector", write_file(fixture, "selector.bin", 100, 1));
    add_content(job, "application1", write_file(fixture, "application1.bin", 128 * 1024, 2));
    fill(board->flash, 100, 1);
    fill(board->flash + 0x4000, 128 * 1024, 2);
    assert_runs(fixture, job);
    assert_partitions(fixture, "selector same, application1 same");

    board->flash[0x3000] = 0x77; /* the rest of the selector's partition */
    board->flash[0x4001] ^= 0xff;
    assert_fails(fixture, job, INLAY_ERROR_IMAGE_DIFFERENT);
    assert_partitions(fixture, "selector differs, application1 differs");
    g_autofree char *text = describe(fixture->events);
    g_assert_true(g_str_has_prefix(text, "selector:08003000+1/1 ff-77 application1:08004001+1/1 "));
    g_assert_cmpstr(board->log->str, ==, "end\nend\n");
}

static void
test_board_without_a_layout(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_DIFF);

    add_file_at(job, write_file(fixture, "app.bin", 100, 1), BANK + 0x100);
    fill(board->flash, 4096, 9); /* what is not the image's does not count */
    fill(board->flash + 0x100, 100, 1);
    assert_runs(fixture, job);
    assert_partitions(fixture, "app.bin same");
    board->identity.rdp_level = 1;
    assert_fails(fixture, job, INLAY_ERROR_CHIP_LOCKED);
}

/* Each format, by name and when asked for, holds every byte read. */
static void
test_read_formats(Fixture *fixture, gconstpointer unused)
{
    static const struct {
        const char *name;
        InlayFileFormat format;
        const char *first;
    } outputs[] = {{"a.bin", INLAY_FILE_BY_NAME, "\x12\x34"},
                   {"a.hex", INLAY_FILE_BY_NAME, ":020000040800F2\n:10"},
                   {"a.s37", INLAY_FILE_BY_NAME, "S0030000FC\nS315"},
                   {"a.dump", INLAY_FILE_HEX, ":020000040800F2\n:10"},
                   {"b.hex", INLAY_FILE_BIN, "\x12\x34"}};
    g_autoptr(MemoryBoard) board = memory_board_new(inlay_chip_find_by_name("STM32F411xE"));
    guint32 base = BANK + 0x100;

    board->flash[0x100] = 0x12;
    board->flash[0x101] = 0x34;
    for (guint i = 0; i < G_N_ELEMENTS(outputs); i++) {
        g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_READ);
        InlayRange range = {base, 0x1234};
        job->output = g_strdup(name_file(fixture, outputs[i].name));
        job->format = outputs[i].format;
        g_array_append_val(job->ranges, range);
        assert_runs(fixture, job);
        g_autoptr(GBytes) file = inlay_image_open(job->output, NULL);
        g_assert_cmpmem(g_bytes_get_data(file, NULL), strlen(outputs[i].first), outputs[i].first,
                        strlen(outputs[i].first));
        g_autoptr(InlayImage) image = inlay_image_load(job->output, &base, NULL);
        g_autofree guint8 *bytes = g_malloc(range.size);
        g_assert_cmpuint(inlay_image_get_size(image), ==, range.size);
        inlay_image_read(image, range, bytes);
        g_assert_cmpmem(bytes, range.size, board->flash + 0x100, range.size);
    }
}

#define ADD(path, test) g_test_add("/core/compare/" path, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/core/compare/images/%s", cases[i].name);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_images);
    }
    ADD("board", test_board);
    ADD("board-without-a-layout", test_board_without_a_layout);
    ADD("read-formats", test_read_formats);
    return g_test_run();
}
