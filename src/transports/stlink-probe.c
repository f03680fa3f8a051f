/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/stlink-probe.h"

#include <string.h>

#include "core/budget.h"
#include "core/error.h"
#include "transports/bytes.h"
#include "transports/stlink-products.h"
#include "transports/stlink-protocol.h"

/* The SWD clock asked for: what every V2 and every STM32 can do. A probe takes its next lower one.
 * A retry at a lower clock starts from here. */
#define SWD_KHZ 4000

/* A probe answers WAIT while the chip's bus is busy; it is asked again after 1, 2, 4 … ms. */
#define WAIT_RETRIES 8

#define NO_ADDR G_MAXUINT32 /* for messages: no word lies there */

#define BUDGET_TRANSFER_SIZE (64u * 1024u) /* that INLAY_BUDGET_TRANSFER is for */
#define FIRST_ANSWER_MS 400 /* three attempts of it and a USB reset fit into OPEN_ADAPTER */

/* What a sense pin can show: no STM32 runs outside of it (1.65 V to 3.6 V, 5 V on the pin of a clone
 * that senses its own USB). V3s have been seen to report 1 mV with a running board. */
#define SUPPLY_MIN_MV 1000
#define SUPPLY_MAX_MV 6000
#define SUPPLY_NEEDED_MV 1700

typedef struct {
    InlayProbe base;
    InlayLink *link;
    const InlayStlinkProduct *product;
    InlayStlinkVersion version;
} StlinkProbe;

/* -- version -- */

InlayStlinkVersion
inlay_stlink_version_decode(const guint8 reply[6], gboolean has_msd)
{
    guint16 bits = load16_be(reply);
    guint low = bits & 0x3f;

    return (InlayStlinkVersion){
        .generation = bits >> 12,
        .jtag = bits >> 6 & 0x3f,
        .swim = has_msd ? 0 : low,
        .msd = has_msd ? low : 0,
    };
}

InlayStlinkVersion
inlay_stlink_version_decode_v3(const guint8 reply[12])
{
    return (InlayStlinkVersion){
        .generation = reply[0], .swim = reply[1], .jtag = reply[2], .msd = reply[3]};
}

/* -- commands -- */

static gboolean
exchange(StlinkProbe *self,
         const guint8 *command,
         guint8 *in,
         gsize in_size,
         GCancellable *cancellable,
         GError **error)
{
    return self->link->ops->exchange(self->link, command, STLINK_COMMAND_SIZE, NULL, 0, in, in_size,
                                     inlay_budget_get_ms(INLAY_BUDGET_COMMAND), cancellable, error);
}

static const char *
describe_status(guint8 status)
{
    switch (status) {
    case STLINK_STATUS_FAULT:
        return "fault";
    case 0x09:
        return "no id code";
    case 0x0c:
        return "write error";
    case 0x0d:
        return "write not verified";
    case STLINK_STATUS_AP_WAIT:
    case STLINK_STATUS_DP_WAIT:
        return "bus busy";
    case 0x11:
    case 0x15:
        return "bus fault";
    case 0x12:
    case 0x16:
        return "swd error";
    case 0x13:
    case 0x17:
        return "swd parity";
    case 0x18:
        return "write data error";
    case 0x19:
    case 0x1a:
        return "sticky error";
    default:
        return "error";
    }
}

/* "failed to read 0x08000000: ", "failed to enter swd: " */
static char *
describe_failure(const char *verb, guint32 addr)
{
    return addr == NO_ADDR ? g_strdup_printf("failed to %s: ", verb)
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

/* A command whose reply begins with a status, sent again while the chip's bus is busy. */
static gboolean
run_checked(StlinkProbe *self,
            const guint8 *command,
            guint8 *in,
            gsize in_size,
            const char *verb,
            guint32 addr,
            GCancellable *cancellable,
            GError **error)
{
    for (guint attempt = 0;; attempt++) {
        if (!exchange(self, command, in, in_size, cancellable, error)) {
            prefix_failure(error, verb, addr);
            return FALSE;
        }
        if (in[0] == STLINK_STATUS_OK)
            return TRUE;
        if (!is_wait(in[0]) || attempt == WAIT_RETRIES) {
            set_status_error(error, in[0], verb, addr);
            return FALSE;
        }
        g_usleep(1000u << attempt);
    }
}

static gboolean
stlink_read_word(
    InlayProbe *probe, guint32 addr, guint32 *word, GCancellable *cancellable, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_READ_WORD};
    guint8 reply[8];

    store32_le(command + 2, addr);
    if (!run_checked((StlinkProbe *)probe, command, reply, sizeof reply, "read", addr, cancellable,
                     error))
        return FALSE;
    *word = load32_le(reply + 4);
    return TRUE;
}

