/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stlink-private.h"

/* A probe without a board that answers from a trace. */

static BenchTransferStatus
stall(BenchStlink *probe)
{
    g_byte_array_set_size(probe->reply, 0);
    probe->data_expected = 0;
    probe->halted = TRUE;
    return BENCH_TRANSFER_STALL;
}

/* What came back then: a reply, nothing, or a failure. One that took too long is a reply that never
 * comes. */
static BenchTransferStatus
answer(BenchStlink *probe)
{
    const BenchReplayEntry *entry = probe->replayed;

    if (g_strcmp0(entry->error, "adapter-lost") == 0) {
        bench_stlink_unplug(probe);
        return BENCH_TRANSFER_GONE;
    }
    if (g_strcmp0(entry->error, "adapter-protocol") == 0)
        return stall(probe);
    if (entry->in != NULL)
        g_byte_array_append(probe->reply, g_bytes_get_data(entry->in, NULL),
                            (guint)g_bytes_get_size(entry->in));
    return BENCH_TRANSFER_OK;
}

BenchTransferStatus
stlink_replay_command(BenchStlink *probe)
{
    probe->replayed = bench_replay_take(probe->replay, probe->command, STLINK_COMMAND_SIZE);
    if (probe->replayed == NULL)
        return stall(probe);
    if (probe->replayed->out == NULL)
        return answer(probe);
    probe->data_expected = g_bytes_get_size(probe->replayed->out);
    return BENCH_TRANSFER_OK;
}

BenchTransferStatus
stlink_replay_data(BenchStlink *probe)
{
    if (!bench_replay_check_out(probe->replay, probe->replayed, probe->data->data,
                                probe->data->len))
        return stall(probe);
    return answer(probe);
}
