/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/budget.h"
#include "core/error.h"
#include "transports/boot-private.h"
#include "transports/bytes.h"

/* What one sector's sums take on the chip is far less: it says BUSY if not. */
/* What was asked several times is answered as often, before what is asked now. */
#define LATE_MS inlay_budget_get_ms(INLAY_BUDGET_BOOT_COMMAND)
#define DIGEST_MS (inlay_budget_get_ms(INLAY_BUDGET_DIGEST) * BOOT_DIGEST_RANGES)

#define READ_SIZE 512u     /* most that one READ answers */
#define READS_UNDER_WAY 8u /* at 2 Mbaud, what a tick of 16 ms lets pass */

/* -- capabilities -- */

static gboolean
parse_capabilities(GBytes *answer, InlayBootCapabilities *out)
{
    gsize n;
    const guint8 *p = g_bytes_get_data(answer, &n);

    if (n < BOOT_CAP_SIZE || load16_le(p + BOOT_CAP_VERSION) != BOOT_EXTENSION_VERSION)
        return FALSE;
    *out = (InlayBootCapabilities){
        .features = load16_le(p + BOOT_CAP_FEATURES),
        .body_max = load16_le(p + BOOT_CAP_BODY_MAX),
        .answer_max = load16_le(p + BOOT_CAP_ANSWER_MAX),
        .ring = load16_le(p + BOOT_CAP_RING),
        .slots = load16_le(p + BOOT_CAP_SLOTS),
        .slot_size = load16_le(p + BOOT_CAP_SLOT_SIZE),
        .n_sectors = p[BOOT_CAP_N_SECTORS],
        .rdp_level = p[BOOT_CAP_RDP],
        .baud_max = load32_le(p + BOOT_CAP_BAUD_MAX),
        .idcode = load32_le(p + BOOT_CAP_IDCODE),
        .flash_kib = load16_le(p + BOOT_CAP_FLASH_KIB),
        .supply_mv = load16_le(p + BOOT_CAP_SUPPLY_MV),
        .own = {load32_le(p + BOOT_CAP_OWN_BASE), load32_le(p + BOOT_CAP_OWN_SIZE)},
        .app = {load32_le(p + BOOT_CAP_APP_BASE), load32_le(p + BOOT_CAP_APP_SIZE)},
        .firmware = load32_le(p + BOOT_CAP_FIRMWARE),
    };
    memcpy(out->uid, p + BOOT_CAP_UID, sizeof out->uid);
    memcpy(out->build, p + BOOT_CAP_BUILD, sizeof out->build - 1);
    /* a DATA frame has command, tag and number before its bytes */
    return out->body_max <= BOOT_BODY_MAX && out->slots > 0 && out->slot_size >= 4 &&
           out->slot_size % 4 == 0 && out->slot_size + 4 <= out->body_max &&
           out->ring >= out->body_max + BOOT_OVERHEAD;
}

/* An error that is the port's or the person's, and not what a bootloader without extensions does. */
static gboolean
is_fatal(const GError *error)
{
    return !g_error_matches(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST) &&
           !g_error_matches(error, INLAY_ERROR, INLAY_ERROR_LINE_NOISY) &&
           !g_error_matches(error, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_REFUSED);
}

gboolean
inlay_boot_load_capabilities(InlayBoot *boot, GCancellable *c, GError **error)
{
    InlayBootDialect *dialect = &boot->dialect;
    g_autoptr(GError) found = NULL;
    g_autoptr(GBytes) codes = inlay_boot_get_help(boot, c, &found);
    g_autoptr(GBytes) answer = NULL;
    gsize n = 0;
    const guint8 *code = codes != NULL ? g_bytes_get_data(codes, &n) : NULL;

    for (guint command = BOOT_GET_VER; command <= BOOT_DIS_R_W_PROTECT && codes == NULL; command++)
        dialect->commands[command / 8] |= (guint8)(1u << command % 8);
    for (gsize i = 0; i < n; i++)
        dialect->commands[code[i] / 8] |= (guint8)(1u << code[i] % 8);
    if (found == NULL && inlay_boot_has(boot, BOOT_CAPABILITIES)) {
        answer = inlay_boot_ask(boot, BOOT_CAPABILITIES, NULL, 0, 0, c, &found);
        dialect->has_extensions =
            answer != NULL && parse_capabilities(answer, &dialect->capabilities);
    }
    if (found != NULL && is_fatal(found)) {
        g_propagate_error(error, g_steal_pointer(&found));
        return FALSE;
    }
    return TRUE;
}

