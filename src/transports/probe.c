/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/probe.h"

#include "core/error.h"

/* An exchange is begun only while this part of INLAY_BUDGET_COMMAND is left: who does not answer in
 * that is mute, and not just late for the step. */
#define LEAST_SHARE 4

void
inlay_probe_begin_step(InlayProbe *probe, InlayBudget step)
{
    probe->step = step;
    probe->deadline_us = inlay_budget_get_deadline_us(step);
}

void
inlay_probe_end_step(InlayProbe *probe)
{
    probe->deadline_us = 0;
}

static InlayErrorId
find_late_id(InlayBudget step)
{
    switch (step) {
    case INLAY_BUDGET_OPEN_ADAPTER:
        return INLAY_ERROR_ADAPTER_MUTE;
    case INLAY_BUDGET_FIND_BOARD:
    case INLAY_BUDGET_RACE:
        return INLAY_ERROR_BOARD_NOT_FOUND;
    default:
        return INLAY_ERROR_BOARD_LOST;
    }
}

gboolean
inlay_probe_grant(const InlayProbe *probe, guint *limit_ms, GError **error)
{
    gint64 left_us = probe->deadline_us - g_get_monotonic_time();
    guint least_ms = inlay_budget_get_ms(INLAY_BUDGET_COMMAND) / LEAST_SHARE;

    if (probe->deadline_us == 0)
        return TRUE;
    if (left_us < least_ms * G_TIME_SPAN_MILLISECOND) {
        g_set_error(error, INLAY_ERROR, (int)find_late_id(probe->step),
                    "%s: done within %u ms expected", inlay_budget_get_name(probe->step),
                    inlay_budget_get_ms(probe->step));
        return FALSE;
    }
    *limit_ms = (guint)MIN(*limit_ms, (guint64)(left_us + 999) / 1000);
    return TRUE;
}
