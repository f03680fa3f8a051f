/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/longtail.h"

#include <string.h>

#include "core/budget.h"
#include "core/error.h"
#include "transports/libstlink-adapter.h"

#define UNIT 8u           /* what is given to libstlink begins and ends on double words */
#define BLANK_MIN 1024u   /* a shorter run of 0xFF costs less programmed along than another call */
#define BLOCK_SIZE 16384u /* read twice, and compared */

typedef struct {
    InlayFlasher base;
    InlayProbe *probe;
    const InlayChip *chip;
    guint row;
    InlayLibstlink *library;
} Writer;

static guint
with_margin(guint64 ms)
{
    return (guint)(ms * (100 + INLAY_BUDGET_FLASH_MARGIN) / 100);
}

/* Reads a block again and compares: there is no sum from the chip to hold it against. */
static gboolean
read_twice(Writer *self, InlayRange range, guint8 *out, GCancellable *cancellable, GError **error)
{
    InlayProbe *probe = self->probe;
    g_autofree guint8 *again = g_malloc(MIN(range.size, BLOCK_SIZE));

    for (guint32 offset = 0, size; offset < range.size; offset += size) {
        guint32 addr = range.addr + offset;
        size = MIN(range.size - offset, BLOCK_SIZE);
        if (g_cancellable_is_cancelled(cancellable)) {
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_CANCELLED, "cancelled");
            return FALSE;
        }
        if (!probe->ops->read(probe, addr, out + offset, size, cancellable, error) ||
            !probe->ops->read(probe, addr, again, size, cancellable, error))
            return FALSE;
        if (memcmp(out + offset, again, size) != 0) {
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                        "0x%08x-0x%08x read twice: crc32 0x%08x, then 0x%08x", addr,
                        addr + size - 1, inlay_digest_of(out + offset, size).crc32,
                        inlay_digest_of(again, size).crc32);
            return FALSE;
        }
    }
    return TRUE;
}

/* Ranges that follow each other are read as one: small sectors would cost a command each. */
static gboolean
writer_digest(InlayFlasher *flasher,
              const InlayRange *ranges,
              guint n_ranges,
              InlayDigest *digests,
              GCancellable *cancellable,
              GError **error)
{
    Writer *self = (Writer *)flasher;

    for (guint i = 0, n; i < n_ranges; i += n) {
        InlayRange all = ranges[i];
        for (n = 1; i + n < n_ranges && ranges[i + n].addr == inlay_range_end(all); n++)
            all.size += ranges[i + n].size;
        g_autofree guint8 *bytes = g_malloc(all.size);
        if (!read_twice(self, all, bytes, cancellable, error))
            return FALSE;
        for (guint k = i; k < i + n; k++)
            digests[k] = inlay_digest_of(bytes + (ranges[k].addr - all.addr), ranges[k].size);
    }
    return TRUE;
}

/* An erase that did nothing, or half of it, is said before something is programmed over it. */
static gboolean
check_blank(Writer *self, InlayRange range, GCancellable *cancellable, GError **error)
{
    g_autofree guint8 *bytes = g_malloc(range.size);

    if (!read_twice(self, range, bytes, cancellable, error))
        return FALSE;
    for (guint32 i = 0; i < range.size; i++) {
        if (bytes[i] == 0xff)
            continue;
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_FLASH_FAILED,
                    "0x%08x: 0xff expected after the erase, got 0x%02x", range.addr + i, bytes[i]);
        return FALSE;
    }
    return TRUE;
}

static gboolean
writer_erase(InlayFlasher *flasher, InlaySector sector, GCancellable *cancellable, GError **error)
{
    Writer *self = (Writer *)flasher;
    guint limit_ms = with_margin(sector.run->erase_max_ms[self->row]) +
                     inlay_budget_get_ms(INLAY_BUDGET_COMMAND);

    return inlay_libstlink_erase(self->library, sector.range.addr, limit_ms, cancellable, error) &&
           check_blank(self, sector.range, cancellable, error);
}

