/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stlink-private.h"

#include <string.h>

#define SCS_CPUID 0xE000ED00u /* ARMv7-M ARM (DDI 0403) B3.2.3 */
#define SCS_AIRCR 0xE000ED0Cu /* B3.2.6: VECTKEY, SYSRESETREQ */
#define AIRCR_SYSRESETREQ 0x05FA0004u
#define SCS_DHCSR 0xE000EDF0u /* C1.6.2 */
#define DHCSR_KEY 0xA05F0000u
#define DHCSR_C_DEBUGEN 0x1u
#define DHCSR_C_HALT 0x2u
#define DHCSR_C_STEP 0x4u
#define DHCSR_S_HALT 0x20000u

#define MAX_WORD_READ 6144 /* bytes; the probe's buffer, as stlink and OpenOCD assume it */
#define MAX_MISC_ITEMS_V2 64
#define MAX_MISC_ITEMS_V3 1227
#define RESET_PULSE_NS 100000

/* The SWD clocks: a V2 is given a divisor, a V3 a frequency. */
static const struct {
    guint16 divisor;
    guint16 khz;
} v2_clocks[] = {{0, 4000}, {1, 1800}, {2, 1200}, {3, 950},  {7, 480},  {15, 240},
                 {31, 125}, {40, 100}, {79, 50},  {158, 25}, {265, 15}, {798, 5}};
static const guint32 v3_khz[] = {24000, 8000, 3300, 1000, 200, 50, 5};

StlinkStatus
stlink_status_of(BenchDebugStatus status)
{
    switch (status) {
    case BENCH_DEBUG_OK:
        return STLINK_STATUS_OK;
    case BENCH_DEBUG_WAIT:
        return STLINK_STATUS_AP_WAIT;
    case BENCH_DEBUG_FAULT:
        return STLINK_STATUS_AP_FAULT;
    case BENCH_DEBUG_NO_CHIP:
        break;
    }
    return STLINK_STATUS_DP_ERROR;
}

static guint8 *
new_reply(BenchStlink *probe, gsize size)
{
    g_byte_array_set_size(probe->reply, (guint)size);
    if (size > 0)
        memset(probe->reply->data, 0, size);
    return probe->reply->data;
}

static void
reply_status(BenchStlink *probe, StlinkStatus status)
{
    new_reply(probe, 2)[0] = (guint8)status;
}

static void
reply_word(BenchStlink *probe, StlinkStatus status, guint32 word)
{
    guint8 *reply = new_reply(probe, 8);
    reply[0] = (guint8)status;
    stlink_store32(reply + 4, word);
}

gboolean
stlink_chip_answers(BenchStlink *probe)
{
    guint32 cpuid;
    return probe->board != NULL &&
           bench_board_debug_read(probe->board, SCS_CPUID, 4, &cpuid) != BENCH_DEBUG_NO_CHIP;
}

static StlinkStatus
read_word(BenchStlink *probe, guint32 addr, guint32 *word)
{
    gsize carried;

    *word = 0;
    stlink_spend_swd(probe, 1);
    if (probe->board == NULL)
        return STLINK_STATUS_DP_ERROR;
    if (addr % 4 != 0)
        return STLINK_STATUS_ALIGNMENT;
    if (stlink_wires_carry(probe, 1, FALSE, &carried) != STLINK_STATUS_OK)
        return STLINK_STATUS_AP_PARITY;
    return stlink_status_of(bench_board_debug_read(probe->board, addr, 4, word));
}

static StlinkStatus
write_word(BenchStlink *probe, guint32 addr, guint32 word)
{
    StlinkStatus wires;
    gsize carried;

    stlink_spend_swd(probe, 1);
    if (probe->board == NULL)
        return STLINK_STATUS_DP_ERROR;
    if (addr % 4 != 0)
        return STLINK_STATUS_ALIGNMENT;
    wires = stlink_wires_carry(probe, 1, FALSE, &carried);
    if (wires != STLINK_STATUS_OK)
        return wires;
    return stlink_status_of(bench_board_debug_write(probe->board, addr, 4, word));
}

