/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/error.h"
#include "transports/boot-private.h"
#include "transports/bytes.h"

/*
 * The golden frames of tests/vectors/boot, through the functions that a user of the client calls: what they
 * send must be those bytes, and what they make of the answer is in the tables below.
 */

#define RAM 0x20008000u

typedef struct {
    gboolean to_chip;
    GByteArray *bytes;
} Frame;

typedef struct {
    char *name;
    GArray *frames; /* of Frame */
    gboolean played;
} Vector;

static GPtrArray *vectors; /* of Vector, all files */

/* -- the files -- */

static GByteArray *
parse_hex(const char *text)
{
    GByteArray *bytes = g_byte_array_new();

    while (*text != '\0') {
        guint8 byte = (guint8)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
        g_assert_true(g_ascii_isxdigit(text[0]) && g_ascii_isxdigit(text[1]));
        g_byte_array_append(bytes, &byte, 1);
        text += text[2] == ' ' ? 3 : 2;
    }
    return bytes;
}

static void
load(const char *file)
{
    g_autofree char *path = g_build_filename(g_getenv("VECTORS"), file, NULL);
    g_autofree char *text = NULL;
    Vector *vector = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        Frame frame = {.to_chip = **line == '>'};
        if (**line == '#' || g_str_has_prefix(*line, "board "))
            continue;
        if (**line == '\0') {
            vector = NULL;
        } else if (vector == NULL) {
            vector = g_new0(Vector, 1);
            vector->name = g_strdup(*line);
            vector->frames = g_array_new(FALSE, FALSE, sizeof(Frame));
            g_ptr_array_add(vectors, vector);
        } else {
            frame.bytes = parse_hex(*line + 2);
            g_array_append_val(vector->frames, frame);
        }
    }
}

static Vector *
find(const char *name, const char *suffix)
{
    g_autofree char *whole = g_strconcat(name, suffix, NULL);

    for (guint i = 0; i < vectors->len; i++) {
        Vector *vector = g_ptr_array_index(vectors, i);
        if (g_str_equal(vector->name, whole))
            return vector;
    }
    return NULL;
}

/* -- a port that plays one of them -- */

typedef struct {
    InlaySerial base;
    const char *suffix; /* of the names of all that is asked besides: GET_VER, GET_HELP */
    Vector *vector;
    guint next; /* frame of the vector */
    GByteArray *answer;
    gint64 now_us;
} Script;

static gboolean
is_frame(const Frame *frame, const guint8 *bytes, gsize size)
{
    return frame->to_chip && frame->bytes->len == size &&
           memcmp(frame->bytes->data, bytes, size) == 0;
}

static gboolean
play(
    Script *script, const Vector *vector, guint first, const guint8 *bytes, gsize size, guint *next)
{
    if (first >= vector->frames->len ||
        !is_frame(&g_array_index(vector->frames, Frame, first), bytes, size))
        return FALSE;
    for (*next = first + 1; *next < vector->frames->len; ++*next) {
        const Frame *frame = &g_array_index(vector->frames, Frame, *next);
        if (frame->to_chip)
            break;
        g_byte_array_append(script->answer, frame->bytes->data, frame->bytes->len);
    }
    return TRUE;
}

static gboolean
is_flush(const guint8 *bytes, gsize size)
{
    for (gsize i = 0; i < size; i++)
        if (bytes[i] != 0)
            return FALSE;
    return TRUE;
}

static gboolean
script_write(
    InlaySerial *serial, const guint8 *bytes, gsize size, GCancellable *cancellable, GError **error)
{
    static const char *const besides[] = {"get-ver", "get-help"};
    Script *script = (Script *)serial;
    guint next;

    if (play(script, script->vector, script->next, bytes, size, &script->next) ||
        play(script, script->vector, 0, bytes, size, &script->next) || is_flush(bytes, size))
        return TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(besides); i++)
        if (play(script, find(besides[i], script->suffix), 0, bytes, size, &next))
            return TRUE;
    g_test_message("not in the vectors: %02x %02x …, %" G_GSIZE_FORMAT " bytes", bytes[0], bytes[1],
                   size);
    g_test_fail();
    return TRUE;
}

