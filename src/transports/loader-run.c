/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/loader-run.h"

#include <stdint.h>
#include <string.h>

#include "core/budget.h"
#include "core/error.h"
#include "firmware/proto/loader.h"
#include "transports/bytes.h"

#define RING INLAY_LOADER_RING
#define BLOCK_MAX 8192u /* uploaded in one piece; half of the buffers of a 20 KiB RAM */
#define POST_SIZE 4096u /* data that is not kept waiting for more */
#define BLANK_MIN 64u   /* a shorter run of 0xFF costs less sent than skipped */
#define STATUS_SIZE 16u /* done, status, fault_addr, flash_sr */
#define LOOK_COST 32u   /* of a look besides its bytes, in bytes */
#define LOOK_SHARE 24u  /* a look costs this part of its wait: the wait ends 2 % late on average */
#define LOOK_MAX 512u   /* bytes; 5 ms through a V2-1 */
/* Spent on looks without progress, before it is asked whether the core still runs: 100 ms through a
 * V2-1. Counted, not timed, so that a job is the same transfers however busy the host is. */
#define LOOK_PATIENCE (12u * 1024u)
#define DIGEST_UNIT (128u * 1024u) /* of the budget */

#define OFFSET(member) ((guint32)G_STRUCT_OFFSET(struct inlay_loader_mailbox, member))

typedef struct {
    InlayFlasher base;
    InlayCortexm *core;
    const InlayChip *chip;
    const InlayFlash *flash;
    guint row;
    guint32 mailbox; /* address */

    /* Commands, counted like the mailbox counts: done <= sent <= queued <= done + RING. */
    guint32 queued; /* here */
    guint32 sent;   /* known to the chip */
    guint32 done;   /* by the chip, as of the last look */
    struct inlay_loader_command ring[RING];
    gint64 since_us;  /* when the command at `done` became the chip's next */
    gboolean broken;  /* it has failed: it takes nothing more */
    guint options_ms; /* how long option bytes may take */

    /* Buffers on the chip, used in turn; `block` is being filled here. */
    guint32 block_size;
    guint n_blocks;
    guint block;
    guint32 *last_use; /* one a block: `queued` after the last command that reads it */
    guint8 staged[BLOCK_MAX];
    guint32 n_staged;
    guint32 n_uploaded; /* of n_staged */
} InlayLoader;

/* -- how long a command may take -- */

static guint
with_margin(guint64 ms)
{
    return (guint)(ms * (100 + INLAY_BUDGET_FLASH_MARGIN) / 100);
}

static guint
erase_max_ms(const InlayLoader *self, guint32 addr)
{
    guint i = 0;

    while (inlay_chip_get_sector(self->chip, i).range.addr != addr)
        i++;
    return inlay_chip_get_sector(self->chip, i).run->erase_max_ms[self->row];
}

/* Beyond the flash's own time each command is granted one exchange. */
static guint
limit_ms(const InlayLoader *self, const struct inlay_loader_command *command)
{
    const InlayChipFamily *family = self->chip->family;
    guint exchange_ms = inlay_budget_get_ms(INLAY_BUDGET_COMMAND);
    guint64 units;

    switch (command->op) {
    case INLAY_LOADER_ERASE:
        return exchange_ms + with_margin(erase_max_ms(self, command->addr));
    case INLAY_LOADER_PROGRAM:
        units = command->size / family->voltage[self->row].width;
        return exchange_ms + with_margin((units * family->program_max_us + 999) / 1000);
    case INLAY_LOADER_OPTIONS:
        return exchange_ms + self->options_ms;
    default:
        units = (command->size + DIGEST_UNIT - 1) / DIGEST_UNIT;
        return exchange_ms + (guint)units * inlay_budget_get_ms(INLAY_BUDGET_DIGEST);
    }
}

static const char *
verb_of(guint32 op)
{
    switch (op) {
    case INLAY_LOADER_ERASE:
        return "erase";
    case INLAY_LOADER_PROGRAM:
        return "program";
    case INLAY_LOADER_OPTIONS:
        return "write the option bytes at";
    default:
        return "digest";
    }
}

