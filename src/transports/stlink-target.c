/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/stlink-target.h"

#include "core/error.h"
#include "transports/bytes.h"
#include "transports/clones.h"
#include "transports/connect.h"
#include "transports/cortexm.h"
#include "transports/flash.h"
#include "transports/libstlink-adapter.h"
#include "transports/longtail.h"
#include "transports/stlink-probe.h"
#include "transports/trace-link.h"

/* CPUID without variant and revision (ARMv7-M, B3.2.3), as the chip table has it. */
#define CPUID_MASK 0xff0ffff0u
#define DEV_ID_MASK 0xfffu

typedef struct {
    InlayTarget base;
    InlayProbe *probe;
    const InlayAccess *access; /* not owned */
    InlayCortexm core;
    const InlayChip *chip;   /* NULL until identified, or unknown */
    const InlayFlash *flash; /* NULL likewise */
    InlayLongtail *longtail; /* NULL: the chip is in our table, or unknown */
    InlayFlasher *flasher;   /* NULL before begin */
    guint noted_khz;         /* the clock that people know of; 0: none */
    gboolean sealed;         /* locked for ever: its debug port closes with the next reset */
    gboolean deaf;           /* the adapter is lost or mute: asking it again only costs time */
} StlinkTarget;

static void
note_clock(StlinkTarget *self)
{
    const InlayProbe *probe = self->probe;
    guint before_khz = self->noted_khz != 0 ? self->noted_khz : probe->first_khz;

    if (!self->core.attached)
        return;
    if (probe->clock_khz < before_khz)
        inlay_target_note(&self->base, "SWD at %u kHz: the wires do not carry %u kHz",
                          probe->clock_khz, before_khz);
    self->noted_khz = probe->clock_khz;
}

/* Every operation ends here with its error, or NULL. */
static gboolean
conclude(StlinkTarget *self, GError *trouble, GError **error)
{
    if (trouble == NULL) {
        note_clock(self);
        return TRUE;
    }
    if (g_error_matches(trouble, INLAY_ERROR, INLAY_ERROR_ADAPTER_LOST) ||
        g_error_matches(trouble, INLAY_ERROR, INLAY_ERROR_ADAPTER_MUTE))
        self->deaf = TRUE;
    g_propagate_error(error, trouble);
    return FALSE;
}

/* -- identify -- */

static guint32
find_idcode_addr(guint32 cpuid)
{
    for (guint i = 0; i < inlay_chip_get_n_chips(); i++) {
        const InlayChip *chip = inlay_chip_get(i);
        if (chip->cpuid == (cpuid & CPUID_MASK))
            return chip->family->idcode_addr;
    }
    return inlay_longtail_find_idcode_addr(cpuid);
}

/* Which of the chips with this id and size it is, by its mode if they have any. */
static gboolean
choose_chip(StlinkTarget *self,
            guint16 dev_id,
            InlayIdentity *identity,
            GCancellable *cancellable,
            GError **error)
{
    const InlayChip *chip = inlay_chip_find_by_id(dev_id, identity->flash_kib);
    guint32 word = 0;

    if (chip == NULL)
        return TRUE;
    if (chip->mode.mask != 0 &&
        !self->probe->ops->read_word(self->probe, chip->mode.addr, &word, cancellable, error))
        return FALSE;
    identity->chip = inlay_chip_find_by_mode(chip, word);
    return TRUE;
}

/* Flash size, unique id, protection. A locked chip refuses the former two on some families: they
 * stay zero. */