static gboolean
stlink_write_word(
    InlayProbe *probe, guint32 addr, guint32 word, GCancellable *cancellable, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_WRITE_WORD};
    guint8 reply[2];

    store32_le(command + 2, addr);
    store32_le(command + 6, word);
    return run_checked((StlinkProbe *)probe, command, reply, sizeof reply, "write", addr,
                       cancellable, error);
}

/* -- blocks -- */

/* Asks how the last block went. A block's own reply says nothing: after a fault it is still as long
 * as it should be. */
static gboolean
ask_status(StlinkProbe *self,
           guint8 *status,
           guint32 *fault_addr,
           GCancellable *cancellable,
           GError **error)
{
    gboolean has_addr = self->version.generation > 2 || self->version.jtag >= STLINK_J_STATUS_2;
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, has_addr ? STLINK_DEBUG_LAST_RW_STATUS_2
                                                                  : STLINK_DEBUG_LAST_RW_STATUS};
    guint8 reply[12] = {0};

    if (!exchange(self, command, reply, has_addr ? 12 : 2, cancellable, error))
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

/* Its share of the budget of a transfer, so that a mute probe is noticed as soon as it can be. */
static guint
transfer_ms(gsize size)
{
    return inlay_budget_get_ms(INLAY_BUDGET_COMMAND) +
           (guint)(inlay_budget_get_ms(INLAY_BUDGET_TRANSFER) * size / BUDGET_TRANSFER_SIZE);
}

static gboolean
try_block(StlinkProbe *self, const Block *block, GCancellable *cancellable, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, block->command};
    guint8 pair[2];
    gboolean single = block->in != NULL && block->size == 1;
    gsize in_size = block->in == NULL ? 0 : single ? sizeof pair : block->size;
    gboolean ok;

    store32_le(command + 2, block->addr);
    store16_le(command + 6, (guint16)block->size);
    ok = self->link->ops->exchange(self->link, command, sizeof command, block->out,
                                   block->out == NULL ? 0 : block->size, single ? pair : block->in,
                                   in_size, transfer_ms(block->size), cancellable, error);
    if (ok && single)
        block->in[0] = pair[0];
    return ok;
}

static gboolean
run_block(StlinkProbe *self, const Block *block, GCancellable *cancellable, GError **error)
{
    const char *verb = block->in != NULL ? "read" : "write";

    for (guint attempt = 0;; attempt++) {
        guint8 status = 0;
        guint32 fault_addr = block->addr;

        if (!try_block(self, block, cancellable, error) ||
            !ask_status(self, &status, &fault_addr, cancellable, error)) {
            prefix_failure(error, verb, block->addr);
            return FALSE;
        }
        if (status == STLINK_STATUS_OK)
            return TRUE;
        if (!is_wait(status) || attempt == WAIT_RETRIES) {
            set_status_error(error, status, verb, fault_addr);
            return FALSE;
        }
        g_usleep(1000u << attempt);
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

static gboolean
stlink_read(InlayProbe *probe,
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

        if (!run_block((StlinkProbe *)probe, &block, cancellable, error))
            return FALSE;
        addr += (guint32)n;
        out += n;
        size -= n;
    }
    return TRUE;
}

static gboolean
stlink_write(InlayProbe *probe,
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

        if (!run_block((StlinkProbe *)probe, &block, cancellable, error))
            return FALSE;
        addr += (guint32)n;
        bytes += n;
        size -= n;
    }
    return TRUE;
}

/* -- supply, reset line -- */

/* *sensed: the probe has a sense pin, whatever it shows. */
static gboolean
measure(StlinkProbe *self,
        guint *supply_mv,
        gboolean *sensed,
        GCancellable *cancellable,
        GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_GET_TARGET_VOLTAGE};
    guint8 reply[8];
    guint32 a0, a1;

    *supply_mv = 0;
    *sensed = FALSE;
    if (self->version.generation == 2 && self->version.jtag < STLINK_J_VOLTAGE)
        return TRUE;
    if (!exchange(self, command, reply, sizeof reply, cancellable, error))
        return FALSE;
    a0 = load32_le(reply);
    a1 = load32_le(reply + 4);
    *sensed = a0 != 0;
    if (*sensed)
        *supply_mv = (guint)MIN((guint64)a1 * 2400 / a0, G_MAXUINT);
    return TRUE;
}

static gboolean
stlink_measure_supply(InlayProbe *probe,
                      guint *supply_mv,
                      GCancellable *cancellable,
                      GError **error)
{
    gboolean sensed;

    if (!measure((StlinkProbe *)probe, supply_mv, &sensed, cancellable, error))
        return FALSE;
    if (*supply_mv < SUPPLY_MIN_MV || *supply_mv > SUPPLY_MAX_MV)
        *supply_mv = 0;
    return TRUE;
}

