/* SPDX-License-Identifier: MIT-0 */
#include "blink.h"

bool
blink_is_lit(const struct blink *blink, uint32_t now_ms)
{
    uint32_t period_ms = 0, at_ms;
    unsigned i = 0;

    for (unsigned j = 0; j < blink->n; j++)
        period_ms += blink->ms[j];

    for (at_ms = now_ms % period_ms; at_ms >= blink->ms[i]; i++)
        at_ms -= blink->ms[i];

    return i % 2 == 0;
}
