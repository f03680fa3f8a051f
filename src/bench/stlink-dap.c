/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stlink-private.h"

/* Registers and bits: ARM Debug Interface v5.2 (IHI 0031), B2.2 (DP), C2.6 (MEM-AP). */
#define PORT_DP 0xFFFF
#define DP_ABORT 0x0 /* DPIDR when read */
#define DP_CTRL_STAT 0x4
#define DP_RDBUFF 0xC
#define DP_CTRL_REQUESTS 0x54000000u /* CDBGRSTREQ, CDBGPWRUPREQ, CSYSPWRUPREQ */
#define DP_STAT_STICKYERR 0x20u
#define ABORT_STKERRCLR 0x4u
#define AP_CSW 0x00
#define AP_TAR 0x04
#define AP_DRW 0x0C
#define AP_BD0 0x10
#define AP_BD3 0x1C
#define AP_BASE 0xF8
#define AP_IDR 0xFC
#define CSW_SIZE 0x7u
#define CSW_ADDR_INC 0x10u
#define CSW_FIXED 0x23000040u /* privileged data access, DbgStatus */

/* Of the AHB-AP of a Cortex-M3 or M4 (DDI 0439, 4.3.1 and table 4-1). */
#define AHB_AP_IDR 0x24770011u
#define AHB_AP_BASE 0xE00FF003u

static StlinkStatus
access_memory(BenchStlink *probe, guint32 addr, gboolean write, guint32 *value)
{
    guint size = 1u << MIN(probe->dap.csw & CSW_SIZE, 2u);
    guint lane = 8 * (addr & 3u);
    BenchDebugStatus status;

    if (probe->board == NULL)
        return STLINK_STATUS_DP_ERROR;
    if ((addr & (size - 1)) != 0) {
        probe->dap.sticky = TRUE;
        return STLINK_STATUS_AP_FAULT;
    }
    if (write) {
        status = bench_board_debug_write(probe->board, addr, size, *value >> lane);
    } else {
        status = bench_board_debug_read(probe->board, addr, size, value);
        *value <<= lane;
    }
    if (status == BENCH_DEBUG_FAULT)
        probe->dap.sticky = TRUE;
    return stlink_status_of(status);
}

static StlinkStatus
access_data(BenchStlink *probe, guint reg, gboolean write, guint32 *value)
{
    StlinkDap *dap = &probe->dap;
    if (reg != AP_DRW)
        return access_memory(probe, (dap->tar & ~0xFu) + (reg - AP_BD0), write, value);

    StlinkStatus status = access_memory(probe, dap->tar, write, value);
    /* The increment wraps at 1 KiB: IHI 0031, C2.2.3 leaves no more to rely on. */
    if (status == STLINK_STATUS_OK && (dap->csw & CSW_ADDR_INC) != 0)
        dap->tar =
            (dap->tar & ~0x3FFu) | ((dap->tar + (1u << MIN(dap->csw & CSW_SIZE, 2u))) & 0x3FFu);
    return status;
}

static StlinkStatus
check_access_port(const BenchStlink *probe, guint port)
{
    if (port != 0)
        return STLINK_STATUS_BAD_AP;
    return probe->dap.sticky ? STLINK_STATUS_AP_STICKY : STLINK_STATUS_OK;
}

static StlinkStatus
read_debug_port(BenchStlink *probe, guint reg, guint32 *value)
{
    const StlinkDap *dap = &probe->dap;
    *value = 0;
    if (!stlink_chip_answers(probe))
        return STLINK_STATUS_DP_ERROR;
    if (reg == DP_ABORT)
        *value = bench_board_get_dpidr(probe->board);
    else if (reg == DP_CTRL_STAT)
        *value =
            dap->ctrl | (dap->ctrl & DP_CTRL_REQUESTS) << 1 | (dap->sticky ? DP_STAT_STICKYERR : 0);
    else if (reg == DP_RDBUFF)
        *value = dap->read_value;
    return STLINK_STATUS_OK;
}

StlinkStatus
stlink_dap_read(BenchStlink *probe, guint port, guint reg, guint32 *value)
{
    if (port == PORT_DP)
        return read_debug_port(probe, reg, value);
    StlinkStatus status = check_access_port(probe, port);
    *value = 0;
    if (status != STLINK_STATUS_OK)
        return status;
    if (reg == AP_CSW)
        *value = probe->dap.csw | CSW_FIXED;
    else if (reg == AP_TAR)
        *value = probe->dap.tar;
    else if (reg == AP_BASE)
        *value = AHB_AP_BASE;
    else if (reg == AP_IDR)
        *value = AHB_AP_IDR;
    else if (reg >= AP_DRW && reg <= AP_BD3)
        status = access_data(probe, reg, FALSE, value);
    probe->dap.read_value = *value;
    return status;
}

StlinkStatus
stlink_dap_write(BenchStlink *probe, guint port, guint reg, guint32 value)
{
    if (port == PORT_DP) {
        if (reg == DP_ABORT && (value & ABORT_STKERRCLR) != 0)
            probe->dap.sticky = FALSE;
        else if (reg == DP_CTRL_STAT)
            probe->dap.ctrl = value & DP_CTRL_REQUESTS;
        return stlink_chip_answers(probe) ? STLINK_STATUS_OK : STLINK_STATUS_DP_ERROR;
    }
    StlinkStatus status = check_access_port(probe, port);
    if (status != STLINK_STATUS_OK)
        return status;
    if (reg == AP_CSW)
        probe->dap.csw = value;
    else if (reg == AP_TAR)
        probe->dap.tar = value;
    else if (reg >= AP_DRW && reg <= AP_BD3)
        return access_data(probe, reg, TRUE, &value);
    return STLINK_STATUS_OK;
}

/* One operation of a RW_MISC list. */
static StlinkStatus
run_misc_op(BenchStlink *probe, guint8 op, guint32 argument, guint32 *addr, guint32 *result)
{
    enum { OP_ADDRESS = 1, OP_WRITE = 2, OP_READ = 3, OP_PORT = 5 };
    switch (op) {
    case OP_ADDRESS:
        *addr = argument;
        return STLINK_STATUS_OK;
    case OP_WRITE:
        return stlink_status_of(bench_board_debug_write(probe->board, *addr, 4, argument));
    case OP_READ:
        return stlink_status_of(bench_board_debug_read(probe->board, argument, 4, result));
    case OP_PORT:
        return argument == 0 ? STLINK_STATUS_OK : STLINK_STATUS_BAD_AP;
    default:
        return STLINK_STATUS_COMMAND_ERROR;
    }
}

void
stlink_dap_run_misc(BenchStlink *probe, guint32 n)
{
    const guint8 *ops = probe->data->data;
    const guint8 *arguments = ops + (n + 3) / 4 * 4;
    guint32 addr = 0;

    g_byte_array_set_size(probe->misc, 8 * n);
    for (guint32 i = 0; i < n; i++) {
        guint32 result = 0;
        guint32 argument = stlink_load32(arguments + 4 * i);
        StlinkStatus status = probe->board == NULL
                                  ? STLINK_STATUS_DP_ERROR
                                  : run_misc_op(probe, ops[i], argument, &addr, &result);
        stlink_store32(probe->misc->data + 4 * i, result);
        stlink_store32(probe->misc->data + 4 * (n + i), status);
    }
}