/* Whole units: `bytes` begins and ends with them. */
static gboolean
program_units(Writer *self,
              guint32 addr,
              const guint8 *bytes,
              gsize size,
              GCancellable *cancellable,
              GError **error)
{
    const InlayChipFamily *family = self->chip->family;

    for (gsize done = 0, n; done < size; done += n) {
        n = MIN(size - done, INLAY_LIBSTLINK_PROGRAM_MAX);
        guint64 max_us = (guint64)n / family->voltage[self->row].width * family->program_max_us;
        guint limit_ms =
            with_margin((max_us + 999) / 1000) + inlay_budget_get_ms(INLAY_BUDGET_TRANSFER);
        if (!inlay_libstlink_program(self->library, addr + (guint32)done, bytes + done, n, limit_ms,
                                     cancellable, error)) {
            g_prefix_error(error, "failed to program 0x%08x: ", addr + (guint32)done);
            return FALSE;
        }
    }
    return TRUE;
}

/* How many of the units from `from` on are blank. */
static gsize
count_blank(const guint8 *bytes, gsize from, gsize size)
{
    gsize to = from;

    while (to < size && bytes[to] == 0xff)
        to++;
    return (to - from) / UNIT * UNIT;
}

static gboolean
writer_program(InlayFlasher *flasher,
               guint32 addr,
               const guint8 *bytes,
               gsize size,
               GCancellable *cancellable,
               GError **error)
{
    Writer *self = (Writer *)flasher;
    guint32 head = addr % UNIT;
    gsize padded = (head + size + UNIT - 1) / UNIT * UNIT;
    g_autofree guint8 *units = g_malloc(padded);
    gsize from = 0, to = 0; /* what is found worth writing */

    memset(units, 0xff, padded);
    memcpy(units + head, bytes, size);
    while (to < padded) {
        gsize blank = count_blank(units, to, padded);
        if (blank == 0) {
            to += UNIT;
        } else if (blank >= BLANK_MIN || to == from || to + blank == padded) {
            if (!program_units(self, addr - head + (guint32)from, units + from, to - from,
                               cancellable, error))
                return FALSE;
            from = to = to + blank;
        } else {
            to += blank;
        }
    }
    return program_units(self, addr - head + (guint32)from, units + from, to - from, cancellable,
                         error);
}

/* Each call waits for its own end. */
static gboolean
writer_sync(InlayFlasher *flasher, GCancellable *cancellable, GError **error)
{
    return TRUE;
}

static gboolean
writer_settle(InlayFlasher *flasher, GError **error)
{
    return TRUE;
}

static void
writer_free(InlayFlasher *flasher)
{
    inlay_libstlink_close(((Writer *)flasher)->library);
    g_free(flasher);
}

static const InlayFlasherOps writer_ops = {
    .digest = writer_digest,
    .erase = writer_erase,
    .program = writer_program,
    .sync = writer_sync,
    .settle = writer_settle,
    .free = writer_free,
};

/* Off until the reset at the end: what they hold would be read in place of what was written. */
static gboolean
switch_caches_off(InlayProbe *probe,
                  const InlayLongtailLine *line,
                  GCancellable *cancellable,
                  GError **error)
{
    guint32 acr;

    return line->cache_addr == 0 ||
           (probe->ops->read_word(probe, line->cache_addr, &acr, cancellable, error) &&
            probe->ops->write_word(probe, line->cache_addr, acr & ~line->cache_bits, cancellable,
                                   error));
}

InlayFlasher *
inlay_longtail_start(InlayCortexm *core,
                     const InlayChip *chip,
                     const InlayFlash *flash,
                     guint voltage_row,
                     GCancellable *cancellable,
                     GError **error)
{
    guint supply_mv = chip->family->voltage[voltage_row].min_mv;
    InlayLibstlink *library;
    Writer *self;

    if (!switch_caches_off(core->probe, inlay_longtail_get_line(flash), cancellable, error))
        return NULL;
    library = inlay_libstlink_open(core, supply_mv, cancellable, error);
    if (library == NULL)
        return NULL;
    self = g_new0(Writer, 1);
    self->base.ops = &writer_ops;
    self->probe = core->probe;
    self->chip = chip;
    self->row = voltage_row;
    self->library = library;
    return &self->base;
}
