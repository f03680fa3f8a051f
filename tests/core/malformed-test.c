/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <string.h>
#include <zlib.h>

#include "core/error.h"
#include "core/image.h"
#include "elf-writer.h"

/* Damaged image files, each with the one message that it gets. Each is asked for at an address, so
 * what is not recognised would pass as a raw binary. */

typedef struct {
    const char *name;
    const char *text;
    const char *message; /* behind the file's name */
} TextCase;

#define HEX_DATA ":0400000001020304F2\n"
#define HEX_END ":00000001FF\n"

static const TextCase hex_cases[] = {
    {"checksum", ":0400000001020304F3\n" HEX_END,
     ":1:18: Intel HEX: checksum: expected 0xf2, found 0xf3"},
    {"checksum-of-the-second-line", HEX_DATA ":0400040001020304EF\n" HEX_END,
     ":2:18: Intel HEX: checksum: expected 0xee, found 0xef"},
    {"checksum-of-the-end", HEX_DATA ":00000001FE\n",
     ":2:10: Intel HEX: checksum: expected 0xff, found 0xfe"},
    {"one-bit-in-the-data", ":0400000001020704F2\n" HEX_END,
     ":1:18: Intel HEX: checksum: expected 0xee, found 0xf2"},
    {"line-too-short", HEX_DATA ":04000400010203EE\n" HEX_END,
     ":2:2: Intel HEX: length: expected 18 digits after ':', found 16"},
    {"line-too-long", HEX_DATA ":040004000102030405EE\n" HEX_END,
     ":2:2: Intel HEX: length: expected 18 digits after ':', found 20"},
    {"start-code-alone", HEX_DATA ":\n" HEX_END,
     ":2:2: Intel HEX: length: expected 10 digits after ':', found 0"},
    {"cut-in-a-line", HEX_DATA ":04000400",
     ":2:2: Intel HEX: length: expected 18 digits after ':', found 8"},
    {"odd-digits", HEX_DATA ":0400040001020304E\n" HEX_END,
     ":2:18: Intel HEX: expected an even number of digits, found 17"},
    {"odd-digits-in-the-first-line", ":0400000001020304F\n" HEX_END,
     ":1:18: Intel HEX: expected an even number of digits, found 17"},
    {"no-digit", HEX_DATA ":04000400010G0304EE\n" HEX_END,
     ":2:13: Intel HEX: expected a hexadecimal digit, found 'G'"},
    {"letter-O", HEX_DATA ":O400040001020304EE\n" HEX_END,
     ":2:2: Intel HEX: expected a hexadecimal digit, found 'O'"},
    {"no-ascii",
     HEX_DATA ":04000400\xc3\xa9"
              "020304EE\n" HEX_END,
     ":2:10: Intel HEX: expected a hexadecimal digit, found 0xc3"},
    {"trailing-space", HEX_DATA ":0400040001020304EE \n" HEX_END,
     ":2:20: Intel HEX: expected a hexadecimal digit, found ' '"},
    {"comment", "; made by hand\n" HEX_DATA HEX_END, ":1:1: Intel HEX: expected ':', found ';'"},
    {"indented", HEX_DATA " " HEX_END, ":2:1: Intel HEX: expected ':', found ' '"},
    {"s-record-among-them", HEX_DATA "S9030000FC\n", ":2:1: Intel HEX: expected ':', found 'S'"},
    {"type", HEX_DATA ":00000006FA\n" HEX_END,
     ":2:8: Intel HEX: record type: expected 00 to 05, found 06"},
    {"end-with-data", HEX_DATA ":0100000100FE\n",
     ":2:2: Intel HEX: length of a record of type 01: expected 0 bytes, found 1"},
    {"segment-of-one-byte", HEX_DATA ":0100000210ED\n" HEX_END,
     ":2:2: Intel HEX: length of a record of type 02: expected 2 bytes, found 1"},
    {"start-segment-of-two-bytes", HEX_DATA ":020000030000FB\n" HEX_END,
     ":2:2: Intel HEX: length of a record of type 03: expected 4 bytes, found 2"},
    {"linear-of-four-bytes", ":0400000408000000F0\n" HEX_DATA HEX_END,
     ":1:2: Intel HEX: length of a record of type 04: expected 2 bytes, found 4"},
    {"start-of-three-bytes", HEX_DATA ":03000005080000F0\n" HEX_END,
     ":2:2: Intel HEX: length of a record of type 05: expected 4 bytes, found 3"},
    {"no-end", HEX_DATA,
     ":1: Intel HEX: expected an end record (:00000001FF), found the end of the file"},
    {"data-after-the-end", HEX_DATA HEX_END "\n" HEX_DATA,
     ":4: Intel HEX: expected nothing after the end record in line 2, found another line"},
    {"two-ends", HEX_DATA HEX_END HEX_END,
     ":3: Intel HEX: expected nothing after the end record in line 2, found another line"},
    {"control-z", HEX_DATA HEX_END "\x1a",
     ":3: Intel HEX: expected nothing after the end record in line 2, found another line"},
    {"end-alone", HEX_END, ": Intel HEX: expected bytes of data, found none"},
    {"same-bytes-twice", HEX_DATA HEX_DATA HEX_END,
     ":2: Intel HEX: 0x00000000: expected each byte once, found it in line 1 as well"},
    {"overlap", ":0400080001020304EA\n" HEX_DATA ":0400030001020304EF\n" HEX_END,
     ":3: Intel HEX: 0x00000003: expected each byte once, found it in line 2 as well"},
    {"overlap-by-segments", ":020000021000EC\n" HEX_DATA ":020000040001F9\n" HEX_DATA HEX_END,
     ":4: Intel HEX: 0x00010000: expected each byte once, found it in line 2 as well"},
    {"address-wraps", ":02000004FFFFFC\n:04FFFE0001020304F5\n" HEX_END,
     ":2: Intel HEX: 4 bytes at 0xfffffffe: expected the last at 0xffffffff at most, found "
     "0x100000001"},
    {"byte-order-mark", "\xef\xbb\xbf" HEX_DATA HEX_END,
     ":1:1: Intel HEX: expected ':', found a byte order mark (UTF-8): save the file as plain "
     "ASCII"},
};