/* A core register through DCRSR, DHCSR and DCRDR: three accesses. */
static StlinkStatus
read_register(BenchStlink *probe, guint reg, guint32 *value)
{
    *value = 0;
    stlink_spend_swd(probe, 3);
    if (probe->board == NULL)
        return STLINK_STATUS_DP_ERROR;
    return stlink_status_of(bench_board_debug_read_core(probe->board, reg, value));
}

/* -- session -- */

static void
run_enter(BenchStlink *probe)
{
    guint8 protocol = probe->command[2];
    StlinkStatus status = STLINK_STATUS_OK;
    gsize carried;

    stlink_spend_swd(probe, 4);
    if (probe->mode == STLINK_MODE_DFU || protocol != 0xA3)
        status = STLINK_STATUS_COMMAND_ERROR;
    else if (!stlink_chip_answers(probe) ||
             stlink_wires_carry(probe, 4, FALSE, &carried) != STLINK_STATUS_OK)
        status = STLINK_STATUS_NO_IDCODE;
    if (status == STLINK_STATUS_OK)
        probe->mode = STLINK_MODE_DEBUG;
    memset(&probe->dap, 0, sizeof probe->dap);
    reply_status(probe, status);
}

static void
run_exit(BenchStlink *probe)
{
    probe->mode = STLINK_MODE_MASS;
}

static void
run_read_idcodes(BenchStlink *probe)
{
    guint8 *reply = new_reply(probe, 12);
    gboolean answers = stlink_chip_answers(probe);

    stlink_spend_swd(probe, 1);
    reply[0] = answers ? STLINK_STATUS_OK : STLINK_STATUS_NO_IDCODE;
    if (answers)
        stlink_store32(reply + 4, bench_board_get_dpidr(probe->board));
}

static void
run_read_core_id(BenchStlink *probe)
{
    guint8 *reply = new_reply(probe, 4);
    if (stlink_chip_answers(probe))
        stlink_store32(reply, bench_board_get_dpidr(probe->board));
}

static void
run_drive_nrst(BenchStlink *probe)
{
    guint8 level = probe->command[2];
    if (probe->board != NULL && level <= 2 && !probe->manners.no_nrst) {
        bench_board_set_nrst(probe->board, level != 1);
        if (level == 2) {
            stlink_spend(probe, RESET_PULSE_NS);
            bench_board_set_nrst(probe->board, FALSE);
        }
    }
    reply_status(probe, level <= 2 ? STLINK_STATUS_OK : STLINK_STATUS_COMMAND_ERROR);
}

static void
run_set_swd_divisor(BenchStlink *probe)
{
    guint divisor = stlink_load16(probe->command + 2);
    for (gsize i = 0; probe->kind->version == 2 && i < G_N_ELEMENTS(v2_clocks); i++) {
        if (v2_clocks[i].divisor == divisor) {
            probe->swd_khz = v2_clocks[i].khz;
            reply_status(probe, STLINK_STATUS_OK);
            return;
        }
    }
    reply_status(probe, STLINK_STATUS_COMMAND_ERROR);
}

/* Accepted and without effect: there is no JTAG, and no trace. */
static void
run_accept(BenchStlink *probe)
{
    reply_status(probe, STLINK_STATUS_OK);
}

static void
run_set_com_freq(BenchStlink *probe)
{
    guint32 wanted = stlink_load32(probe->command + 4);
    guint32 khz = v3_khz[G_N_ELEMENTS(v3_khz) - 1];

    if (probe->kind->version != 3) {
        reply_word(probe, STLINK_STATUS_UNKNOWN_COMMAND, 0);
        return;
    }
    for (gsize i = G_N_ELEMENTS(v3_khz); i-- > 0;)
        if (v3_khz[i] <= wanted)
            khz = v3_khz[i];
    if (probe->command[2] == 0)
        probe->swd_khz = khz;
    reply_word(probe, STLINK_STATUS_OK, khz);
}

