/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/budget.h"

static const struct {
    const char *name;
    guint ms;
} budgets[INLAY_N_BUDGETS] = {
#define X(NAME, step, limit_ms) [INLAY_BUDGET_##NAME] = {step, limit_ms},
    INLAY_BUDGETS(X)
#undef X
};

guint
inlay_budget_get_ms(InlayBudget step)
{
    g_return_val_if_fail(step < INLAY_N_BUDGETS, 0);
    return budgets[step].ms;
}

gint64
inlay_budget_get_deadline_us(InlayBudget step)
{
    return g_get_monotonic_time() + inlay_budget_get_ms(step) * G_TIME_SPAN_MILLISECOND;
}

const char *
inlay_budget_get_name(InlayBudget step)
{
    g_return_val_if_fail(step < INLAY_N_BUDGETS, "");
    return budgets[step].name;
}
