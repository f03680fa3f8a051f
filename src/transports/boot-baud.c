/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/error.h"
#include "transports/boot-private.h"
#include "transports/bytes.h"

/* The rate of both sides. Of a BAUD whose answer is lost the chip falls back before it is asked again. */

#define PING_SIZE 64u
#define N_PINGS 8u
#define WRONG_MAX 1u /* of them, at one byte in ten thousand */

/* Long runs and single bits, which show a rate that is a little off, and what has no rule. */
static void
fill_pattern(guint8 *bytes, guint round)
{
    static const guint8 rows[][2] = {{0x00, 0x00}, {0xFF, 0xFF}, {0x55, 0x55}, {0x00, 0xFF}};
    guint32 random = round;

    for (guint i = 0; i < PING_SIZE; i++) {
        random = random * 1664525u + 1013904223u;
        bytes[i] =
            round % 2 == 0 ? rows[round / 2 % G_N_ELEMENTS(rows)][i % 2] : (guint8)(random >> 24);
    }
}

/* Once. FALSE: error. */
static gboolean
ping(InlayBoot *boot, guint round, gboolean *right, GCancellable *c, GError **error)
{
    guint8 bytes[PING_SIZE], tag = inlay_boot_take_tag(boot);
    gint64 patience_us = inlay_boot_line_us(boot->serial, 2 * (PING_SIZE + BOOT_OVERHEAD + 3)) +
                         2 * boot->dialect.tick_us + 30 * G_TIME_SPAN_MILLISECOND;
    g_autoptr(GError) found = NULL;
    const guint8 *body;
    gint64 deadline;
    gsize size;

    *right = FALSE;
    fill_pattern(bytes, round);
    if (!inlay_boot_send(boot, BOOT_PING, tag, bytes, sizeof bytes, FALSE, c, error))
        return FALSE;
    deadline = inlay_boot_now(boot) + patience_us;
    do {
        body = inlay_boot_receive(boot, &size, MAX(deadline - inlay_boot_now(boot), 0), c, &found);
        *right = body != NULL && body[0] == BOOT_PING && body[1] == tag && body[2] == BOOT_OK &&
                 size == 3 + sizeof bytes && memcmp(body + 3, bytes, sizeof bytes) == 0;
    } while (body != NULL && !*right);
    if (found == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&found));
    return FALSE;
}

/* Whether the rate in use carries all but `wrong_max` of N_PINGS. */
static gboolean
prove(InlayBoot *boot, guint wrong_max, gboolean *carries, GCancellable *c, GError **error)
{
    guint wrong = 0;
    gboolean right;

    for (guint i = 0; i < N_PINGS && wrong <= wrong_max; i++) {
        if (!ping(boot, i, &right, c, error))
            return FALSE;
        wrong += right ? 0 : 1;
    }
    *carries = wrong <= wrong_max;
    return TRUE;
}

static gboolean
set_rate(InlayBoot *boot, guint baud, GError **error)
{
    boot->n_in = boot->n_taken = 0;
    return boot->serial->ops->set_rate(boot->serial, baud, INLAY_PARITY_NONE, error);
}

/* Both sides to another rate. A refusal leaves both as they are, with *refused. */
static gboolean
change(InlayBoot *boot, guint baud, gboolean *refused, GCancellable *c, GError **error)
{
    guint8 arguments[4];
    g_autoptr(GBytes) answer = NULL;
    g_autoptr(GError) found = NULL;

    store32_le(arguments, baud);
    answer = inlay_boot_ask(boot, BOOT_BAUD, arguments, sizeof arguments, 0, c, &found);
    *refused = g_error_matches(found, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_REFUSED) ||
               g_error_matches(found, INLAY_ERROR, INLAY_ERROR_CHIP_LACKS);
    if (answer != NULL)
        return set_rate(boot, baud, error);
    if (*refused)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&found));
    return FALSE;
}

/* From a rate that does not carry: the chip falls back by itself, unless a frame has arrived there all the
 * same; then it is asked at that rate, often enough. */
static gboolean
go_back(InlayBoot *boot, guint baud, guint old, GCancellable *c, GError **error)
{
    gint64 trial_us = (BOOT_BAUD_TRIAL_MS + 100) * G_TIME_SPAN_MILLISECOND;
    gboolean carries, refused;

    if (!set_rate(boot, old, error) || !inlay_boot_settle(boot, trial_us, c, error) ||
        !prove(boot, N_PINGS - 1, &carries, c, error))
        return FALSE;
    if (carries)
        return TRUE;
    if (!set_rate(boot, baud, error) || !change(boot, old, &refused, c, error) ||
        !prove(boot, N_PINGS - 1, &carries, c, error))
        return FALSE;
    if (carries && !refused)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST,
                "no answer at %u baud, nor any more at %u", baud, old);
    return FALSE;
}

gboolean
inlay_boot_set_baud(InlayBoot *boot, guint baud, guint *got, GCancellable *c, GError **error)
{
    guint old = boot->serial->baud;
    gboolean refused, carries = FALSE;

    *got = old;
    if (baud == old)
        return TRUE;
    if (!change(boot, baud, &refused, c, error))
        return FALSE;
    if (refused)
        return TRUE;
    if (!prove(boot, WRONG_MAX, &carries, c, error))
        return FALSE;
    if (!carries)
        return go_back(boot, baud, old, c, error);
    *got = baud;
    return TRUE;
}
