/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/budget.h"
#include "core/error.h"
#include "transports/boot-private.h"
#include "transports/bytes.h"

/*
 * The twelve commands, for which the line has to be mistrusted: an answer carries no crc. So an answer
 * counts when it says "done" in one byte, or when it was heard twice; and every command may be sent twice.
 */

#define PATIENCE_US (250 * G_TIME_SPAN_MILLISECOND)
#define BREATH_US (50 * G_TIME_SPAN_MILLISECOND) /* between bytes of an answer, beyond the tick */

/* Of a large sector at 8 bits a time 4 s at most (DS8626, flash memory characteristics), and half as much
 * again; option bytes take less. */
#define SECTOR_US (6 * G_TIME_SPAN_SECOND)
#define N_SECTORS 12 /* of 1 MiB */

/* What a published receiver takes: frames of 200 bytes. */
#define FRAME_MAX 200u
#define WRITE_OVERHEAD (2u + 5u + 4u) /* length, command; address, n; crc */
#define DATA_MAX ((FRAME_MAX - WRITE_OVERHEAD) & ~3u)
#define DATA_MIN 16u
#define ANSWER_OVERHEAD 4u /* A5, command, n, status */

/* What bytes take beside the line: programmed one at a time, 16 us each (DS8626), and summed in software. */
#define THINK_US 500
#define SUM_BYTE_US 4u
#define PROGRAM_BYTE_US (16u + SUM_BYTE_US)

/* What was asked is forgotten by now: nothing of it may be taken for the next answer. */
static gboolean
discard(InlayBoot *boot, GCancellable *c, GError **error)
{
    gssize n;

    do {
        boot->n_in = boot->n_taken = 0;
        n = inlay_boot_listen(boot, 0, c, error);
    } while (n == (gssize)sizeof boot->in);
    boot->n_in = 0;
    return n >= 0;
}

gboolean
inlay_boot_exchange(InlayBoot *boot,
                    const InlayBootQuestion *question,
                    gboolean again,
                    InlayBootVerdict *verdict,
                    guint8 out[256],
                    gsize *n,
                    GCancellable *c,
                    GError **error)
{
    const InlayBootDialect *dialect = &boot->dialect;
    guint8 frame[BOOT_FRAME_MAX];
    gsize size = inlay_boot_frame_encode(frame, dialect->length_has_crc, question->command,
                                         question->payload, question->size);
    const guint8 *answer = NULL;
    gint64 now, deadline;

    if (!discard(boot, c, error) || !inlay_boot_write(boot, frame, size, again, c, error))
        return FALSE;
    now = inlay_boot_now(boot);
    deadline = now + MAX(question->patience_us, PATIENCE_US) + 4 * dialect->tick_us +
               inlay_boot_line_us(boot->serial, size + question->most);
    do {
        gssize came = inlay_boot_listen(boot, deadline - now, c, error);
        if (came < 0)
            return FALSE;
        *verdict = inlay_boot_answer_decode(boot->in, boot->n_in, dialect->answer_has_command,
                                            question->command, question->least, question->most,
                                            &answer, n);
        now = inlay_boot_now(boot);
        if (came > 0)
            deadline = MIN(deadline, now + BREATH_US + 2 * dialect->tick_us);
    } while (*verdict == INLAY_BOOT_MORE && now < deadline);
    if (*verdict == INLAY_BOOT_ANSWER)
        memcpy(out, answer, *n);
    return TRUE;
}

/* After 7F: our bootloader says why. BAD_FRAME when it does not. */
static gboolean
ask_why(InlayBoot *boot, guint8 command, guint8 *status, GCancellable *c, GError **error)
{
    g_autoptr(GBytes) answer = NULL;
    const guint8 *bytes;
    gsize n;

    *status = BOOT_BAD_FRAME;
    if (!boot->dialect.has_extensions)
        return TRUE;
    answer = inlay_boot_ask(boot, BOOT_WHY, NULL, 0, 0, c, error);
    if (answer == NULL)
        return FALSE;
    bytes = g_bytes_get_data(answer, &n);
    if (n >= 2 && bytes[0] == command)
        *status = bytes[1];
    return TRUE;
}