static void
run_get_com_freq(BenchStlink *probe)
{
    guint8 *reply = new_reply(probe, 52);
    if (probe->kind->version != 3) {
        reply[0] = STLINK_STATUS_UNKNOWN_COMMAND;
        return;
    }
    reply[0] = STLINK_STATUS_OK;
    stlink_store32(reply + 4, probe->swd_khz);
    reply[8] = G_N_ELEMENTS(v3_khz);
    for (gsize i = 0; i < G_N_ELEMENTS(v3_khz); i++)
        stlink_store32(reply + 12 + 4 * i, v3_khz[i]);
}

static void
run_get_trace_count(BenchStlink *probe)
{
    new_reply(probe, 2);
}

/* -- core -- */

static void
run_reset_system(BenchStlink *probe)
{
    reply_status(probe, write_word(probe, SCS_AIRCR, AIRCR_SYSRESETREQ));
}

static void
run_get_core_status(BenchStlink *probe)
{
    guint32 dhcsr;
    StlinkStatus status = read_word(probe, SCS_DHCSR, &dhcsr);
    if (status == STLINK_STATUS_OK)
        new_reply(probe, 2)[0] = (dhcsr & DHCSR_S_HALT) != 0 ? 0x81 : 0x80;
    else
        reply_status(probe, status);
}

static void
run_force_debug(BenchStlink *probe)
{
    reply_status(probe, write_word(probe, SCS_DHCSR, DHCSR_KEY | DHCSR_C_DEBUGEN | DHCSR_C_HALT));
}

static void
run_run(BenchStlink *probe)
{
    reply_status(probe, write_word(probe, SCS_DHCSR, DHCSR_KEY | DHCSR_C_DEBUGEN));
}

static void
run_step(BenchStlink *probe)
{
    reply_status(probe, write_word(probe, SCS_DHCSR, DHCSR_KEY | DHCSR_C_DEBUGEN | DHCSR_C_STEP));
}

static void
run_read_register(BenchStlink *probe)
{
    guint32 value;
    StlinkStatus status = read_register(probe, probe->command[2], &value);
    reply_word(probe, status, value);
}

static void
run_write_register(BenchStlink *probe)
{
    stlink_spend_swd(probe, 3);
    if (probe->board == NULL) {
        reply_status(probe, STLINK_STATUS_DP_ERROR);
        return;
    }
    guint32 value = stlink_load32(probe->command + 3);
    reply_status(probe, stlink_status_of(
                            bench_board_debug_write_core(probe->board, probe->command[2], value)));
}

static void
run_read_all_registers(BenchStlink *probe)
{
    guint8 *reply = new_reply(probe, 88);
    StlinkStatus status = STLINK_STATUS_OK;
    for (guint reg = 0; reg <= 20 && status == STLINK_STATUS_OK; reg++) {
        guint32 value = 0;
        if (reg != 19)
            status = read_register(probe, reg, &value);
        stlink_store32(reply + 4 + 4 * reg, value);
    }
    reply[0] = (guint8)status;
}

/* -- memory -- */

static void
set_rw_status(BenchStlink *probe, StlinkStatus status, guint32 fault_addr)
{
    probe->rw_status = (guint8)status;
    probe->rw_fault_addr = status == STLINK_STATUS_OK ? 0 : fault_addr;
}

static guint
access_size(guint8 code)
{
    switch (code) {
    case 0x0C:
    case 0x0D:
        return 1;
    case 0x47:
    case 0x48:
        return 2;
    default:
        return 4;
    }
}

/* What is wrong with the arguments of a memory access. */
static StlinkStatus
check_access(const BenchStlink *probe, gboolean reads)
{
    guint size = access_size(probe->command[1]);
    guint32 addr = stlink_load32(probe->command + 2);
    guint32 length = stlink_load16(probe->command + 6);

    if (probe->mode != STLINK_MODE_DEBUG)
        return STLINK_STATUS_COMMAND_ERROR;
    if (probe->board == NULL)
        return STLINK_STATUS_DP_ERROR;
    if (probe->command[8] != 0)
        return STLINK_STATUS_BAD_AP;
    if (addr % size != 0 || length % size != 0)
        return STLINK_STATUS_ALIGNMENT;
    if (size == 1 && length > probe->kind->max_byte_access)
        return STLINK_STATUS_COMMAND_ERROR;
    if (reads && length > MAX_WORD_READ)
        return STLINK_STATUS_COMMAND_ERROR;
    return STLINK_STATUS_OK;
}

