/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/boot-client.h"

#include <string.h>

#include "core/budget.h"
#include "core/error.h"
#include "transports/boot-private.h"
#include "transports/bytes.h"

static InlayBoot *
find(InlaySerial *serial, guint rounds, GCancellable *cancellable, GError **error)
{
    g_autofree InlayBoot *boot = g_new0(InlayBoot, 1);

    boot->serial = serial;
    /* somewhere, so that no stream of this run is taken for one that a run before it left open */
    boot->tag = (guint8)(inlay_boot_now(boot) / G_TIME_SPAN_MILLISECOND);
    if (!inlay_boot_probe(boot, rounds, cancellable, error) ||
        !inlay_boot_load_capabilities(boot, cancellable, error))
        return NULL;
    return g_steal_pointer(&boot);
}

InlayBoot *
inlay_boot_new(InlaySerial *serial, GCancellable *cancellable, GError **error)
{
    return find(serial, INLAY_BOOT_ROUNDS, cancellable, error);
}

InlayBoot *
inlay_boot_new_quickly(InlaySerial *serial, GCancellable *cancellable, GError **error)
{
    return find(serial, 1, cancellable, error);
}

void
inlay_boot_free(InlayBoot *boot)
{
    if (boot == NULL)
        return;
    inlay_serial_free(boot->serial);
    g_free(boot);
}

const InlayBootDialect *
inlay_boot_get_dialect(const InlayBoot *boot)
{
    return &boot->dialect;
}

const InlayBootCounters *
inlay_boot_get_counters(const InlayBoot *boot)
{
    return &boot->counters;
}

InlaySerial *
inlay_boot_get_serial(InlayBoot *boot)
{
    return boot->serial;
}

gboolean
inlay_boot_has(const InlayBoot *boot, guint8 command)
{
    return (boot->dialect.commands[command / 8] & 1u << command % 8) != 0;
}

gboolean
inlay_boot_write(InlayBoot *boot,
                 const guint8 *frame,
                 gsize size,
                 gboolean again,
                 GCancellable *c,
                 GError **error)
{
    boot->counters.frames++;
    if (again) {
        boot->counters.resent_frames++;
        boot->counters.resent_bytes += size;
    }
    return boot->serial->ops->write(boot->serial, frame, size, c, error);
}

static void
drop(InlayBoot *boot, gsize n)
{
    boot->n_in -= n;
    memmove(boot->in, boot->in + n, boot->n_in);
}

gssize
inlay_boot_listen(InlayBoot *boot, gint64 timeout_us, GCancellable *c, GError **error)
{
    gssize n = boot->serial->ops->read(boot->serial, boot->in + boot->n_in,
                                       sizeof boot->in - boot->n_in, timeout_us, c, error);

    if (n > 0) {
        boot->n_in += (gsize)n;
        boot->last_arrival_us = inlay_boot_now(boot);
        boot->has_heard = TRUE;
    }
    return n;
}

/* -- extended frames -- */

guint8
inlay_boot_take_tag(InlayBoot *boot)
{
    boot->tag = (guint8)(boot->tag == 255 ? 1 : boot->tag + 1);
    return boot->tag;
}

gboolean
inlay_boot_send(InlayBoot *boot,
                guint8 command,
                guint8 tag,
                const guint8 *arguments,
                gsize size,
                gboolean again,
                GCancellable *c,
                GError **error)
{
    guint8 frame[BOOT_BODY_MAX + BOOT_OVERHEAD];
    gsize n = inlay_boot_extended_encode(frame, command, tag, arguments, size);

    return inlay_boot_write(boot, frame, n, again, c, error);
}

/* A frame whose size was garbled ends with a pause, and what it hid is looked at. An adapter may pause for a
 * tick in the middle of a frame. */
static gint64
get_pause_us(const InlayBoot *boot)
{
    return 2 * boot->dialect.tick_us + 10 * G_TIME_SPAN_MILLISECOND;
}

