/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <zlib.h>

#include "core/error.h"
#include "core/image-gzip.h"
#include "core/image-write.h"
#include "core/image.h"

#define BASE 0x08004000u

/* "08000000+4=01020304 …": each segment with its first bytes; "raw" before it when it had no
 * addresses. */
static char *
describe(const InlayImage *image)
{
    GString *text = g_string_new(inlay_image_is_raw(image) ? "raw" : NULL);

    for (guint i = 0; i < inlay_image_get_n_segments(image); i++) {
        const InlaySegment *segment = inlay_image_get_segment(image, i);
        gsize size;
        const guint8 *bytes = g_bytes_get_data(segment->bytes, &size);
        g_string_append_printf(text, "%s%08x+%" G_GSIZE_FORMAT "=", text->len > 0 ? " " : "",
                               segment->addr, size);
        for (gsize n = 0; n < MIN(size, 8); n++)
            g_string_append_printf(text, "%02x", bytes[n]);
    }
    return g_string_free(text, FALSE);
}

static const struct {
    const char *name;
    const char *text;
    const char *expected;
} cases[] = {
    {"hex", ":0400000001020304F2\n:00000001FF\n", "00000000+4=01020304"},
    {"hex-cr-lf", ":0400000001020304F2\r\n:00000001FF\r\n", "00000000+4=01020304"},
    {"hex-cr", ":0400000001020304F2\r:00000001FF", "00000000+4=01020304"},
    {"hex-lower-case", ":04000000abcdef0e87\n:00000001ff\n", "00000000+4=abcdef0e"},
    {"hex-blank-lines", "\n:0400000001020304F2\n \n:00000001FF\n\n\r\n", "00000000+4=01020304"},
    {"hex-no-data-in-a-record", ":0000000000\n:0100000007F8\n:00000001FF\n", "00000000+1=07"},
    {"hex-joined", ":020004000304F3\n:020000000102FB\n:020002000203F7\n:00000001FF\n",
     "00000000+6=010202030304"},
    {"hex-linear", ":020000040800F2\n:0100000007F8\n:00000001FF\n", "08000000+1=07"},
    {"hex-linear-goes-on", ":020000040800F2\n:02FFFF000708F1\n:00000001FF\n", "0800ffff+2=0708"},
    {"hex-segment", ":020000021000EC\n:0100000007F8\n:00000001FF\n", "00010000+1=07"},
    {"hex-segment-goes-round", ":020000021000EC\n:02FFFF000708F1\n:00000001FF\n",
     "00010000+1=08 0001ffff+1=07"},
    {"hex-start-addresses",
     ":0400000300003800C1\n:0400000508000135B9\n:0100000007F8\n:00000001FF\n", "00000000+1=07"},
    {"hex-top-of-the-addresses", ":02000004FFFFFC\n:02FFFE000708F2\n:00000001FF\n",
     "fffffffe+2=0708"},
    {"hex-16-mib-apart",
     ":0100000007F8\n:020000040100F9\n:0100000008F7\n:02000004FFFFFC\n:0100000009F6\n:00000001FF\n",
     "00000000+1=07 01000000+1=08 ffff0000+1=09"},
    {"s1", "S0030000FC\nS107000001020304EE\nS9030000FC\n", "00000000+4=01020304"},
    {"s1-cr-lf", "S107000001020304EE\r\nS9030000FC\r\n", "00000000+4=01020304"},
    {"s2", "S20812345601020304\x35\x31\nS804000000FB\n", "00123456+4=01020304"},
    {"s3", "S3090800400001020304A4\nS70508004000B2\n", "08004000+4=01020304"},
    {"s1-s2-s3", "S10400000AF1\nS2050200000BED\nS306080000000CE5\nS5030003F9\nS70500000000FA\n",
     "00000000+1=0a 00020000+1=0b 08000000+1=0c"},
    {"s6", "S10400000AF1\nS604000001FA\nS9030000FC\n", "00000000+1=0a"},
    {"s-lower-case-digits", "S1070000abcdef0e83\nS9030000fc\n", "00000000+4=abcdef0e"},
    {"raw", "\1\2\3", "raw 08004000+3=010203"},
    {"raw-colon", ": no record", "raw 08004000+11=3a206e6f20726563"},
    {"raw-serial-number", "S1234567\n", "raw 08004000+9=5331323334353637"},
    {"raw-short", "S", "raw 08004000+1=53"},
    {"raw-newline", "\n", "raw 08004000+1=0a"},
    {"raw-hexadecimal", ":12345678\n:9ABCDEF0\n", "raw 08004000+20=3a31323334353637"},
    {"raw-elf-magic-cut",
     "\x7f"
     "EL",
     "raw 08004000+3=7f454c"},
};

