/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/clones.h"

#include "core/error.h"
#include "transports/bytes.h"

/* The ROM table of every Cortex-M3 and M4 of ST (RM0008 31.8, RM0090 38.8, AHB-AP's BASE), and its
 * peripheral id registers (ARM Debug Interface v5.2, D1.2): PIDR4 first, PIDR0 to 2 after three
 * words of zeros. */
#define ROM_PIDR4 0xe00fffd0u
#define ROM_PIDR_SIZE 0x1c
#define PIDR2_JEDEC (1u << 3)

#define DESIGNER_ST 0x020
#define DESIGNER_ARM 0x43b
#define DESIGNER_GIGADEVICE 0x751
/* Not in JEP106; Black Magic Probe's jep106.h has met it in copies of the F103. */
#define DESIGNER_CKS 0x555

#define CPUID_PART_REVISION 0x00f0fff0u /* variant and part number: the r and the core */
#define M3 0x0000c230u
#define M4 0x0000c240u
#define M3_R2 0x0020c230u

/* The first that fits counts. A mask of 0 fits all. */
static const struct {
    guint32 cpuid_mask, cpuid;
    guint32 idcode_mask, idcode;
    guint16 designer; /* 0: any */
    guint16 part;     /* 0: any */
    const char *name;
} rows[] = {
    /* blaatschaap.be, 32F103 comparison part 3: the GD32F103's ROM table names GigaDevice; Black
     * Magic Probe's stm32f1.c: its lines by device id and core. */
    {0xfff0, M3, 0xfff, 0x410, DESIGNER_GIGADEVICE, 0, "GigaDevice GD32F103"},
    {0xfff0, M3, 0xfff, 0x414, DESIGNER_GIGADEVICE, 0, "GigaDevice GD32F103"},
    {0xfff0, M4, 0xfff, 0x410, DESIGNER_GIGADEVICE, 0, "GigaDevice GD32F303"},
    {0xfff0, M4, 0xfff, 0x414, DESIGNER_GIGADEVICE, 0, "GigaDevice GD32F303"},
    {0xfff0, M4, 0xfff, 0x430, DESIGNER_GIGADEVICE, 0, "GigaDevice GD32F303"},
    {0, 0, 0, 0, DESIGNER_GIGADEVICE, 0, "GigaDevice GD32"},
    /* Black Magic Probe, pull request 784 */
    {0, 0, 0, 0, DESIGNER_CKS, 0x29b, "CKS CS32F103"},
    /* blaatschaap.be, part 3: both are Cortex-M3 r2p1 with ARM's own ROM table, where ST's is r1p1
     * with ST's. What else differs can only be told by writing to the chip. */
    {CPUID_PART_REVISION, M3_R2, 0xfff, 0x410, DESIGNER_ARM, 0x4c3,
     "CKS CS32F103 or Geehy APM32F103"},
    /* Black Magic Probe's stm32f1.c: Artery counts with the whole word, in series. */
    {0xfff0, M4, 0xfffff000, 0x70030000, 0, 0, "Artery AT32F415"},
    {0xfff0, M4, 0xfffff000, 0x70050000, 0, 0, "Artery AT32F403A or AT32F407"},
    {0xfff0, M4, 0xfffff000, 0x70083000, 0, 0, "Artery AT32F435 or AT32F437"},
    {0xfff0, M4, 0xfffff000, 0x70084000, 0, 0, "Artery AT32F435 or AT32F437"},
};

static const char *
find_row(const InlayChipTraits *traits)
{
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if ((traits->cpuid & rows[i].cpuid_mask) == rows[i].cpuid &&
            (traits->idcode & rows[i].idcode_mask) == rows[i].idcode &&
            (rows[i].designer == 0 || traits->designer == rows[i].designer) &&
            (rows[i].part == 0 || traits->part == rows[i].part))
            return rows[i].name;
    }
    return NULL;
}

const char *
inlay_clone_find(const InlayChipTraits *traits, gboolean known)
{
    const char *name = find_row(traits);

    if (name != NULL || !known)
        return name;
    /* Every F1, F3 and F4 of ST names ST there: Black Magic Probe finds them by that. */
    if (traits->designer != 0 && traits->designer != DESIGNER_ST) {
        g_autofree char *text = g_strdup_printf(
            "a chip of another maker (ROM table: designer 0x%03x expected, found 0x%03x, part "
            "0x%03x)",
            DESIGNER_ST, traits->designer, traits->part);
        return g_intern_string(text);
    }
    /* PM0056 4.4.1, RM0008 31.6.3: the medium-density F103 is r1p1. */
    if ((traits->cpuid & CPUID_PART_REVISION) == M3_R2 && (traits->idcode & 0xfff) == 0x410)
        return "a chip of another maker (Cortex-M3 r1 expected, found r2)";
    return NULL;
}

gboolean
inlay_clone_read_traits(InlayProbe *probe,
                        InlayChipTraits *traits,
                        GCancellable *cancellable,
                        GError **error)
{
    guint8 ids[ROM_PIDR_SIZE];
    g_autoptr(GError) refused = NULL;

    traits->designer = traits->part = 0;
    if (!probe->ops->read(probe, ROM_PIDR4, ids, sizeof ids, cancellable, &refused)) {
        if (g_error_matches(refused, INLAY_ERROR, INLAY_ERROR_BOARD_LOST))
            return TRUE; /* a chip that is really lost is noticed next */
        g_propagate_error(error, g_steal_pointer(&refused));
        return FALSE;
    }
    guint8 pidr4 = ids[0x00], pidr0 = ids[0x10], pidr1 = ids[0x14], pidr2 = ids[0x18];
    if ((pidr2 & PIDR2_JEDEC) == 0)
        return TRUE;
    traits->designer = (guint16)((pidr4 & 0xf) << 8 | (pidr2 & 7) << 4 | pidr1 >> 4);
    traits->part = (guint16)((pidr1 & 0xf) << 8 | pidr0);
    return TRUE;
}
