/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stream-chip.h"

#include <string.h>
#include <zlib.h>

#include "firmware/proto/boot.h"
#include "transports/bytes.h"

#define SLOTS 28u
#define SLOT_SIZE 256u
#define FRAMES_MAX 1024u
#define TICK_US 1000

typedef struct {
    gint64 arrives_us;
    GBytes *bytes;
} Sent;

typedef struct {
    InlaySerial base;
    StreamChip *chip;
    gint64 now_us, line_free_us, busy_until_us, next_busy_us;
    GQueue sent;     /* of Sent, under way to the chip */
    GByteArray *out; /* answers that the host has not read */
    guint8 tag, poll;
    gboolean is_open, failed;
    GBytes *frames[FRAMES_MAX];
    guint next, freed, n_windows;
} Port;

static void
answer(Port *port, guint8 command, guint8 tag, const guint8 *rest, gsize size)
{
    guint8 frame[BOOT_ANSWER_MAX + BOOT_OVERHEAD] = {BOOT_MARK_0, BOOT_MARK_1};

    if (port->chip->mute)
        return;
    store16_le(frame + 2, (guint16)(2 + size));
    frame[4] = command;
    frame[5] = tag;
    memcpy(frame + 6, rest, size);
    store32_le(frame + 6 + size, (guint32)crc32_z(0, frame + 2, 4 + size));
    g_byte_array_append(port->out, frame, (guint)(size + 2 + BOOT_OVERHEAD));
}

static void
answer_status(Port *port, guint8 command, guint8 tag, guint8 status)
{
    answer(port, command, tag, &status, 1);
}

static gboolean
is_busy(const Port *port)
{
    return port->chip->busy_for_ever || port->now_us < port->busy_until_us;
}

static void
send_window(Port *port, gboolean answers_poll)
{
    guint8 body[1 + BOOT_WINDOW_SIZE] = {port->failed ? BOOT_NOT_BLANK : BOOT_OK};
    guint32 beyond = 0;

    if (!answers_poll && port->chip->windows_lost != 0 &&
        port->n_windows++ % port->chip->windows_lost == 0)
        return;
    for (guint i = 0; i < 32; i++)
        beyond |= (guint32)(port->frames[port->next + 1 + i] != NULL) << i;
    store16_le(body + 1 + BOOT_WINDOW_NEXT, (guint16)port->next);
    store16_le(body + 1 + BOOT_WINDOW_LIMIT, (guint16)(port->freed + SLOTS));
    store32_le(body + 1 + BOOT_WINDOW_BEYOND, beyond);
    body[1 + BOOT_WINDOW_POLL] = port->poll;
    answer(port, BOOT_WINDOW, port->tag, body, sizeof body);
}

static void
take_data(Port *port, const guint8 *body, gsize size)
{
    StreamChip *chip = port->chip;
    guint n = load16_le(body + 2);

    if (chip->lost != NULL && g_hash_table_contains(chip->lost, GUINT_TO_POINTER(chip->n_data++)))
        return;
    g_assert_cmpuint(n, <, port->freed + SLOTS);
    g_assert_cmpuint(size, <=, 4 + SLOT_SIZE);
    chip->most_under_way = MAX(chip->most_under_way, n + 1 - port->freed);
    gboolean in_turn = n == port->next;
    if (port->frames[n] == NULL)
        port->frames[n] = g_bytes_new(body + 4, size - 4);
    while (port->frames[port->next] != NULL)
        port->next++;
    port->failed = chip->fail_at != 0 && port->next >= chip->fail_at;
    if (!is_busy(port))
        port->freed = port->next;
    if (!is_busy(port) || !in_turn)
        send_window(port, FALSE);
}

static void
send_capabilities(Port *port, guint8 tag)
{
    guint8 can[1 + BOOT_CAP_SIZE] = {BOOT_OK};

    store16_le(can + 1 + BOOT_CAP_VERSION, BOOT_EXTENSION_VERSION);
    store16_le(can + 1 + BOOT_CAP_FEATURES, port->chip->deflates ? BOOT_FEATURE_DEFLATE : 0);
    store16_le(can + 1 + BOOT_CAP_BODY_MAX, BOOT_BODY_MAX);
    store16_le(can + 1 + BOOT_CAP_ANSWER_MAX, BOOT_ANSWER_MAX);
    store16_le(can + 1 + BOOT_CAP_RING, 8192);
    store16_le(can + 1 + BOOT_CAP_SLOTS, SLOTS);
    store16_le(can + 1 + BOOT_CAP_SLOT_SIZE, SLOT_SIZE);
    can[1 + BOOT_CAP_N_SECTORS] = 12;
    store32_le(can + 1 + BOOT_CAP_BAUD_MAX, 2000000);
    store32_le(can + 1 + BOOT_CAP_IDCODE, 0x413);
    store16_le(can + 1 + BOOT_CAP_FLASH_KIB, 1024);
    answer(port, BOOT_CAPABILITIES, tag, can, sizeof can);
}

static void
take_open(Port *port, const guint8 *body)
{
    if (!port->is_open && (body[6] & BOOT_OPEN_ERASE) != 0)
        port->busy_until_us = port->now_us + (gint64)port->chip->erase_ms * 1000;
    port->next_busy_us = port->now_us + BOOT_BUSY_MS * 1000;
    port->is_open = TRUE;
    port->tag = body[1];
    port->chip->flags = body[6];
    answer_status(port, BOOT_OPEN, body[1], BOOT_OK);
}

static void
take_close(Port *port, const guint8 *body)
{
    port->chip->n_closes++;
    if (port->is_open) {
        for (guint i = 0; i < port->next; i++) {
            gsize size;
            const guint8 *bytes = g_bytes_get_data(port->frames[i], &size);
            g_byte_array_append(port->chip->bytes, bytes, (guint)size);
        }
    }
    port->is_open = FALSE;
    answer_status(port, BOOT_CLOSE, body[1], BOOT_OK);
}