static gboolean
stlink_drive_nrst(InlayProbe *probe,
                  InlayProbeNrst level,
                  GCancellable *cancellable,
                  GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_DRIVE_NRST,
                                           level == INLAY_PROBE_NRST_HIGH};
    guint8 reply[2];

    return run_checked((StlinkProbe *)probe, command, reply, sizeof reply, "drive nrst", NO_ADDR,
                       cancellable, error);
}

/* -- attach, detach -- */

/* The SWD clock of a V3: the fastest of its own list that is not above SWD_KHZ. */
static gboolean
set_clock_v3(StlinkProbe *self, GCancellable *cancellable, GError **error)
{
    guint8 get[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_GET_COM_FREQ};
    guint8 set[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_SET_COM_FREQ};
    guint8 list[STLINK_FREQ_REPLY_SIZE], reply[8];
    guint32 best = 0;

    if (!run_checked(self, get, list, sizeof list, "read the clocks", NO_ADDR, cancellable, error))
        return FALSE;
    for (guint i = 0; i < MIN(list[8], STLINK_FREQ_MAX); i++) {
        guint32 khz = load32_le(list + 12 + 4 * i);
        if (khz <= SWD_KHZ && khz > best)
            best = khz;
    }
    store32_le(set + 4, best);
    return best == 0 || run_checked(self, set, reply, sizeof reply, "set the clock", NO_ADDR,
                                    cancellable, error);
}

/* The SWD clock of a V2: divisor 0 is 4000 kHz. */
static gboolean
set_clock(StlinkProbe *self, GCancellable *cancellable, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_SWD_SET_FREQ};
    guint8 reply[2];

    if (self->version.generation > 2)
        return set_clock_v3(self, cancellable, error);
    if (self->version.jtag < STLINK_J_SWD_FREQ)
        return TRUE;
    return run_checked(self, command, reply, sizeof reply, "set the clock", NO_ADDR, cancellable,
                       error);
}

static gboolean
leave_other_modes(StlinkProbe *self, GCancellable *cancellable, GError **error)
{
    guint8 ask[STLINK_COMMAND_SIZE] = {STLINK_GET_MODE};
    guint8 leave[STLINK_COMMAND_SIZE] = {0};
    guint8 mode[2];

    if (!exchange(self, ask, mode, sizeof mode, cancellable, error))
        return FALSE;
    if (mode[0] == STLINK_MODE_DFU) {
        leave[0] = STLINK_DFU;
        leave[1] = STLINK_DFU_EXIT;
    } else if (mode[0] == STLINK_MODE_SWIM) {
        leave[0] = STLINK_SWIM;
        leave[1] = STLINK_SWIM_EXIT;
    } else {
        return TRUE; /* entering debug leaves mass storage by itself */
    }
    return exchange(self, leave, NULL, 0, cancellable, error);
}

static gboolean
is_link_error(const GError *error)
{
    return !g_error_matches(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST);
}

/* Says why there is nothing on SWD, taking the link's own trouble as it is. */
static void
set_missing_error(StlinkProbe *self, GError *cause, GCancellable *cancellable, GError **error)
{
    guint supply_mv;
    gboolean sensed;

    if (is_link_error(cause)) {
        g_propagate_error(error, cause);
        return;
    }
    if (measure(self, &supply_mv, &sensed, cancellable, error)) {
        if (sensed && supply_mv < SUPPLY_NEEDED_MV)
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_NO_VOLTAGE,
                        "supply: at least %u mV expected, got %u mV", SUPPLY_NEEDED_MV, supply_mv);
        else
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_NOT_FOUND, "%s", cause->message);
    }
    g_error_free(cause);
}

static gboolean
stlink_attach(InlayProbe *probe, GCancellable *cancellable, GError **error)
{
    StlinkProbe *self = (StlinkProbe *)probe;
    guint8 enter[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_ENTER, STLINK_DEBUG_ENTER_SWD};
    guint8 ids[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_READ_IDCODES};
    guint8 status[2], reply[12];
    GError *cause = NULL;

    if (!leave_other_modes(self, cancellable, error))
        return FALSE;
    if (set_clock(self, cancellable, &cause) &&
        run_checked(self, enter, status, sizeof status, "enter swd", NO_ADDR, cancellable,
                    &cause) &&
        run_checked(self, ids, reply, sizeof reply, "read the debug port's id", NO_ADDR,
                    cancellable, &cause)) {
        guint32 dpidr = load32_le(reply + 4);
        if (dpidr != 0 && dpidr != G_MAXUINT32)
            return TRUE;
        g_set_error(&cause, INLAY_ERROR, INLAY_ERROR_BOARD_LOST, "debug port id: 0x%08x is none",
                    dpidr);
    }
    set_missing_error(self, cause, cancellable, error);
    return FALSE;
}