static GByteArray *
compress_bytes(const guint8 *bytes, gsize size)
{
    GByteArray *file = g_byte_array_new();
    z_stream stream = {.next_in = (Bytef *)(gpointer)bytes, .avail_in = (uInt)size};

    g_assert_cmpint(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), ==, Z_OK);
    g_byte_array_set_size(file, (guint)deflateBound(&stream, size));
    stream.next_out = file->data;
    stream.avail_out = file->len;
    g_assert_cmpint(deflate(&stream, Z_FINISH), ==, Z_STREAM_END);
    g_byte_array_set_size(file, (guint)stream.total_out);
    deflateEnd(&stream);
    return file;
}

static void
assert_parses(GBytes *file, const char *expected)
{
    guint32 base = BASE;
    g_autoptr(GError) error = NULL;
    g_autoptr(InlayImage) image = inlay_image_parse("app.img", file, &base, &error);

    g_assert_no_error(error);
    g_autofree char *text = describe(image);
    g_assert_cmpstr(text, ==, expected);
}

/* As it is, and compressed. */
static void
test_case(gconstpointer index)
{
    guint i = GPOINTER_TO_UINT(index);
    gsize size = strlen(cases[i].text);
    g_autoptr(GBytes) file = g_bytes_new(cases[i].text, size);
    g_autoptr(GByteArray) compressed = compress_bytes((const guint8 *)cases[i].text, size);
    g_autoptr(GBytes) compressed_file = g_bytes_new(compressed->data, compressed->len);

    assert_parses(file, cases[i].expected);
    assert_parses(compressed_file, cases[i].expected);
}

static void
test_gzip_members(void)
{
    g_autoptr(GByteArray) file = compress_bytes((const guint8 *)":0400000001020304F2\n:0000", 25);
    g_autoptr(GByteArray) second = compress_bytes((const guint8 *)"0001FF\n", 7);

    g_byte_array_append(file, second->data, second->len);
    g_autoptr(GBytes) bytes = g_bytes_new(file->data, file->len);
    assert_parses(bytes, "00000000+4=01020304");
}