static void
run_read_memory(BenchStlink *probe)
{
    guint size = access_size(probe->command[1]);
    guint32 addr = stlink_load32(probe->command + 2);
    guint32 length = stlink_load16(probe->command + 6);
    gboolean increments = probe->command[1] != 0x54;
    guint8 *reply = new_reply(probe, size == 1 && length == 1 ? 2 : length);
    StlinkStatus status = check_access(probe, TRUE);
    gsize done = 0;

    if (status == STLINK_STATUS_OK) {
        stlink_spend_swd(probe, length / size);
        BenchDebugStatus debug = BENCH_DEBUG_OK;
        if (increments)
            debug = bench_board_debug_read_block(probe->board, addr, size, reply, length, &done);
        for (gsize i = 0; !increments && debug == BENCH_DEBUG_OK && i < length; i += 4) {
            guint32 word = 0;
            debug = bench_board_debug_read(probe->board, addr, 4, &word);
            stlink_store32(reply + i, word);
        }
        status = stlink_status_of(debug);
    }
    if (status == STLINK_STATUS_OK && length > 0) {
        gsize carried, n = (length + 3) / 4;
        status = stlink_wires_carry(probe, n, TRUE, &carried);
        done = MIN(4 * carried, length);
        if (status == STLINK_STATUS_OK && carried < n && length >= 4)
            stlink_wires_spoil(probe, reply + 4 * MIN(carried, length / 4 - 1));
        else if (carried < n)
            memset(reply + done, 0, length - done);
    }
    set_rw_status(probe, status, addr + (guint32)done);
}

static void
expect_data(BenchStlink *probe)
{
    probe->data_expected = stlink_load16(probe->command + 6);
    if (probe->data_expected == 0)
        set_rw_status(probe, STLINK_STATUS_OK, 0);
}

static void
run_written_memory(BenchStlink *probe)
{
    guint size = access_size(probe->command[1]);
    guint32 addr = stlink_load32(probe->command + 2);
    const GByteArray *data = probe->data;
    gboolean increments = probe->command[1] != 0x50;
    StlinkStatus status = check_access(probe, FALSE);
    gsize done = 0;

    if (status == STLINK_STATUS_OK) {
        gsize carried, length = data->len;
        StlinkStatus wires = stlink_wires_carry(probe, (length + 3) / 4, FALSE, &carried);

        stlink_spend_swd(probe, data->len / size);
        BenchDebugStatus debug = BENCH_DEBUG_OK;
        if (wires != STLINK_STATUS_OK)
            length = 4 * carried; /* what came before has arrived */
        if (increments && length > 0)
            debug =
                bench_board_debug_write_block(probe->board, addr, size, data->data, length, &done);
        for (gsize i = 0; !increments && debug == BENCH_DEBUG_OK && i < length; i += 4)
            debug = bench_board_debug_write(probe->board, addr, 4, stlink_load32(data->data + i));
        status = debug == BENCH_DEBUG_OK ? wires : stlink_status_of(debug);
    }
    set_rw_status(probe, status, addr + (guint32)done);
}

static void
run_read_debug_register(BenchStlink *probe)
{
    guint32 word;
    StlinkStatus status = read_word(probe, stlink_load32(probe->command + 2), &word);
    reply_word(probe, status, word);
}

static void
run_write_debug_register(BenchStlink *probe)
{
    reply_status(probe, write_word(probe, stlink_load32(probe->command + 2),
                                   stlink_load32(probe->command + 6)));
}

static void
run_get_rw_status(BenchStlink *probe)
{
    reply_status(probe, probe->rw_status);
}

static void
run_get_rw_status2(BenchStlink *probe)
{
    guint8 *reply = new_reply(probe, 12);
    reply[0] = probe->rw_status;
    stlink_store32(reply + 4, probe->rw_fault_addr);
}

/* -- direct access to the debug port -- */

