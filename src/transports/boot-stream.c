/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/boot-stream.h"

#include <string.h>
#include <zlib.h>

#include "core/budget.h"
#include "core/digest.h"
#include "core/error.h"
#include "transports/bytes.h"

#define MEM_LEVEL 8    /* zlib: blocks of the size that code compresses best with */
#define ANSWER_HEAD 3u /* command, tag, status */
#define NUMBER 2u      /* of a DATA frame, before its bytes */
#define POLL_WIRE (BOOT_OVERHEAD + 3u)
#define SLACK_US 20000     /* of the host and the adapter, beyond what the line takes */
#define WAIT_MAX_US 250000 /* between two polls; the chip speaks every BOOT_BUSY_MS */
#define SILENT_MAX 8u      /* polls without an answer */
#define RESENT_MIN 64u     /* frames; a line that loses more than twice the stream besides */
#define LINE_SHARES 4      /* the line may take so many times what it would without noise */

typedef struct {
    gboolean arrived;
    guint64 sent_end; /* `written` when it had been sent the last time; 0: not yet */
} Frame;

/*
 * Time on the line is counted in bytes: as they keep their order, one number tells what is under way,
 * what has arrived, and what is lost: every frame that ends before `arrived_end` and has not arrived.
 */
typedef struct {
    InlayBoot *boot;
    const InlayBootStream *stream;
    GBytes *sent; /* what goes over the line: the bytes, or their DEFLATE stream */
    guint8 tag, poll;
    guint slot_size, n_frames;
    Frame *frames;
    guint next, limit;            /* as WINDOW told last */
    guint64 written, arrived_end; /* bytes */
    guint64 poll_end;             /* of the last POLL */
    guint n_silent, n_resent;
} Stream;

/* -- compression -- */

/* (transfer full) One raw DEFLATE stream; NULL: it is no shorter. */
static GBytes *
deflate_bytes(const guint8 *bytes, gsize size)
{
    z_stream z = {0};
    guint8 *out = g_malloc(size);
    int status;

    if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MEM_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        g_error("zlib refuses its own best level");
    z.next_in = (Bytef *)bytes;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)size;
    status = deflate(&z, Z_FINISH);
    deflateEnd(&z);
    if (status == Z_STREAM_END && z.total_out < size)
        return g_bytes_new_take(out, z.total_out);
    g_free(out);
    return NULL;
}

/* -- what the chip tells -- */

static void
note_arrival(Stream *self, guint n)
{
    if (n >= self->n_frames)
        return;
    self->frames[n].arrived = TRUE;
    self->arrived_end = MAX(self->arrived_end, self->frames[n].sent_end);
}

static gboolean
take_window(Stream *self, const guint8 *body, gsize size, GError **error)
{
    const guint8 *window = body + ANSWER_HEAD;
    guint32 beyond;
    guint next;

    if (size > 2 && body[2] != BOOT_OK)
        return inlay_boot_refuse(BOOT_DATA, body[2], self->stream->addr, error);
    if (size < ANSWER_HEAD + BOOT_WINDOW_SIZE)
        return TRUE;
    next = load16_le(window + BOOT_WINDOW_NEXT);
    beyond = load32_le(window + BOOT_WINDOW_BEYOND);
    self->limit = load16_le(window + BOOT_WINDOW_LIMIT);
    for (guint n = self->next; n < MIN(next, self->n_frames); n++)
        note_arrival(self, n);
    for (guint i = 0; i < 32; i++) {
        if ((beyond >> i & 1) != 0)
            note_arrival(self, next + 1 + i);
    }
    if (self->poll != 0 && window[BOOT_WINDOW_POLL] == self->poll)
        self->arrived_end = MAX(self->arrived_end, self->poll_end);
    if (next > self->next && self->stream->moved != NULL)
        self->stream->moved(self->stream->size * MIN(next, self->n_frames) / self->n_frames,
                            self->stream->user_data);
    self->next = MAX(self->next, next);
    return TRUE;
}

/* -- what is sent -- */

/* The first frame before `end` that was not sent or was lost; `end`: none. */
static guint
find_missing(const Stream *self, guint end)
{
    for (guint n = self->next; n < end; n++) {
        if (!self->frames[n].arrived && self->frames[n].sent_end <= self->arrived_end)
            return n;
    }
    return end;
}