/* What a bootloader that others wrote means by a status byte, only its source knows. */
static gboolean
refuse(const InlayBoot *boot, const InlayBootQuestion *question, guint8 status, GError **error)
{
    g_autofree char *text = inlay_boot_describe(question->command, question->addr);

    if (boot->dialect.has_extensions)
        return inlay_boot_refuse(question->command, status, question->addr, error);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_REFUSED,
                "%s: status 0 expected, got 0x%02x", text, status);
    return FALSE;
}

static gboolean
is_done(const InlayBootQuestion *question, const guint8 *answer, gsize n)
{
    return question->is_order && (n == 0 || answer[0] == BOOT_OK);
}

typedef struct {
    guint refusals;
    gboolean has_previous;
    guint8 previous[256];
    gsize n_previous;
} Hearing;

/* TRUE in *counts: the answer is to be believed, or the refusal, which then is the error. */
static gboolean
judge(InlayBoot *boot,
      const InlayBootQuestion *question,
      Hearing *hearing,
      InlayBootVerdict verdict,
      const guint8 *answer,
      gsize n,
      gboolean *counts,
      GCancellable *c,
      GError **error)
{
    guint8 status;

    *counts = FALSE;
    if (verdict == INLAY_BOOT_ANSWER) {
        *counts =
            is_done(question, answer, n) || (hearing->has_previous && hearing->n_previous == n &&
                                             memcmp(hearing->previous, answer, n) == 0);
        hearing->has_previous = TRUE;
        hearing->n_previous = n;
        memcpy(hearing->previous, answer, n);
        return TRUE;
    }
    boot->counters.answers_lost++;
    if (verdict != INLAY_BOOT_REFUSAL)
        return TRUE;
    if (!ask_why(boot, question->command, &status, c, error))
        return FALSE;
    if (status != BOOT_BAD_FRAME)
        return inlay_boot_refuse(question->command, status, question->addr, error);
    if (boot->dialect.has_extensions || ++hearing->refusals < INLAY_BOOT_TRIES)
        return TRUE;
    g_autofree char *text = inlay_boot_describe(question->command, question->addr);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_REFUSED,
                "%s: an answer expected, got 7f %d times", text, INLAY_BOOT_TRIES);
    return FALSE;
}

static gboolean
ask(InlayBoot *boot,
    const InlayBootQuestion *question,
    guint8 out[256],
    gsize *n,
    GCancellable *c,
    GError **error)
{
    Hearing hearing = {0};
    InlayBootVerdict verdict = INLAY_BOOT_ANSWER;
    gint64 end = inlay_boot_now(boot) + 2 * question->patience_us +
                 inlay_budget_get_ms(INLAY_BUDGET_BOOT_COMMAND) * G_TIME_SPAN_MILLISECOND;
    gboolean counts;

    boot->has_heard = FALSE;
    for (guint try = 0; try < 2 * INLAY_BOOT_TRIES && inlay_boot_now(boot) < end; try++) {
        g_autoptr(GError) found = NULL;
        gboolean again = verdict != INLAY_BOOT_ANSWER;
        if (again && !inlay_boot_recover(boot, c, &found)) {
            if (found == NULL)
                break;
            g_propagate_error(error, g_steal_pointer(&found));
            return FALSE;
        }
        if (!inlay_boot_exchange(boot, question, again, &verdict, out, n, c, error) ||
            !judge(boot, question, &hearing, verdict, out, *n, &counts, c, error))
            return FALSE;
        if (counts)
            return TRUE;
    }
    return inlay_boot_give_up(question->command, question->addr, boot->has_heard, error);
}

/* A command that answers with a status. */
static gboolean
order(InlayBoot *boot,
      guint8 command,
      const guint8 *payload,
      gsize size,
      guint32 addr,
      gint64 patience_us,
      GCancellable *c,
      GError **error)
{
    const InlayBootQuestion question = {
        .command = command,
        .payload = payload,
        .size = size,
        .least = 1,
        .most = 1,
        .addr = addr,
        .is_order = TRUE,
        .patience_us = patience_us,
    };
    guint8 answer[256];
    gsize n;

    return ask(boot, &question, answer, &n, c, error) &&
           (is_done(&question, answer, n) || refuse(boot, &question, answer[0], error));
}