static void
run_read_dap(BenchStlink *probe)
{
    guint32 value = 0;
    stlink_spend_swd(probe, 1);
    StlinkStatus status = stlink_dap_read(probe, stlink_load16(probe->command + 2),
                                          stlink_load16(probe->command + 4), &value);
    reply_word(probe, status, value);
}

static void
run_write_dap(BenchStlink *probe)
{
    stlink_spend_swd(probe, 1);
    reply_status(probe, stlink_dap_write(probe, stlink_load16(probe->command + 2),
                                         stlink_load16(probe->command + 4),
                                         stlink_load32(probe->command + 6)));
}

static void
run_init_ap(BenchStlink *probe)
{
    reply_status(probe, probe->command[2] == 0 ? STLINK_STATUS_OK : STLINK_STATUS_BAD_AP);
}

static guint32
max_misc_items(const BenchStlink *probe)
{
    return probe->kind->version == 3 ? MAX_MISC_ITEMS_V3 : MAX_MISC_ITEMS_V2;
}

static void
expect_misc(BenchStlink *probe)
{
    guint32 n = stlink_load32(probe->command + 2);
    g_byte_array_set_size(probe->misc, 0);
    if (n <= max_misc_items(probe))
        probe->data_expected = (n + 3) / 4 * 4 + 4 * n;
}

static void
run_misc_results(BenchStlink *probe)
{
    g_byte_array_append(probe->reply, probe->misc->data, probe->misc->len);
    g_byte_array_set_size(probe->misc, 0);
}

static void
run_get_max_misc(BenchStlink *probe)
{
    reply_word(probe, STLINK_STATUS_OK, max_misc_items(probe));
}

/* -- the table -- */

typedef enum {
    ANY_MODE,     /* also before the session is entered */
    SESSION_ONLY, /* else an error status in a reply of the usual size */
} StlinkNeed;

static const struct {
    guint8 code;
    StlinkNeed need;
    guint8 reply_size; /* of a command that needs a session */
    void (*run)(BenchStlink *probe);
} debug_commands[] = {
    {0x01, SESSION_ONLY, 2, run_get_core_status},
    {0x02, SESSION_ONLY, 2, run_force_debug},
    {0x03, SESSION_ONLY, 2, run_reset_system},
    {0x07, ANY_MODE, 0, run_read_memory},
    {0x08, ANY_MODE, 0, expect_data},
    {0x09, SESSION_ONLY, 2, run_run},
    {0x0A, SESSION_ONLY, 2, run_step},
    {0x0C, ANY_MODE, 0, run_read_memory},
    {0x0D, ANY_MODE, 0, expect_data},
    {0x21, ANY_MODE, 0, run_exit},
    {0x22, SESSION_ONLY, 4, run_read_core_id},
    {0x30, ANY_MODE, 2, run_enter},
    {0x31, SESSION_ONLY, 12, run_read_idcodes},
    {0x32, SESSION_ONLY, 2, run_reset_system},
    {0x33, SESSION_ONLY, 8, run_read_register},
    {0x34, SESSION_ONLY, 2, run_write_register},
    {0x35, SESSION_ONLY, 2, run_write_debug_register},
    {0x36, SESSION_ONLY, 8, run_read_debug_register},
    {0x3A, SESSION_ONLY, 88, run_read_all_registers},
    {0x3B, ANY_MODE, 2, run_get_rw_status},
    {0x3C, ANY_MODE, 2, run_drive_nrst},
    {0x3E, ANY_MODE, 12, run_get_rw_status2},
    {0x40, SESSION_ONLY, 2, run_accept},
    {0x41, SESSION_ONLY, 2, run_accept},
    {0x42, SESSION_ONLY, 2, run_get_trace_count},
    {0x43, ANY_MODE, 2, run_set_swd_divisor},
    {0x44, ANY_MODE, 2, run_accept},
    {0x45, SESSION_ONLY, 8, run_read_dap},
    {0x46, SESSION_ONLY, 2, run_write_dap},
    {0x47, ANY_MODE, 0, run_read_memory},
    {0x48, ANY_MODE, 0, expect_data},
    {0x4B, SESSION_ONLY, 2, run_init_ap},
    {0x4C, SESSION_ONLY, 2, run_init_ap},
    {0x50, ANY_MODE, 0, expect_data},
    {0x51, ANY_MODE, 0, expect_misc},
    {0x52, ANY_MODE, 0, run_misc_results},
    {0x53, SESSION_ONLY, 8, run_get_max_misc},
    {0x54, ANY_MODE, 0, run_read_memory},
    {0x61, ANY_MODE, 8, run_set_com_freq},
    {0x62, ANY_MODE, 52, run_get_com_freq},
};

