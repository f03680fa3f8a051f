/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stlink-private.h"

#include <gio/gio.h>
#include <string.h>

/* How long the board runs at each command of a probe whose transfers cost nothing. */
#define UNTIMED_COMMAND_NS 1000000

#define NS_PER_SECOND 1000000000u

static const BenchStlinkKind kinds[] = {
    {.name = "V2",
     .product_id = 0x3748,
     .endpoint_out = 0x02,
     .endpoint_in = 0x81,
     .endpoint_trace = 0x83,
     .max_packet = 64,
     .version = 2,
     .jtag = 37,
     .swim = 7,
     .first_mode = STLINK_MODE_DFU,
     .max_byte_access = 64,
     .pair_ns = 125000,
     .bytes_per_second = 1216000,
     .clocks_per_word = 138},
    {.name = "V2-1",
     .product_id = 0x374b,
     .endpoint_out = 0x01,
     .endpoint_in = 0x81,
     .endpoint_trace = 0x82,
     .max_packet = 64,
     .version = 2,
     .jtag = 37,
     .msd = 26,
     .first_mode = STLINK_MODE_MASS,
     .max_byte_access = 64,
     .pair_ns = 125000,
     .bytes_per_second = 1216000,
     .clocks_per_word = 138},
    {.name = "V3",
     .product_id = 0x374e,
     .endpoint_out = 0x01,
     .endpoint_in = 0x81,
     .endpoint_trace = 0x82,
     .max_packet = 512,
     .version = 3,
     .jtag = 10,
     .swim = 1,
     .msd = 3,
     .first_mode = STLINK_MODE_MASS,
     .max_byte_access = 512,
     .pair_ns = 100000,
     .bytes_per_second = 40000000,
     .clocks_per_word = 50},
    {.name = "V1",
     .product_id = 0x3744,
     .only_listed = TRUE,
     .endpoint_out = 0x02,
     .endpoint_in = 0x81,
     .max_packet = 64,
     .version = 1,
     .first_mode = STLINK_MODE_MASS},
    {.name = "V3-loader",
     .product_id = 0x374d,
     .only_listed = TRUE,
     .endpoint_out = 0x01,
     .endpoint_in = 0x81,
     .endpoint_trace = 0x82,
     .max_packet = 512,
     .version = 3,
     .first_mode = STLINK_MODE_DFU},
};

BenchStlink *
bench_stlink_new(const BenchStlinkConfig *config, GError **error)
{
    const BenchStlinkKind *kind = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_str_equal(kinds[i].name, config->kind))
            kind = &kinds[i];
    if (kind == NULL) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    "no such probe: %s (V2, V2-1, V3, V1 or V3-loader expected)", config->kind);
        return NULL;
    }
    if (!stlink_serial_is_possible(config->serial)) {
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
            "serial number of a probe: at most %d characters, none, or raw and 24 hex digits "
            "expected, got %s",
            BENCH_SERIAL_MAX, config->serial);
        return NULL;
    }
    BenchStlink *probe = g_new0(BenchStlink, 1);
    probe->kind = kind;
    probe->serial = g_strdup(config->serial);
    probe->board = config->board;
    probe->replay = config->replay;
    if (config->replay != NULL) {
        probe->replayed_kind = *kind;
        probe->replayed_kind.product_id = bench_replay_get_product_id(config->replay);
        probe->kind = &probe->replayed_kind;
    }
    probe->timed = config->timed;
    probe->wire_random = 1;
    probe->data = g_byte_array_new();
    probe->reply = g_byte_array_new();
    probe->misc = g_byte_array_new();
    probe->polled_reply = g_byte_array_new();
    bench_stlink_plug(probe);
    return probe;
}

void
bench_stlink_free(BenchStlink *probe)
{
    if (probe == NULL)
        return;
    g_byte_array_unref(probe->data);
    g_byte_array_unref(probe->reply);
    g_byte_array_unref(probe->misc);
    g_byte_array_unref(probe->polled_reply);
    g_free(probe->serial);
    g_free(probe);
}

const BenchStlinkKind *
bench_stlink_get_kind(const BenchStlink *probe)
{
    return probe->kind;
}

const char *
bench_stlink_get_serial(const BenchStlink *probe)
{
    return probe->serial;
}

