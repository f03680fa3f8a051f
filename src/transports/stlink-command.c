/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/stlink-command.h"

#include "core/budget.h"
#include "core/error.h"
#include "transports/bytes.h"
#include "transports/stlink-clock.h"

/* A probe answers WAIT while the chip's bus is busy; it is asked again after 1, 2, 4 … ms. */
#define WAIT_RETRIES 8

/* What INLAY_BUDGET_TRANSFER is for. */
#define BUDGET_TRANSFER_SIZE (64u * 1024u)
#define BUDGET_TRANSFER_KHZ 1000u

/* How often what the wires have garbled is repeated when there is no lower clock. */
#define LAST_REPEATS 2

/* -- commands -- */

static gboolean
transact(InlayStlink *self,
         const guint8 *command,
         const guint8 *out,
         gsize out_size,
         guint8 *in,
         gsize in_size,
         guint limit_ms,
         GCancellable *cancellable,
         GError **error)
{
    return inlay_probe_grant(&self->base, &limit_ms, error) &&
           self->link->ops->exchange(self->link, command, STLINK_COMMAND_SIZE, out, out_size, in,
                                     in_size, limit_ms, cancellable, error);
}

gboolean
inlay_stlink_exchange(InlayStlink *self,
                      const guint8 *command,
                      guint8 *in,
                      gsize in_size,
                      GCancellable *cancellable,
                      GError **error)
{
    return transact(self, command, NULL, 0, in, in_size, inlay_budget_get_ms(INLAY_BUDGET_COMMAND),
                    cancellable, error);
}

static const char *
describe_status(guint8 status)
{
    switch (status) {
    case STLINK_STATUS_FAULT:
        return "fault";
    case STLINK_STATUS_NO_IDCODE:
        return "no id code";
    case STLINK_STATUS_WRITE_ERROR:
        return "write error";
    case STLINK_STATUS_WRITE_VERIFY_ERROR:
        return "write not verified";
    case STLINK_STATUS_AP_WAIT:
    case STLINK_STATUS_DP_WAIT:
        return "bus busy";
    case STLINK_STATUS_AP_FAULT:
    case STLINK_STATUS_DP_FAULT:
        return "bus fault";
    case STLINK_STATUS_AP_ERROR:
    case STLINK_STATUS_DP_ERROR:
        return "swd error";
    case STLINK_STATUS_AP_PARITY:
    case STLINK_STATUS_DP_PARITY:
        return "swd parity";
    case STLINK_STATUS_WRITE_DATA:
        return "write data error";
    case STLINK_STATUS_STICKY:
    case STLINK_STATUS_STICKY_OVERRUN:
        return "sticky error";
    default:
        return "error";
    }
}

/* "failed to read 0x08000000: ", "failed to enter swd: " */
static char *
describe_failure(const char *verb, guint32 addr)
{
    return addr == INLAY_STLINK_NO_ADDR ? g_strdup_printf("failed to %s: ", verb)
                                        : g_strdup_printf("failed to %s 0x%08x: ", verb, addr);
}

static void
prefix_failure(GError **error, const char *verb, guint32 addr)
{
    g_autofree char *failure = describe_failure(verb, addr);

    g_prefix_error_literal(error, failure);
}

static void
set_status_error(GError **error, guint8 status, const char *verb, guint32 addr)
{
    g_autofree char *failure = describe_failure(verb, addr);

    g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST,
                "%sstatus 0x%02x expected, got 0x%02x (%s)", failure, STLINK_STATUS_OK, status,
                describe_status(status));
}

static gboolean
is_wait(guint8 status)
{
    return status == STLINK_STATUS_AP_WAIT || status == STLINK_STATUS_DP_WAIT;
}

gboolean
inlay_stlink_is_wire_status(guint8 status)
{
    switch (status) {
    case STLINK_STATUS_WRITE_ERROR:
    case STLINK_STATUS_WRITE_VERIFY_ERROR:
    case STLINK_STATUS_AP_ERROR:
    case STLINK_STATUS_AP_PARITY:
    case STLINK_STATUS_DP_ERROR:
    case STLINK_STATUS_DP_PARITY:
    case STLINK_STATUS_WRITE_DATA:
    case STLINK_STATUS_STICKY:
    case STLINK_STATUS_STICKY_OVERRUN:
        return TRUE;
    default:
        return FALSE;
    }
}