static gboolean
stlink_detach(InlayProbe *probe, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_EXIT};

    return exchange((StlinkProbe *)probe, command, NULL, 0, NULL, error);
}

static void
stlink_free(InlayProbe *probe)
{
    StlinkProbe *self = (StlinkProbe *)probe;

    self->link->ops->free(self->link);
    g_free(probe->adapter);
    g_free(probe->kind);
    g_free(probe->serial);
    g_free(self);
}

static const InlayProbeOps stlink_ops = {
    .attach = stlink_attach,
    .detach = stlink_detach,
    .measure_supply = stlink_measure_supply,
    .drive_nrst = stlink_drive_nrst,
    .read_word = stlink_read_word,
    .write_word = stlink_write_word,
    .read = stlink_read,
    .write = stlink_write,
    .free = stlink_free,
};

/* -- opening -- */

/* Asks for the version once. A reply that is not one is another command's, left over from a host
 * that died: it counts as no answer. */
static gboolean
ask_version(StlinkProbe *self, GCancellable *cancellable, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_GET_VERSION};
    guint8 reply[6];

    if (!self->link->ops->exchange(self->link, command, sizeof command, NULL, 0, reply,
                                   sizeof reply, FIRST_ANSWER_MS, cancellable, error))
        return FALSE;
    if (load16_le(reply + 2) != INLAY_STLINK_VENDOR) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                    "version: vendor 0x%04x expected, got 0x%04x", INLAY_STLINK_VENDOR,
                    load16_le(reply + 2));
        return FALSE;
    }
    self->version = inlay_stlink_version_decode(reply, self->product->has_msd);
    return TRUE;
}

/* The first exchange finds the probe as the last host has left it: it may hold an unread reply, a
 * stalled endpoint, or hang. One more try cures the first two, a USB reset often the last. */
static gboolean
wake(StlinkProbe *self, GCancellable *cancellable, GError **error)
{
    g_autoptr(GError) first = NULL;

    for (guint attempt = 0; attempt < 3; attempt++) {
        g_clear_error(&first);
        if (attempt == 2 &&
            (self->link->ops->reset == NULL || !self->link->ops->reset(self->link, &first)))
            break;
        if (ask_version(self, cancellable, &first))
            return TRUE;
        if (!g_error_matches(first, INLAY_ERROR, INLAY_ERROR_ADAPTER_MUTE) &&
            !g_error_matches(first, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL))
            break;
    }
    if (first == NULL)
        g_set_error(&first, INLAY_ERROR, INLAY_ERROR_ADAPTER_MUTE, "no answer in time");
    g_propagate_error(error, g_steal_pointer(&first));
    return FALSE;
}

static gboolean
identify_probe(StlinkProbe *self, GCancellable *cancellable, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_GET_VERSION_V3};
    guint8 reply[12];
    GString *firmware;

    if (!wake(self, cancellable, error))
        return FALSE;
    if (self->version.generation == 3) {
        if (!exchange(self, command, reply, sizeof reply, cancellable, error))
            return FALSE;
        self->version = inlay_stlink_version_decode_v3(reply);
    }
    if (self->version.generation < 2 || self->version.generation > 3) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                    "version: 2 or 3 expected, got %u", self->version.generation);
        return FALSE;
    }
    firmware = g_string_new(NULL);
    g_string_printf(firmware, "%s (firmware J%u", self->product->name, self->version.jtag);
    if (self->version.msd > 0)
        g_string_append_printf(firmware, " M%u", self->version.msd);
    if (self->version.swim > 0)
        g_string_append_printf(firmware, " S%u", self->version.swim);
    g_string_append_c(firmware, ')');
    self->base.kind = g_string_free(firmware, FALSE);
    return TRUE;
}

InlayProbe *
inlay_stlink_probe_new(InlayLink *link, GCancellable *cancellable, GError **error)
{
    StlinkProbe *self = g_new0(StlinkProbe, 1);

    self->base.ops = &stlink_ops;
    self->base.adapter = g_strdup(link->path);
    self->base.serial = g_strdup(link->serial);
    self->link = link;
    self->product = inlay_stlink_product_find(INLAY_STLINK_VENDOR, link->product_id);
    if (self->product == NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                    "usb product 0x%04x is no st-link", link->product_id);
        stlink_free(&self->base);
        return NULL;
    }
    if (!identify_probe(self, cancellable, error)) {
        stlink_free(&self->base);
        return NULL;
    }
    return &self->base;
}
