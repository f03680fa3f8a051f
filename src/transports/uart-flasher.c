/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/uart-flasher.h"

#include "core/budget.h"
#include "core/error.h"
#include "transports/boot-stream.h"

#define WORD 4u
#define GAP_MIN \
    1024u /* bytes 0xFF, uncompressed; a shorter run costs less sent than a new stream */

typedef struct {
    InlayFlasher base;
    InlayBoot *boot;
    const InlayChip *chip;
    InlayTarget *target;
    guint row;
    gboolean has_erase;
    InlaySector erase;    /* asked for, and not yet sent: the next stream may bring it along */
    gboolean uncommitted; /* something was programmed since the last COMMIT */
    gsize told;           /* of the stream that goes on, to the target */
} UartFlasher;

/* -- runs -- */

static gboolean
is_blank(const guint8 *bytes, gsize size)
{
    for (gsize i = 0; i < size; i++) {
        if (bytes[i] != 0xff)
            return FALSE;
    }
    return TRUE;
}

gboolean
inlay_uart_find_run(
    const guint8 *bytes, gsize size, gsize offset, gsize gap, gsize *first, gsize *end)
{
    while (offset < size && is_blank(bytes + offset, MIN(WORD, size - offset)))
        offset += WORD;
    if (offset >= size)
        return FALSE;
    *first = offset;
    *end = offset;
    for (; offset < size && offset - *end < gap; offset += WORD) {
        if (!is_blank(bytes + offset, MIN(WORD, size - offset)))
            *end = MIN(offset + WORD, size);
    }
    return TRUE;
}

/* -- reading -- */

gboolean
inlay_uart_read(InlayBoot *boot,
                InlayRange range,
                guint8 *out,
                InlayTarget *target,
                GCancellable *cancellable,
                GError **error)
{
    guint32 block = inlay_boot_get_serial(boot)->baud / 10; /* a second of the line */
    gboolean is_ours = inlay_boot_get_dialect(boot)->has_extensions;

    for (guint32 offset = 0, size; offset < range.size; offset += size) {
        InlayRange part = {range.addr + offset, size = MIN(block, range.size - offset)};
        if (!(is_ours
                  ? inlay_boot_read(boot, part, out + offset, cancellable, error)
                  : inlay_boot_mem_read(boot, part.addr, out + offset, size, cancellable, error)))
            return FALSE;
        inlay_target_moved(target, size);
    }
    return TRUE;
}

/* -- erase and program -- */

static guint
get_erase_ms(const UartFlasher *self, InlaySector sector)
{
    return sector.run->erase_max_ms[self->row] * (100 + INLAY_BUDGET_FLASH_MARGIN) / 100;
}

/* Programmed a word at a time at the most, a byte at the least: the chip chooses by its supply. */
static guint
get_program_ms(const UartFlasher *self, gsize size)
{
    const InlayChipFamily *family = self->chip->family;
    guint64 units = size / family->voltage[self->row].width + 1;

    return (guint)(units * family->program_max_us / 1000 * (100 + INLAY_BUDGET_FLASH_MARGIN) / 100);
}

static gboolean
send_erase(UartFlasher *self, GCancellable *cancellable, GError **error)
{
    if (!self->has_erase)
        return TRUE;
    self->has_erase = FALSE;
    return inlay_boot_erase(self->boot, 1u << self->erase.index,
                            get_erase_ms(self, self->erase) +
                                inlay_budget_get_ms(INLAY_BUDGET_COMMAND),
                            cancellable, error);
}

static gboolean
flasher_erase(InlayFlasher *flasher, InlaySector sector, GCancellable *cancellable, GError **error)
{
    UartFlasher *self = (UartFlasher *)flasher;

    if (!send_erase(self, cancellable, error))
        return FALSE;
    self->has_erase = TRUE;
    self->erase = sector;
    return TRUE;
}

static void
on_moved_cb(gsize done, gpointer user_data)
{
    UartFlasher *self = user_data;

    inlay_target_moved(self->target, done - self->told);
    self->told = done;
}

/* With the erase, when it is of this sector. */
static gboolean
send_stream(UartFlasher *self,
            guint32 addr,
            const guint8 *bytes,
            gsize size,
            GCancellable *cancellable,
            GError **error)
{
    InlayBootStream stream = {
        .addr = addr,
        .bytes = bytes,
        .size = size,
        .limit_ms = get_program_ms(self, size),
        .moved = on_moved_cb,
        .user_data = self,
    };

    self->told = 0;
    if (self->has_erase &&
        inlay_range_contains(self->erase.range, (InlayRange){addr, (guint32)size})) {
        stream.erase = TRUE;
        stream.limit_ms += get_erase_ms(self, self->erase);
        self->has_erase = FALSE;
    }
    return send_erase(self, cancellable, error) &&
           inlay_boot_stream(self->boot, &stream, cancellable, error);
}

