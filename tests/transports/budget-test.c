/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/budget.h"

#include <string.h>

#include "core/error.h"
#include "transports/cortexm.h"
#include "transports/stlink-probe.h"
#include "transports/stlink-target.h"

/* Steps that end when their budget says so, behind a probe that takes its time. */

#define V2_1 0x374b
#define SLACK_MS 250 /* of a loaded machine */
#define NEVER G_MAXUINT

typedef struct {
    InlayLink base;
    guint delay_ms; /* of each answer; NEVER: it is mute */
    guint8 status;  /* what debug commands answer */
    guint exchanges, resets;
    guint timeout_ms; /* of the last exchange */
} SlowLink;

static gboolean
slow_exchange(InlayLink *link,
              const guint8 *command,
              gsize command_size,
              const guint8 *out,
              gsize out_size,
              guint8 *in,
              gsize in_size,
              guint timeout_ms,
              GCancellable *cancellable,
              GError **error)
{
    static const guint8 version[6] = {0x29, 0x5a, 0x83, 0x04, 0x4b, 0x37};
    SlowLink *self = (SlowLink *)link;

    self->exchanges++;
    self->timeout_ms = timeout_ms;
    g_usleep(MIN(timeout_ms, self->delay_ms) * 1000ul);
    if (self->delay_ms > timeout_ms) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_MUTE, "no answer in time");
        return FALSE;
    }
    if (in_size == 0)
        return TRUE;
    memset(in, 0, in_size);
    if (command[0] == 0xf1)
        memcpy(in, version, sizeof version);
    else if (command[0] == 0xf2)
        in[0] = self->status;
    return TRUE;
}

static gboolean
slow_reset(InlayLink *link, GError **error)
{
    ((SlowLink *)link)->resets++;
    return TRUE;
}

static void
slow_free(InlayLink *link)
{
    g_free(link->path);
}

static const InlayLinkOps slow_ops = {
    .exchange = slow_exchange, .reset = slow_reset, .free = slow_free};

static void
slow_link_init(SlowLink *link, guint delay_ms, guint8 status)
{
    *link = (SlowLink){.base.ops = &slow_ops,
                       .base.product_id = V2_1,
                       .base.path = g_strdup("usb:1-4"),
                       .delay_ms = delay_ms,
                       .status = status};
}

/* From half of a budget, as the step must have gone on for long, to all of it. */
static void
assert_ended_by(gint64 start_us, InlayBudget step)
{
    guint took_ms = (guint)((g_get_monotonic_time() - start_us) / 1000);

    g_test_message("%s: %u ms", inlay_budget_get_name(step), took_ms);
    g_assert_cmpuint(took_ms, >, inlay_budget_get_ms(step) / 3);
    g_assert_cmpuint(took_ms, <=, inlay_budget_get_ms(step) + SLACK_MS);
}

static void
test_open_adapter(void)
{
    gint64 start_us = g_get_monotonic_time();
    g_autoptr(GError) error = NULL;
    SlowLink link;

    slow_link_init(&link, NEVER, 0);
    g_assert_null(inlay_stlink_probe_new(&link.base, NULL, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_MUTE);
    g_assert_cmpuint(link.resets, ==, 1);
    assert_ended_by(start_us, INLAY_BUDGET_OPEN_ADAPTER);
}

static void
test_find_board(void)
{
    InlayAccess access = {0};
    InlayIdentity identity = {0};
    g_autoptr(GError) error = NULL;
    SlowLink link;

    slow_link_init(&link, 150, 0x09);
    g_autoptr(InlayTarget) target = inlay_stlink_target_new(&link.base, &access, NULL, &error);
    g_assert_no_error(error);
    gint64 start_us = g_get_monotonic_time();
    g_assert_false(target->ops->identify(target, &identity, NULL, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_NOT_FOUND);
    g_test_message("%s", error->message);
    assert_ended_by(start_us, INLAY_BUDGET_FIND_BOARD);
    inlay_identity_clear(&identity);
}

/* A probe that takes a block at once has its status only when the wires have passed it on: a word is
 * 138 clocks on a V2. */
static void
test_status_of_a_block_on_slow_wires(void)
{
    static const guint8 block[8192];
    guint khz = 240, wires_ms = sizeof block / 4 * 138 / khz;
    g_autoptr(GError) error = NULL;
    SlowLink link;

    slow_link_init(&link, 0, 0x80);
    InlayProbe *probe = inlay_stlink_probe_new(&link.base, NULL, &error);
    g_assert_no_error(error);
    probe->clock_khz = khz;
    probe->ops->write(probe, 0x20001000, block, sizeof block, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(link.timeout_ms, >, wires_ms + inlay_budget_get_ms(INLAY_BUDGET_COMMAND) / 2);
    probe->ops->free(probe);
}

/* Every register reads as zero: no reset is ever seen. */
static void
test_release(void)
{
    g_autoptr(GError) error = NULL;
    InlayCortexm core;
    SlowLink link;

    slow_link_init(&link, 120, 0x80);
    InlayProbe *probe = inlay_stlink_probe_new(&link.base, NULL, &error);
    g_assert_no_error(error);
    inlay_cortexm_init(&core, probe);
    core.attached = core.taken = TRUE;
    gint64 start_us = g_get_monotonic_time();
    g_assert_false(inlay_cortexm_release(&core, FALSE, &error));
    /* Mute when the time ran out in the middle of an answer. */
    if (!g_error_matches(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_MUTE))
        g_assert_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST);
    assert_ended_by(start_us, INLAY_BUDGET_RELEASE);
    probe->ops->free(probe);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transports/budget/open-adapter", test_open_adapter);
    g_test_add_func("/transports/budget/find-board", test_find_board);
    g_test_add_func("/transports/budget/release", test_release);
    g_test_add_func("/transports/budget/status-of-a-block-on-slow-wires",
                    test_status_of_a_block_on_slow_wires);
    return g_test_run();
}
