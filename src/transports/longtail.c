/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/longtail.h"

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

struct InlayLongtail {
    InlayFlash flash; /* first: what it starts is given it back */
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
    {CPUID_M4, "Cortex-M4", 0xe0042000},       /* RM0394 47.6.1 */
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

/* Some refuse their unique id as well: it stays zero. */
static gboolean
look_at_locked(InlayProbe *probe,
               const InlayLongtailRow *row,
               InlayLibstlinkChip *known,
               InlayIdentity *identity,
               GCancellable *cancellable,
               GError **error)
{
    g_autoptr(GError) refused = NULL;

    inlay_libstlink_describe(row->dev_id, known);
    if (probe->ops->read(probe, row->line->family.uid_addr, identity->uid, sizeof identity->uid,
                         cancellable, &refused) ||
        g_error_matches(refused, INLAY_ERROR, INLAY_ERROR_BOARD_LOST))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&refused));
    return FALSE;
}

InlayLongtail *
inlay_longtail_identify(InlayProbe *probe,
                        guint32 cpuid,
                        InlayIdentity *identity,
                        GCancellable *cancellable,
                        GError **error)
{
    const InlayLongtailRow *row =
        inlay_longtail_find_row(inlay_chip_mend_dev_id(identity->idcode & DEV_ID_MASK, cpuid));
    g_auto(InlayLibstlinkChip) known = {0};
    InlayLongtail *self;
    guint32 word;

    if (row == NULL)
        return NULL;
    if (!probe->ops->read_word(probe, row->line->rdp_addr, &word, cancellable, error))
        return NULL;
    identity->rdp_level = decode_rdp(row->line->rdp, word);
    if (!(identity->rdp_level > 0 ? look_at_locked : complete)(probe, row, &known, identity,
                                                               cancellable, error))
        return NULL;
    if (known.description == NULL)
        return NULL;
    self = make(row, cpuid, &known);
    if (identity->rdp_level == 0 && !lay_sectors(&self->chip, row->line->sectors,
                                                 self->chip.flash.size, (guint32)known.page_size)) {
        inlay_longtail_free(self);
        return NULL;
    }
    self->flash = (InlayFlash){
        .family = row->line->family.name,
        .start = inlay_longtail_start,
        .freeze_addr = row->line->freeze_addr,
        .freeze_bits = row->line->freeze_bits,
    };
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

const InlayLongtailLine *
inlay_longtail_get_line(const InlayFlash *flash)
{
    return ((const InlayLongtail *)flash)->line;
}
