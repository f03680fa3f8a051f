/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/stlink-probe.h"

#include "core/error.h"
#include "transports/bytes.h"
#include "transports/stlink-clock.h"
#include "transports/stlink-command.h"
#include "transports/stlink-protocol.h"

#define SUPPLY_NEEDED_MV 1700 /* below, no STM32 answers */

#define DFU_LEAVE_MS 300 /* its firmware has started by then */
#define DFU_ASK_MS 20

/* -- supply, reset line -- */

/* *sensed: the probe has a sense pin, whatever it shows. */
static gboolean
measure(InlayStlink *self,
        guint *supply_mv,
        gboolean *sensed,
        GCancellable *cancellable,
        GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_GET_TARGET_VOLTAGE};
    guint8 reply[8];
    guint32 a0, a1;

    *supply_mv = 0;
    *sensed = FALSE;
    if (self->version.generation == 2 && self->version.jtag < STLINK_J_VOLTAGE)
        return TRUE;
    if (!inlay_stlink_exchange(self, command, reply, sizeof reply, cancellable, error))
        return FALSE;
    a0 = load32_le(reply);
    a1 = load32_le(reply + 4);
    *sensed = a0 != 0;
    if (*sensed)
        *supply_mv = (guint)MIN((guint64)a1 * 2400 / a0, G_MAXUINT);
    return TRUE;
}

static gboolean
stlink_measure_supply(InlayProbe *probe,
                      guint *supply_mv,
                      GCancellable *cancellable,
                      GError **error)
{
    gboolean sensed;

    return measure((InlayStlink *)probe, supply_mv, &sensed, cancellable, error);
}

static gboolean
stlink_drive_nrst(InlayProbe *probe,
                  InlayProbeNrst level,
                  GCancellable *cancellable,
                  GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_DRIVE_NRST,
                                           level == INLAY_PROBE_NRST_HIGH};
    guint8 reply[2];

    return inlay_stlink_run((InlayStlink *)probe, command, reply, sizeof reply, "drive nrst",
                            INLAY_STLINK_NO_ADDR, cancellable, error);
}

/* -- attach, detach -- */

static gboolean
get_mode(InlayStlink *self, guint8 *mode, GCancellable *cancellable, GError **error)
{
    guint8 ask[STLINK_COMMAND_SIZE] = {STLINK_GET_MODE};
    guint8 reply[2];

    if (!inlay_stlink_exchange(self, ask, reply, sizeof reply, cancellable, error))
        return FALSE;
    *mode = reply[0];
    return TRUE;
}

/* Starts its firmware; one without, or with a damaged one, stays where it is. */
static gboolean
leave_dfu(InlayStlink *self, GCancellable *cancellable, GError **error)
{
    guint8 leave[STLINK_COMMAND_SIZE] = {STLINK_DFU, STLINK_DFU_EXIT};
    guint8 mode = STLINK_MODE_DFU;

    if (!inlay_stlink_exchange(self, leave, NULL, 0, cancellable, error))
        return FALSE;
    for (guint ms = 0; ms <= DFU_LEAVE_MS; ms += DFU_ASK_MS) {
        if (!get_mode(self, &mode, cancellable, error))
            return FALSE;
        if (mode != STLINK_MODE_DFU)
            return TRUE;
        g_usleep(DFU_ASK_MS * 1000);
    }
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_DFU,
                "%s: its firmware expected within %u ms of leaving dfu mode, it is still in that "
                "mode",
                self->base.adapter, DFU_LEAVE_MS);
    return FALSE;
}

static gboolean
leave_other_modes(InlayStlink *self, GCancellable *cancellable, GError **error)
{
    guint8 leave_swim[STLINK_COMMAND_SIZE] = {STLINK_SWIM, STLINK_SWIM_EXIT};
    guint8 mode;

    if (!get_mode(self, &mode, cancellable, error))
        return FALSE;
    if (mode == STLINK_MODE_DFU)
        return leave_dfu(self, cancellable, error);
    if (mode == STLINK_MODE_SWIM)
        return inlay_stlink_exchange(self, leave_swim, NULL, 0, cancellable, error);
    return TRUE; /* entering debug leaves mass storage by itself */
}