static gssize
script_read(InlaySerial *serial,
            guint8 *out,
            gsize size,
            gint64 timeout_us,
            GCancellable *cancellable,
            GError **error)
{
    Script *script = (Script *)serial;
    gsize n = MIN(script->answer->len, size);

    if (n == 0) {
        script->now_us += timeout_us;
        return 0;
    }
    script->now_us += 100;
    memcpy(out, script->answer->data, n);
    g_byte_array_remove_range(script->answer, 0, (guint)n);
    return (gssize)n;
}

static gint64
script_now_us(InlaySerial *serial)
{
    return ((Script *)serial)->now_us;
}

static void
script_free(InlaySerial *serial)
{
    g_byte_array_unref(((Script *)serial)->answer);
    g_free(serial);
}

static const InlaySerialOps script_ops = {
    .write = script_write, .read = script_read, .now_us = script_now_us, .free = script_free};

/* -- what is called, and what comes of it -- */

typedef struct {
    const char *name;
    guint8 command;
    guint32 a, b;         /* arguments, as the function has them */
    const char *bytes;    /* to write */
    const char *expected; /* the answer in words; the id of an error */
} Row;

static char *
to_hex(const guint8 *bytes, gsize size)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (gsize i = 0; i < size; i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    return g_strdup(text->str);
}

static char *
to_hex_of(GBytes *bytes)
{
    gsize size;
    const guint8 *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;

    return data != NULL ? to_hex(data, size) : g_strdup("");
}

/* One of the twelve. */
static char *
call_twelve(InlayBoot *boot, const Row *row, GError **error)
{
    guint8 bytes[64] = {0}, byte = 0;
    guint16 number = 0;
    g_autoptr(GByteArray) written = parse_hex(row->bytes != NULL ? row->bytes : "");
    g_autoptr(GBytes) codes = NULL;

    switch (row->command) {
    case BOOT_GET_VER:
        inlay_boot_get_ver(boot, &byte, NULL, error);
        return g_strdup_printf("%x", byte);
    case BOOT_GET_HELP:
        codes = inlay_boot_get_help(boot, NULL, error);
        return g_strdup_printf("%u codes", codes != NULL ? (guint)g_bytes_get_size(codes) : 0);
    case BOOT_GET_CID:
        inlay_boot_get_cid(boot, &number, NULL, error);
        return g_strdup_printf("%x", number);
    case BOOT_GET_RDP_STATUS:
        inlay_boot_get_rdp(boot, &byte, NULL, error);
        return g_strdup_printf("%x", byte);
    case BOOT_READ_SECTOR_P_STATUS:
        inlay_boot_get_nwrp(boot, &number, NULL, error);
        return g_strdup_printf("%x", number);
    case BOOT_OTP_READ:
        inlay_boot_otp_read(boot, (guint8)row->a, bytes, NULL, error);
        return to_hex(bytes, 33);
    case BOOT_MEM_READ:
        inlay_boot_mem_read(boot, row->a, bytes, row->b, NULL, error);
        return to_hex(bytes, row->b);
    case BOOT_MEM_WRITE:
        inlay_boot_mem_write(boot, row->a, written->data, written->len, NULL, error);
        return g_strdup("done");
    case BOOT_FLASH_ERASE:
        inlay_boot_flash_erase(boot, (guint8)row->a, (guint8)row->b, NULL, error);
        return g_strdup("done");
    case BOOT_EN_RW_PROTECT:
        inlay_boot_protect(boot, (guint8)row->a, (guint8)row->b, NULL, error);
        return g_strdup("done");
    case BOOT_DIS_R_W_PROTECT:
        inlay_boot_unprotect(boot, NULL, error);
        return g_strdup("done");
    case BOOT_GO_TO_ADDR:
        inlay_boot_go(boot, row->a, NULL, error);
        return g_strdup("done");
    default:
        g_assert_not_reached();
    }
}

static char *
call_digest(InlayBoot *boot, GError **error)
{
    static const InlayRange ranges[] = {{0x08010000, 16}, {0x08020000, 32}};
    InlayDigest digests[2] = {0};

    inlay_boot_digest(boot, ranges, 2, digests, NULL, error);
    return g_strdup(inlay_digest_equal(digests[0], inlay_digest_of_blank(16)) &&
                            inlay_digest_equal(digests[1], inlay_digest_of_blank(32))
                        ? "blank"
                        : "something");
}