static gboolean
read_identity(StlinkTarget *self,
              const InlayChip *relative,
              InlayIdentity *identity,
              GCancellable *cancellable,
              GError **error)
{
    const InlayFlash *flash = inlay_flash_find(relative->family);
    const InlayChipFamily *family = relative->family;
    InlayProbe *probe = self->probe;
    const InlayChip *chip;
    g_autoptr(GError) refused = NULL;
    guint8 kib[2] = {0};

    if (probe->ops->read(probe, family->flash_size_addr, kib, sizeof kib, cancellable, &refused) &&
        probe->ops->read(probe, family->uid_addr, identity->uid, sizeof identity->uid, cancellable,
                         &refused)) {
        identity->flash_kib = load16_le(kib);
        if (!choose_chip(self, relative->dev_id, identity, cancellable, error))
            return FALSE;
    } else if (!g_error_matches(refused, INLAY_ERROR, INLAY_ERROR_BOARD_LOST)) {
        g_propagate_error(error, g_steal_pointer(&refused));
        return FALSE;
    }
    chip = identity->chip != NULL ? identity->chip : relative;
    if (flash != NULL &&
        !inlay_flash_read_protection(flash, probe, chip, identity, cancellable, error))
        return FALSE;
    if (refused == NULL)
        return TRUE;
    if (identity->rdp_level > 0) {
        identity->chip = relative;
        return TRUE;
    }
    g_propagate_error(error, g_steal_pointer(&refused));
    return FALSE;
}

/* A second opinion, and the only one on chips that we do not know. */
static gboolean
ask_libstlink(StlinkTarget *self,
              InlayIdentity *identity,
              GCancellable *cancellable,
              GError **error)
{
    const InlayChip *chip = identity->chip;
    g_auto(InlayLibstlinkChip) opinion = {0};

    if (identity->rdp_level > 0)
        return TRUE; /* it would read what is refused */
    if (!inlay_libstlink_identify(self->probe, &opinion, cancellable, error))
        return FALSE;
    identity->chip_hint = g_strdup(opinion.description);
    if (identity->flash_kib == 0)
        identity->flash_kib = (guint)(opinion.flash_size / 1024);
    if (chip != NULL && opinion.description != NULL &&
        (opinion.flash_size != chip->flash.size || opinion.ram_size < chip->ram.size))
        inlay_identity_warn(
            identity,
            "%s: %u KiB flash and %u KiB RAM expected, libstlink says %" G_GSIZE_FORMAT
            " and %" G_GSIZE_FORMAT " (%s)",
            chip->name, chip->flash.size / 1024, chip->ram.size / 1024, opinion.flash_size / 1024,
            opinion.ram_size / 1024, opinion.description);
    return TRUE;
}

static gboolean
identify_longtail(StlinkTarget *self,
                  guint32 cpuid,
                  InlayIdentity *identity,
                  GCancellable *cancellable,
                  GError **error)
{
    GError *trouble = NULL;

    inlay_longtail_free(self->longtail);
    self->longtail = inlay_longtail_identify(self->probe, cpuid, identity, cancellable, &trouble);
    if (trouble != NULL)
        g_propagate_error(error, trouble);
    return trouble == NULL;
}

/* Known: the device id is in our table. */
static gboolean
find_clone(StlinkTarget *self,
           guint32 cpuid,
           gboolean known,
           InlayIdentity *identity,
           GCancellable *cancellable,
           GError **error)
{
    InlayChipTraits traits = {.cpuid = cpuid, .idcode = identity->idcode};

    if (known && !inlay_clone_read_traits(self->probe, &traits, cancellable, error))
        return FALSE;
    identity->clone = inlay_clone_find(&traits, known);
    return TRUE;
}

static gboolean
identify(StlinkTarget *self, InlayIdentity *identity, GCancellable *cancellable, GError **error)
{
    InlayProbe *probe = self->probe;
    const InlayChip *relative;
    guint32 cpuid;

    identity->adapter = g_strdup(probe->adapter);
    identity->adapter_kind = g_strdup(probe->kind);
    identity->adapter_serial = g_strdup(probe->serial);
    if (probe->warning != NULL)
        inlay_identity_warn(identity, "%s", probe->warning);
    probe->max_khz = self->access->clock_khz;
    if (!inlay_connect(&self->core, self->access->connect, &self->base, cancellable, error) ||
        !probe->ops->measure_supply(probe, &identity->supply_mv, cancellable, error) ||
        !inlay_cortexm_read_cpuid(&self->core, &cpuid, cancellable, error) ||
        !probe->ops->read_word(probe, find_idcode_addr(cpuid), &identity->idcode, cancellable,
                               error))
        return FALSE;
    identity->clock_khz = probe->clock_khz;
    identity->connected = self->core.connected;
    relative =
        inlay_chip_find_relative(inlay_chip_mend_dev_id(identity->idcode & DEV_ID_MASK, cpuid));
    if (!find_clone(self, cpuid, relative != NULL, identity, cancellable, error))
        return FALSE;
    if (relative != NULL && !read_identity(self, relative, identity, cancellable, error))
        return FALSE;
    if (!ask_libstlink(self, identity, cancellable, error))
        return FALSE;
    if (identity->chip == NULL && !identify_longtail(self, cpuid, identity, cancellable, error))
        return FALSE;
    self->chip = identity->chip;
    if (self->chip != NULL)
        self->flash = self->longtail != NULL ? inlay_longtail_get_flash(self->longtail)
                                             : inlay_flash_find(self->chip->family);
    return TRUE;
}

