/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/uart-target.h"

#include <string.h>

#include "core/budget.h"
#include "core/error.h"
#include "transports/bytes.h"
#include "transports/uart-entry.h"
#include "transports/uart-flasher.h"
#include "transports/uart-foreign.h"

#define UID_SIZE 12u
#define OPTCR_LOCK (1u << 0)
#define OPTCR_START (1u << 1)
typedef struct {
    InlayTarget base;
    InlaySerial *serial;       /* the boot's when there is one */
    const InlayAccess *access; /* not owned */
    InlayBoot *boot;           /* NULL before it answers */
    const InlayChip *chip;     /* NULL until identified, or unknown */
    InlayFlasher *flasher;     /* NULL before begin */
    gboolean was_running;      /* a program ran when we came: it shall run again */
    gboolean deaf;             /* nobody is there any more: asking costs time */
} UartTarget;

static gboolean
conclude(UartTarget *self, GError *trouble, GError **error)
{
    if (trouble == NULL)
        return TRUE;
    if (g_error_matches(trouble, INLAY_ERROR, INLAY_ERROR_ADAPTER_LOST) ||
        g_error_matches(trouble, INLAY_ERROR, INLAY_ERROR_ADAPTER_MUTE) ||
        g_error_matches(trouble, INLAY_ERROR, INLAY_ERROR_BOARD_LOST))
        self->deaf = TRUE;
    g_propagate_error(error, trouble);
    return FALSE;
}

static gboolean
is_ours(const UartTarget *self)
{
    return inlay_boot_get_dialect(self->boot)->has_extensions;
}

/* -- the rate -- */

/* Whether the adapter takes it; asked before the bootloader is, which would go there alone. */
static gboolean
has_rate(UartTarget *self, guint rate, gboolean *has, GError **error)
{
    guint first = self->serial->baud;
    g_autoptr(GError) trouble = NULL;

    *has = self->serial->ops->set_rate(self->serial, rate, INLAY_PARITY_NONE, &trouble);
    if (*has || g_error_matches(trouble, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL))
        return self->serial->ops->set_rate(self->serial, first, INLAY_PARITY_NONE, error);
    g_propagate_error(error, g_steal_pointer(&trouble));
    return FALSE;
}

/* The highest that bootloader, adapter and wires carry; one that the wires garble costs half a second,
 * and the next is tried. */
static gboolean
raise_rate(UartTarget *self, GCancellable *cancellable, GError **error)
{
    guint most = inlay_boot_get_dialect(self->boot)->capabilities.baud_max;
    guint first = self->serial->baud;

    if (self->access->baud_max != 0)
        most = MIN(most, self->access->baud_max);
    for (const guint *rate = inlay_uart_rates; *rate > first; rate++) {
        gboolean has = *rate <= most;
        guint got = first;
        if ((has && !has_rate(self, *rate, &has, error)) ||
            (has && !inlay_boot_set_baud(self->boot, *rate, &got, cancellable, error)))
            return FALSE;
        if (got == *rate)
            return TRUE;
    }
    return TRUE;
}

/* -- identify -- */

static gboolean
read_optcr(UartTarget *self, guint32 *optcr, GCancellable *cancellable, GError **error)
{
    g_autoptr(GBytes) answer =
        inlay_boot_ask(self->boot, BOOT_OPTIONS, NULL, 0, inlay_budget_get_ms(INLAY_BUDGET_COMMAND),
                       cancellable, error);

    if (answer == NULL)
        return FALSE;
    if (g_bytes_get_size(answer) >= 4) {
        *optcr = load32_le(g_bytes_get_data(answer, NULL)) & ~(OPTCR_LOCK | OPTCR_START);
        return TRUE;
    }
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                "OPTIONS: 4 bytes or more expected, got %" G_GSIZE_FORMAT,
                g_bytes_get_size(answer));
    return FALSE;
}

static gboolean
read_protection(UartTarget *self,
                InlayIdentity *identity,
                GCancellable *cancellable,
                GError **error)
{
    InlayOptionBytes bytes = {0};

    if (!read_optcr(self, &bytes.words[0], cancellable, error))
        return FALSE;
    for (guint i = 0; i < inlay_chip_get_n_sectors(identity->chip); i++) {
        if (inlay_option_bytes_refuses_erase(identity->chip, &bytes, i))
            inlay_identity_set_protected(identity, i);
    }
    return TRUE;
}

static gboolean
identify_ours(UartTarget *self, InlayIdentity *identity, GCancellable *cancellable, GError **error)
{
    const InlayBootCapabilities *can = &inlay_boot_get_dialect(self->boot)->capabilities;

    identity->idcode = can->idcode;
    identity->flash_kib = can->flash_kib;
    identity->supply_mv = can->supply_mv;
    identity->rdp_level = can->rdp_level;
    identity->own = can->own;
    identity->boots = can->app;
    memcpy(identity->uid, can->uid, UID_SIZE);
    identity->chip = inlay_uart_find_chip(can->idcode, can->flash_kib);
    return (identity->chip == NULL || read_protection(self, identity, cancellable, error)) &&
           raise_rate(self, cancellable, error);
}

