/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/connect.h"

#include "core/budget.h"
#include "core/error.h"

#define RACE_NOTE_S 10 /* how often a waiting person is told that the wait goes on */

static gboolean
is_about_board(const GError *error)
{
    return g_error_matches(error, INLAY_ERROR, INLAY_ERROR_BOARD_NOT_FOUND) ||
           g_error_matches(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST) ||
           g_error_matches(error, INLAY_ERROR, INLAY_ERROR_BOARD_NO_VOLTAGE);
}

static gboolean
connect_normal(InlayCortexm *core, GCancellable *cancellable, GError **error)
{
    core->attached = core->probe->ops->attach(core->probe, cancellable, error);
    return core->attached;
}

/* With the reset line held the debug pins are the reset state's: attach, ask for a halt at the reset
 * vector, let go. */
static gboolean
connect_under_reset(InlayCortexm *core,
                    InlayTarget *target,
                    GCancellable *cancellable,
                    GError **error)
{
    InlayProbe *probe = core->probe;
    gboolean reached = TRUE, ok;

    /* Before it is attached a probe may not know the line; if so it learns it below. */
    probe->ops->drive_nrst(probe, INLAY_PROBE_NRST_LOW, cancellable, NULL);
    ok = connect_normal(core, cancellable, error) &&
         probe->ops->drive_nrst(probe, INLAY_PROBE_NRST_LOW, cancellable, error) &&
         inlay_cortexm_is_in_reset(core, &reached, cancellable, error) &&
         inlay_cortexm_catch_reset(core, cancellable, error);
    /* The line is let go whatever happened. */
    ok = probe->ops->drive_nrst(probe, INLAY_PROBE_NRST_HIGH, NULL, ok ? error : NULL) && ok;
    if (!ok)
        return FALSE;
    if (reached) {
        core->connected = "under reset";
        return inlay_cortexm_wait_halted(core, cancellable, error);
    }
    inlay_target_note(target, "the probe's reset line does not reach the chip: it is reset through "
                              "its debug port");
    core->connected = "reset through the debug port";
    return inlay_cortexm_reset_and_halt(core, 0, 0, cancellable, error);
}

/* In as few commands as can be: the program has not run for long. */
static gboolean
try_to_catch(InlayCortexm *core, GCancellable *cancellable, GError **error)
{
    return core->probe->ops->enter(core->probe, cancellable, error) &&
           inlay_cortexm_ask_halt(core, cancellable, error);
}

static gboolean
finish_race(InlayCortexm *core, GCancellable *cancellable, GError **error)
{
    inlay_probe_begin_step(core->probe, INLAY_BUDGET_FIND_BOARD);
    core->connected = "race";
    return connect_normal(core, cancellable, error) &&
           inlay_cortexm_catch_reset(core, cancellable, error) &&
           inlay_cortexm_wait_halted(core, cancellable, error);
}

static gboolean
connect_race(InlayCortexm *core, InlayTarget *target, GCancellable *cancellable, GError **error)
{
    guint limit_s = inlay_budget_get_ms(INLAY_BUDGET_RACE) / 1000;
    gint64 start_us = g_get_monotonic_time();
    guint told_s = 0;
    GError *trouble = NULL;

    inlay_probe_begin_step(core->probe, INLAY_BUDGET_RACE);
    /* Sets the clock and leaves other modes; when the chip answers already, it is caught. */
    if (core->probe->ops->attach(core->probe, cancellable, &trouble) &&
        inlay_cortexm_ask_halt(core, cancellable, &trouble))
        return finish_race(core, cancellable, error);
    if (is_about_board(trouble))
        inlay_target_note(
            target, "switch the board's power off and on: its chip is waited for %u s", limit_s);
    while (is_about_board(trouble)) {
        guint s = (guint)((g_get_monotonic_time() - start_us) / G_USEC_PER_SEC);

        g_clear_error(&trouble);
        if (try_to_catch(core, cancellable, &trouble))
            return finish_race(core, cancellable, error);
        if (s >= limit_s)
            break;
        if (s >= told_s + RACE_NOTE_S) {
            told_s = s;
            inlay_target_note(target, "still waiting for the board's power: %u s left",
                              limit_s - s);
        }
    }
    g_propagate_error(error, trouble);
    return FALSE;
}

/* Half of what is left of the step is for the first way, so that there is time for the second. */
static gboolean
connect_auto(InlayCortexm *core, InlayTarget *target, GCancellable *cancellable, GError **error)
{
    gint64 end_us = core->probe->deadline_us, now_us = g_get_monotonic_time();
    g_autoptr(GError) first = NULL;
    g_autoptr(GError) second = NULL;
    gboolean ok;

    if (end_us != 0)
        core->probe->deadline_us = now_us + (end_us - now_us) / 2;
    ok = connect_normal(core, cancellable, &first);
    core->probe->deadline_us = end_us;
    if (ok)
        return TRUE;
    /* No voltage may be an open sense wire: a program that switches SWD off can be behind it. */
    if (is_about_board(first)) {
        if (connect_under_reset(core, target, cancellable, &second))
            return TRUE;
        /* "Nothing there" is what the first attempt has said better. */
        if (!is_about_board(second)) {
            g_propagate_error(error, g_steal_pointer(&second));
            return FALSE;
        }
    }
    g_propagate_error(error, g_steal_pointer(&first));
    return FALSE;
}

gboolean
inlay_connect(InlayCortexm *core,
              InlayConnect how,
              InlayTarget *target,
              GCancellable *cancellable,
              GError **error)
{
    switch (how) {
    case INLAY_CONNECT_NORMAL:
        return connect_normal(core, cancellable, error);
    case INLAY_CONNECT_UNDER_RESET:
        return connect_under_reset(core, target, cancellable, error);
    case INLAY_CONNECT_RACE:
        return connect_race(core, target, cancellable, error);
    case INLAY_CONNECT_AUTO:
        break;
    }
    return connect_auto(core, target, cancellable, error);
}

gboolean
inlay_connect_take(InlayCortexm *core,
                   InlayConnect how,
                   guint32 freeze_addr,
                   guint32 freeze_bits,
                   InlayTarget *target,
                   GCancellable *cancellable,
                   GError **error)
{
    g_autoptr(GError) first = NULL;

    if (inlay_cortexm_reset_and_halt(core, freeze_addr, freeze_bits, cancellable, &first))
        return TRUE;
    if (how == INLAY_CONNECT_AUTO && core->connected == NULL &&
        g_error_matches(first, INLAY_ERROR, INLAY_ERROR_BOARD_LOST) &&
        connect_under_reset(core, target, cancellable, NULL))
        return inlay_cortexm_reset_and_halt(core, freeze_addr, freeze_bits, cancellable, error);
    g_propagate_error(error, g_steal_pointer(&first));
    return FALSE;
}
