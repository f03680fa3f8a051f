/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stlink-private.h"

#include "random.h"

/* SWD wires that carry only so fast a clock. Up to it nothing goes wrong. At twice the clock and above
 * not even an acknowledge is understood. In between each word is lost with a chance that grows with
 * the clock: the probe sees a wrong parity or a missing acknowledge, and tells. A parity bit does not
 * see two wrong bits: of the words lost in reading, one in SILENT_PART is given as if it were good.
 * The rates are the model's own. */
#define LOST_MAX 16u /* one word in so many, just below twice the clock */
#define SILENT_PART 64u
#define SCALE (1u << 20)

static gboolean
chance(BenchStlink *probe, guint64 of_scale)
{
    return bench_random_below(&probe->wire_random, SCALE) < of_scale;
}

/* Of SCALE. */
static guint64
get_loss(const BenchStlink *probe)
{
    guint64 max = probe->manners.max_khz, khz = probe->swd_khz;

    if (max == 0 || khz <= max)
        return 0;
    return khz >= 2 * max ? SCALE : (khz - max) * SCALE / max / LOST_MAX;
}

StlinkStatus
stlink_wires_carry(BenchStlink *probe, gsize n_words, gboolean reads, gsize *carried)
{
    guint64 loss = get_loss(probe);

    for (*carried = 0; loss != 0 && *carried < n_words; ++*carried)
        if (chance(probe, loss))
            return !reads                               ? STLINK_STATUS_DP_ERROR
                   : chance(probe, SCALE / SILENT_PART) ? STLINK_STATUS_OK
                                                        : STLINK_STATUS_AP_PARITY;
    *carried = n_words;
    return STLINK_STATUS_OK;
}

void
stlink_wires_spoil(BenchStlink *probe, guint8 *word)
{
    guint bit = (guint)bench_random_below(&probe->wire_random, 31);

    word[bit / 8] ^= (guint8)(1u << bit % 8);
    bit++;
    word[bit / 8] ^= (guint8)(1u << bit % 8);
}