/* "UART bootloader 1.2.3 (FTDI FT232R) at 921600 baud" */
static char *
describe(const UartTarget *self)
{
    const InlayBootDialect *dialect = inlay_boot_get_dialect(self->boot);
    guint32 version = dialect->capabilities.firmware;

    if (!dialect->has_extensions)
        return g_strdup_printf("foreign UART bootloader, version 0x%02x (%s) at %u baud",
                               dialect->version, self->serial->kind, self->serial->baud);
    return g_strdup_printf("UART bootloader %u.%u.%u (%s) at %u baud", version >> 16,
                           version >> 8 & 0xff, version & 0xff, self->serial->kind,
                           self->serial->baud);
}

static gboolean
identify(UartTarget *self, InlayIdentity *identity, GCancellable *cancellable, GError **error)
{
    identity->adapter = g_strdup(self->serial->path);
    identity->adapter_serial = g_strdup(self->serial->serial);
    identity->adapter_kind = g_strdup(self->serial->kind);
    self->boot =
        inlay_uart_enter(self->serial, self->access, &identity->connected, cancellable, error);
    if (self->boot == NULL)
        return FALSE;
    self->was_running = identity->connected != NULL;
    identity->is_inside = TRUE;
    if (!(is_ours(self) ? identify_ours(self, identity, cancellable, error)
                        : inlay_uart_identify_foreign(self->boot, self->access, identity,
                                                      cancellable, error)))
        return FALSE;
    self->chip = identity->chip;
    g_free(identity->adapter_kind);
    identity->adapter_kind = describe(self);
    /* stop-and-wait leaves the line idle half of the time */
    identity->bytes_per_s = self->serial->baud / (is_ours(self) ? 11 : 20);
    return TRUE;
}

static gboolean
target_identify(InlayTarget *target,
                InlayIdentity *identity,
                GCancellable *cancellable,
                GError **error)
{
    UartTarget *self = (UartTarget *)target;
    GError *trouble = NULL;

    identify(self, identity, cancellable, &trouble);
    return conclude(self, trouble, error);
}

/* -- begin, operations -- */

static gboolean
target_begin(InlayTarget *target, guint voltage_row, GCancellable *cancellable, GError **error)
{
    UartTarget *self = (UartTarget *)target;

    g_return_val_if_fail(self->boot != NULL, FALSE);
    if (self->flasher != NULL)
        self->flasher->ops->free(self->flasher);
    self->flasher = is_ours(self)
                        ? inlay_uart_flasher_new(self->boot, self->chip, voltage_row, target)
                        : inlay_uart_foreign_new(self->boot, target);
    return TRUE;
}

static gboolean
target_digest(InlayTarget *target,
              const InlayRange *ranges,
              guint n_ranges,
              InlayDigest *digests,
              GCancellable *cancellable,
              GError **error)
{
    UartTarget *self = (UartTarget *)target;
    GError *trouble = NULL;

    g_return_val_if_fail(self->flasher != NULL, FALSE);
    self->flasher->ops->digest(self->flasher, ranges, n_ranges, digests, cancellable, &trouble);
    return conclude(self, trouble, error);
}

static gboolean
target_read(
    InlayTarget *target, InlayRange range, guint8 *out, GCancellable *cancellable, GError **error)
{
    UartTarget *self = (UartTarget *)target;
    GError *trouble = NULL;

    if (self->flasher == NULL || self->flasher->ops->sync(self->flasher, cancellable, &trouble))
        inlay_uart_read(self->boot, range, out, target, cancellable, &trouble);
    return conclude(self, trouble, error);
}

static gboolean
target_erase(InlayTarget *target, InlaySector sector, GCancellable *cancellable, GError **error)
{
    UartTarget *self = (UartTarget *)target;
    GError *trouble = NULL;

    g_return_val_if_fail(self->flasher != NULL, FALSE);
    self->flasher->ops->erase(self->flasher, sector, cancellable, &trouble);
    return conclude(self, trouble, error);
}

static gboolean
target_program(InlayTarget *target,
               guint32 addr,
               const guint8 *bytes,
               gsize size,
               GCancellable *cancellable,
               GError **error)
{
    UartTarget *self = (UartTarget *)target;
    GError *trouble = NULL;

    g_return_val_if_fail(self->flasher != NULL, FALSE);
    self->flasher->ops->program(self->flasher, addr, bytes, size, cancellable, &trouble);
    return conclude(self, trouble, error);
}

static gboolean
target_sync(InlayTarget *target, GCancellable *cancellable, GError **error)
{
    UartTarget *self = (UartTarget *)target;
    GError *trouble = NULL;

    if (self->flasher != NULL)
        self->flasher->ops->sync(self->flasher, cancellable, &trouble);
    return conclude(self, trouble, error);
}

/* -- option bytes -- */

static gboolean
has_options(const UartTarget *self, GError **error)
{
    if (self->boot != NULL && is_ours(self) && self->chip != NULL)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_REFUSED,
                "a bootloader with OPTIONS expected, found one without it: `inlay boot` has its "
                "own commands for protection");
    return FALSE;
}