static void
take_frame(Port *port, const guint8 *frame, gsize size)
{
    static const guint8 version[] = {BOOT_ACK, BOOT_GET_VER, 1, BOOT_VERSION};
    static const guint8 help[] = {BOOT_ACK,     BOOT_GET_HELP, 3,
                                  BOOT_GET_VER, BOOT_GET_HELP, BOOT_CAPABILITIES};

    if (frame[0] == 5 && frame[1] == BOOT_GET_VER)
        g_byte_array_append(port->out, version, sizeof version);
    else if (frame[0] == 5 && frame[1] == BOOT_GET_HELP)
        g_byte_array_append(port->out, help, sizeof help);
    if (frame[0] != BOOT_MARK_0 || size < BOOT_OVERHEAD + 2)
        return;
    const guint8 *body = frame + 4;
    switch (body[0]) {
    case BOOT_CAPABILITIES:
        send_capabilities(port, body[1]);
        break;
    case BOOT_OPEN:
        take_open(port, body);
        break;
    case BOOT_DATA:
        take_data(port, body, size - BOOT_OVERHEAD);
        break;
    case BOOT_POLL:
        port->chip->n_polls++;
        port->poll = body[2];
        send_window(port, TRUE);
        break;
    case BOOT_CLOSE:
        take_close(port, body);
        break;
    }
}

static gboolean
port_write(
    InlaySerial *serial, const guint8 *bytes, gsize size, GCancellable *cancellable, GError **error)
{
    Port *port = (Port *)serial;
    Sent *sent = g_new(Sent, 1);

    port->line_free_us =
        MAX(port->line_free_us, port->now_us) + (gint64)size * 10 * G_USEC_PER_SEC / serial->baud;
    *sent = (Sent){port->line_free_us, g_bytes_new(bytes, size)};
    g_queue_push_tail(&port->sent, sent);
    serial->sent += size;
    return TRUE;
}

/* The next thing that happens at the chip by `end_us`. */
static gboolean
step(Port *port, gint64 end_us)
{
    Sent *sent = g_queue_peek_head(&port->sent);
    gint64 busy_end_us = port->chip->busy_for_ever ? G_MAXINT64 : port->busy_until_us;
    gint64 timer_us = G_MAXINT64;

    if (port->is_open && port->now_us < busy_end_us)
        timer_us = MIN(port->next_busy_us, busy_end_us);
    if (sent != NULL && sent->arrives_us <= MIN(end_us, timer_us)) {
        gsize size;
        const guint8 *bytes = g_bytes_get_data(sent->bytes, &size);
        port->now_us = MAX(port->now_us, sent->arrives_us);
        take_frame(port, bytes, size);
        g_queue_pop_head(&port->sent);
        g_bytes_unref(sent->bytes);
        g_free(sent);
        return TRUE;
    }
    if (timer_us > end_us)
        return FALSE;
    port->now_us = MAX(port->now_us, timer_us);
    port->next_busy_us = port->now_us + BOOT_BUSY_MS * 1000;
    if (!is_busy(port))
        port->freed = port->next;
    send_window(port, FALSE);
    return TRUE;
}

static gssize
port_read(InlaySerial *serial,
          guint8 *out,
          gsize size,
          gint64 timeout_us,
          GCancellable *cancellable,
          GError **error)
{
    Port *port = (Port *)serial;
    gint64 end_us = port->now_us + timeout_us;

    while (port->out->len == 0 && step(port, end_us))
        ;
    if (port->out->len == 0) {
        port->now_us = MAX(port->now_us, end_us);
        return 0;
    }
    port->now_us += TICK_US;
    size = MIN(size, port->out->len);
    memcpy(out, port->out->data, size);
    g_byte_array_remove_range(port->out, 0, (guint)size);
    return (gssize)size;
}

static gboolean
port_set_rate(InlaySerial *serial, guint baud, InlayParity parity, GError **error)
{
    serial->baud = baud;
    return TRUE;
}

static gboolean
port_set_lines(InlaySerial *serial, gboolean dtr, gboolean rts, GError **error)
{
    return TRUE;
}

static gint64
port_now_us(InlaySerial *serial)
{
    return ((Port *)serial)->now_us;
}

static void
free_sent(gpointer data)
{
    Sent *sent = data;

    g_bytes_unref(sent->bytes);
    g_free(sent);
}

static void
port_free(InlaySerial *serial)
{
    Port *port = (Port *)serial;

    for (guint i = 0; i < FRAMES_MAX; i++)
        g_clear_pointer(&port->frames[i], g_bytes_unref);
    g_queue_clear_full(&port->sent, free_sent);
    g_byte_array_unref(port->out);
    g_free(port);
}

static const InlaySerialOps ops = {
    .write = port_write,
    .read = port_read,
    .set_rate = port_set_rate,
    .set_lines = port_set_lines,
    .now_us = port_now_us,
    .free = port_free,
};

InlaySerial *
stream_chip_open(StreamChip *chip)
{
    Port *port = g_new0(Port, 1);

    port->base.ops = &ops;
    port->base.path = g_strdup("tty:stream-chip");
    port->base.kind = g_strdup("a chip's end of a stream");
    port->base.baud = 115200;
    port->chip = chip;
    port->out = g_byte_array_new();
    chip->bytes = g_byte_array_new();
    return &port->base;
}

void
stream_chip_clear(StreamChip *chip)
{
    g_byte_array_unref(chip->bytes);
    g_clear_pointer(&chip->lost, g_hash_table_unref);
}
