/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/uart-foreign.h"

#include "core/error.h"
#include "transports/bytes.h"
#include "transports/uart-flasher.h"

#define GAP_MIN 64u /* bytes 0xFF; a shorter run costs less sent than a new frame */
#define BLOCK 4096u /* between two signs of progress */

/* The core of all chips that have such a bootloader: mends what a revision says of itself. */
#define CPUID_M4 0x410fc240u
#define DEV_ID_MASK 0xfffu
#define UID_SIZE 12u
/* RDP: RM0090 3.9.10 */
#define RDP_LEVEL_0 0xaa
#define RDP_LEVEL_2 0xcc
#define NWRP_BITS 12u
/* Where the published bootloader has its application. */
#define APPLICATION 0x08008000u

/* Done with the twelve commands, each when it is asked for: nothing is ever pending. */
typedef struct {
    InlayFlasher base;
    InlayBoot *boot;
    InlayTarget *target;
} ForeignFlasher;

static gboolean
foreign_digest(InlayFlasher *flasher,
               const InlayRange *ranges,
               guint n_ranges,
               InlayDigest *digests,
               GCancellable *cancellable,
               GError **error)
{
    ForeignFlasher *self = (ForeignFlasher *)flasher;

    for (guint i = 0; i < n_ranges; i++) {
        g_autofree guint8 *bytes = g_malloc(ranges[i].size);
        if (!inlay_uart_read(self->boot, ranges[i], bytes, self->target, cancellable, error))
            return FALSE;
        digests[i] = inlay_digest_of(bytes, ranges[i].size);
    }
    return TRUE;
}

static gboolean
foreign_erase(InlayFlasher *flasher, InlaySector sector, GCancellable *cancellable, GError **error)
{
    ForeignFlasher *self = (ForeignFlasher *)flasher;

    return inlay_boot_flash_erase(self->boot, (guint8)sector.number, 1, cancellable, error);
}

static gboolean
foreign_program(InlayFlasher *flasher,
                guint32 addr,
                const guint8 *bytes,
                gsize size,
                GCancellable *cancellable,
                GError **error)
{
    ForeignFlasher *self = (ForeignFlasher *)flasher;

    for (gsize first, end, done = 0; inlay_uart_find_run(bytes, size, done, GAP_MIN, &first, &end);
         done = end) {
        end = MIN(end, first + BLOCK);
        if (!inlay_boot_mem_write(self->boot, addr + (guint32)first, bytes + first, end - first,
                                  cancellable, error))
            return FALSE;
        inlay_target_moved(self->target, end - done);
    }
    return TRUE;
}

static gboolean
foreign_sync(InlayFlasher *flasher, GCancellable *cancellable, GError **error)
{
    return TRUE;
}

static gboolean
foreign_settle(InlayFlasher *flasher, GError **error)
{
    return TRUE;
}

static void
foreign_free(InlayFlasher *flasher)
{
    g_free(flasher);
}

static const InlayFlasherOps foreign_ops = {
    .digest = foreign_digest,
    .erase = foreign_erase,
    .program = foreign_program,
    .sync = foreign_sync,
    .settle = foreign_settle,
    .free = foreign_free,
};

InlayFlasher *
inlay_uart_foreign_new(InlayBoot *boot, InlayTarget *target)
{
    ForeignFlasher *self = g_new0(ForeignFlasher, 1);

    self->base.ops = &foreign_ops;
    self->boot = boot;
    self->target = target;
    return &self->base;
}

/* -- what it tells -- */

const InlayChip *
inlay_uart_find_chip(guint32 idcode, guint flash_kib)
{
    return inlay_chip_find_by_id(inlay_chip_mend_dev_id(idcode & DEV_ID_MASK, CPUID_M4), flash_kib);
}