/* -- looking -- */

/* NULL: the chip has received what was sent. */
static const char *
describe_lost(guint32 status)
{
    switch (status) {
    case INLAY_LOADER_STALE_COMMAND:
        return "the command did not arrive";
    case INLAY_LOADER_STALE_DATA:
        return "the data did not arrive";
    case INLAY_LOADER_BAD_COMMAND:
        return "the loader has received something else";
    default:
        return NULL;
    }
}

static gboolean
set_refused_error(InlayLoader *self, guint32 status, guint32 addr, guint32 sr, GError **error)
{
    const struct inlay_loader_command *command = &self->ring[self->done % RING];
    const char *verb = self->sent == 0 ? "start the loader at" : verb_of(command->op);
    const char *lost = describe_lost(status);
    g_autofree char *flags = inlay_flash_describe_sr(self->flash, sr);

    self->broken = TRUE;
    if (self->sent == 0)
        addr = self->flash->loader_entry;
    else if (lost != NULL)
        addr = command->addr; /* the chip's is of what it has received */
    if (lost != NULL)
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL, "failed to %s 0x%08x: %s",
                    verb, addr, lost);
    else
        g_set_error(error, INLAY_ERROR,
                    status == INLAY_LOADER_TIMEOUT ? INLAY_ERROR_FLASH_TIMEOUT
                                                   : INLAY_ERROR_FLASH_FAILED,
                    "failed to %s 0x%08x: flash status 0x%08x: %s", verb, addr, sr, flags);
    return FALSE;
}

/* How many bytes the next look of a wait reads, in which looks have cost `spent` bytes: a share of
 * that, so that a short wait ends soon and a long one takes few commands. */
static guint32
look_size(guint32 spent)
{
    return CLAMP(spent / LOOK_SHARE & ~3u, STATUS_SIZE, LOOK_MAX);
}

/* One look at done, status, fault_addr, flash_sr. It reads `size` bytes that end with them: what
 * lies before is the loader's code, and reading it is how to wait without leaving the wire. */
static gboolean
look(InlayLoader *self, guint32 size, GCancellable *cancellable, GError **error)
{
    G_STATIC_ASSERT(INLAY_LOADER_MAILBOX + OFFSET(done) + STATUS_SIZE >= LOOK_MAX);
    InlayProbe *probe = self->core->probe;
    guint32 end = self->mailbox + OFFSET(done) + STATUS_SIZE;
    guint8 bytes[LOOK_MAX];
    const guint8 *line = bytes + size - STATUS_SIZE;
    guint32 done;

    if (!probe->ops->read(probe, end - size, bytes, size, cancellable, error)) {
        self->broken = !g_cancellable_is_cancelled(cancellable);
        return FALSE;
    }
    done = load32_le(line);
    if (done - self->done > self->sent - self->done) {
        self->broken = TRUE;
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST,
                    "loader mailbox 0x%08x: at most %u commands expected, got %u", self->mailbox,
                    self->sent, done);
        return FALSE;
    }
    if (done != self->done)
        self->since_us = g_get_monotonic_time();
    self->done = done;
    if (load32_le(line + 4) != INLAY_LOADER_OK)
        return set_refused_error(self, load32_le(line + 4), load32_le(line + 8),
                                 load32_le(line + 12), error);
    return TRUE;
}

/* A loader that makes no progress may have been stopped: by a fault, by power that came and went. */
static gboolean
check_running(InlayLoader *self, GCancellable *cancellable, GError **error)
{
    InlayCortexmState state;
    guint32 pc = 0;

    if (!inlay_cortexm_get_state(self->core, &state, cancellable, error))
        return FALSE;
    if (state == INLAY_CORTEXM_RUNNING)
        return TRUE;
    self->broken = TRUE;
    if (state != INLAY_CORTEXM_HALTED) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST,
                    "loader: running expected, the core %s",
                    state == INLAY_CORTEXM_LOCKED_UP ? "is locked up" : "was reset");
        return FALSE;
    }
    if (inlay_cortexm_read_reg(self->core, INLAY_CORTEXM_PC, &pc, cancellable, error))
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST,
                    "loader: running expected, the core halted at 0x%08x", pc);
    return FALSE;
}