/* One without a payload that answers `size` bytes. */
static gboolean
get(InlayBoot *boot, guint8 command, guint8 out[256], gsize size, GCancellable *c, GError **error)
{
    const InlayBootQuestion question = {
        .command = command, .least = size, .most = size, .addr = INLAY_BOOT_NO_ADDR};
    gsize n;

    return ask(boot, &question, out, &n, c, error);
}

static gboolean
get_byte(InlayBoot *boot, guint8 command, guint8 *value, GCancellable *c, GError **error)
{
    guint8 answer[256];

    if (!get(boot, command, answer, 1, c, error))
        return FALSE;
    *value = answer[0];
    return TRUE;
}

static gboolean
get_half_word(InlayBoot *boot, guint8 command, guint16 *value, GCancellable *c, GError **error)
{
    guint8 answer[256];

    if (!get(boot, command, answer, 2, c, error))
        return FALSE;
    *value = load16_le(answer);
    return TRUE;
}

gboolean
inlay_boot_get_ver(InlayBoot *boot, guint8 *version, GCancellable *c, GError **error)
{
    return get_byte(boot, BOOT_GET_VER, version, c, error);
}

GBytes *
inlay_boot_get_help(InlayBoot *boot, GCancellable *c, GError **error)
{
    const InlayBootQuestion question = {
        .command = BOOT_GET_HELP, .least = 1, .most = 255, .addr = INLAY_BOOT_NO_ADDR};
    guint8 answer[256];
    gsize n;

    return ask(boot, &question, answer, &n, c, error) ? g_bytes_new(answer, n) : NULL;
}

gboolean
inlay_boot_get_cid(InlayBoot *boot, guint16 *cid, GCancellable *c, GError **error)
{
    return get_half_word(boot, BOOT_GET_CID, cid, c, error);
}

gboolean
inlay_boot_get_rdp(InlayBoot *boot, guint8 *rdp, GCancellable *c, GError **error)
{
    return get_byte(boot, BOOT_GET_RDP_STATUS, rdp, c, error);
}

gboolean
inlay_boot_get_nwrp(InlayBoot *boot, guint16 *nwrp, GCancellable *c, GError **error)
{
    return get_half_word(boot, BOOT_READ_SECTOR_P_STATUS, nwrp, c, error);
}

gboolean
inlay_boot_otp_read(InlayBoot *boot, guint8 block, guint8 out[33], GCancellable *c, GError **error)
{
    const InlayBootQuestion question = {
        .command = BOOT_OTP_READ,
        .payload = &block,
        .size = 1,
        .least = BOOT_OTP_BLOCK_SIZE + 1,
        .most = BOOT_OTP_BLOCK_SIZE + 1,
        .addr = INLAY_BOOT_NO_ADDR,
    };
    guint8 answer[256];
    gsize n;

    if (!ask(boot, &question, answer, &n, c, error))
        return FALSE;
    memcpy(out, answer, n);
    return TRUE;
}

/* A lost answer and a started program look the same; then GET_VER tells. */
gboolean
inlay_boot_go(InlayBoot *boot, guint32 addr, GCancellable *c, GError **error)
{
    guint8 payload[4];
    const InlayBootQuestion question = {.command = BOOT_GO_TO_ADDR,
                                        .payload = payload,
                                        .size = 4,
                                        .most = 1,
                                        .addr = addr,
                                        .is_order = TRUE};
    Hearing hearing = {0};
    guint8 answer[256];
    gsize n;

    store32_le(payload, addr);
    for (guint try = 0; try < INLAY_BOOT_TRIES; try++) {
        InlayBootVerdict verdict;
        g_autoptr(GError) found = NULL;
        gboolean counts;
        if (!inlay_boot_exchange(boot, &question, try > 0, &verdict, answer, &n, c, error) ||
            !judge(boot, &question, &hearing, verdict, answer, n, &counts, c, error))
            return FALSE;
        if (counts)
            return is_done(&question, answer, n) || refuse(boot, &question, answer[0], error);
        if (verdict == INLAY_BOOT_ANSWER || inlay_boot_recover(boot, c, &found))
            continue;
        if (found == NULL)
            return TRUE;
        g_propagate_error(error, g_steal_pointer(&found));
        return FALSE;
    }
    return inlay_boot_give_up(BOOT_GO_TO_ADDR, addr, TRUE, error);
}

