/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/error.h"
#include "fuzz.h"
#include "transports/boot-private.h"
#include "transports/boot-stream.h"
#include "transports/bytes.h"

/*
 * Any bytes from the chip, in answer to whatever the client asks: it never crashes, and each function ends,
 * by the port's clock, which only bytes and waiting move. The input is a function's number, how the
 * bootloader speaks, and then pieces: a byte that says how long and of which kind, and its bytes.
 */

#define RAM 0x20008000u
#define LONGEST_US (300 * G_TIME_SPAN_SECOND)
#define MOST_READS 1000000u

typedef enum {
    RAW,      /* as they are */
    ANSWER,   /* as the data of an answer to the last of the twelve */
    EXTENDED, /* as status and data of an extended answer to the last request */
    BODY,     /* as the whole body of an extended frame */
} Kind;

typedef struct {
    InlaySerial base;
    const guint8 *input;
    gsize left;
    guint8 command, tag; /* asked last */
    gboolean has_command;
    guint8 piece[INLAY_BOOT_EXTENDED_MAX];
    gsize n_piece, n_taken;
    gint64 now_us;
    guint n_reads;
} Chip;

static gsize
wrap(guint8 *out, const guint8 *body, gsize size)
{
    guint8 frame[BOOT_BODY_MAX + BOOT_OVERHEAD];
    gsize n = inlay_boot_extended_encode(frame, body[0], body[1], body + 2, size - 2);

    memcpy(out, frame, n);
    return n;
}

static void
next_piece(Chip *chip)
{
    Kind kind = (Kind)(*chip->input >> 6);
    gsize n = MIN(*chip->input & 63u, chip->left - 1);
    const guint8 *bytes = chip->input + 1;
    guint8 *out = chip->piece, body[66] = {chip->command, chip->tag};

    chip->n_taken = 0;
    chip->n_piece = n;
    memcpy(out, bytes, n);
    if (kind == ANSWER && n > 0) {
        gsize head = chip->has_command ? 3 : 2;
        out[0] = BOOT_ACK;
        out[1] = chip->command;
        out[head - 1] = (guint8)n;
        memcpy(out + head, bytes, n);
        chip->n_piece = head + n;
    } else if (kind == EXTENDED) {
        memcpy(body + 2, bytes, n);
        chip->n_piece = wrap(out, body, 2 + n);
    } else if (kind == BODY && n >= 2) {
        chip->n_piece = wrap(out, bytes, n);
    }
    chip->input += 1 + n;
    chip->left -= 1 + n;
}

static gboolean
chip_write(
    InlaySerial *serial, const guint8 *bytes, gsize size, GCancellable *cancellable, GError **error)
{
    Chip *chip = (Chip *)serial;

    chip->now_us += inlay_boot_line_us(serial, size);
    if (size > 5 && bytes[0] == BOOT_MARK_0 && bytes[1] == BOOT_MARK_1) {
        chip->command = bytes[4];
        chip->tag = bytes[5];
    } else if (size > 1) {
        chip->command = bytes[1];
    }
    return TRUE;
}

static gssize
chip_read(InlaySerial *serial,
          guint8 *out,
          gsize size,
          gint64 timeout_us,
          GCancellable *cancellable,
          GError **error)
{
    Chip *chip = (Chip *)serial;
    gsize n;

    g_assert_cmpuint(chip->n_reads++, <, MOST_READS);
    g_assert_cmpuint(size, >, 0);
    if (timeout_us > 0 && chip->n_taken == chip->n_piece && chip->left > 0)
        next_piece(chip);
    n = MIN(chip->n_piece - chip->n_taken, size);
    if (n == 0) {
        chip->now_us += timeout_us;
        return 0;
    }
    memcpy(out, chip->piece + chip->n_taken, n);
    chip->n_taken += n;
    chip->now_us += inlay_boot_line_us(serial, n);
    return (gssize)n;
}

static gboolean
chip_set_rate(InlaySerial *serial, guint baud, InlayParity parity, GError **error)
{
    serial->baud = baud;
    return TRUE;
}

static gint64
chip_now_us(InlaySerial *serial)
{
    return ((Chip *)serial)->now_us;
}

static const InlaySerialOps chip_ops = {
    .write = chip_write, .read = chip_read, .set_rate = chip_set_rate, .now_us = chip_now_us};

static gboolean
call(InlayBoot *boot, guint function, GError **error)
{
    static const InlayRange ranges[] = {{0x08000000, 0x4000}, {0x08004000, 0x100}};
    static const guint8 bytes[1024];
    const InlayBootStream stream = {
        .addr = 0x08008000, .bytes = bytes, .size = sizeof bytes, .erase = TRUE, .limit_ms = 10000};
    guint8 out[2048];
    InlayDigest digests[G_N_ELEMENTS(ranges)];
    guint16 cid;
    guint got;

    switch (function % 12) {
    case 0:
        return inlay_boot_probe(boot, 3, NULL, error);
    case 1:
        return inlay_boot_load_capabilities(boot, NULL, error);
    case 2:
        return inlay_boot_mem_read(boot, RAM, out, 300, NULL, error);
    case 3:
        return inlay_boot_mem_write(boot, RAM, bytes, 300, NULL, error);
    case 4:
        return inlay_boot_get_cid(boot, &cid, NULL, error);
    case 5:
        return inlay_boot_go(boot, RAM, NULL, error);
    case 6:
        return inlay_boot_read(boot, (InlayRange){RAM, sizeof out}, out, NULL, error);
    case 7:
        return inlay_boot_digest(boot, ranges, G_N_ELEMENTS(ranges), digests, NULL, error);
    case 8:
        return inlay_boot_set_baud(boot, 921600, &got, NULL, error);
    case 9:
        return inlay_boot_erase(boot, 4, 5000, NULL, error);
    case 10:
        return inlay_boot_otp_read(boot, 1, out, NULL, error);
    default:
        return inlay_boot_stream(boot, &stream, NULL, error);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Chip chip = {.base = {.ops = &chip_ops, .baud = 115200}};
    InlayBoot boot = {.serial = &chip.base};
    g_autoptr(GError) error = NULL;

    if (size < 2)
        return 0;
    boot.dialect = (InlayBootDialect){
        .length_has_crc = (bytes[1] & 1) != 0,
        .answer_has_command = (bytes[1] & 2) != 0,
        .has_extensions = (bytes[1] & 4) != 0 || bytes[0] % 12 == 11,
        .capabilities = {.features = bytes[1] >> 3 & 1,
                         .body_max = BOOT_BODY_MAX,
                         .answer_max = BOOT_ANSWER_MAX,
                         .ring = 1024,
                         .slots = 4,
                         .slot_size = 64},
        .tick_us = 1000,
    };
    chip.has_command = boot.dialect.answer_has_command;
    chip.input = bytes + 2;
    chip.left = size - 2;
    gboolean ok = call(&boot, bytes[0], &error);
    g_assert_true(ok == (error == NULL));
    g_assert_true(ok || error->domain == INLAY_ERROR);
    g_assert_cmpint(chip.now_us, <, LONGEST_US);
    return 0;
}