static void
run_debug_command(BenchStlink *probe)
{
    for (gsize i = 0; i < G_N_ELEMENTS(debug_commands); i++) {
        if (debug_commands[i].code != probe->command[1])
            continue;
        if (debug_commands[i].need == SESSION_ONLY && probe->mode != STLINK_MODE_DEBUG)
            new_reply(probe, debug_commands[i].reply_size)[0] = STLINK_STATUS_COMMAND_ERROR;
        else
            debug_commands[i].run(probe);
        return;
    }
    reply_status(probe, STLINK_STATUS_UNKNOWN_COMMAND);
}

/* -- top level -- */

static void
reply_version(BenchStlink *probe)
{
    const BenchStlinkKind *kind = probe->kind;
    guint8 *reply = new_reply(probe, 6);
    guint word = kind->version == 3
                     ? 0x3000u
                     : (guint)kind->version << 12 | (guint)stlink_get_firmware(probe) << 6 |
                           (kind->msd != 0 ? kind->msd : kind->swim);
    reply[0] = (guint8)(word >> 8);
    reply[1] = (guint8)word;
    stlink_store32(reply + 2, 0x0483u | (guint32)kind->product_id << 16);
}

static void
reply_version_ex(BenchStlink *probe)
{
    const BenchStlinkKind *kind = probe->kind;
    if (kind->version != 3) {
        reply_status(probe, STLINK_STATUS_UNKNOWN_COMMAND);
        return;
    }
    guint8 *reply = new_reply(probe, 12);
    reply[0] = kind->version;
    reply[1] = kind->swim;
    reply[2] = stlink_get_firmware(probe);
    reply[3] = kind->msd;
    stlink_store32(reply + 8, 0x0483u | (guint32)kind->product_id << 16);
}

/* Two readings of an ADC: of its 1.2 V reference, and of half the target's voltage. */
static void
reply_voltage(BenchStlink *probe)
{
    enum { REFERENCE_READING = 1490, REFERENCE_MV = 1200 };
    guint8 *reply = new_reply(probe, 8);
    guint32 mv;

    if (!stlink_get_sense(probe, &mv))
        return;
    stlink_store32(reply, REFERENCE_READING);
    stlink_store32(reply + 4, (mv * REFERENCE_READING + REFERENCE_MV) / (2 * REFERENCE_MV));
}

void
stlink_run_command(BenchStlink *probe)
{
    if (!stlink_knows_command(probe)) {
        reply_status(probe, STLINK_STATUS_UNKNOWN_COMMAND);
        return;
    }
    switch (probe->command[0]) {
    case 0xF1:
        reply_version(probe);
        break;
    case 0xF2:
        run_debug_command(probe);
        break;
    case 0xF3:
        if (probe->command[1] == 0x07 && probe->mode == STLINK_MODE_DFU &&
            !probe->manners.stays_in_dfu)
            probe->mode = STLINK_MODE_MASS;
        break;
    case 0xF5:
        new_reply(probe, 2)[0] = probe->mode;
        break;
    case 0xF7:
        reply_voltage(probe);
        break;
    case 0xFB:
        reply_version_ex(probe);
        break;
    default:
        reply_status(probe, STLINK_STATUS_UNKNOWN_COMMAND);
        break;
    }
}

void
stlink_run_data(BenchStlink *probe)
{
    if (probe->command[1] != 0x51) {
        run_written_memory(probe);
        return;
    }
    guint32 n = stlink_load32(probe->command + 2);
    stlink_spend_swd(probe, n);
    if (probe->mode == STLINK_MODE_DEBUG)
        stlink_dap_run_misc(probe, n);
}