const BenchStlinkCounters *
bench_stlink_get_counters(const BenchStlink *probe)
{
    return &probe->counters;
}

/* -- time -- */

void
stlink_spend(BenchStlink *probe, guint64 ns)
{
    if (!probe->timed)
        return;
    probe->counters.ns += ns;
    if (probe->board != NULL)
        bench_board_run_for(probe->board, ns);
}

void
stlink_spend_swd(BenchStlink *probe, gsize n_words)
{
    stlink_spend(probe, (guint64)n_words * probe->kind->clocks_per_word * 1000000 / probe->swd_khz);
}

/* One transfer: half a pair, and its bytes as far as they do not fit into the packet that is in the
 * pair's price. */
static void
spend_transfer(BenchStlink *probe, gsize size)
{
    gsize extra = size > probe->kind->max_packet ? size - probe->kind->max_packet : 0;
    stlink_spend(probe, probe->kind->pair_ns / 2 +
                            (guint64)extra * NS_PER_SECOND / probe->kind->bytes_per_second);
}

static gboolean
only_reads(const guint8 *command)
{
    static const guint8 reads[] = {0x07, 0x0C, 0x36, 0x47, 0x54};
    return command[0] == 0xF2 && memchr(reads, command[1], sizeof reads) != NULL;
}

static gboolean
asks_for_status(const guint8 *command)
{
    return command[0] == 0xF2 && (command[1] == 0x3B || command[1] == 0x3E);
}

/* A host that reads the same again and gets the same again while the flash is busy is waiting for
 * it: its clock moves to the end of the operation, as that of a patient host would. */
static void
wait_with_polling_host(BenchStlink *probe)
{
    if (probe->board == NULL || !probe->timed || asks_for_status(probe->command))
        return;
    if (!only_reads(probe->command)) {
        g_byte_array_set_size(probe->polled_reply, 0);
        return;
    }
    gboolean same = probe->reply->len > 0 && probe->reply->len == probe->polled_reply->len &&
                    memcmp(probe->polled, probe->command, STLINK_COMMAND_SIZE) == 0 &&
                    memcmp(probe->polled_reply->data, probe->reply->data, probe->reply->len) == 0;
    guint64 now = bench_board_now_ns(probe->board);
    guint64 end = bench_board_flash_busy_until_ns(probe->board);
    if (same && end > now && end != G_MAXUINT64)
        stlink_spend(probe, end - now);
    memcpy(probe->polled, probe->command, STLINK_COMMAND_SIZE);
    g_byte_array_set_size(probe->polled_reply, 0);
    g_byte_array_append(probe->polled_reply, probe->reply->data, probe->reply->len);
}

/* -- plug and faults -- */

static void
drop_exchange(BenchStlink *probe)
{
    g_byte_array_set_size(probe->data, 0);
    g_byte_array_set_size(probe->reply, 0);
    probe->data_expected = 0;
    probe->reply_sent = 0;
}

void
bench_stlink_reset_port(BenchStlink *probe)
{
    drop_exchange(probe);
    g_byte_array_set_size(probe->misc, 0);
    g_byte_array_set_size(probe->polled_reply, 0);
    probe->hung = probe->halted = FALSE;
    probe->mode = stlink_get_first_mode(probe);
    probe->swd_khz = probe->kind->version == 3 ? 1000 : 1800;
    probe->rw_status = STLINK_STATUS_OK;
    probe->rw_fault_addr = 0;
    memset(&probe->dap, 0, sizeof probe->dap);
    if (probe->board != NULL)
        bench_board_set_nrst(probe->board, FALSE);
}

void
bench_stlink_plug(BenchStlink *probe)
{
    probe->plugged = TRUE;
    probe->mute = FALSE;
    probe->fault_armed = FALSE;
    bench_stlink_reset_port(probe);
}

void
bench_stlink_unplug(BenchStlink *probe)
{
    probe->plugged = FALSE;
    drop_exchange(probe);
    if (probe->board != NULL)
        bench_board_set_nrst(probe->board, FALSE);
}

gboolean
bench_stlink_is_plugged(const BenchStlink *probe)
{
    return probe->plugged;
}

void
bench_stlink_clear_halt(BenchStlink *probe)
{
    probe->halted = FALSE;
}

void
bench_stlink_fault_at(BenchStlink *probe, guint n, BenchFault fault)
{
    probe->fault_armed = TRUE;
    probe->fault_in = n;
    probe->fault = fault;
}