static gboolean
check_broken(const InlayLoader *self, GError **error)
{
    if (!self->broken)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST, "the loader has failed before");
    return FALSE;
}

/* -- posting -- */

static void
store_command(guint8 *p, const struct inlay_loader_command *command, guint32 number)
{
    store32_le(p, command->op | number << INLAY_LOADER_NUMBER_SHIFT);
    store32_le(p + 4, command->addr);
    store32_le(p + 8, command->size);
    store32_le(p + 12, command->arg);
    store32_le(p + 16, command->sum_a);
    store32_le(p + 20, command->sum_b);
}

static guint32
block_addr(const InlayLoader *self)
{
    return self->chip->ram.addr + INLAY_LOADER_BUFFERS + self->block * self->block_size;
}

/* Writes the ring's entries from `sent` to `queued`, in one or, around its end, two pieces. */
static gboolean
write_ring(InlayLoader *self, GCancellable *cancellable, GError **error)
{
    InlayProbe *probe = self->core->probe;
    guint8 bytes[RING * sizeof(struct inlay_loader_command)];
    guint32 from = self->sent;

    while (from != self->queued) {
        guint32 slot = from % RING;
        guint32 n = MIN(self->queued - from, RING - slot);

        for (guint32 i = 0; i < n; i++)
            store_command(bytes + i * sizeof self->ring[0], &self->ring[slot + i], from + i + 1);
        if (!probe->ops->write(probe, self->mailbox + OFFSET(ring) + slot * sizeof self->ring[0],
                               bytes, n * sizeof self->ring[0], cancellable, error))
            return FALSE;
        from += n;
    }
    return TRUE;
}

/* Gives the chip what is queued: its data, its commands, their number; in this order. */
static gboolean
post(InlayLoader *self, GCancellable *cancellable, GError **error)
{
    InlayProbe *probe = self->core->probe;
    guint32 n = self->n_staged - self->n_uploaded;

    if (self->sent == self->queued)
        return TRUE;
    if (n > 0 && !probe->ops->write(probe, block_addr(self) + self->n_uploaded,
                                    self->staged + self->n_uploaded, n, cancellable, error))
        return FALSE;
    self->n_uploaded = self->n_staged;
    if (!write_ring(self, cancellable, error))
        return FALSE;
    if (self->sent == self->done)
        self->since_us = g_get_monotonic_time();
    self->sent = self->queued; /* a write that fails now may still have arrived */
    return probe->ops->write_word(probe, self->mailbox + OFFSET(posted), self->queued, cancellable,
                                  error);
}

/* Waits until the chip has done `count` commands, all of them sent. */
static gboolean
wait_done(InlayLoader *self, guint32 count, GCancellable *cancellable, GError **error)
{
    guint32 spent = 0, in_vain = 0;

    if (!check_broken(self, error))
        return FALSE;
    while ((gint32)(count - self->done) > 0) {
        const struct inlay_loader_command *command = &self->ring[self->done % RING];
        guint limit = limit_ms(self, command);
        guint32 size = look_size(spent), done = self->done;

        if (g_cancellable_is_cancelled(cancellable)) {
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_CANCELLED, "cancelled");
            return FALSE;
        }
        if (!look(self, size, cancellable, error))
            return FALSE;
        spent += LOOK_COST + size;
        in_vain = self->done != done ? 0 : in_vain + LOOK_COST + size;
        if (g_get_monotonic_time() - self->since_us > limit * G_TIME_SPAN_MILLISECOND) {
            self->broken = TRUE;
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_FLASH_TIMEOUT,
                        "failed to %s 0x%08x: done within %u ms expected", verb_of(command->op),
                        command->addr, limit);
            return FALSE;
        }
        if (in_vain > LOOK_PATIENCE) {
            in_vain = 0;
            if (!check_running(self, cancellable, error))
                return FALSE;
        }
    }
    return TRUE;
}