/* -- sums -- */

static gboolean
check_size(GBytes *answer, guint8 command, gsize expected, const guint8 **data, GError **error)
{
    gsize n;

    *data = g_bytes_get_data(answer, &n);
    if (n == expected)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                "%s: %" G_GSIZE_FORMAT " bytes expected, got %" G_GSIZE_FORMAT,
                inlay_boot_command_name(command), expected, n);
    return FALSE;
}

static gboolean
digest_some(InlayBoot *boot,
            const InlayRange *ranges,
            guint n,
            InlayDigest *out,
            GCancellable *c,
            GError **error)
{
    guint8 arguments[BOOT_DIGEST_RANGES * 8];
    const guint8 *sums;

    for (guint i = 0; i < n; i++) {
        store32_le(arguments + i * 8, ranges[i].addr);
        store32_le(arguments + i * 8 + 4, ranges[i].size);
    }
    g_autoptr(GBytes) answer =
        inlay_boot_ask(boot, BOOT_DIGEST, arguments, n * 8, DIGEST_MS, c, error);
    if (answer == NULL || !check_size(answer, BOOT_DIGEST, n * BOOT_DIGEST_SIZE, &sums, error))
        return FALSE;
    for (guint i = 0; i < n; i++, sums += BOOT_DIGEST_SIZE)
        out[i] = (InlayDigest){load32_le(sums), load32_le(sums + 4) | (guint64)load32_le(sums + 8)
                                                                          << 32};
    return TRUE;
}

gboolean
inlay_boot_digest(InlayBoot *boot,
                  const InlayRange *ranges,
                  guint n,
                  InlayDigest *out,
                  GCancellable *c,
                  GError **error)
{
    for (guint done = 0; done < n; done += BOOT_DIGEST_RANGES)
        if (!digest_some(boot, ranges + done, MIN(n - done, BOOT_DIGEST_RANGES), out + done, c,
                         error))
            return FALSE;
    return TRUE;
}

gboolean
inlay_boot_erase(InlayBoot *boot, guint32 sectors, guint limit_ms, GCancellable *c, GError **error)
{
    guint8 arguments[4];
    g_autoptr(GBytes) answer = NULL;

    store32_le(arguments, sectors);
    answer = inlay_boot_ask(boot, BOOT_ERASE, arguments, sizeof arguments, limit_ms, c, error);
    return answer != NULL;
}

/* -- READ -- */

typedef struct {
    guint8 tag;
    guint offset, size;
} Request;

typedef struct {
    InlayBoot *boot;
    InlayRange range;
    guint8 *out;
    guint next; /* offset of what has not been asked for */
    Request under_way[READS_UNDER_WAY];
    guint n_under_way;
} Reader;

/* Asks for it, behind all others. */
static gboolean
request(Reader *reader, Request what, gboolean again, GCancellable *c, GError **error)
{
    guint8 arguments[6];

    store32_le(arguments, reader->range.addr + what.offset);
    store16_le(arguments + 4, (guint16)what.size);
    reader->under_way[reader->n_under_way++] = what;
    return inlay_boot_send(reader->boot, BOOT_READ, what.tag, arguments, sizeof arguments, again, c,
                           error);
}