static gboolean
target_identify(InlayTarget *target,
                InlayIdentity *identity,
                GCancellable *cancellable,
                GError **error)
{
    StlinkTarget *self = (StlinkTarget *)target;
    GError *trouble = NULL;

    inlay_probe_begin_step(self->probe, INLAY_BUDGET_FIND_BOARD);
    identify(self, identity, cancellable, &trouble);
    inlay_probe_end_step(self->probe);
    return conclude(self, trouble, error);
}

/* -- begin, operations, end -- */

static gboolean
target_begin(InlayTarget *target, guint voltage_row, GCancellable *cancellable, GError **error)
{
    StlinkTarget *self = (StlinkTarget *)target;
    const InlayFlash *flash = self->flash;
    GError *trouble = NULL;

    if (flash == NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_CHIP_UNKNOWN, "%s has no flash driver",
                    self->chip != NULL ? self->chip->name : "the chip");
        return FALSE;
    }
    if (inlay_connect_take(&self->core, self->access->connect, flash->freeze_addr,
                           flash->freeze_bits, &self->base, cancellable, &trouble))
        self->flasher =
            flash->start(&self->core, self->chip, flash, voltage_row, cancellable, &trouble);
    return conclude(self, trouble, error);
}

static gboolean
target_digest(InlayTarget *target,
              const InlayRange *ranges,
              guint n_ranges,
              InlayDigest *digests,
              GCancellable *cancellable,
              GError **error)
{
    StlinkTarget *self = (StlinkTarget *)target;
    GError *trouble = NULL;

    g_return_val_if_fail(self->flasher != NULL, FALSE);
    self->flasher->ops->digest(self->flasher, ranges, n_ranges, digests, cancellable, &trouble);
    return conclude(self, trouble, error);
}

static gboolean
target_read(
    InlayTarget *target, InlayRange range, guint8 *out, GCancellable *cancellable, GError **error)
{
    StlinkTarget *self = (StlinkTarget *)target;
    GError *trouble = NULL;

    if (self->flasher == NULL || self->flasher->ops->sync(self->flasher, cancellable, &trouble))
        self->probe->ops->read(self->probe, range.addr, out, range.size, cancellable, &trouble);
    return conclude(self, trouble, error);
}

static gboolean
target_erase(InlayTarget *target, InlaySector sector, GCancellable *cancellable, GError **error)
{
    StlinkTarget *self = (StlinkTarget *)target;
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
    StlinkTarget *self = (StlinkTarget *)target;
    GError *trouble = NULL;

    g_return_val_if_fail(self->flasher != NULL, FALSE);
    self->flasher->ops->program(self->flasher, addr, bytes, size, cancellable, &trouble);
    return conclude(self, trouble, error);
}

static gboolean
target_sync(InlayTarget *target, GCancellable *cancellable, GError **error)
{
    StlinkTarget *self = (StlinkTarget *)target;
    GError *trouble = NULL;

    if (self->flasher != NULL)
        self->flasher->ops->sync(self->flasher, cancellable, &trouble);
    return conclude(self, trouble, error);
}

static const InlayFlash *
find_options(const StlinkTarget *self, GError **error)
{
    if (self->flash != NULL && self->flash->read_options != NULL)
        return self->flash;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_CHIP_LACKS,
                "%s: option bytes that Inlay knows expected, found none",
                self->chip != NULL ? self->chip->name : "the chip");
    return NULL;
}