/* Waits until the ring has room for one more command. */
static gboolean
make_room(InlayLoader *self, GCancellable *cancellable, GError **error)
{
    return self->queued - self->done < RING ||
           (post(self, cancellable, error) &&
            wait_done(self, self->queued - RING + 1, cancellable, error));
}

static gboolean
queue(InlayLoader *self,
      const struct inlay_loader_command *command,
      GCancellable *cancellable,
      GError **error)
{
    if (!make_room(self, cancellable, error))
        return FALSE;
    self->ring[self->queued % RING] = *command;
    self->queued++;
    return TRUE;
}

static gboolean
loader_sync(InlayFlasher *flasher, GCancellable *cancellable, GError **error)
{
    InlayLoader *self = (InlayLoader *)flasher;

    return check_broken(self, error) && post(self, cancellable, error) &&
           wait_done(self, self->queued, cancellable, error);
}

static gboolean
loader_settle(InlayFlasher *flasher, GError **error)
{
    InlayLoader *self = (InlayLoader *)flasher;
    InlayProbe *probe = self->core->probe;

    /* The number of commands again: a cancel may have come between counting and telling. */
    return self->broken || self->done == self->sent ||
           (probe->ops->write_word(probe, self->mailbox + OFFSET(posted), self->sent, NULL,
                                   error) &&
            wait_done(self, self->sent, NULL, error));
}

/* -- erase, program, digest -- */

static gboolean
loader_erase(InlayFlasher *flasher, InlaySector sector, GCancellable *cancellable, GError **error)
{
    InlayLoader *self = (InlayLoader *)flasher;
    struct inlay_loader_command command = {
        .op = INLAY_LOADER_ERASE,
        .addr = sector.range.addr,
        .size = sector.range.size,
        .arg = sector.number,
    };

    return check_broken(self, error) && queue(self, &command, cancellable, error) &&
           post(self, cancellable, error);
}

/* Takes the next block, once the chip has read the last of what it held. */
static gboolean
next_block(InlayLoader *self, GCancellable *cancellable, GError **error)
{
    if (!post(self, cancellable, error))
        return FALSE;
    self->block = (self->block + 1) % self->n_blocks;
    self->n_staged = self->n_uploaded = 0;
    return wait_done(self, self->last_use[self->block], cancellable, error);
}

/* Queues bytes that begin and end on word boundaries, or are filled up to them with 0xFF: nothing is
 * programmed there. */
static gboolean
program_run(InlayLoader *self,
            guint32 addr,
            const guint8 *bytes,
            gsize size,
            GCancellable *cancellable,
            GError **error)
{
    while (size > 0) {
        guint32 head = addr % 4;
        struct inlay_loader_command command = {.op = INLAY_LOADER_PROGRAM, .addr = addr - head};
        guint64 sum;
        guint8 *to;
        guint32 n;

        if (self->block_size - self->n_staged < 8 && !next_block(self, cancellable, error))
            return FALSE;
        if (!make_room(self, cancellable, error)) /* before data is staged that no command has */
            return FALSE;
        n = (guint32)MIN(size, self->block_size - self->n_staged - head);
        command.size = (head + n + 3) & ~3u;
        command.arg = block_addr(self) + self->n_staged;
        to = self->staged + self->n_staged;
        memset(to, 0xff, command.size);
        memcpy(to + head, bytes, n);
        sum = inlay_digest_of(to, command.size).sum;
        command.sum_a = (guint32)sum;
        command.sum_b = (guint32)(sum >> 32);
        self->n_staged += command.size;
        if (!queue(self, &command, cancellable, error))
            return FALSE;
        self->last_use[self->block] = self->queued;
        if (self->n_staged - self->n_uploaded >= POST_SIZE && !post(self, cancellable, error))
            return FALSE;
        addr += n;
        bytes += n;
        size -= n;
    }
    return TRUE;
}

