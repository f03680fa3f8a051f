/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/budget.h"
#include "core/error.h"
#include "transports/boot-private.h"

/*
 * Who listens, and how it speaks. GET_VER in one reading of the length byte may leave a receiver of the
 * other in the middle of a frame, and of those that others wrote none gives a frame up after a pause. So
 * zeros follow whatever is not answered: they complete any frame with a wrong crc, and are refused as
 * lengths of the next ones.
 */

/* More than the rest of any frame (255 bytes and a crc). After GET_VER with the crc counted, a receiver that
 * does not count it misses 4 bytes, and takes 5 zeros at a time from then on: it has whole frames then, too. */
#define FLUSH_SIZE (4 + 260)
#define NUDGES 6 /* zeros, one at a time: a frame of zeros has 5 */

#define QUIET_US ((gint64)(BOOT_FRAME_PAUSE_MS + 20) * G_TIME_SPAN_MILLISECOND)
#define CHATTER_US (200 * G_TIME_SPAN_MILLISECOND) /* a line that is never quiet */
#define HEARD_SHOWN 16

static gint64
get_nudge_us(const InlayBoot *boot)
{
    return MAX(2 * boot->dialect.tick_us, 20 * G_TIME_SPAN_MILLISECOND);
}

gboolean
inlay_boot_settle(InlayBoot *boot, gint64 quiet_us, GCancellable *c, GError **error)
{
    gint64 end = inlay_boot_now(boot) + CHATTER_US + quiet_us;
    gssize n;

    do {
        boot->n_in = boot->n_taken = 0;
        n = inlay_boot_listen(boot, quiet_us, c, error);
    } while (n > 0 && inlay_boot_now(boot) < end);
    boot->n_in = 0;
    return n >= 0;
}

/* Brings a receiver without a sense of time to the beginning of a frame: its 7F says when. */
static gboolean
flush(InlayBoot *boot, GCancellable *c, GError **error)
{
    static const guint8 zeros[FLUSH_SIZE];
    gint64 nudge_us = get_nudge_us(boot);

    if (!boot->serial->ops->write(boot->serial, zeros, sizeof zeros, c, error) ||
        !inlay_boot_settle(boot, inlay_boot_line_us(boot->serial, sizeof zeros) + nudge_us, c,
                           error))
        return FALSE;
    for (guint i = 0; i < NUDGES; i++) {
        if (!boot->serial->ops->write(boot->serial, zeros, 1, c, error))
            return FALSE;
        gssize n = inlay_boot_listen(boot, nudge_us, c, error);
        if (n != 0)
            return n > 0 && inlay_boot_settle(boot, nudge_us, c, error);
    }
    return TRUE;
}

/* GET_VER as the dialect says; the verdict is ANSWER or something else. */
static gboolean
ask_version(InlayBoot *boot, InlayBootVerdict *verdict, GCancellable *c, GError **error)
{
    const InlayBootQuestion question = {
        .command = BOOT_GET_VER, .least = 1, .most = 1, .addr = INLAY_BOOT_NO_ADDR};
    guint8 answer[256];
    gsize n;

    if (!inlay_boot_exchange(boot, &question, FALSE, verdict, answer, &n, c, error))
        return FALSE;
    if (*verdict == INLAY_BOOT_ANSWER && answer[0] != boot->dialect.version)
        *verdict = INLAY_BOOT_GARBAGE;
    return TRUE;
}

gboolean
inlay_boot_recover(InlayBoot *boot, GCancellable *c, GError **error)
{
    InlayBootVerdict verdict;

    for (guint round = 0; round < INLAY_BOOT_ROUNDS; round++) {
        gint64 quiet_us = MAX(QUIET_US, 2 * boot->dialect.tick_us);
        if (!inlay_boot_settle(boot, quiet_us, c, error) ||
            (!boot->dialect.has_extensions && !flush(boot, c, error)) ||
            !ask_version(boot, &verdict, c, error))
            return FALSE;
        if (verdict == INLAY_BOOT_ANSWER)
            return TRUE;
    }
    return FALSE;
}