gboolean
inlay_stlink_run(InlayStlink *self,
                 const guint8 *command,
                 guint8 *in,
                 gsize in_size,
                 const char *verb,
                 guint32 addr,
                 GCancellable *cancellable,
                 GError **error)
{
    for (guint attempt = 0;; attempt++) {
        self->status = 0;
        if (!inlay_stlink_exchange(self, command, in, in_size, cancellable, error)) {
            prefix_failure(error, verb, addr);
            return FALSE;
        }
        self->status = in[0];
        if (in[0] == STLINK_STATUS_OK)
            return TRUE;
        if (!is_wait(in[0]) || attempt == WAIT_RETRIES) {
            set_status_error(error, in[0], verb, addr);
            return FALSE;
        }
        g_usleep(1000u << attempt);
    }
}

gboolean
inlay_stlink_enter(InlayProbe *probe, GCancellable *cancellable, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_ENTER,
                                           STLINK_DEBUG_ENTER_SWD};
    guint8 reply[2];

    return inlay_stlink_run((InlayStlink *)probe, command, reply, sizeof reply, "enter swd",
                            INLAY_STLINK_NO_ADDR, cancellable, error);
}

/* -- what the wires have garbled -- */

/* Registers of peripherals and flash take some writes for good or ill only once: a key, a start
 * bit. All that Inlay writes to RAM and to the core's registers may be written twice. */
static gboolean
may_write_twice(guint32 addr)
{
    return (addr >= 0x20000000 && addr < 0x40000000) || addr >= 0xe0000000;
}

/* Whether to do again what has failed: TRUE when the wires were at fault, and SWD is entered anew at
 * a lower clock. */
static gboolean
recover(InlayStlink *self, guint repeats, GCancellable *cancellable)
{
    gboolean slower = TRUE, entered = FALSE;

    if (!self->attached || !inlay_stlink_is_wire_status(self->status))
        return FALSE;
    while (!entered && slower) {
        if (!inlay_stlink_slow_down(self, &slower, cancellable, NULL) ||
            (!slower && repeats >= LAST_REPEATS))
            return FALSE;
        entered = inlay_stlink_enter(&self->base, cancellable, NULL);
    }
    return entered;
}

/* A command for one word. */
static gboolean
run_word(InlayStlink *self,
         const guint8 *command,
         guint8 *reply,
         gsize reply_size,
         guint32 addr,
         GCancellable *cancellable,
         GError **error)
{
    gboolean reads = command[1] == STLINK_DEBUG_READ_WORD;

    for (guint repeats = 0;; repeats++) {
        GError *trouble = NULL;

        if (inlay_stlink_run(self, command, reply, reply_size, reads ? "read" : "write", addr,
                             cancellable, &trouble))
            return TRUE;
        if ((!reads && !may_write_twice(addr)) || !recover(self, repeats, cancellable)) {
            g_propagate_error(error, trouble);
            return FALSE;
        }
        g_error_free(trouble);
    }
}

gboolean
inlay_stlink_read_word(
    InlayProbe *probe, guint32 addr, guint32 *word, GCancellable *cancellable, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_READ_WORD};
    guint8 reply[8];

    store32_le(command + 2, addr);
    if (!run_word((InlayStlink *)probe, command, reply, sizeof reply, addr, cancellable, error))
        return FALSE;
    *word = load32_le(reply + 4);
    return TRUE;
}

gboolean
inlay_stlink_write_word(
    InlayProbe *probe, guint32 addr, guint32 word, GCancellable *cancellable, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_WRITE_WORD};
    guint8 reply[2];

    store32_le(command + 2, addr);
    store32_le(command + 6, word);
    return run_word((InlayStlink *)probe, command, reply, sizeof reply, addr, cancellable, error);
}

/* -- blocks -- */

/* Its share of the budget of a transfer, so that a mute probe is noticed as soon as it can be. */
static guint
transfer_ms(const InlayStlink *self, gsize size)
{
    guint64 ms = inlay_budget_get_ms(INLAY_BUDGET_TRANSFER) * size / BUDGET_TRANSFER_SIZE;
    guint khz = self->base.clock_khz;

    if (khz > 0 && khz < BUDGET_TRANSFER_KHZ)
        ms = ms * BUDGET_TRANSFER_KHZ / khz;
    return inlay_budget_get_ms(INLAY_BUDGET_COMMAND) + (guint)ms;
}

/* Asks how the last block went. A block's own reply says nothing: after a fault it is still as long
 * as it should be. */