/* What it refuses is not had, and no error. *trouble, if there is any, becomes `error` or goes. */
static gboolean
tolerate(gboolean ok, GError **trouble, gboolean *had, GError **error)
{
    *had = ok;
    if (ok || g_error_matches(*trouble, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_REFUSED) ||
        g_error_matches(*trouble, INLAY_ERROR, INLAY_ERROR_CHIP_LOCKED) ||
        g_error_matches(*trouble, INLAY_ERROR, INLAY_ERROR_CHIP_LACKS)) {
        g_clear_error(trouble);
        return TRUE;
    }
    g_propagate_error(error, g_steal_pointer(trouble));
    return FALSE;
}

static gboolean
read_protection(InlayBoot *boot, InlayIdentity *identity, GCancellable *cancellable, GError **error)
{
    GError *trouble = NULL;
    guint16 nwrp = 0;
    guint8 rdp = 0;
    gboolean ok, had;

    ok = inlay_boot_get_rdp(boot, &rdp, cancellable, &trouble);
    if (!tolerate(ok, &trouble, &had, error))
        return FALSE;
    if (had && rdp != RDP_LEVEL_0)
        identity->rdp_level = rdp == RDP_LEVEL_2 ? 2 : 1;
    ok = inlay_boot_get_nwrp(boot, &nwrp, cancellable, &trouble);
    if (!tolerate(ok, &trouble, &had, error))
        return FALSE;
    for (guint i = 0; had && i < NWRP_BITS; i++) {
        if ((nwrp >> i & 1) == 0)
            inlay_identity_set_protected(identity, i);
    }
    return TRUE;
}

static gboolean
read_ids(InlayBoot *boot,
         const InlayChipFamily *family,
         InlayIdentity *identity,
         GCancellable *cancellable,
         GError **error)
{
    GError *trouble = NULL;
    guint8 kib[2];
    gboolean ok, had;

    ok = inlay_boot_mem_read(boot, family->flash_size_addr, kib, sizeof kib, cancellable, &trouble);
    if (!tolerate(ok, &trouble, &had, error))
        return FALSE;
    if (had)
        identity->flash_kib = load16_le(kib);
    ok =
        inlay_boot_mem_read(boot, family->uid_addr, identity->uid, UID_SIZE, cancellable, &trouble);
    if (!tolerate(ok, &trouble, &had, error))
        return FALSE;
    identity->has_no_uid = !had;
    return TRUE;
}

/* It does not tell the size of the flash: the layout's chip, if it is one of those it may be. */
static void
believe(const InlayAccess *access, const InlayChip *relative, InlayIdentity *identity)
{
    if (access->chip == NULL || access->chip->dev_id != relative->dev_id)
        return;
    identity->chip = access->chip;
    inlay_identity_warn(identity,
                        "this bootloader does not tell the size of the flash: the layout's chip, "
                        "%s, is believed",
                        access->chip->name);
}

gboolean
inlay_uart_identify_foreign(InlayBoot *boot,
                            const InlayAccess *access,
                            InlayIdentity *identity,
                            GCancellable *cancellable,
                            GError **error)
{
    const InlayChip *relative;
    guint16 cid;

    identity->reads_back = TRUE;
    identity->has_no_uid = TRUE;
    if (!inlay_boot_get_cid(boot, &cid, cancellable, error) ||
        !read_protection(boot, identity, cancellable, error))
        return FALSE;
    identity->idcode = cid;
    relative = inlay_chip_find_relative(inlay_chip_mend_dev_id(cid & DEV_ID_MASK, CPUID_M4));
    if (relative == NULL)
        return TRUE;
    if (!read_ids(boot, relative->family, identity, cancellable, error))
        return FALSE;
    identity->chip = inlay_uart_find_chip(cid, identity->flash_kib);
    if (identity->flash_kib == 0)
        believe(access, relative, identity);
    return TRUE;
}

gboolean
inlay_uart_start_foreign(InlayBoot *boot, GError **error)
{
    GError *trouble = NULL;
    gboolean ok = inlay_boot_go(boot, APPLICATION, NULL, &trouble), had;

    return tolerate(ok, &trouble, &had, error);
}