/* Whole words. The chip inflates 0xFF for next to nothing: then there is one run. */
static gboolean
program_words(UartFlasher *self,
              guint32 addr,
              const guint8 *bytes,
              gsize size,
              GCancellable *cancellable,
              GError **error)
{
    const InlayBootDialect *dialect = inlay_boot_get_dialect(self->boot);
    gboolean inflates = (dialect->capabilities.features & BOOT_FEATURE_DEFLATE) != 0;
    gsize gap = inflates ? G_MAXSIZE : GAP_MIN;

    for (gsize first, end = 0; inlay_uart_find_run(bytes, size, end, gap, &first, &end);) {
        if (!send_stream(self, addr + (guint32)first, bytes + first, end - first, cancellable,
                         error))
            return FALSE;
    }
    return TRUE;
}

/* A few bytes beside others that may be there already: behind an erase that is under way. */
static gboolean
program_bytes(UartFlasher *self,
              guint32 addr,
              const guint8 *bytes,
              gsize size,
              GCancellable *cancellable,
              GError **error)
{
    return size == 0 || (send_erase(self, cancellable, error) &&
                         inlay_boot_mem_write(self->boot, addr, bytes, size, cancellable, error));
}

static gboolean
flasher_program(InlayFlasher *flasher,
                guint32 addr,
                const guint8 *bytes,
                gsize size,
                GCancellable *cancellable,
                GError **error)
{
    UartFlasher *self = (UartFlasher *)flasher;
    gboolean is_flash = inlay_range_contains(self->chip->flash, (InlayRange){addr, (guint32)size});
    gsize head = is_flash ? MIN(size, (WORD - addr % WORD) % WORD) : size;
    gsize tail = (size - head) % WORD;
    gsize middle = size - head - tail;

    self->uncommitted |= is_flash;
    return program_bytes(self, addr, bytes, head, cancellable, error) &&
           program_words(self, addr + (guint32)head, bytes + head, middle, cancellable, error) &&
           program_bytes(self, addr + (guint32)(head + middle), bytes + head + middle, tail,
                         cancellable, error);
}

/* -- digests, the end -- */

/* What is not flash is little. */
static gboolean
digest_by_reading(UartFlasher *self,
                  InlayRange range,
                  InlayDigest *digest,
                  GCancellable *cancellable,
                  GError **error)
{
    g_autofree guint8 *bytes = g_malloc(range.size);

    if (!inlay_boot_read(self->boot, range, bytes, cancellable, error))
        return FALSE;
    *digest = inlay_digest_of(bytes, range.size);
    return TRUE;
}

static gboolean
flasher_digest(InlayFlasher *flasher,
               const InlayRange *ranges,
               guint n_ranges,
               InlayDigest *digests,
               GCancellable *cancellable,
               GError **error)
{
    UartFlasher *self = (UartFlasher *)flasher;

    if (!send_erase(self, cancellable, error))
        return FALSE;
    if (n_ranges > 0 && inlay_range_contains(self->chip->flash, ranges[0]))
        return inlay_boot_digest(self->boot, ranges, n_ranges, digests, cancellable, error);
    for (guint i = 0; i < n_ranges; i++) {
        if (!digest_by_reading(self, ranges[i], &digests[i], cancellable, error))
            return FALSE;
    }
    return TRUE;
}

/* COMMIT programs what makes the application bootable. */
static gboolean
flasher_sync(InlayFlasher *flasher, GCancellable *cancellable, GError **error)
{
    UartFlasher *self = (UartFlasher *)flasher;

    if (!send_erase(self, cancellable, error))
        return FALSE;
    if (!self->uncommitted)
        return TRUE;
    g_autoptr(GBytes) answer =
        inlay_boot_ask(self->boot, BOOT_COMMIT, NULL, 0,
                       get_program_ms(self, 2 * WORD) + inlay_budget_get_ms(INLAY_BUDGET_COMMAND),
                       cancellable, error);
    self->uncommitted = answer == NULL;
    return answer != NULL;
}

static gboolean
flasher_settle(InlayFlasher *flasher, GError **error)
{
    return TRUE; /* all that was sent is done; an erase that was not sent is not begun */
}

static void
flasher_free(InlayFlasher *flasher)
{
    g_free(flasher);
}

static const InlayFlasherOps flasher_ops = {
    .digest = flasher_digest,
    .erase = flasher_erase,
    .program = flasher_program,
    .sync = flasher_sync,
    .settle = flasher_settle,
    .free = flasher_free,
};

InlayFlasher *
inlay_uart_flasher_new(InlayBoot *boot, const InlayChip *chip, guint row, InlayTarget *target)
{
    guint supply_mv = inlay_boot_get_dialect(boot)->capabilities.supply_mv;
    UartFlasher *self = g_new0(UartFlasher, 1);

    self->base.ops = &flasher_ops;
    self->boot = boot;
    self->chip = chip;
    self->target = target;
    self->row = MIN(row, inlay_chip_find_voltage_row(chip, supply_mv)); /* the bootloader chooses */
    return &self->base;
}