static gboolean
ask_status(InlayStlink *self,
           gsize size,
           guint8 *status,
           guint32 *fault_addr,
           GCancellable *cancellable,
           GError **error)
{
    gboolean has_addr = self->version.generation > 2 || self->version.jtag >= STLINK_J_STATUS_2;
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, has_addr ? STLINK_DEBUG_LAST_RW_STATUS_2
                                                                  : STLINK_DEBUG_LAST_RW_STATUS};
    guint8 reply[12] = {0};

    /* A probe may take what is to be written at once, and answer this when it has passed it on. */
    if (!transact(self, command, NULL, 0, reply, has_addr ? 12 : 2, transfer_ms(self, size),
                  cancellable, error))
        return FALSE;
    *status = reply[0];
    if (has_addr)
        *fault_addr = load32_le(reply + 4);
    return TRUE;
}

typedef struct {
    guint8 command;
    guint32 addr;
    const guint8 *out; /* or NULL */
    guint8 *in;        /* or NULL */
    gsize size;
} Block;

static gboolean
try_block(InlayStlink *self, const Block *block, GCancellable *cancellable, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, block->command};
    guint8 pair[2];
    gboolean single = block->in != NULL && block->size == 1;
    gsize in_size = block->in == NULL ? 0 : single ? sizeof pair : block->size;
    gboolean ok;

    store32_le(command + 2, block->addr);
    store16_le(command + 6, (guint16)block->size);
    ok = transact(self, command, block->out, block->out == NULL ? 0 : block->size,
                  single ? pair : block->in, in_size, transfer_ms(self, block->size), cancellable,
                  error);
    if (ok && single)
        block->in[0] = pair[0];
    return ok;
}

static gboolean
run_block_once(InlayStlink *self, const Block *block, GCancellable *cancellable, GError **error)
{
    const char *verb = block->in != NULL ? "read" : "write";

    for (guint attempt = 0;; attempt++) {
        guint8 status = 0;
        guint32 fault_addr = block->addr;

        self->status = 0;
        if (!try_block(self, block, cancellable, error) ||
            !ask_status(self, block->size, &status, &fault_addr, cancellable, error)) {
            prefix_failure(error, verb, block->addr);
            return FALSE;
        }
        self->status = status;
        if (status == STLINK_STATUS_OK)
            return TRUE;
        if (!is_wait(status) || attempt == WAIT_RETRIES) {
            set_status_error(error, status, verb, fault_addr);
            return FALSE;
        }
        g_usleep(1000u << attempt);
    }
}

static gboolean
run_block(InlayStlink *self, const Block *block, GCancellable *cancellable, GError **error)
{
    for (guint repeats = 0;; repeats++) {
        GError *trouble = NULL;

        if (run_block_once(self, block, cancellable, &trouble))
            return TRUE;
        if ((block->out != NULL && !may_write_twice(block->addr)) ||
            !recover(self, repeats, cancellable)) {
            g_propagate_error(error, trouble);
            return FALSE;
        }
        g_error_free(trouble);
    }
}

/* How many of the bytes left go into the next block: single bytes up to a word boundary and after
 * the last one, whole words between. */
static gsize
next_block(guint32 addr, gsize left, gsize max_words, gboolean *words)
{
    gsize head = (4 - addr % 4) % 4;

    *words = head == 0 && left >= 4;
    if (*words)
        return MIN(left & ~(gsize)3, max_words);
    return head > 0 ? MIN(left, head) : MIN(left, STLINK_MAX_8);
}

gboolean
inlay_stlink_read(InlayProbe *probe,
                  guint32 addr,
                  guint8 *out,
                  gsize size,
                  GCancellable *cancellable,
                  GError **error)
{
    while (size > 0) {
        gboolean words;
        gsize n = next_block(addr, size, STLINK_MAX_READ, &words);
        Block block = {.command = words ? STLINK_DEBUG_READ_MEM_32 : STLINK_DEBUG_READ_MEM_8,
                       .addr = addr,
                       .in = out,
                       .size = n};

        if (!run_block((InlayStlink *)probe, &block, cancellable, error))
            return FALSE;
        addr += (guint32)n;
        out += n;
        size -= n;
    }
    return TRUE;
}

gboolean
inlay_stlink_write(InlayProbe *probe,
                   guint32 addr,
                   const guint8 *bytes,
                   gsize size,
                   GCancellable *cancellable,
                   GError **error)
{
    while (size > 0) {
        gboolean words;
        gsize n = next_block(addr, size, STLINK_MAX_WRITE, &words);
        Block block = {.command = words ? STLINK_DEBUG_WRITE_MEM_32 : STLINK_DEBUG_WRITE_MEM_8,
                       .addr = addr,
                       .out = bytes,
                       .size = n};

        if (!run_block((InlayStlink *)probe, &block, cancellable, error))
            return FALSE;
        addr += (guint32)n;
        bytes += n;
        size -= n;
    }
    return TRUE;
}
