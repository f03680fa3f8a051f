/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stlink-private.h"

#include <gio/gio.h>

/* Probes that are not as they should be: old firmware, a sense pin that lies, a boot loader that
 * does not start the firmware. */

static gboolean
parse_number(const char *text, guint64 max, guint64 *number)
{
    return g_ascii_string_to_unsigned(text, 10, 0, max, number, NULL);
}

static gboolean
set_firmware(BenchStlink *probe, const char *value)
{
    guint64 jtag = 0;

    if (!g_str_equal(value, "own") && (value[0] != 'J' || !parse_number(value + 1, 63, &jtag)))
        return FALSE;
    probe->manners.jtag = (guint8)jtag;
    return TRUE;
}

static gboolean
set_mode(BenchStlink *probe, const char *value)
{
    gboolean dfu = g_str_equal(value, "dfu");

    if (!dfu && !g_str_equal(value, "own"))
        return FALSE;
    probe->manners.stays_in_dfu = dfu;
    probe->mode = (guint8)stlink_get_first_mode(probe);
    return TRUE;
}

static gboolean
set_sense(BenchStlink *probe, const char *value)
{
    guint64 mv = 0;

    if (g_str_equal(value, "board"))
        probe->manners.sense = STLINK_SENSE_BOARD;
    else if (g_str_equal(value, "none"))
        probe->manners.sense = STLINK_SENSE_NONE;
    else if (parse_number(value, 20000, &mv))
        probe->manners.sense = STLINK_SENSE_FIXED;
    else
        return FALSE;
    probe->manners.sense_mv = (guint32)mv;
    return TRUE;
}

static gboolean
set_nrst(BenchStlink *probe, const char *value)
{
    probe->manners.no_nrst = g_str_equal(value, "none");
    if (probe->manners.no_nrst && probe->board != NULL)
        bench_board_set_nrst(probe->board, FALSE);
    return probe->manners.no_nrst || g_str_equal(value, "wired");
}

static gboolean
set_max_clock(BenchStlink *probe, const char *value)
{
    guint64 khz = 0;

    if (!g_str_equal(value, "any") && (!parse_number(value, 100000, &khz) || khz == 0))
        return FALSE;
    probe->manners.max_khz = (guint32)khz;
    return TRUE;
}

gboolean
bench_stlink_set_manner(BenchStlink *probe, const char *name, const char *value, GError **error)
{
    static const struct {
        const char *name;
        gboolean (*set)(BenchStlink *probe, const char *value);
        const char *values;
    } manners[] = {
        {"firmware", set_firmware, "J0 to J63 or own"},       {"mode", set_mode, "dfu or own"},
        {"sense", set_sense, "board, none or millivolts"},    {"nrst", set_nrst, "wired or none"},
        {"max_clock_khz", set_max_clock, "kilohertz or any"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(manners); i++) {
        if (!g_str_equal(manners[i].name, name))
            continue;
        if (manners[i].set(probe, value))
            return TRUE;
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: %s expected, got %s", name,
                    manners[i].values, value);
        return FALSE;
    }
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "a probe has no %s", name);
    return FALSE;
}

guint8
stlink_get_firmware(const BenchStlink *probe)
{
    return probe->manners.jtag != 0 ? probe->manners.jtag : probe->kind->jtag;
}

gboolean
stlink_knows_command(const BenchStlink *probe)
{
    /* Firmware of a V2 that came with a command, as OpenOCD's and stlink's feature levels have it;
     * 0x30 stands for all of the second version of the interface. */
    static const struct {
        guint8 first, second, since;
    } rows[] = {
        {0xF7, 0, 13},    {0xF2, 0x30, 11}, {0xF2, 0x3E, 15}, {0xF2, 0x43, 22}, {0xF2, 0x45, 24},
        {0xF2, 0x46, 24}, {0xF2, 0x47, 26}, {0xF2, 0x48, 26}, {0xF2, 0x50, 26}, {0xF2, 0x4B, 28},
        {0xF2, 0x4C, 28}, {0xF2, 0x51, 32}, {0xF2, 0x52, 32}, {0xF2, 0x53, 32}, {0xF2, 0x54, 32},
    };

    for (gsize i = 0; probe->kind->version == 2 && i < G_N_ELEMENTS(rows); i++)
        if (probe->command[0] == rows[i].first &&
            (rows[i].second == 0 || probe->command[1] == rows[i].second))
            return stlink_get_firmware(probe) >= rows[i].since;
    return TRUE;
}

StlinkMode
stlink_get_first_mode(const BenchStlink *probe)
{
    return probe->manners.stays_in_dfu ? STLINK_MODE_DFU : (StlinkMode)probe->kind->first_mode;
}

gboolean
stlink_get_sense(const BenchStlink *probe, guint32 *mv)
{
    const StlinkManners *manners = &probe->manners;

    *mv = manners->sense_mv;
    if (manners->sense == STLINK_SENSE_BOARD)
        *mv = probe->board != NULL && bench_board_has_power(probe->board)
                  ? bench_board_get_supply_mv(probe->board)
                  : 0;
    return manners->sense != STLINK_SENSE_NONE;
}