gboolean
inlay_boot_flash_erase(InlayBoot *boot, guint8 first, guint8 count, GCancellable *c, GError **error)
{
    const guint8 payload[] = {first, count};
    guint sectors = first == BOOT_ERASE_ALL ? N_SECTORS : MAX(count, 1);

    return order(boot, BOOT_FLASH_ERASE, payload, sizeof payload, INLAY_BOOT_NO_ADDR,
                 sectors * SECTOR_US, c, error);
}

gboolean
inlay_boot_protect(InlayBoot *boot, guint8 sectors, guint8 mode, GCancellable *c, GError **error)
{
    const guint8 payload[] = {sectors, mode};

    return order(boot, BOOT_EN_RW_PROTECT, payload, sizeof payload, INLAY_BOOT_NO_ADDR, SECTOR_US,
                 c, error);
}

gboolean
inlay_boot_unprotect(InlayBoot *boot, GCancellable *c, GError **error)
{
    return order(boot, BOOT_DIS_R_W_PROTECT, NULL, 0, INLAY_BOOT_NO_ADDR, SECTOR_US, c, error);
}

/* How many bytes of data a frame shall carry, so that most go over the line in a second: each question waits
 * for the adapter's next tick, so one that just misses a tick is worse than a shorter one. `byte_us`: what the
 * chip does for a byte. */
static gsize
choose_data_size(const InlayBoot *boot, guint byte_us)
{
    gint64 tick = MAX(boot->dialect.tick_us, 1);
    gsize best = DATA_MAX;
    double most = 0;

    for (gsize size = DATA_MAX; size >= DATA_MIN; size -= 4) {
        gint64 took = inlay_boot_line_us(boot->serial, WRITE_OVERHEAD + size + ANSWER_OVERHEAD) +
                      (gint64)size * byte_us + THINK_US;
        double rate = (double)size / (double)((took + tick - 1) / tick * tick);
        if (rate > most) {
            most = rate;
            best = size;
        }
    }
    return best;
}

/* MEM_READ and MEM_WRITE of part of a range. */
static void
fill_memory_payload(guint8 payload[5], guint32 addr, gsize n)
{
    store32_le(payload, addr);
    payload[4] = (guint8)n;
}

gboolean
inlay_boot_mem_write(
    InlayBoot *boot, guint32 addr, const guint8 *bytes, gsize size, GCancellable *c, GError **error)
{
    gsize most = choose_data_size(boot, PROGRAM_BYTE_US);
    guint8 payload[5 + DATA_MAX];

    for (gsize done = 0; done < size;) {
        guint32 at = addr + (guint32)done;
        gsize n = MIN(size - done, most - at % 4); /* the next frame begins with a word */
        fill_memory_payload(payload, at, n);
        memcpy(payload + 5, bytes + done, n);
        if (!order(boot, BOOT_MEM_WRITE, payload, 5 + n, at, 0, c, error))
            return FALSE;
        done += n;
    }
    return TRUE;
}

gboolean
inlay_boot_mem_read(
    InlayBoot *boot, guint32 addr, guint8 *out, gsize size, GCancellable *c, GError **error)
{
    gsize most = choose_data_size(boot, SUM_BYTE_US);
    guint8 payload[5], answer[256];

    for (gsize done = 0; done < size;) {
        gsize n = MIN(size - done, most), got;
        guint32 at = addr + (guint32)done;
        const InlayBootQuestion question = {.command = BOOT_MEM_READ,
                                            .payload = payload,
                                            .size = sizeof payload,
                                            .least = n,
                                            .most = n,
                                            .addr = at};
        fill_memory_payload(payload, at, n);
        if (!ask(boot, &question, answer, &got, c, error))
            return FALSE;
        memcpy(out + done, answer, n);
        done += n;
    }
    return TRUE;
}
