/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot-line.h"

#include <string.h>
#include <zlib.h>

#include "firmware/bootloader/crc.h"
#include "transports/bytes.h"

#define FRAME_DATA 256

void
boot_line_send(InlaySerial *serial, const guint8 *bytes, gsize size)
{
    g_assert_true(serial->ops->write(serial, bytes, size, NULL, NULL));
}

void
boot_line_send_base(
    InlaySerial *serial, gboolean length_has_crc, guint8 command, const guint8 *payload, gsize size)
{
    guint8 frame[BOOT_FRAME_MAX + 8];

    frame[0] = (guint8)(1 + size + (length_has_crc ? 4 : 0));
    frame[1] = command;
    if (size > 0)
        memcpy(frame + 2, payload, size);
    store32_le(frame + 2 + size, crc_of_frame(frame, (guint32)(2 + size)));
    boot_line_send(serial, frame, 6 + size);
}

void
boot_line_send_extended(
    InlaySerial *serial, guint8 command, guint8 tag, const guint8 *arguments, gsize size)
{
    guint8 frame[BOOT_BODY_MAX + 64] = {BOOT_MARK_0, BOOT_MARK_1};

    store16_le(frame + 2, (guint16)(2 + size));
    frame[4] = command;
    frame[5] = tag;
    if (size > 0)
        memcpy(frame + 6, arguments, size);
    store32_le(frame + 6 + size, (guint32)crc32(0, frame + 2, (uInt)(4 + size)));
    boot_line_send(serial, frame, 10 + size);
}

GByteArray *
boot_line_hear(InlaySerial *serial, guint quiet_ms)
{
    GByteArray *heard = g_byte_array_new();
    guint8 bytes[256];
    gssize n;

    while ((n = serial->ops->read(serial, bytes, sizeof bytes, quiet_ms * 1000, NULL, NULL)) > 0)
        g_byte_array_append(heard, bytes, (guint)n);
    return heard;
}

GByteArray *
boot_line_ask_base(
    InlaySerial *serial, gboolean length_has_crc, guint8 command, const guint8 *payload, gsize size)
{
    boot_line_send_base(serial, length_has_crc, command, payload, size);
    GByteArray *heard = boot_line_hear(serial, command == BOOT_FLASH_ERASE ? 15000 : 200);

    g_assert_cmpuint(heard->len, >, 0);
    if (heard->len == 1) {
        g_assert_cmphex(heard->data[0], ==, BOOT_NACK);
        g_byte_array_unref(heard);
        return NULL;
    }
    g_assert_cmphex(heard->data[0], ==, BOOT_ACK);
    g_assert_cmphex(heard->data[1], ==, command);
    g_assert_cmpuint(heard->len, ==, 3u + heard->data[2]);
    return g_byte_array_remove_range(heard, 0, 3);
}

static gboolean
read_exactly(InlaySerial *serial, guint8 *out, gsize size, gint64 until_us)
{
    for (gsize n = 0; n < size;) {
        const gint64 left_us = until_us - serial->ops->now_us(serial);
        if (left_us <= 0)
            return FALSE;
        n += (gsize)serial->ops->read(serial, out + n, size - n, left_us, NULL, NULL);
    }
    return TRUE;
}

GByteArray *
boot_line_next(InlaySerial *serial, guint limit_ms)
{
    const gint64 until_us = serial->ops->now_us(serial) + limit_ms * 1000;
    guint8 head[4], body[BOOT_ANSWER_MAX + 4];

    for (;;) {
        if (!read_exactly(serial, head, sizeof head, until_us))
            return NULL;
        g_assert_cmphex(head[0], ==, BOOT_MARK_0);
        g_assert_cmphex(head[1], ==, BOOT_MARK_1);
        const guint size = load16_le(head + 2);
        g_assert_cmpuint(size, <=, BOOT_ANSWER_MAX);
        if (!read_exactly(serial, body, size + 4, until_us))
            return NULL;
        g_assert_cmphex(load32_le(body + size), ==,
                        (guint32)crc32(crc32(0, head + 2, 2), body, size));
        if (body[0] != BOOT_WINDOW && body[2] != BOOT_BUSY)
            return g_byte_array_append(g_byte_array_new(), body, size);
    }
}

gint
boot_line_ask(InlaySerial *serial,
              guint8 command,
              guint8 tag,
              const guint8 *arguments,
              gsize size,
              GByteArray **data)
{
    boot_line_send_extended(serial, command, tag, arguments, size);
    g_autoptr(GByteArray) body = boot_line_next(serial, 30000);

    if (data != NULL)
        *data = NULL;
    if (body == NULL)
        return -1;
    const guint8 status = body->data[2];
    g_assert_cmphex(body->data[0], ==, command);
    g_assert_cmphex(body->data[1], ==, tag);
    if (data != NULL)
        *data = g_byte_array_remove_range(g_steal_pointer(&body), 0, 3);
    return status;
}

gint
boot_line_stream(
    InlaySerial *serial, guint8 tag, guint32 addr, guint8 flags, const guint8 *bytes, gsize size)
{
    g_autofree guint8 *packed = g_malloc(size + 1024);
    guint8 arguments[16], data[2 + FRAME_DATA];
    const guint8 *at = bytes;
    gsize left = size;

    if (flags & BOOT_OPEN_DEFLATE) {
        z_stream z = {.next_in = (Bytef *)(gpointer)bytes, .avail_in = (uInt)size};
        g_assert_cmpint(deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), ==, Z_OK);
        z.next_out = packed;
        z.avail_out = (uInt)size + 1024;
        g_assert_cmpint(deflate(&z, Z_FINISH), ==, Z_STREAM_END);
        at = packed;
        left = z.total_out;
        deflateEnd(&z);
    }

    store32_le(arguments, addr);
    arguments[4] = flags;
    const gint status = boot_line_ask(serial, BOOT_OPEN, tag, arguments, 5, NULL);
    if (status != BOOT_OK)
        return status;
    for (guint16 number = 0; left > 0; number++) {
        const gsize n = MIN(left, FRAME_DATA);
        store16_le(data, number);
        memcpy(data + 2, at, n);
        boot_line_send_extended(serial, BOOT_DATA, tag, data, 2 + n);
        at += n;
        left -= n;
    }

    guint32 sum_a = 0, sum_b = 0;
    for (gsize i = 0; i < size; i += 4) {
        guint8 word[4] = {0xFF, 0xFF, 0xFF, 0xFF};
        memcpy(word, bytes + i, MIN(4, size - i));
        sum_a += load32_le(word);
        sum_b += sum_a;
    }
    store32_le(arguments, (guint32)size);
    store32_le(arguments + 4, (guint32)crc32(0, bytes, (uInt)size));
    store32_le(arguments + 8, sum_a);
    store32_le(arguments + 12, sum_b);
    return boot_line_ask(serial, BOOT_CLOSE, tag, arguments, sizeof arguments, NULL);
}

GByteArray *
boot_line_make_app(guint32 base, gsize size, guint32 seed)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    GByteArray *app = g_byte_array_set_size(g_byte_array_new(), (guint)size);

    for (gsize i = 0; i < size; i++)
        app->data[i] = (guint8)(i % 32 < 12 ? g_rand_int(rand) : i / 32);
    store32_le(app->data, 0x20005000);
    store32_le(app->data + 4, base + 0x41);
    return app;
}