gboolean
inlay_loader_write_options(InlayFlasher *flasher,
                           guint32 addr,
                           const guint8 *bytes,
                           gsize size,
                           guint limit_ms,
                           GError **error)
{
    InlayLoader *self = (InlayLoader *)flasher;
    guint64 sum = inlay_digest_of(bytes, size).sum;

    g_return_val_if_fail(size % 4 == 0 && size <= self->block_size, FALSE);
    if (!loader_sync(flasher, NULL, error))
        return FALSE;
    self->n_staged = (guint32)size; /* all is done: the block is free */
    self->n_uploaded = 0;
    memcpy(self->staged, bytes, size);
    self->options_ms = limit_ms;
    struct inlay_loader_command command = {.op = INLAY_LOADER_OPTIONS,
                                           .addr = addr,
                                           .size = (guint32)size,
                                           .arg = block_addr(self),
                                           .sum_a = (guint32)sum,
                                           .sum_b = (guint32)(sum >> 32)};
    if (!queue(self, &command, NULL, error))
        return FALSE;
    self->last_use[self->block] = self->queued;
    return loader_sync(flasher, NULL, error);
}

static gsize
blank_run(const guint8 *bytes, gsize size)
{
    gsize n = 0;

    while (n < size && bytes[n] == 0xff)
        n++;
    return n;
}

static gboolean
loader_program(InlayFlasher *flasher,
               guint32 addr,
               const guint8 *bytes,
               gsize size,
               GCancellable *cancellable,
               GError **error)
{
    InlayLoader *self = (InlayLoader *)flasher;
    gsize from = 0, to = 0; /* what is found worth sending */

    if (!check_broken(self, error))
        return FALSE;
    while (to < size) {
        gsize blank = blank_run(bytes + to, size - to);
        gboolean skip = blank >= BLANK_MIN || to + blank == size || to == from;

        if (skip && blank > 0) {
            if (to > from && !program_run(self, addr + (guint32)from, bytes + from, to - from,
                                          cancellable, error))
                return FALSE;
            from = to = to + blank;
        } else {
            to += MAX(blank, 1);
        }
    }
    return from == to ||
           program_run(self, addr + (guint32)from, bytes + from, to - from, cancellable, error);
}

/* The results of the commands from `first` on, which are all done and still in the ring. */
static gboolean
read_results(InlayLoader *self,
             guint32 first,
             guint n,
             InlayDigest *digests,
             GCancellable *cancellable,
             GError **error)
{
    InlayProbe *probe = self->core->probe;
    guint8 results[RING * sizeof(struct inlay_loader_result)];

    if (!probe->ops->read(probe, self->mailbox + OFFSET(results), results, sizeof results,
                          cancellable, error))
        return FALSE;
    for (guint i = 0; i < n; i++) {
        const guint8 *p = results + (first + i) % RING * sizeof(struct inlay_loader_result);
        digests[i].crc32 = load32_le(p);
        digests[i].sum = (guint64)load32_le(p + 8) << 32 | load32_le(p + 4);
    }
    return TRUE;
}

static gboolean
loader_digest(InlayFlasher *flasher,
              const InlayRange *ranges,
              guint n_ranges,
              InlayDigest *digests,
              GCancellable *cancellable,
              GError **error)
{
    InlayLoader *self = (InlayLoader *)flasher;

    if (!loader_sync(flasher, cancellable, error))
        return FALSE;
    for (guint i = 0, n; i < n_ranges; i += n) {
        guint32 first = self->queued;

        for (n = 0; n < RING && i + n < n_ranges; n++) {
            struct inlay_loader_command command = {
                .op = INLAY_LOADER_DIGEST,
                .addr = ranges[i + n].addr,
                .size = ranges[i + n].size,
            };
            if (!queue(self, &command, cancellable, error))
                return FALSE;
        }
        if (!loader_sync(flasher, cancellable, error) ||
            !read_results(self, first, n, digests + i, cancellable, error))
            return FALSE;
    }
    return TRUE;
}