static char *
call_sectors(InlayBoot *boot, GError **error)
{
    g_autoptr(GBytes) sums = inlay_boot_ask(boot, BOOT_SECTORS, NULL, 0, 0, NULL, error);
    gsize size = 0;
    const guint8 *data = sums != NULL ? g_bytes_get_data(sums, &size) : NULL;

    g_assert_cmpuint(size, ==, 12 * BOOT_DIGEST_SIZE);
    return g_strdup(load32_le(data) == inlay_digest_of_blank(16 * 1024).crc32 ? "blank"
                                                                              : "something");
}

static char *
call_capabilities(InlayBoot *boot, GError **error)
{
    const InlayBootCapabilities *can = &boot->dialect.capabilities;

    boot->dialect.has_extensions = FALSE;
    inlay_boot_load_capabilities(boot, NULL, error);
    g_autofree char *uid = to_hex(can->uid, sizeof can->uid);
    return g_strdup_printf("%d: %u sectors, %u KiB, %s, own %u, %s, has READ %d",
                           (int)boot->dialect.has_extensions, can->n_sectors, can->flash_kib, uid,
                           can->own.size, can->build, inlay_boot_has(boot, BOOT_READ));
}

/* DATA has no answer, POLL has a WINDOW. */
static char *
call_data(InlayBoot *boot, const Vector *vector, GError **error)
{
    const guint8 *body = NULL;
    gsize size = 0;

    for (guint i = 0; i < vector->frames->len; i++) {
        const Frame *frame = &g_array_index(vector->frames, Frame, i);
        const guint8 *p = frame->bytes->data;
        if (frame->to_chip)
            inlay_boot_send(boot, p[4], p[5], p + 6, frame->bytes->len - 10, FALSE, NULL, error);
    }
    body = inlay_boot_receive(boot, &size, 1000, NULL, error);
    g_assert_cmpuint(size, ==, 3 + BOOT_WINDOW_SIZE);
    return g_strdup_printf("%s, next %u, poll %u", inlay_boot_command_name(body[0]),
                           load16_le(body + 3), body[3 + BOOT_WINDOW_POLL]);
}

static char *
call_extension(InlayBoot *boot, const Row *row, const Vector *vector, GError **error)
{
    const GByteArray *request = g_array_index(vector->frames, Frame, 0).bytes;
    guint8 tag = request->data[5], bytes[64] = {0};
    g_autoptr(GBytes) answer = NULL;

    boot->tag = (guint8)(tag - 1);
    switch (row->command) {
    case BOOT_CAPABILITIES:
        return call_capabilities(boot, error);
    case BOOT_DIGEST:
        return call_digest(boot, error);
    case BOOT_SECTORS:
        return call_sectors(boot, error);
    case BOOT_READ:
        inlay_boot_read(boot, (InlayRange){row->a, row->b}, bytes, NULL, error);
        return to_hex(bytes, row->b);
    case BOOT_ERASE:
        inlay_boot_erase(boot, row->a, 1000, NULL, error);
        return g_strdup("done");
    case BOOT_DATA:
        return call_data(boot, vector, error);
    default:
        answer = inlay_boot_ask_tagged(boot, request->data[4], tag, request->data + 6,
                                       request->len - 10, 0, NULL, error);
        return to_hex_of(answer);
    }
}

static void
play_row(const Row *row, Vector *vector, const char *suffix)
{
    g_autofree Script *script = g_new0(Script, 1);
    InlayBoot *boot = g_new0(InlayBoot, 1);
    gboolean is_older = g_str_equal(suffix, " older");
    g_autoptr(GError) error = NULL;
    g_autofree char *got = NULL;

    g_test_message("%s", vector->name);
    *script = (Script){.base = {.ops = &script_ops, .baud = 115200},
                       .suffix = suffix,
                       .vector = vector,
                       .answer = g_byte_array_new()};
    boot->serial = &g_steal_pointer(&script)->base;
    boot->dialect = (InlayBootDialect){
        .length_has_crc = *suffix == '\0',
        .answer_has_command = !is_older,
        .version = 0x10,
        .has_extensions = !is_older,
        .capabilities = {.answer_max = BOOT_ANSWER_MAX},
    };
    got = row->command < BOOT_CAPABILITIES ? call_twelve(boot, row, &error)
                                           : call_extension(boot, row, vector, &error);
    g_assert_cmpstr(error != NULL ? inlay_error_get_info(error)->id : got, ==, row->expected);
    g_assert_cmpuint(((Script *)boot->serial)->next, ==, vector->frames->len);
    vector->played = TRUE;
    inlay_boot_free(boot);
}

