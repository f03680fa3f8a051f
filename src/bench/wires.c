/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/wires.h"

void
bench_wires_check_clock(BenchWires *wires)
{
    BenchPeripheralHost *host = wires->parts->host;
    const BenchWaitStates *row = wires->wait_state_table;

    if (wires->max_hclk_hz != 0 && wires->hclk_hz > wires->max_hclk_hz)
        host->firmware_fault(host, "core clock too fast for the voltage scale of PWR_CR");
    while (row->min_mv > host->supply_mv)
        row++;
    for (guint i = 0; i < G_N_ELEMENTS(row->max_hz) && row->max_hz[i] != 0; i++)
        if (wires->hclk_hz <= row->max_hz[i] && wires->wait_states >= i)
            return;
    host->firmware_fault(host, "too few flash wait states for the core clock");
}