#define SREC_DATA "S107000001020304EE\n"
#define SREC_END "S9030000FC\n"

static const TextCase srec_cases[] = {
    {"checksum", "S107000001020304EF\n" SREC_END,
     ":1:17: S-record: checksum: expected 0xee, found 0xef"},
    {"checksum-of-the-end", SREC_DATA "S9030000FD\n",
     ":2:9: S-record: checksum: expected 0xfc, found 0xfd"},
    {"checksum-of-the-header", "S00600004844521A\n" SREC_DATA SREC_END,
     ":1:15: S-record: checksum: expected 0x1b, found 0x1a"},
    {"line-too-short", SREC_DATA "S1070004010203EA\n" SREC_END,
     ":2:3: S-record: length: expected 16 digits after the type, found 14"},
    {"line-too-long", SREC_DATA "S10700040102030405EA\n" SREC_END,
     ":2:3: S-record: length: expected 16 digits after the type, found 18"},
    {"length-of-none", SREC_DATA "S100\n" SREC_END,
     ":2:3: S-record: length: expected 4 digits after the type, found 2"},
    {"address-too-short", SREC_DATA "S10200FD\n" SREC_END,
     ":2:3: S-record: length of an S1: expected 3 at least, found 2"},
    {"s3-with-s1-address", SREC_DATA "S3030010EC\n" SREC_END,
     ":2:3: S-record: length of an S3: expected 5 at least, found 3"},
    {"end-with-data", SREC_DATA "S904000000FB\n",
     ":2:3: S-record: length of an S9: expected 3, found 4"},
    {"odd-digits", SREC_DATA "S107000401020304E\n" SREC_END,
     ":2:17: S-record: expected an even number of digits, found 15"},
    {"no-digit", SREC_DATA "S10700040102030-EA\n" SREC_END,
     ":2:16: S-record: expected a hexadecimal digit, found '-'"},
    {"type-4", SREC_DATA "S4030000FC\n" SREC_END,
     ":2:2: S-record: record type: expected S0 to S3 or S5 to S9, found S4"},
    {"type-x", SREC_DATA "SX030000FC\n" SREC_END,
     ":2:2: S-record: expected a type from S0 to S9, found none"},
    {"lower-case-s", SREC_DATA "s9030000FC\n", ":2:1: S-record: expected 'S', found 's'"},
    {"no-end", SREC_DATA,
     ":1: S-record: expected an end record (S7, S8 or S9), found the end of the file"},
    {"data-after-the-end", SREC_DATA SREC_END SREC_DATA,
     ":3: S-record: expected nothing after the end record in line 2, found another line"},
    {"count", SREC_DATA "S5030002FA\n" SREC_END,
     ":2:5: S-record: count of data records: expected 1, found 2"},
    {"count-of-24-bits", SREC_DATA "S604000003F8\n" SREC_END,
     ":2:5: S-record: count of data records: expected 1, found 3"},
    {"no-data", "S0030000FC\n" SREC_END, ": S-record: expected bytes of data, found none"},
    {"overlap", SREC_DATA "S20800000301020304EA\n" SREC_END,
     ":2: S-record: 0x00000003: expected each byte once, found it in line 1 as well"},
    {"address-wraps", "S309FFFFFFFE01020304F1\nS70500000000FA\n",
     ":1: S-record: 4 bytes at 0xfffffffe: expected the last at 0xffffffff at most, found "
     "0x100000001"},
    {"byte-order-mark", "\xef\xbb\xbf" SREC_DATA SREC_END,
     ":1:1: S-record: expected 'S', found a byte order mark (UTF-8): save the file as plain ASCII"},
};

