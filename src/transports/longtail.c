/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/longtail.h"

#include <string.h>

#include "core/budget.h"
#include "core/error.h"
#include "transports/libstlink-adapter.h"

/* CPUID without variant and revision (ARMv7-M, B3.2.3) */
#define CPUID_MASK 0xff0ffff0u
#define CPUID_M0 0x410cc200u      /* DDI0432 4.3.1 */
#define CPUID_M0_PLUS 0x410cc600u /* DDI0484 4.1.1 */
#define CPUID_M3 0x410fc230u      /* PM0056 4.4.1 */
#define CPUID_M4 0x410fc240u      /* PM0214 4.4.2 */
#define CPUID_M7 0x410fc270u      /* PM0253 4.3.2 */
#define CPUID_M33 0x410fd210u     /* PM0264 4.4.3 */

#define DEV_ID_MASK 0xfffu
#define FLASH_ADDR 0x08000000u /* of all STM32 in the table */
#define RAM_ADDR 0x20000000u
#define UNIT 8u           /* what is given to libstlink begins and ends on double words */
#define BLANK_MIN 1024u   /* a shorter run of 0xFF costs less programmed along than another call */
#define BLOCK_SIZE 16384u /* read twice, and compared */

struct InlayLongtail {
    InlayFlash flash;
    InlayChip chip;
    char *name;
    const InlayLongtailLine *line;
};

/* -- who it is -- */

static const struct {
    guint32 cpuid;
    const char *name;
    guint32 idcode_addr;
} cores[] = {
    {CPUID_M0, "Cortex-M0", 0x40015800},       /* RM0091 32.4.1 */
    {CPUID_M0_PLUS, "Cortex-M0+", 0x40015800}, /* RM0444 40.9.1 */
    {CPUID_M3, "Cortex-M3", 0xe0042000},       /* RM0008 31.6.1 */
    {CPUID_M4, "Cortex-M4", 0xe0042000},       /* RM0394 46.6.1 */
    {CPUID_M7, "Cortex-M7", 0xe0042000},       /* RM0385 40.6.1 */
    {CPUID_M33, "Cortex-M33", 0xe0044000},     /* RM0438 53.11.1 */
};

guint32
inlay_longtail_find_idcode_addr(guint32 cpuid)
{
    for (guint i = 0; i < G_N_ELEMENTS(cores); i++) {
        if (cores[i].cpuid == (cpuid & CPUID_MASK))
            return cores[i].idcode_addr;
    }
    return 0xe0042000;
}

static const char *
find_core_name(guint32 cpuid)
{
    for (guint i = 0; i < G_N_ELEMENTS(cores); i++) {
        if (cores[i].cpuid == (cpuid & CPUID_MASK))
            return cores[i].name;
    }
    return "an unknown core";
}

static guint
decode_rdp(InlayLongtailRdp rdp, guint32 word)
{
    guint byte = rdp == INLAY_LONGTAIL_RDP_OPTCR ? word >> 8 & 0xff : word & 0xff;

    switch (rdp) {
    case INLAY_LONGTAIL_RDP_OBR_BIT:
        return word >> 1 & 1;
    case INLAY_LONGTAIL_RDP_OBR_BITS:
        return (word >> 1 & 3) == 3 ? 2 : (word >> 1 & 3) != 0;
    default:
        return byte == 0xaa ? 0 : byte == 0xcc ? 2 : 1;
    }
}

/* "L43x/L44x" is an STM32L43x/L44x; "stm32f411re" says so itself. */
static char *
make_name(const char *description)
{
    const char *rest =
        g_ascii_strncasecmp(description, "stm32", 5) == 0 ? description + 5 : description;
    g_autofree char *name = g_strconcat("STM32", rest, NULL);

    name[5] = g_ascii_toupper(name[5]);
    return g_steal_pointer(&name);
}

/* FALSE: sectors and the size do not come out even. */
static gboolean
lay_sectors(InlayChip *chip, const InlaySectorRun *runs, guint32 flash_size, guint32 page_size)
{
    guint32 left = flash_size;

    for (guint i = 0; i < INLAY_MAX_SECTOR_RUNS && runs[i].count > 0 && left > 0; i++) {
        gboolean is_last = i + 1 == INLAY_MAX_SECTOR_RUNS || runs[i + 1].count == 0;
        InlaySectorRun run = runs[i];
        if (run.size == 0)
            run.size = page_size;
        if (run.size == 0 || left % run.size != 0)
            return FALSE;
        run.count = is_last ? left / run.size : MIN(run.count, left / run.size);
        chip->sectors[i] = run;
        left -= run.count * run.size;
    }
    return left == 0 && flash_size > 0;
}

static gboolean
check_mode(InlayProbe *probe,
           const InlayLongtailRow *row,
           gboolean *ok,
           GCancellable *cancellable,
           GError **error)
{
    guint32 word = 0;

    if (row->mode_addr != 0 &&
        !probe->ops->read_word(probe, row->mode_addr, &word, cancellable, error))
        return FALSE;
    *ok = row->mode_addr == 0 || (word & row->mode_mask) == row->mode_value;
    return TRUE;
}