static gboolean
request_more(Reader *reader, GCancellable *c, GError **error)
{
    guint most = MIN(READ_SIZE, reader->boot->dialect.capabilities.answer_max - 3);

    while (reader->n_under_way < READS_UNDER_WAY && reader->next < reader->range.size) {
        Request what = {inlay_boot_take_tag(reader->boot), reader->next,
                        MIN(reader->range.size - reader->next, most)};
        reader->next += what.size;
        if (!request(reader, what, FALSE, c, error))
            return FALSE;
    }
    return TRUE;
}

/* The first `n` of those under way are lost. */
static gboolean
request_again(Reader *reader, guint n, GCancellable *c, GError **error)
{
    for (; n > 0; n--) {
        Request lost = reader->under_way[0];
        reader->n_under_way--;
        memmove(reader->under_way, reader->under_way + 1, reader->n_under_way * sizeof lost);
        reader->boot->counters.answers_lost++;
        if (!request(reader, lost, TRUE, c, error))
            return FALSE;
    }
    return TRUE;
}

/* TRUE in *moved: it was an answer to one of them. As answers keep the order, those before it are lost. */
static gboolean
take_answer(Reader *reader,
            const guint8 *body,
            gsize size,
            gboolean *moved,
            GCancellable *c,
            GError **error)
{
    guint i = 0;

    *moved = FALSE;
    while (i < reader->n_under_way && reader->under_way[i].tag != body[1])
        i++;
    if (body[0] != BOOT_READ || i == reader->n_under_way || body[2] == BOOT_BUSY)
        return TRUE;
    Request what = reader->under_way[i];
    if (body[2] != BOOT_OK)
        return inlay_boot_refuse(BOOT_READ, body[2], reader->range.addr + what.offset, error);
    if (size - 3 != what.size) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                    "READ of 0x%08x: %u bytes expected, got %" G_GSIZE_FORMAT,
                    reader->range.addr + what.offset, what.size, size - 3);
        return FALSE;
    }
    memcpy(reader->out + what.offset, body + 3, what.size);
    *moved = TRUE;
    reader->n_under_way--;
    memmove(reader->under_way + i, reader->under_way + i + 1,
            (reader->n_under_way - i) * sizeof what);
    return request_again(reader, i, c, error);
}

gboolean
inlay_boot_read(InlayBoot *boot, InlayRange range, guint8 *out, GCancellable *c, GError **error)
{
    Reader reader = {.boot = boot, .range = range, .out = out};
    gint64 silence_us = inlay_boot_get_silence_us(boot);
    gint64 deadline = inlay_boot_now(boot) + silence_us;
    gint64 end_us = deadline + LATE_MS * G_TIME_SPAN_MILLISECOND;
    guint tries = 1;

    boot->has_heard = FALSE;
    while (request_more(&reader, c, error)) {
        g_autoptr(GError) found = NULL;
        gboolean moved = FALSE;
        gsize size;
        if (reader.n_under_way == 0)
            return TRUE;
        gint64 left = MAX(deadline - inlay_boot_now(boot), 0);
        const guint8 *body = inlay_boot_receive(boot, &size, left, c, &found);
        if (found != NULL) {
            g_propagate_error(error, g_steal_pointer(&found));
            return FALSE;
        }
        if (body != NULL && !take_answer(&reader, body, size, &moved, c, error))
            return FALSE;
        if (moved)
            tries = 1;
        else if (body != NULL) /* late, of an earlier request: it has not come to ours yet */
            deadline = MAX(deadline, MIN(inlay_boot_now(boot) + silence_us, end_us));
        if (!moved && inlay_boot_now(boot) < deadline)
            continue;
        if (!moved && tries++ == INLAY_BOOT_TRIES)
            return inlay_boot_give_up(BOOT_READ, range.addr, boot->has_heard, error);
        boot->has_heard = FALSE;
        if (!moved && !request_again(&reader, reader.n_under_way, c, error))
            return FALSE;
        deadline = inlay_boot_now(boot) + silence_us;
        end_us = deadline + LATE_MS * G_TIME_SPAN_MILLISECOND;
    }
    return FALSE;
}