#define FF8 "ffffffffffffffff"
#define BYTES "00112233445566778899aabbccddeeff"
#define REFUSED "bootloader-refused"

static const Row twelve[] = {
    {"get-ver", BOOT_GET_VER, .expected = "10"},
    {"get-cid", BOOT_GET_CID, .expected = "413"},
    {"get-rdp-status", BOOT_GET_RDP_STATUS, .expected = "aa"},
    {"read-sector-p-status", BOOT_READ_SECTOR_P_STATUS, .expected = "fff"},
    {"mem-write-ram", BOOT_MEM_WRITE, RAM, .bytes = BYTES, .expected = "done"},
    {"mem-read-ram", BOOT_MEM_READ, RAM, 16, .expected = BYTES},
    {"mem-write-flash", BOOT_MEM_WRITE, 0x08008100, .bytes = "44556677", .expected = "done"},
    {"mem-read-flash", BOOT_MEM_READ, 0x080080fc, 12, .expected = "ffffffff44556677ffffffff"},
    {"flash-erase", BOOT_FLASH_ERASE, 2, 1, .expected = "done"},
    {"mem-read-erased", BOOT_MEM_READ, 0x08008100, 4, .expected = "ffffffff"},
    {"flash-erase-all", BOOT_FLASH_ERASE, BOOT_ERASE_ALL, .expected = "done"},
    {"otp-read", BOOT_OTP_READ, 15, .expected = FF8 FF8 FF8 FF8 "ff"},
    {"en-rw-protect", BOOT_EN_RW_PROTECT, 3, 1, .expected = "done"},
    {"dis-r-w-protect", BOOT_DIS_R_W_PROTECT, .expected = "done"},

    {"mem-write-own-sector", BOOT_MEM_WRITE, 0x08000000, .bytes = "00112233", .expected = REFUSED},
    {"mem-write-bad-address", BOOT_MEM_WRITE, 0x1fffc000, .bytes = "00112233", .expected = REFUSED},
    {"flash-erase-own-sector", BOOT_FLASH_ERASE, 1, 1, .expected = REFUSED},
    {"flash-erase-no-such-sector", BOOT_FLASH_ERASE, 12, 1, .expected = REFUSED},
    {"flash-erase-past-the-end", BOOT_FLASH_ERASE, 11, 2, .expected = REFUSED},
    {"en-rw-protect-mode-2", BOOT_EN_RW_PROTECT, 4, 2, .expected = "chip-lacks"},
    {"en-rw-protect-mode-3", BOOT_EN_RW_PROTECT, 4, 3, .expected = REFUSED},
    {"mem-read-bad-address", BOOT_MEM_READ, 0x60000000, 4, .expected = REFUSED},
    {"mem-read-locked", BOOT_MEM_READ, 0x08008000, 4, .expected = "chip-locked"},
    {"go-no-vectors", BOOT_GO_TO_ADDR, RAM, .expected = REFUSED},
    {"go-bad-address", BOOT_GO_TO_ADDR, 0x1fff7800, .expected = REFUSED},
    {"otp-read-no-such-block", BOOT_OTP_READ, 16, .expected = REFUSED},

    {"go", BOOT_GO_TO_ADDR, 0x08008000, .expected = "done"},
    {"go-refused", BOOT_GO_TO_ADDR, 0x1fff7800, .expected = REFUSED},
    {"flash-erase-refused", BOOT_FLASH_ERASE, 12, 1, .expected = REFUSED},
};