/* The state before a transfer begins. */
static BenchTransferStatus
check_state(const BenchStlink *probe)
{
    if (!probe->plugged)
        return BENCH_TRANSFER_GONE;
    if (probe->mute || probe->hung || probe->kind->only_listed)
        return BENCH_TRANSFER_NAK;
    return probe->halted ? BENCH_TRANSFER_STALL : BENCH_TRANSFER_OK;
}

/* Counts a transfer that is about to happen; TRUE when it is the one to go wrong. */
static gboolean
fault_strikes(BenchStlink *probe)
{
    probe->counters.transfers++;
    if (!probe->fault_armed || probe->fault_in-- > 0)
        return FALSE;
    probe->fault_armed = FALSE;
    drop_exchange(probe);
    switch (probe->fault) {
    case BENCH_FAULT_UNPLUG:
        bench_stlink_unplug(probe);
        break;
    case BENCH_FAULT_STALL:
        probe->halted = TRUE;
        break;
    case BENCH_FAULT_HANG:
        probe->hung = TRUE;
        break;
    case BENCH_FAULT_MUTE:
        probe->mute = TRUE;
        break;
    case BENCH_FAULT_DROP:
        break;
    }
    return TRUE;
}

/* -- transfers -- */

static BenchTransferStatus
take_data(BenchStlink *probe, const guint8 *bytes, gsize size)
{
    if (probe->data->len + size > probe->data_expected) {
        drop_exchange(probe);
        probe->halted = TRUE;
        return BENCH_TRANSFER_STALL;
    }
    g_byte_array_append(probe->data, bytes, (guint)size);
    if (probe->data->len == probe->data_expected) {
        probe->data_expected = 0;
        if (probe->replay != NULL)
            return stlink_replay_data(probe);
        stlink_run_data(probe);
    }
    return BENCH_TRANSFER_OK;
}

static BenchTransferStatus
take_command(BenchStlink *probe, const guint8 *bytes, gsize size)
{
    drop_exchange(probe);
    if (size != STLINK_COMMAND_SIZE) {
        probe->halted = TRUE;
        return BENCH_TRANSFER_STALL;
    }
    probe->counters.commands++;
    memcpy(probe->command, bytes, size);
    if (probe->replay != NULL)
        return stlink_replay_command(probe);
    if (!probe->timed && probe->board != NULL)
        bench_board_run_for(probe->board, UNTIMED_COMMAND_NS);
    stlink_run_command(probe);
    wait_with_polling_host(probe);
    return BENCH_TRANSFER_OK;
}

BenchTransferStatus
bench_stlink_out(BenchStlink *probe, const guint8 *bytes, gsize size)
{
    BenchTransferStatus status = check_state(probe);
    if (status != BENCH_TRANSFER_OK || size == 0)
        return status;
    if (fault_strikes(probe))
        return check_state(probe);
    probe->counters.bytes_out += size;
    spend_transfer(probe, size);
    return probe->data_expected > 0 ? take_data(probe, bytes, size)
                                    : take_command(probe, bytes, size);
}

BenchTransferStatus
bench_stlink_in(BenchStlink *probe, guint8 *bytes, gsize *size)
{
    gsize room = *size;
    gsize left = probe->reply->len - probe->reply_sent;
    gsize given = MIN(left, room);

    *size = 0;
    BenchTransferStatus status = check_state(probe);
    if (status != BENCH_TRANSFER_OK)
        return status;
    /* There is no zero length packet: after full packets only, a host that asked for more goes on
     * waiting for them. */
    if (left == 0 || (left < room && left % probe->kind->max_packet == 0))
        return BENCH_TRANSFER_NAK;
    if (fault_strikes(probe))
        return probe->fault == BENCH_FAULT_DROP ? BENCH_TRANSFER_NAK : check_state(probe);
    if (left > room && room % probe->kind->max_packet != 0) {
        drop_exchange(probe);
        return BENCH_TRANSFER_OVERFLOW;
    }
    memcpy(bytes, probe->reply->data + probe->reply_sent, given);
    probe->reply_sent += given;
    probe->counters.bytes_in += given;
    spend_transfer(probe, given);
    *size = given;
    return BENCH_TRANSFER_OK;
}
