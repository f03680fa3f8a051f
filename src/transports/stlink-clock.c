/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/stlink-clock.h"

#include "transports/bytes.h"
#include "transports/stlink-protocol.h"

/* The SWD clock asked for: what every V2 and every STM32 can do. A probe takes its next lower one. */
#define SWD_KHZ 4000

/* The SWD clock of a V3: the fastest of its own list that is not above SWD_KHZ. */
static gboolean
set_clock_v3(InlayStlink *self, GCancellable *cancellable, GError **error)
{
    guint8 get[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_GET_COM_FREQ};
    guint8 set[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_SET_COM_FREQ};
    guint8 list[STLINK_FREQ_REPLY_SIZE], reply[8];
    guint32 best = 0;

    if (!inlay_stlink_run(self, get, list, sizeof list, "read the clocks", INLAY_STLINK_NO_ADDR,
                          cancellable, error))
        return FALSE;
    for (guint i = 0; i < MIN(list[8], STLINK_FREQ_MAX); i++) {
        guint32 khz = load32_le(list + 12 + 4 * i);
        if (khz <= SWD_KHZ && khz > best)
            best = khz;
    }
    store32_le(set + 4, best);
    return best == 0 || inlay_stlink_run(self, set, reply, sizeof reply, "set the clock",
                                         INLAY_STLINK_NO_ADDR, cancellable, error);
}

/* The SWD clock of a V2: divisor 0 is 4000 kHz. */
gboolean
inlay_stlink_set_clock(InlayStlink *self, GCancellable *cancellable, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_SWD_SET_FREQ};
    guint8 reply[2];

    if (self->version.generation > 2)
        return set_clock_v3(self, cancellable, error);
    if (self->version.jtag < STLINK_J_SWD_FREQ)
        return TRUE;
    return inlay_stlink_run(self, command, reply, sizeof reply, "set the clock",
                            INLAY_STLINK_NO_ADDR, cancellable, error);
}