/* -- start -- */

/* What the host reads around the mailbox and its results has more words than the loader writes. */
static gboolean
clear_ram(InlayLoader *self, GCancellable *cancellable, GError **error)
{
    InlayProbe *probe = self->core->probe;
    g_autofree guint8 *zeros = g_malloc0(INLAY_LOADER_BUFFERS);

    return !self->flash->has_parity || probe->ops->write(probe, self->chip->ram.addr, zeros,
                                                         INLAY_LOADER_BUFFERS, cancellable, error);
}

static gboolean
place(InlayLoader *self, GCancellable *cancellable, GError **error)
{
    InlayProbe *probe = self->core->probe;
    gsize code_size = self->flash->loader_words * 4;
    g_autofree guint8 *code = g_malloc(code_size);
    guint8 mailbox[OFFSET(ring)] = {0}; /* SRAM may still hold an earlier loader's "ready" */

    for (gsize i = 0; i < self->flash->loader_words; i++)
        store32_le(code + 4 * i, self->flash->loader[i]);
    store32_le(mailbox + OFFSET(abi), INLAY_LOADER_ABI);
    store32_le(mailbox + OFFSET(width), self->chip->family->voltage[self->row].width);
    return clear_ram(self, cancellable, error) &&
           probe->ops->write(probe, self->flash->loader_entry, code, code_size, cancellable,
                             error) &&
           probe->ops->write(probe, self->mailbox, mailbox, sizeof mailbox, cancellable, error);
}

static gboolean
wait_ready(InlayLoader *self, GCancellable *cancellable, GError **error)
{
    guint limit = inlay_budget_get_ms(INLAY_BUDGET_RESET);
    gint64 deadline_us = g_get_monotonic_time() + limit * G_TIME_SPAN_MILLISECOND;
    InlayProbe *probe = self->core->probe;
    guint32 ready = 0;

    do {
        if (!probe->ops->read_word(probe, self->mailbox + OFFSET(ready), &ready, cancellable,
                                   error))
            return FALSE;
        if (ready == INLAY_LOADER_ABI)
            return look(self, STATUS_SIZE, cancellable, error);
    } while (g_get_monotonic_time() < deadline_us);
    if (!check_running(self, cancellable, error))
        return FALSE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST,
                "loader at 0x%08x: ready %u expected within %u ms, got 0x%08x",
                self->flash->loader_entry, INLAY_LOADER_ABI, limit, ready);
    return FALSE;
}

static void
loader_free(InlayFlasher *flasher)
{
    InlayLoader *self = (InlayLoader *)flasher;

    g_free(self->last_use);
    g_free(self);
}

static const InlayFlasherOps loader_ops = {
    .digest = loader_digest,
    .erase = loader_erase,
    .program = loader_program,
    .sync = loader_sync,
    .settle = loader_settle,
    .free = loader_free,
};

InlayFlasher *
inlay_loader_start(InlayCortexm *core,
                   const InlayChip *chip,
                   const InlayFlash *flash,
                   guint voltage_row,
                   GCancellable *cancellable,
                   GError **error)
{
    InlayLoader *self = g_new0(InlayLoader, 1);

    self->base.ops = &loader_ops;
    self->core = core;
    self->chip = chip;
    self->flash = flash;
    self->row = voltage_row;
    self->mailbox = chip->ram.addr + INLAY_LOADER_MAILBOX;
    self->block_size = MIN(BLOCK_MAX, (chip->ram.size - INLAY_LOADER_BUFFERS) / 2 & ~7u);
    self->n_blocks = (chip->ram.size - INLAY_LOADER_BUFFERS) / self->block_size;
    self->last_use = g_new0(guint32, self->n_blocks);
    if (place(self, cancellable, error) &&
        inlay_cortexm_run(core, flash->loader_entry, chip->ram.addr + INLAY_LOADER_STACK_TOP,
                          cancellable, error) &&
        wait_ready(self, cancellable, error))
        return &self->base;
    loader_free(&self->base);
    return NULL;
}