/* -- the first question -- */

typedef struct {
    guint8 first[HEARD_SHOWN];
    gsize n;
} Heard;

static void
remember(Heard *heard, const guint8 *bytes, gsize n)
{
    for (gsize i = 0; i < n && heard->n + i < sizeof heard->first; i++)
        heard->first[heard->n + i] = bytes[i];
    heard->n += n;
}

/* Asks once in one reading: TRUE in *found when somebody answers. */
static gboolean
ask_first(InlayBoot *boot,
          gboolean length_has_crc,
          gint64 patience_us,
          Heard *heard,
          gboolean *found,
          GCancellable *c,
          GError **error)
{
    InlayBootDialect *dialect = &boot->dialect;
    guint8 frame[BOOT_FRAME_MAX];
    gsize size = inlay_boot_frame_encode(frame, length_has_crc, BOOT_GET_VER, NULL, 0);
    gint64 end;
    gssize n = 0;

    *found = FALSE;
    boot->n_in = 0;
    if (!inlay_boot_write(boot, frame, size, FALSE, c, error))
        return FALSE;
    end = inlay_boot_now(boot) + patience_us;
    while (!*found && boot->n_in < sizeof boot->in && inlay_boot_now(boot) < end) {
        n = inlay_boot_listen(boot, end - inlay_boot_now(boot), c, error);
        if (n < 0)
            return FALSE;
        *found = inlay_boot_version_find(boot->in, boot->n_in, &dialect->answer_has_command,
                                         &dialect->version);
    }
    dialect->length_has_crc = length_has_crc;
    if (!*found)
        remember(heard, boot->in, boot->n_in);
    boot->n_in = 0;
    return TRUE;
}

/* Three times the same, of which the last two tell the adapter's tick: an answer to the first question comes at
 * any point of it. */
static gboolean
confirm(InlayBoot *boot, gboolean *confirmed, GCancellable *c, GError **error)
{
    InlayBootVerdict verdict;

    *confirmed = FALSE;
    for (guint i = 0; i < 3; i++) {
        gint64 start = inlay_boot_now(boot);
        if (!ask_version(boot, &verdict, c, error))
            return FALSE;
        if (verdict != INLAY_BOOT_ANSWER)
            return TRUE;
        gint64 took = inlay_boot_now(boot) - start;
        if (i == 1 || (i == 2 && took < boot->dialect.tick_us))
            boot->dialect.tick_us = took;
    }
    *confirmed = TRUE;
    return TRUE;
}

static void
say_not_found(const Heard *heard, GError **error)
{
    g_autoptr(GString) bytes = g_string_new(NULL);

    for (gsize i = 0; i < MIN(heard->n, sizeof heard->first); i++)
        g_string_append_printf(bytes, " %02x", heard->first[i]);
    if (heard->n == 0)
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_NOT_FOUND,
                    "an answer to GET_VER expected, heard nothing");
    else
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_NOT_FOUND,
                    "an answer to GET_VER expected, heard %" G_GSIZE_FORMAT
                    " bytes that are none, the first:%s",
                    heard->n, bytes->str);
}

gboolean
inlay_boot_probe(InlayBoot *boot, guint rounds, GCancellable *c, GError **error)
{
    Heard heard = {0};
    gint64 end = inlay_boot_now(boot) +
                 inlay_budget_get_ms(INLAY_BUDGET_FIND_BOOTLOADER) * G_TIME_SPAN_MILLISECOND;
    gboolean found, confirmed;

    boot->n_in = 0;
    for (guint i = 0; i < 2 * rounds && inlay_boot_now(boot) < end; i++) {
        gint64 patience_us = (100 << i / 2) * G_TIME_SPAN_MILLISECOND;
        if (!ask_first(boot, i % 2 == 0, patience_us, &heard, &found, c, error))
            return FALSE;
        if (found && !confirm(boot, &confirmed, c, error))
            return FALSE;
        if (found && confirmed)
            return TRUE;
        if (!flush(boot, c, error))
            return FALSE;
    }
    say_not_found(&heard, error);
    return FALSE;
}
