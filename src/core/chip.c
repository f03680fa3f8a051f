/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/chip.h"

#include <string.h>

/* A small x in a name of the table stands for any one character (the package's number of pins); a
 * part number may go on behind the name (package, temperature, options). */
static gboolean
name_matches(const char *pattern, const char *name)
{
    for (; *pattern != '\0'; pattern++, name++) {
        if (*pattern == 'x' ? !g_ascii_isalnum(*name)
                            : g_ascii_toupper(*name) != g_ascii_toupper(*pattern))
            return FALSE;
    }
    while (g_ascii_isalnum(*name))
        name++;
    return *name == '\0';
}

const InlayChip *
inlay_chip_find_by_name(const char *name)
{
    for (guint i = 0; i < inlay_chip_get_n_chips(); i++) {
        const InlayChip *chip = inlay_chip_get(i);
        if (name_matches(chip->name, name))
            return chip;
        for (guint n = 0; n < INLAY_MAX_CHIP_NAMES && chip->also[n] != NULL; n++) {
            if (name_matches(chip->also[n], name))
                return chip;
        }
    }
    return NULL;
}

const InlayChip *
inlay_chip_find_by_id(guint16 dev_id, guint flash_kib)
{
    for (guint i = 0; i < inlay_chip_get_n_chips(); i++) {
        const InlayChip *chip = inlay_chip_get(i);
        if (chip->dev_id == dev_id && chip->flash.size / 1024 == flash_kib)
            return chip;
    }
    return NULL;
}

const InlayChip *
inlay_chip_find_relative(guint16 dev_id)
{
    for (guint i = 0; i < inlay_chip_get_n_chips(); i++) {
        if (inlay_chip_get(i)->dev_id == dev_id)
            return inlay_chip_get(i);
    }
    return NULL;
}

const InlayChip *
inlay_chip_find_by_mode(const InlayChip *chip, guint32 word)
{
    if (chip->mode.mask == 0)
        return chip;
    for (guint i = 0; i < inlay_chip_get_n_chips(); i++) {
        const InlayChip *other = inlay_chip_get(i);
        if (other->dev_id == chip->dev_id && other->flash.size == chip->flash.size &&
            (word & other->mode.mask) == other->mode.value)
            return other;
    }
    return NULL;
}

/* ES0182: revision A of the STM32F405 and F407 says the device id of the STM32F205, which has a
 * Cortex-M3 (PM0214 4.4.2, PM0056 4.4.1: the part number in CPUID). */
guint16
inlay_chip_mend_dev_id(guint16 dev_id, guint32 cpuid)
{
    gboolean is_m4 = (cpuid & 0xfff0) == 0xc240;

    return dev_id == 0x411 && is_m4 ? 0x413 : dev_id;
}

guint
inlay_chip_get_n_sectors(const InlayChip *chip)
{
    guint n = 0;

    for (guint i = 0; i < INLAY_MAX_SECTOR_RUNS && chip->sectors[i].count > 0; i++)
        n += chip->sectors[i].count;
    return n;
}

InlaySector
inlay_chip_get_sector(const InlayChip *chip, guint index)
{
    guint32 addr = chip->flash.addr;
    guint first = 0, number = 0;

    for (guint i = 0; i < INLAY_MAX_SECTOR_RUNS && chip->sectors[i].count > 0; i++) {
        const InlaySectorRun *run = &chip->sectors[i];
        if (run->number > 0)
            number = run->number;
        if (index < first + run->count) {
            InlayRange range = {addr + (index - first) * run->size, run->size};
            return (InlaySector){
                .index = index, .number = number + index - first, .range = range, .run = run};
        }
        addr += run->count * run->size;
        first += run->count;
        number += run->count;
    }
    g_return_val_if_reached((InlaySector){0});
}

guint
inlay_chip_find_sector(const InlayChip *chip, guint32 addr)
{
    guint index = 0;

    g_return_val_if_fail(inlay_range_contains(chip->flash, (InlayRange){addr, 1}), 0);
    while (addr >= inlay_range_end(inlay_chip_get_sector(chip, index).range))
        index++;
    return index;
}

guint
inlay_chip_find_voltage_row(const InlayChip *chip, guint supply_mv)
{
    const InlayVoltageRow *rows = chip->family->voltage;
    guint found = 0;

    for (guint i = 1; i < INLAY_MAX_VOLTAGE_ROWS && rows[i].width > 0; i++) {
        if (supply_mv >= rows[i].min_mv)
            found = i;
    }
    return found;
}