static gboolean
is_link_error(const GError *error)
{
    return !g_error_matches(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST);
}

/* Says why there is nothing on SWD, taking the link's own trouble as it is. */
static void
set_missing_error(InlayStlink *self, GError *cause, GCancellable *cancellable, GError **error)
{
    guint supply_mv;
    gboolean sensed;

    if (is_link_error(cause)) {
        g_propagate_error(error, cause);
        return;
    }
    if (measure(self, &supply_mv, &sensed, cancellable, error)) {
        if (sensed && supply_mv < SUPPLY_NEEDED_MV)
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_NO_VOLTAGE,
                        "supply: at least %u mV expected, measured %u mV", SUPPLY_NEEDED_MV,
                        supply_mv);
        else if (sensed)
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_NOT_FOUND, "%s; the supply is %u mV",
                        cause->message, supply_mv);
        else
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_NOT_FOUND, "%s", cause->message);
    }
    g_error_free(cause);
}

/* At the clock that is set. */
static gboolean
try_attach(InlayStlink *self, GCancellable *cancellable, GError **error)
{
    guint8 ids[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_READ_IDCODES};
    guint8 reply[12];
    guint32 dpidr;

    if (!inlay_stlink_enter(&self->base, cancellable, error) ||
        !inlay_stlink_run(self, ids, reply, sizeof reply, "read the debug port's id",
                          INLAY_STLINK_NO_ADDR, cancellable, error))
        return FALSE;
    dpidr = load32_le(reply + 4);
    if (dpidr != 0 && dpidr != G_MAXUINT32)
        return inlay_stlink_check_wires(self, cancellable, error);
    self->status = STLINK_STATUS_NO_IDCODE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST, "debug port id: 0x%08x is none", dpidr);
    return FALSE;
}

/* Nothing answers, or what does is garbled: at a lower clock there may be a chip. */
static gboolean
can_slow_down(const InlayStlink *self)
{
    return self->clock + 1 < self->n_clocks &&
           (self->status == STLINK_STATUS_NO_IDCODE || inlay_stlink_is_wire_status(self->status));
}

static gboolean
stlink_attach(InlayProbe *probe, GCancellable *cancellable, GError **error)
{
    InlayStlink *self = (InlayStlink *)probe;
    GError *cause = NULL;
    gboolean slower = TRUE;

    self->attached = FALSE;
    if (!leave_other_modes(self, cancellable, error))
        return FALSE;
    if (inlay_stlink_choose_clock(self, cancellable, &cause)) {
        while (!try_attach(self, cancellable, &cause)) {
            if (is_link_error(cause) || !can_slow_down(self))
                break;
            g_clear_error(&cause);
            if (!inlay_stlink_slow_down(self, &slower, cancellable, &cause))
                break;
        }
        self->attached = cause == NULL;
    }
    if (cause != NULL) {
        if (self->clock > 0 && !is_link_error(cause))
            inlay_stlink_choose_clock(self, cancellable, NULL); /* the next attempt begins anew */
        set_missing_error(self, cause, cancellable, error);
    }
    return self->attached;
}

static gboolean
stlink_detach(InlayProbe *probe, GError **error)
{
    guint8 command[STLINK_COMMAND_SIZE] = {STLINK_DEBUG, STLINK_DEBUG_EXIT};

    ((InlayStlink *)probe)->attached = FALSE;
    return inlay_stlink_exchange((InlayStlink *)probe, command, NULL, 0, NULL, error);
}

static void
stlink_free(InlayProbe *probe)
{
    InlayStlink *self = (InlayStlink *)probe;

    self->link->ops->free(self->link);
    g_free(probe->adapter);
    g_free(probe->kind);
    g_free(probe->serial);
    g_free(probe->warning);
    g_free(self);
}

const InlayProbeOps inlay_stlink_ops = {
    .attach = stlink_attach,
    .enter = inlay_stlink_enter,
    .detach = stlink_detach,
    .measure_supply = stlink_measure_supply,
    .drive_nrst = stlink_drive_nrst,
    .read_word = inlay_stlink_read_word,
    .write_word = inlay_stlink_write_word,
    .read = inlay_stlink_read,
    .write = inlay_stlink_write,
    .free = stlink_free,
};
