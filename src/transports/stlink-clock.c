/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/stlink-clock.h"

#include <string.h>

#include "core/error.h"
#include "transports/bytes.h"

/* The clock to begin with when none was asked for: all that a V2 has, and of a V3, which goes up to 24
 * MHz, what jumper wires mostly carry. */
#define DEFAULT_MAX_KHZ 8000

/* The ROM table: on every Cortex-M, readable at any protection and in reset, and it never changes
 * (ARMv7-M, C1.2; ARMv6-M, C1.2). */
#define ROM_TABLE 0xe00ff000u
#define CHECK_SIZE 256u
#define CHECK_READS 3
/* A word costs 138 clocks on the slowest probes: 8 kHz pass one in 17 ms. */
#define CHECK_KHZ_PER_WORD 8u

static const struct {
    guint16 khz, divisor;
} v2_clocks[] = {
    {4000, 0}, {1800, 1}, {1200, 2}, {950, 3},  {480, 7},  {240, 15},
    {125, 31}, {100, 40}, {50, 79},  {25, 158}, {15, 265}, {5, 798},
};
G_STATIC_ASSERT(G_N_ELEMENTS(v2_clocks) <= STLINK_CLOCK_MAX);

/* Keeps the list in order. */
static void
add_clock(InlayStlink *self, guint khz, guint16 divisor)
{
    guint at = 0;

    while (at < self->n_clocks && self->clocks[at].khz > khz)
        at++;
    memmove(&self->clocks[at + 1], &self->clocks[at],
            (self->n_clocks - at) * sizeof self->clocks[0]);
    self->clocks[at].khz = khz;
    self->clocks[at].divisor = divisor;
    self->n_clocks++;
}

/* The slowest is better than none. */
static void
drop_too_fast(InlayStlink *self)
{
    guint max_khz = self->base.max_khz != 0 ? self->base.max_khz : DEFAULT_MAX_KHZ;
    guint n = 0;

    while (n + 1 < self->n_clocks && self->clocks[n].khz > max_khz)
        n++;
    self->n_clocks -= n;
    memmove(self->clocks, self->clocks + n, self->n_clocks * sizeof self->clocks[0]);
}

static gboolean
list_clocks(InlayStlink *self, GCancellable *cancellable, GError **error)
{
    guint8 get[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_GET_COM_FREQ};
    guint8 list[STLINK_FREQ_REPLY_SIZE];

    if (self->version.generation == 2) {
        for (guint i = 0; self->version.jtag >= STLINK_J_SWD_FREQ && i < G_N_ELEMENTS(v2_clocks);
             i++)
            add_clock(self, v2_clocks[i].khz, v2_clocks[i].divisor);
        return TRUE;
    }
    if (!inlay_stlink_run(self, get, list, sizeof list, "read the clocks", INLAY_STLINK_NO_ADDR,
                          cancellable, error))
        return FALSE;
    for (guint i = 0; i < MIN(list[8], STLINK_FREQ_MAX); i++) {
        guint32 khz = load32_le(list + 12 + 4 * i);
        if (khz != 0)
            add_clock(self, khz, 0);
    }
    return TRUE;
}

static gboolean
set_clock(InlayStlink *self, guint clock, GCancellable *cancellable, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG};
    gboolean v2 = self->version.generation == 2;
    guint8 reply[8];

    if (v2) {
        command[1] = STLINK_DEBUG_SWD_SET_FREQ;
        store16_le(command + 2, self->clocks[clock].divisor);
    } else {
        command[1] = STLINK_DEBUG_SET_COM_FREQ;
        store32_le(command + 4, self->clocks[clock].khz);
    }
    if (!inlay_stlink_run(self, command, reply, v2 ? 2 : 8, "set the clock", INLAY_STLINK_NO_ADDR,
                          cancellable, error))
        return FALSE;
    self->clock = clock;
    self->base.clock_khz = self->clocks[clock].khz;
    return TRUE;
}

gboolean
inlay_stlink_choose_clock(InlayStlink *self, GCancellable *cancellable, GError **error)
{
    if (self->n_clocks == 0) {
        if (!list_clocks(self, cancellable, error))
            return FALSE;
        drop_too_fast(self);
    }
    if (self->n_clocks == 0)
        return TRUE;
    self->base.first_khz = self->clocks[0].khz;
    return set_clock(self, 0, cancellable, error);
}

gboolean
inlay_stlink_slow_down(InlayStlink *self,
                       gboolean *slower,
                       GCancellable *cancellable,
                       GError **error)
{
    *slower = self->clock + 1 < self->n_clocks;
    return !*slower || set_clock(self, self->clock + 1, cancellable, error);
}

gboolean
inlay_stlink_check_wires(InlayStlink *self, GCancellable *cancellable, GError **error)
{
    guint khz = self->base.clock_khz;
    gsize size = khz == 0 ? CHECK_SIZE : CLAMP(khz / CHECK_KHZ_PER_WORD, 1, CHECK_SIZE / 4) * 4;
    guint8 first[CHECK_SIZE], again[CHECK_SIZE];

    for (guint i = 0; i < CHECK_READS; i++) {
        g_autoptr(GError) trouble = NULL;

        if (!inlay_stlink_read(&self->base, ROM_TABLE, i == 0 ? first : again, size, cancellable,
                               &trouble)) {
            /* A chip that has no such table says nothing about its wires. */
            if (self->status == STLINK_STATUS_AP_FAULT || self->status == STLINK_STATUS_FAULT)
                return TRUE;
            g_propagate_error(error, g_steal_pointer(&trouble));
            return FALSE;
        }
        if (i > 0 && memcmp(first, again, size) != 0) {
            self->status = STLINK_STATUS_AP_PARITY;
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST,
                        "failed to read 0x%08x: the same %" G_GSIZE_FORMAT
                        " bytes expected again, got others",
                        ROM_TABLE, size);
            return FALSE;
        }
    }
    return TRUE;
}