const guint8 *
inlay_boot_receive(InlayBoot *boot, gsize *size, gint64 timeout_us, GCancellable *c, GError **error)
{
    gint64 deadline = inlay_boot_now(boot) + timeout_us;

    drop(boot, boot->n_taken);
    boot->n_taken = 0;
    for (;;) {
        const guint8 *body;
        gsize used = inlay_boot_extended_decode(boot->in, boot->n_in, &body, size);
        if (body != NULL) {
            boot->n_taken = used;
            return body;
        }
        drop(boot, used);
        gint64 left = MAX(deadline - inlay_boot_now(boot), 0);
        gint64 wait = boot->n_in > 0 ? MIN(left, get_pause_us(boot)) : left;
        gssize n = inlay_boot_listen(boot, wait, c, error);
        if (n < 0)
            return NULL;
        if (n > 0)
            continue;
        if (boot->n_in > 0 && inlay_boot_now(boot) - boot->last_arrival_us >= get_pause_us(boot))
            drop(boot, 1);
        else if (inlay_boot_now(boot) >= deadline)
            return NULL;
    }
}

gint64
inlay_boot_get_silence_us(const InlayBoot *boot)
{
    return 2 * BOOT_BUSY_MS * G_TIME_SPAN_MILLISECOND + 2 * boot->dialect.tick_us +
           inlay_boot_line_us(boot->serial, BOOT_FRAME_MAX + INLAY_BOOT_EXTENDED_MAX);
}

/* The answer to a request that has just been sent: 1, 0 when none comes, -1: error. BUSY and WINDOW only
 * say that it goes on, until `end_us`; and so does a late answer to an earlier request, as they are
 * answered in order. Each try has more patience: what is slow would only get more to do. */
static int
await(InlayBoot *boot,
      guint8 command,
      guint8 tag,
      guint try,
      gint64 end_us,
      const guint8 **body,
      gsize *size,
      GCancellable *c,
      GError **error)
{
    gint64 silence_us = (1 + try) * inlay_boot_get_silence_us(boot);
    gint64 deadline = inlay_boot_now(boot) + silence_us;
    g_autoptr(GError) found = NULL;

    for (;;) {
        *body = inlay_boot_receive(boot, size, MAX(deadline - inlay_boot_now(boot), 0), c, &found);
        if (*body == NULL)
            break;
        if ((*body)[1] != tag) {
            deadline = MAX(deadline, MIN(inlay_boot_now(boot) + silence_us, end_us));
            continue;
        }
        if ((*body)[0] == command && (*body)[2] != BOOT_BUSY)
            return 1;
        if (inlay_boot_now(boot) >= end_us) {
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_FLASH_TIMEOUT,
                        "%s: still busy when its time is over", inlay_boot_command_name(command));
            return -1;
        }
        deadline = inlay_boot_now(boot) + silence_us;
    }
    if (found == NULL)
        return 0;
    g_propagate_error(error, g_steal_pointer(&found));
    return -1;
}

static guint32
get_addr(guint8 command, const guint8 *arguments, gsize size)
{
    gboolean has_addr = command == BOOT_READ || command == BOOT_OPEN;

    return has_addr && size >= 4 ? load32_le(arguments) : INLAY_BOOT_NO_ADDR;
}

GBytes *
inlay_boot_ask_tagged(InlayBoot *boot,
                      guint8 command,
                      guint8 tag,
                      const guint8 *arguments,
                      gsize size,
                      guint limit_ms,
                      GCancellable *c,
                      GError **error)
{
    guint32 addr = get_addr(command, arguments, size);
    guint least_ms = inlay_budget_get_ms(INLAY_BUDGET_COMMAND);
    gint64 end_us = inlay_boot_now(boot) + MAX(limit_ms, least_ms) * G_TIME_SPAN_MILLISECOND;
    const guint8 *body;
    gsize n;

    for (guint try = 0; try < INLAY_BOOT_TRIES; try++) {
        boot->has_heard = FALSE;
        if (!inlay_boot_send(boot, command, tag, arguments, size, try > 0, c, error))
            return NULL;
        int result = await(boot, command, tag, try, end_us, &body, &n, c, error);
        if (result < 0)
            return NULL;
        if (result == 0) {
            boot->counters.answers_lost++;
            continue;
        }
        if (body[2] == BOOT_OK)
            return g_bytes_new(body + 3, n - 3);
        inlay_boot_refuse(command, body[2], addr, error);
        if (command == BOOT_ERASE && n > 3)
            g_prefix_error(error, "sector %u: ", body[3]);
        return NULL;
    }
    inlay_boot_give_up(command, addr, boot->has_heard, error);
    return NULL;
}

GBytes *
inlay_boot_ask(InlayBoot *boot,
               guint8 command,
               const guint8 *arguments,
               gsize size,
               guint limit_ms,
               GCancellable *c,
               GError **error)
{
    return inlay_boot_ask_tagged(boot, command, inlay_boot_take_tag(boot), arguments, size,
                                 limit_ms, c, error);
}