static gboolean
target_read_options(InlayTarget *target,
                    InlayOptionBytes *bytes,
                    GCancellable *cancellable,
                    GError **error)
{
    StlinkTarget *self = (StlinkTarget *)target;
    const InlayFlash *flash = find_options(self, error);
    GError *trouble = NULL;

    if (flash == NULL)
        return FALSE;
    flash->read_options(self->probe, self->chip, bytes, cancellable, &trouble);
    return conclude(self, trouble, error);
}

static gboolean
target_write_options(InlayTarget *target,
                     const InlayOptionBytes *bytes,
                     guint limit_ms,
                     GError **error)
{
    StlinkTarget *self = (StlinkTarget *)target;
    const InlayFlash *flash = find_options(self, error);
    GError *trouble = NULL;

    g_return_val_if_fail(self->flasher == NULL, FALSE);
    if (flash == NULL)
        return FALSE;
    if (inlay_cortexm_reset_and_halt(&self->core, flash->freeze_addr, flash->freeze_bits, NULL,
                                     &trouble) &&
        flash->write_options(&self->core, self->chip, flash, bytes, limit_ms, &trouble)) {
        self->sealed = inlay_option_bytes_get_rdp(self->chip, bytes) == 2;
        if (!self->sealed)
            inlay_cortexm_reset_and_halt(&self->core, flash->freeze_addr, flash->freeze_bits, NULL,
                                         &trouble);
    }
    return conclude(self, trouble, error);
}

static gboolean
target_is_halted(InlayTarget *target, gboolean *halted, GCancellable *cancellable, GError **error)
{
    StlinkTarget *self = (StlinkTarget *)target;
    InlayCortexmState state = INLAY_CORTEXM_RUNNING;
    GError *trouble = NULL;

    /* A reset some time ago is told once, in place of what is now. */
    if (inlay_cortexm_get_state(&self->core, &state, cancellable, &trouble) &&
        state == INLAY_CORTEXM_WAS_RESET)
        inlay_cortexm_get_state(&self->core, &state, cancellable, &trouble);
    *halted = state == INLAY_CORTEXM_HALTED;
    return conclude(self, trouble, error);
}

static gboolean
target_end(InlayTarget *target, gboolean reset, GError **error)
{
    StlinkTarget *self = (StlinkTarget *)target;
    GError *trouble = NULL;

    if (self->flasher != NULL && !self->deaf)
        self->flasher->ops->settle(self->flasher, &trouble);
    if (self->flasher != NULL)
        self->flasher->ops->free(self->flasher);
    self->flasher = NULL;
    conclude(self, trouble, error);
    if (self->deaf)
        return trouble == NULL;
    if (trouble != NULL || self->sealed) {
        inlay_cortexm_release(&self->core, reset, NULL);
        return trouble == NULL;
    }
    inlay_cortexm_release(&self->core, reset, &trouble);
    if (self->core.silent)
        inlay_target_note(&self->base,
                          "the chip does not answer since its reset: its program switches "
                          "SWD off, or it has no power any more");
    return conclude(self, trouble, error);
}

static void
target_free(InlayTarget *target)
{
    StlinkTarget *self = (StlinkTarget *)target;

    target_end(target, FALSE, NULL); /* nothing is left to do after an end before */
    self->probe->ops->free(self->probe);
    inlay_longtail_free(self->longtail);
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
    .is_halted = target_is_halted,
    .end = target_end,
    .free = target_free,
};

InlayTarget *
inlay_stlink_target_new(InlayLink *link,
                        const InlayAccess *access,
                        GCancellable *cancellable,
                        GError **error)
{
    InlayProbe *probe;
    StlinkTarget *self;

    if (access->trace != NULL) {
        link = inlay_trace_link_new(link, access->trace, error);
        if (link == NULL)
            return NULL;
    }
    probe = inlay_stlink_probe_new(link, cancellable, error);
    if (probe == NULL)
        return NULL;
    self = g_new0(StlinkTarget, 1);
    self->base.ops = &target_ops;
    self->probe = probe;
    self->access = access;
    inlay_cortexm_init(&self->core, probe);
    return &self->base;
}