/* A file that grows beyond all measure is refused when it does, not when the memory is gone. */
static void
test_gzip_limit(void)
{
    const gsize size = 1024 * 1024;
    g_autofree guint8 *zeros = g_malloc0(size);
    g_autoptr(GByteArray) file = compress_bytes(zeros, size);
    g_autoptr(GBytes) bytes = g_bytes_new(file->data, file->len);
    g_autoptr(GBytes) just_fits = inlay_gzip_unpack("app.gz", bytes, size, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_cmpuint(file->len, <, 4096);
    g_assert_cmpuint(g_bytes_get_size(just_fits), ==, size);
    g_assert_null(inlay_gzip_unpack("app.gz", bytes, size - 1, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_CORRUPT);
    g_assert_nonnull(strstr(error->message, "expected 1048575 bytes at most when unpacked"));
}

static void
test_gzip_twice(void)
{
    g_autoptr(GByteArray) once = compress_bytes((const guint8 *)"\1\2\3", 3);
    g_autoptr(GByteArray) twice = compress_bytes(once->data, once->len);
    g_autoptr(GBytes) bytes = g_bytes_new(twice->data, twice->len);
    g_autoptr(GError) error = NULL;
    guint32 base = BASE;

    g_assert_null(inlay_image_parse("app.gz", bytes, &base, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_CORRUPT);
    g_assert_cmpstr(error->message, ==,
                    "app.gz: gzip: expected a file compressed once, found it compressed twice");
}

/* 256 KiB, one byte a record, from the top down: a second's work only if a record costs more than
 * its bytes. */
static void
test_many_records(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    for (guint addr = 0x40000; addr-- > 0;) {
        guint8 sum = (guint8)(6 + (addr >> 16) + (addr >> 8) + addr + addr % 251);
        g_string_append_printf(text, "S306%08X%02X%02X\n", addr, addr % 251, (guint8)~sum);
    }
    g_string_append(text, "S70500000000FA\n");
    g_autoptr(GBytes) file = g_bytes_new_static(text->str, text->len);
    g_autoptr(InlayImage) image = inlay_image_parse("app.s37", file, NULL, &error);
    g_assert_no_error(error);
    g_autofree char *described = describe(image);
    g_assert_cmpstr(described, ==, "00000000+262144=0001020304050607");
}

static InlayImage *
new_random_image(void)
{
    static const guint32 places[] = {0, 0xfff0, 0x10000, 0xfffff0, 0x08000000, 0xffff0000};
    InlayImage *image = inlay_image_new();
    guint n = (guint)g_test_rand_int_range(1, 20);

    for (guint i = 0; i < n; i++) {
        guint32 addr = places[g_test_rand_int_range(0, G_N_ELEMENTS(places))] +
                       (guint32)g_test_rand_int_range(0, 0x300);
        g_autofree guint8 *bytes = g_malloc(256);
        for (guint b = 0; b < 256; b++)
            bytes[b] = (guint8)g_test_rand_int_range(0, 256);
        g_autoptr(GBytes) taken = g_bytes_new(bytes, (gsize)g_test_rand_int_range(1, 257));
        inlay_image_add(image, addr, taken, NULL); /* overlaps are refused: the image has others */
    }
    return image;
}

static void
test_what_is_written_reads_the_same(void)
{
    for (guint i = 0; i < 200; i++) {
        g_autoptr(InlayImage) image = new_random_image();
        for (InlayFileFormat format = INLAY_FILE_HEX; format <= INLAY_FILE_S19; format++) {
            g_autoptr(GBytes) file = inlay_image_write(image, format);
            g_autoptr(GError) error = NULL;
            g_autoptr(InlayImage) again = inlay_image_parse("app.img", file, NULL, &error);
            g_assert_no_error(error);
            g_assert_true(inlay_image_equal(image, again));
        }
    }
}

static void
test_written_text(void)
{
    static const struct {
        guint32 addr;
        InlayFileFormat format;
        const char *expected;
    } writes[] = {
        {0x0800fffe, INLAY_FILE_HEX,
         ":020000040800F2\n:02FFFE000102FE\n:020000040801F1\n:020000000304F7\n:00000001FF\n"},
        {0x0000fffc, INLAY_FILE_S19, "S0030000FC\nS107FFFC01020304F3\nS9030000FC\n"},
        {0x0000fffd, INLAY_FILE_S19, "S0030000FC\nS20800FFFD01020304F1\nS804000000FB\n"},
        {0x08004000, INLAY_FILE_S19, "S0030000FC\nS3090800400001020304A4\nS70500000000FA\n"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(writes); i++) {
        g_autoptr(InlayImage) image = inlay_image_new();
        g_autoptr(GBytes) bytes = g_bytes_new_static("\1\2\3\4", 4);
        inlay_image_add(image, writes[i].addr, bytes, NULL);
        g_autoptr(GBytes) file = inlay_image_write(image, writes[i].format);
        gsize size;
        const char *text = g_bytes_get_data(file, &size);
        g_autofree char *written = g_strndup(text, size);
        g_assert_cmpstr(written, ==, writes[i].expected);
    }
}

static void
test_formats_by_name(void)
{
    static const struct {
        const char *path;
        InlayFileFormat format;
    } names[] = {
        {"a.bin", INLAY_FILE_BIN},  {"a", INLAY_FILE_BIN},        {"a.HEX", INLAY_FILE_HEX},
        {"a.ihex", INLAY_FILE_HEX}, {"a.b.s19", INLAY_FILE_S19},  {"a.s28", INLAY_FILE_S19},
        {"a.S37", INLAY_FILE_S19},  {"a.srec", INLAY_FILE_S19},   {"a.mot", INLAY_FILE_S19},
        {"hex", INLAY_FILE_BIN},    {"a.hex/out", INLAY_FILE_BIN}};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_cmpint(inlay_file_format_for_path(names[i].path), ==, names[i].format);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/core/formats/%s", cases[i].name);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_case);
    }
    g_test_add_func("/core/formats/gzip-members", test_gzip_members);
    g_test_add_func("/core/formats/gzip-limit", test_gzip_limit);
    g_test_add_func("/core/formats/gzip-twice", test_gzip_twice);
    g_test_add_func("/core/formats/many-records", test_many_records);
    g_test_add_func("/core/formats/written-reads-the-same", test_what_is_written_reads_the_same);
    g_test_add_func("/core/formats/written-text", test_written_text);
    g_test_add_func("/core/formats/by-name", test_formats_by_name);
    return g_test_run();
}