static gboolean
target_read_options(InlayTarget *target,
                    InlayOptionBytes *bytes,
                    GCancellable *cancellable,
                    GError **error)
{
    UartTarget *self = (UartTarget *)target;
    GError *trouble = NULL;

    if (!has_options(self, error))
        return FALSE;
    *bytes = (InlayOptionBytes){0};
    read_optcr(self, &bytes->words[0], cancellable, &trouble);
    return conclude(self, trouble, error);
}

/* The answer to a reset may be lost, and then nobody is left to repeat it. */
static gboolean
send_reset(UartTarget *self, guint8 kind, GError **error)
{
    g_autoptr(GError) trouble = NULL;
    g_autoptr(GBytes) answer =
        inlay_boot_ask(self->boot, BOOT_RESET, &kind, 1, inlay_budget_get_ms(INLAY_BUDGET_COMMAND),
                       NULL, &trouble);

    if (answer != NULL || g_error_matches(trouble, INLAY_ERROR, INLAY_ERROR_BOARD_LOST))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&trouble));
    return FALSE;
}

/* Through a reset, which loads the option bytes and ends a raised rate, into the bootloader again. */
static gboolean
come_back(UartTarget *self, GError **error)
{
    guint8 version;

    return send_reset(self, BOOT_RESET_BOOTLOADER, error) &&
           self->serial->ops->set_rate(self->serial, inlay_uart_get_baud(self->access),
                                       INLAY_PARITY_NONE, error) &&
           inlay_boot_get_ver(self->boot, &version, NULL, error) && raise_rate(self, NULL, error);
}

static gboolean
target_write_options(InlayTarget *target,
                     const InlayOptionBytes *bytes,
                     guint limit_ms,
                     GError **error)
{
    UartTarget *self = (UartTarget *)target;
    GError *trouble = NULL;
    guint8 optcr[4];

    g_return_val_if_fail(self->flasher == NULL, FALSE);
    if (!has_options(self, error))
        return FALSE;
    store32_le(optcr, bytes->words[0]);
    g_autoptr(GBytes) answer =
        inlay_boot_ask(self->boot, BOOT_SET_OPTIONS, optcr, sizeof optcr,
                       limit_ms + inlay_budget_get_ms(INLAY_BUDGET_COMMAND), NULL, &trouble);
    if (answer != NULL)
        come_back(self, &trouble);
    return conclude(self, trouble, error);
}

/* -- end -- */

/* A foreign bootloader has no reset: by its wire, or straight into the application. */
static gboolean
start_foreign(UartTarget *self, GError **error)
{
    GError *trouble = NULL;

    if (inlay_uart_reset(self->serial, self->access, FALSE, NULL, &trouble))
        return TRUE;
    if (trouble == NULL)
        return inlay_uart_start_foreign(self->boot, error);
    g_propagate_error(error, trouble);
    return FALSE;
}

static gboolean
let_go(UartTarget *self, gboolean run, GError **error)
{
    guint got;

    if (!is_ours(self))
        return !run || start_foreign(self, error);
    if (run)
        return send_reset(self, BOOT_RESET_NORMAL, error);
    return self->serial->baud == inlay_uart_get_baud(self->access) ||
           inlay_boot_set_baud(self->boot, inlay_uart_get_baud(self->access), &got, NULL, error);
}

static gboolean
target_end(InlayTarget *target, gboolean reset, GError **error)
{
    UartTarget *self = (UartTarget *)target;
    gboolean run = reset || self->flasher != NULL || self->was_running;
    GError *trouble = NULL;

    if (self->flasher != NULL)
        self->flasher->ops->free(self->flasher);
    self->flasher = NULL;
    if (self->boot != NULL && !self->deaf)
        let_go(self, run, &trouble);
    self->deaf = TRUE; /* once is enough */
    return conclude(self, trouble, error);
}

static void
target_free(InlayTarget *target)
{
    UartTarget *self = (UartTarget *)target;

    target_end(target, FALSE, NULL); /* nothing is left to do after an end before */
    if (self->boot != NULL)
        inlay_boot_free(self->boot);
    else
        inlay_serial_free(self->serial);
    g_free(self);
}

static const InlayTargetOps target_ops = {
    .identify = target_identify,
    .begin = target_begin,
    .digest = target_digest,
    .read = target_read,
    .erase = target_erase,
    .program = target_program,
    .read_options = target_read_options,
    .write_options = target_write_options,
    .sync = target_sync,
    .end = target_end,
    .free = target_free,
};

InlayTarget *
inlay_uart_target_new(InlaySerial *serial, const InlayAccess *access)
{
    UartTarget *self = g_new0(UartTarget, 1);

    self->base.ops = &target_ops;
    self->serial = serial;
    self->access = access;
    return &self->base;
}

InlayBootCounters
inlay_uart_target_get_counters(const InlayTarget *target)
{
    const UartTarget *self = (const UartTarget *)target;

    return self->boot != NULL ? *inlay_boot_get_counters(self->boot) : (InlayBootCounters){0};
}