/* Asks for the file and checks what is said about it. */
static void
assert_refused(const guint8 *bytes, gsize size, const char *message)
{
    g_autoptr(GBytes) file = g_bytes_new(bytes, size);
    g_autoptr(GError) error = NULL;
    guint32 base = 0x08000000;
    g_autofree char *expected = g_strconcat("app.img", message, NULL);

    g_assert_null(inlay_image_parse("app.img", file, &base, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_CORRUPT);
    g_assert_cmpstr(error->message, ==, expected);
}

static void
test_text(gconstpointer user_data)
{
    const TextCase *c = user_data;

    assert_refused((const guint8 *)c->text, strlen(c->text), c->message);
}

/* As an editor or a shell of another system saves it. */
static void
test_utf16(void)
{
    static const char text[] = HEX_DATA HEX_END;

    for (guint low = 0; low < 2; low++) {
        g_autoptr(GByteArray) file = g_byte_array_new();
        const guint8 mark[2] = {low == 0 ? 0xff : 0xfe, low == 0 ? 0xfe : 0xff};
        g_byte_array_append(file, mark, 2);
        for (guint i = 0; i < strlen(text); i++) {
            guint8 unit[2] = {0};
            unit[low] = (guint8)text[i];
            g_byte_array_append(file, unit, 2);
        }
        assert_refused(file->data, file->len,
                       ":1:1: Intel HEX: expected ':', found a byte order mark (UTF-16): save the "
                       "file as plain ASCII");
    }
}

/* A sound gzip file of one member and one stored block, the same from every zlib: 10 bytes of header,
 * 5 of the block's, the text, its CRC-32 and length. */
static GByteArray *
compress_text(const char *text)
{
    GByteArray *file = g_byte_array_new();
    z_stream stream = {0};

    g_assert_cmpint(deflateInit2(&stream, 0, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), ==, Z_OK);
    g_byte_array_set_size(file, (guint)deflateBound(&stream, strlen(text)));
    stream.next_in = (Bytef *)(gpointer)text;
    stream.avail_in = (uInt)strlen(text);
    stream.next_out = file->data;
    stream.avail_out = file->len;
    g_assert_cmpint(deflate(&stream, Z_FINISH), ==, Z_STREAM_END);
    g_byte_array_set_size(file, (guint)stream.total_out);
    deflateEnd(&stream);
    return file;
}

/* Offsets below 0 count from the end of the file. */
static const struct {
    const char *name;
    const char *text;
    int cut; /* bytes at the end */
    int offset;
    guint8 flip; /* these bits at the offset */
    const char *message;
} gzip_cases[] = {
    {"crc", HEX_DATA HEX_END, 0, -8, 0x01,
     ": gzip: offset 0x33: expected sound compressed data, found incorrect data check"},
    {"length", HEX_DATA HEX_END, 0, -1, 0x80,
     ": gzip: offset 0x37: expected sound compressed data, found incorrect length check"},
    {"one-bit-in-the-data", HEX_DATA HEX_END, 0, 20, 0x10,
     ": gzip: offset 0x33: expected sound compressed data, found incorrect data check"},
    {"no-trailer", HEX_DATA HEX_END, 8, 0, 0,
     ": gzip: offset 0x2f: expected more compressed data, found the end of the file"},
    {"cut-in-the-data", HEX_DATA HEX_END, 20, 0, 0,
     ": gzip: offset 0x23: expected more compressed data, found the end of the file"},
    {"header-alone", HEX_DATA HEX_END, 45, 0, 0,
     ": gzip: offset 0xa: expected more compressed data, found the end of the file"},
    {"method", HEX_DATA HEX_END, 0, 2, 0x01,
     ": gzip: offset 0x4: expected sound compressed data, found unknown compression method"},
    {"flags", HEX_DATA HEX_END, 0, 3, 0x80,
     ": gzip: offset 0x4: expected sound compressed data, found unknown header flags set"},
    {"block-type", HEX_DATA HEX_END, 0, 10, 0x06,
     ": gzip: offset 0xb: expected sound compressed data, found invalid block type"},
    {"damaged-hex-inside", HEX_DATA ":00000001FE\n", 0, 0, 0,
     ":2:10: Intel HEX: checksum: expected 0xff, found 0xfe"},
    {"nothing-inside", "", 0, 0, 0, " is empty"},
};

static void
test_gzip(gconstpointer index)
{
    guint i = GPOINTER_TO_UINT(index);
    g_autoptr(GByteArray) file = compress_text(gzip_cases[i].text);
    int offset = gzip_cases[i].offset;

    file->data[offset < 0 ? (int)file->len + offset : offset] ^= gzip_cases[i].flip;
    assert_refused(file->data, file->len - (guint)gzip_cases[i].cut, gzip_cases[i].message);
}

static void
test_gzip_with_more_behind_it(void)
{
    g_autoptr(GByteArray) file = compress_text(HEX_DATA HEX_END);

    g_byte_array_append(file, (const guint8 *)"more", 4);
    assert_refused(file->data, file->len,
                   ": gzip: offset 0x37: expected the end of the file, found more");
}

static const struct {
    const char *name;
    gsize offset;
    guint8 value;
    const char *message;
} elf_cases[] = {
    {"64-bit", EI_CLASS, ELFCLASS64, ": offset 0x04, word size: expected 1, found 2"},
    {"big-endian", EI_DATA, ELFDATA2MSB, ": offset 0x05, byte order: expected 1, found 2"},
    {"version", EI_VERSION, 2, ": offset 0x06, version: expected 1, found 2"},
    {"object-file", 0x10, ET_REL, ": offset 0x10, type: expected an executable (2), found 1"},
    {"program-headers-behind-the-file", 0x1d, 0x10,
     ": program header table 0 at offset 0x1034: expected its end within the file of 0xb4 bytes, "
     "found 0x1054"},
    {"section-headers-behind-the-file", 0x21, 0x10,
     ": section header table 0 at offset 0x1064: expected its end within the file of 0xb4 bytes, "
     "found 0x10b4"},
    {"size-of-program-headers", 0x2a, 31,
     ": offset 0x2a, size of a program header: expected 32, found 31"},
    {"size-of-section-headers", 0x2e, 39,
     ": offset 0x2e, size of a section header: expected 40, found 39"},
    {"segment-behind-the-file", 0x34 + 17, 1,
     ": segment 0 at offset 0x54: expected its end within the file of 0xb4 bytes, found 0x164"},
    {"section-behind-the-file", 0x64 + 40 + 21, 1,
     ": section 1 at offset 0x54: expected its end within the file of 0xb4 bytes, found 0x164"},
    {"section-in-no-segment", 0x64 + 40 + 12, 4,
     ": section 1 at offset 0x54, address 0x08000004: expected a segment that loads it, found "
     "none"},
    {"nothing-to-load", 0x64 + 40 + 8, 0, ": nothing in it is to be loaded into memory"},
    {"other-machine", 0x12, EM_386, ": offset 0x12, machine: expected 40, found 3"},
};

static void
test_elf(gconstpointer index)
{
    guint i = GPOINTER_TO_UINT(index);
    static const ElfSegment segment = {0x08000000, 0x08000000, 16, 0, 1};
    static const ElfSection section = {0, 0, 16, SHF_ALLOC | SHF_EXECINSTR, SHT_PROGBITS};
    g_autoptr(GByteArray) file = elf_write(&segment, 1, &section, 1);

    file->data[elf_cases[i].offset] = elf_cases[i].value;
    assert_refused(file->data, file->len, elf_cases[i].message);
}

static void
add_text_cases(const char *kind, const TextCase *cases, guint n_cases)
{
    for (guint i = 0; i < n_cases; i++) {
        g_autofree char *path = g_strdup_printf("/core/malformed/%s/%s", kind, cases[i].name);
        g_test_add_data_func(path, &cases[i], test_text);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_text_cases("hex", hex_cases, G_N_ELEMENTS(hex_cases));
    g_test_add_func("/core/malformed/hex/utf-16", test_utf16);
    add_text_cases("srec", srec_cases, G_N_ELEMENTS(srec_cases));
    for (guint i = 0; i < G_N_ELEMENTS(gzip_cases); i++) {
        g_autofree char *path = g_strdup_printf("/core/malformed/gzip/%s", gzip_cases[i].name);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_gzip);
    }
    g_test_add_func("/core/malformed/gzip/more-behind-it", test_gzip_with_more_behind_it);
    for (guint i = 0; i < G_N_ELEMENTS(elf_cases); i++) {
        g_autofree char *path = g_strdup_printf("/core/malformed/elf/%s", elf_cases[i].name);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_elf);
    }
    return g_test_run();
}