static InlayLongtail *
make(const InlayLongtailRow *row, guint32 cpuid, const InlayLibstlinkChip *known)
{
    InlayLongtail *self = g_new0(InlayLongtail, 1);

    self->line = row->line;
    self->name = make_name(known->description);
    self->chip = (InlayChip){
        .name = self->name,
        .core = find_core_name(cpuid),
        .dev_id = row->dev_id,
        .cpuid = cpuid & CPUID_MASK,
        .family = &row->line->family,
        .flash = {FLASH_ADDR, (guint32)known->flash_size},
        .ram = {RAM_ADDR, (guint32)known->ram_size},
    };
    return self;
}

/* Reads what an open chip tells about itself. FALSE without an error: libstlink would not do. */
static gboolean
complete(InlayProbe *probe,
         const InlayLongtailRow *row,
         InlayLibstlinkChip *known,
         InlayIdentity *identity,
         GCancellable *cancellable,
         GError **error)
{
    gboolean one_bank;

    if (!inlay_libstlink_identify(probe, known, cancellable, error) ||
        !check_mode(probe, row, &one_bank, cancellable, error) ||
        !probe->ops->read(probe, row->line->family.uid_addr, identity->uid, sizeof identity->uid,
                          cancellable, error))
        return FALSE;
    identity->flash_kib = (guint)(known->flash_size / 1024);
    if (known->description == NULL || known->chip_id != row->dev_id)
        return FALSE;
    if (one_bank && identity->flash_kib <= row->max_kib)
        return TRUE;
    inlay_identity_warn(identity, "%s with %u KiB%s: libstlink would erase the wrong sectors",
                        known->description, identity->flash_kib,
                        one_bank ? "" : ", its banks set up as they are");
    return FALSE;
}

static void start_with(InlayLongtail *self);

InlayLongtail *
inlay_longtail_identify(InlayProbe *probe,
                        guint32 cpuid,
                        InlayIdentity *identity,
                        GCancellable *cancellable,
                        GError **error)
{
    const InlayLongtailRow *row = inlay_longtail_find_row(identity->idcode & DEV_ID_MASK);
    g_auto(InlayLibstlinkChip) known = {0};
    InlayLongtail *self;
    guint32 word;

    if (row == NULL)
        return NULL;
    if (!probe->ops->read_word(probe, row->line->rdp_addr, &word, cancellable, error))
        return NULL;
    identity->rdp_level = decode_rdp(row->line->rdp, word);
    if (identity->rdp_level > 0)
        inlay_libstlink_describe(row->dev_id, &known); /* more would be refused */
    else if (!complete(probe, row, &known, identity, cancellable, error))
        return NULL;
    if (known.description == NULL)
        return NULL;
    self = make(row, cpuid, &known);
    if (identity->rdp_level == 0 && !lay_sectors(&self->chip, row->line->sectors,
                                                 self->chip.flash.size, (guint32)known.page_size)) {
        inlay_longtail_free(self);
        return NULL;
    }
    start_with(self);
    identity->chip = &self->chip;
    inlay_identity_warn(
        identity, "%s is not in Inlay's table: it is driven through libstlink, slower", self->name);
    return self;
}

void
inlay_longtail_free(InlayLongtail *self)
{
    if (self == NULL)
        return;
    g_free(self->name);
    g_free(self);
}

const InlayFlash *
inlay_longtail_get_flash(const InlayLongtail *self)
{
    return &self->flash;
}

/* -- how it is written -- */

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

static gboolean
writer_digest(InlayFlasher *flasher,
              const InlayRange *ranges,
              guint n_ranges,
              InlayDigest *digests,
              GCancellable *cancellable,
              GError **error)
{
    Writer *self = (Writer *)flasher;

    for (guint i = 0; i < n_ranges; i++) {
        g_autofree guint8 *bytes = g_malloc(ranges[i].size);
        if (!read_twice(self, ranges[i], bytes, cancellable, error))
            return FALSE;
        digests[i] = inlay_digest_of(bytes, ranges[i].size);
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

static InlayFlasher *
start(InlayCortexm *core,
      const InlayChip *chip,
      const InlayFlash *flash,
      guint voltage_row,
      GCancellable *cancellable,
      GError **error)
{
    const InlayLongtail *longtail = (const InlayLongtail *)flash;
    guint supply_mv = chip->family->voltage[voltage_row].min_mv;
    InlayLibstlink *library;
    Writer *self;

    if (!switch_caches_off(core->probe, longtail->line, cancellable, error))
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

static void
start_with(InlayLongtail *self)
{
    self->flash = (InlayFlash){
        .family = self->line->family.name,
        .start = start,
        .freeze_addr = self->line->freeze_addr,
        .freeze_bits = self->line->freeze_bits,
    };
}