static gboolean
send_frame(Stream *self, guint n, GCancellable *cancellable, GError **error)
{
    gsize total;
    const guint8 *bytes = g_bytes_get_data(self->sent, &total);
    gsize offset = (gsize)n * self->slot_size;
    gsize size = MIN(self->slot_size, total - offset);
    gboolean again = self->frames[n].sent_end > 0;
    guint8 arguments[BOOT_BODY_MAX];

    if (again && ++self->n_resent > RESENT_MIN + 2 * self->n_frames) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_LINE_NOISY,
                    "0x%08x: %u of %u frames were lost and sent again", self->stream->addr,
                    self->n_resent, self->n_frames);
        return FALSE;
    }
    store16_le(arguments, (guint16)n);
    memcpy(arguments + NUMBER, bytes + offset, size);
    self->written += BOOT_OVERHEAD + 2 + NUMBER + size;
    self->frames[n].sent_end = self->written;
    return inlay_boot_send(self->boot, BOOT_DATA, self->tag, arguments, NUMBER + size, again,
                           cancellable, error);
}

static gboolean
send_poll(Stream *self, gboolean again, GCancellable *cancellable, GError **error)
{
    self->poll = self->poll == G_MAXUINT8 ? 1 : self->poll + 1;
    self->written += POLL_WIRE;
    self->poll_end = self->written;
    return inlay_boot_send(self->boot, BOOT_POLL, self->tag, &self->poll, 1, again, cancellable,
                           error);
}

/* All that may be sent now; behind the last frame a poll, which shows what became of it. */
static gboolean
send_some(Stream *self, GCancellable *cancellable, GError **error)
{
    guint frame_size = BOOT_OVERHEAD + 2 + NUMBER + self->slot_size;
    guint ring = inlay_boot_get_dialect(self->boot)->capabilities.ring;
    guint end = MIN(self->limit, self->n_frames);
    guint n;

    while ((n = find_missing(self, end)) < end &&
           self->written - self->arrived_end + frame_size + POLL_WIRE <= ring) {
        if (!send_frame(self, n, cancellable, error))
            return FALSE;
    }
    if (find_missing(self, self->n_frames) < self->n_frames || self->poll_end == self->written)
        return TRUE;
    return send_poll(self, FALSE, cancellable, error);
}

/* -- waiting -- */

static gint64
get_line_us(const Stream *self, guint64 bytes)
{
    return (gint64)(bytes * 10 * G_USEC_PER_SEC / inlay_boot_get_serial(self->boot)->baud);
}

/* Until the chip must have said something about what was sent. */
static gint64
get_wait_us(const Stream *self)
{
    gint64 tick_us = inlay_boot_get_dialect(self->boot)->tick_us;
    gint64 wait_us = MIN((2 * tick_us + SLACK_US) << self->n_silent, WAIT_MAX_US);

    return get_line_us(self, self->written - self->arrived_end + POLL_WIRE) + wait_us;
}

static gboolean
on_silence(Stream *self, GCancellable *cancellable, GError **error)
{
    if (self->n_silent++ < SILENT_MAX)
        return send_poll(self, self->n_silent > 1, cancellable, error);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST,
                "0x%08x: an answer to one of %u polls expected, got none", self->stream->addr,
                SILENT_MAX);
    return FALSE;
}

static gboolean
listen(Stream *self, GCancellable *cancellable, GError **error)
{
    GError *trouble = NULL;
    gsize size = 0;
    const guint8 *body =
        inlay_boot_receive(self->boot, &size, get_wait_us(self), cancellable, &trouble);

    if (trouble != NULL) {
        g_propagate_error(error, trouble);
        return FALSE;
    }
    if (body == NULL)
        return on_silence(self, cancellable, error);
    if (size < 2 || body[1] != self->tag)
        return TRUE;
    self->n_silent = 0;
    return body[0] != BOOT_WINDOW || take_window(self, body, size, error);
}

/* Whether the flash was slow, or the line. */
static gboolean
fail_late(const Stream *self, gint64 limit_ms, GError **error)
{
    gboolean is_noisy = self->n_resent > self->n_frames / 4;

    g_set_error(error, INLAY_ERROR, is_noisy ? INLAY_ERROR_LINE_NOISY : INLAY_ERROR_FLASH_TIMEOUT,
                "0x%08x: %u frames within %" G_GINT64_FORMAT
                " ms expected, %u arrived, %u were sent again",
                self->stream->addr, self->n_frames, limit_ms, self->next, self->n_resent);
    return FALSE;
}