static const Row help[] = {
    {"get-help", BOOT_GET_HELP, .expected = "28 codes"},
    {"get-help without", BOOT_GET_HELP, .expected = "28 codes"},
    {"get-help older", BOOT_GET_HELP, .expected = "11 codes"},
};

static const Row extensions[] = {
    {"ping", BOOT_PING, .expected = "0001020304050607"},
    {"ping-of-nothing", BOOT_PING, .expected = ""},
    {"capabilities", BOOT_CAPABILITIES,
     .expected =
         "1: 12 sectors, 1024 KiB, 330030000b51353238363239, own 32768, golden, has READ 1"},
    {"digest", BOOT_DIGEST, .expected = "blank"},
    {"sectors", BOOT_SECTORS, .expected = "blank"},
    {"erase", BOOT_ERASE, 0x0c, .expected = "done"},
    {"erase-own-sector", BOOT_ERASE, 0x06, .expected = REFUSED},
    {"open", BOOT_OPEN, .expected = ""},
    {"data", BOOT_DATA, .expected = "WINDOW, next 1, poll 1"},
    {"close", BOOT_CLOSE, .expected = ""},
    {"read", BOOT_READ, 0x08010000, 64,
     .expected = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                 "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"},
    {"open-deflate", BOOT_OPEN, .expected = ""},
    {"data-deflate", BOOT_DATA, .expected = "WINDOW, next 1, poll 1"},
    {"close-deflate", BOOT_CLOSE, .expected = ""},
    {"close-of-no-stream", BOOT_CLOSE, .expected = REFUSED},
    {"commit", BOOT_COMMIT, .expected = "00"},
    {"options", BOOT_OPTIONS, .expected = "edaaff0fecffff0f"},
    {"set-options-for-ever", BOOT_SET_OPTIONS, .expected = REFUSED},
    {"set-options-the-same", BOOT_SET_OPTIONS, .expected = ""},
    {"unknown-extension", 0x7e, .expected = REFUSED},
    {"why", BOOT_WHY, .expected = "7e10"},
    {"baud-of-none", BOOT_BAUD, .expected = REFUSED},
    {"baud", BOOT_BAUD, .expected = ""},
    {"reset-to-the-bootloader", BOOT_RESET, .expected = ""},
    {"make-place", BOOT_RESET, .expected = ""},
};

static void
test_twelve(void)
{
    static const char *const suffixes[] = {"", " without", " older"};

    for (guint i = 0; i < G_N_ELEMENTS(twelve); i++)
        for (guint k = 0; k < G_N_ELEMENTS(suffixes); k++) {
            Vector *vector = find(twelve[i].name, suffixes[k]);
            if (vector != NULL)
                play_row(&twelve[i], vector, suffixes[k]);
        }
    for (guint i = 0; i < G_N_ELEMENTS(help); i++)
        play_row(&help[i], find(help[i].name, ""), suffixes[i]);
}

static void
test_extensions(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(extensions); i++)
        play_row(&extensions[i], find(extensions[i].name, ""), "");
}

static void
test_all_played(void)
{
    for (guint i = 0; i < vectors->len; i++) {
        const Vector *vector = g_ptr_array_index(vectors, i);
        if (!vector->played)
            g_test_message("%s", vector->name);
        g_assert_true(vector->played);
    }
}

static void
free_vector(gpointer pointer)
{
    Vector *vector = pointer;

    for (guint i = 0; i < vector->frames->len; i++)
        g_byte_array_unref(g_array_index(vector->frames, Frame, i).bytes);
    g_array_unref(vector->frames);
    g_free(vector->name);
    g_free(vector);
}

int
main(int argc, char **argv)
{
    static const char *const files[] = {"twelve.txt", "refusals.txt", "older.txt",
                                        "extensions.txt"};
    int result;

    g_test_init(&argc, &argv, NULL);
    vectors = g_ptr_array_new_with_free_func(free_vector);
    for (guint i = 0; i < G_N_ELEMENTS(files); i++)
        load(files[i]);
    g_test_add_func("/boot-vectors/twelve", test_twelve);
    g_test_add_func("/boot-vectors/extensions", test_extensions);
    g_test_add_func("/boot-vectors/all-played", test_all_played);
    result = g_test_run();
    g_ptr_array_unref(vectors);
    return result;
}