static gboolean
transfer(Stream *self, GCancellable *cancellable, GError **error)
{
    InlaySerial *serial = inlay_boot_get_serial(self->boot);
    gint64 limit_us = get_line_us(self, g_bytes_get_size(self->sent)) * LINE_SHARES +
                      (gint64)self->stream->limit_ms * 1000 +
                      (gint64)inlay_budget_get_ms(INLAY_BUDGET_COMMAND) * 1000;
    gint64 end_us = serial->ops->now_us(serial) + limit_us;

    while (self->next < self->n_frames) {
        /* one that says nothing any more is lost, not late */
        if (self->n_silent == 0 && serial->ops->now_us(serial) > end_us)
            return fail_late(self, limit_us / 1000, error);
        if (!send_some(self, cancellable, error) || !listen(self, cancellable, error))
            return FALSE;
    }
    return TRUE;
}

/* -- begin and end -- */

/* Asks under the stream's tag, for a status. */
static gboolean
ask(Stream *self,
    guint8 command,
    const guint8 *arguments,
    gsize size,
    GCancellable *cancellable,
    GError **error)
{
    guint limit_ms = self->stream->limit_ms + inlay_budget_get_ms(INLAY_BUDGET_COMMAND);
    g_autoptr(GBytes) answer = inlay_boot_ask_tagged(self->boot, command, self->tag, arguments,
                                                     size, limit_ms, cancellable, error);

    if (answer == NULL)
        g_prefix_error(error, "0x%08x: ", self->stream->addr);
    return answer != NULL;
}

static gboolean
open_stream(Stream *self, guint8 flags, GCancellable *cancellable, GError **error)
{
    guint8 arguments[5];

    store32_le(arguments, self->stream->addr);
    arguments[4] = flags;
    return ask(self, BOOT_OPEN, arguments, sizeof arguments, cancellable, error);
}

static gboolean
close_stream(Stream *self, GCancellable *cancellable, GError **error)
{
    InlayDigest digest = inlay_digest_of(self->stream->bytes, self->stream->size);
    guint8 arguments[BOOT_CLOSE_SIZE];

    store32_le(arguments, (guint32)self->stream->size);
    store32_le(arguments + 4, digest.crc32);
    store32_le(arguments + 8, (guint32)digest.sum);
    store32_le(arguments + 12, (guint32)(digest.sum >> 32));
    return ask(self, BOOT_CLOSE, arguments, sizeof arguments, cancellable, error);
}

gboolean
inlay_boot_stream(InlayBoot *boot,
                  const InlayBootStream *stream,
                  GCancellable *cancellable,
                  GError **error)
{
    const InlayBootCapabilities *can = &inlay_boot_get_dialect(boot)->capabilities;
    Stream self = {.boot = boot,
                   .stream = stream,
                   .tag = inlay_boot_take_tag(boot),
                   .slot_size = MIN(can->slot_size, BOOT_BODY_MAX - 2 - NUMBER),
                   .limit = can->slots};
    g_autoptr(GBytes) packed = !stream->plain && (can->features & BOOT_FEATURE_DEFLATE) != 0
                                   ? deflate_bytes(stream->bytes, stream->size)
                                   : NULL;
    g_autoptr(GBytes) plain = g_bytes_new_static(stream->bytes, stream->size);
    guint8 flags = (packed != NULL ? BOOT_OPEN_DEFLATE : 0) | (stream->erase ? BOOT_OPEN_ERASE : 0);

    g_return_val_if_fail(stream->addr % 4 == 0 && stream->size % 4 == 0 && stream->size > 0, FALSE);
    self.sent = packed != NULL ? packed : plain;
    self.n_frames = (guint)((g_bytes_get_size(self.sent) + self.slot_size - 1) / self.slot_size);
    g_autofree Frame *frames = g_new0(Frame, self.n_frames);
    self.frames = frames;
    return open_stream(&self, flags, cancellable, error) && transfer(&self, cancellable, error) &&
           close_stream(&self, cancellable, error);
}
