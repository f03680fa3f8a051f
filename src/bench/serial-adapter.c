/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serial-adapter.h"

#include <string.h>

/* Ticks: the latency timer of an FT232R, 16 ms unless set to 1 ms (FTDI AN232B-04); the others poll
 * each millisecond. A packet holds 64 bytes, of which two are an FT232R's status. Highest rates:
 * datasheets of FT232R and CP2102, and ST's of the V2-1. */
static const BenchSerialAdapter adapters[] = {
    {"FTDI", 0x0403, 0x6001, "FTDI FT232R", 16000, 1000, 62, 3000000},
    {"CP210x", 0x10c4, 0xea60, "Silicon Labs CP2102", 1000, 1000, 64, 1000000},
    {"ST-LINK", 0x0483, 0x374b, "ST-LINK/V2-1", 1000, 1000, 64, 2000000},
};

const BenchSerialAdapter *
bench_serial_adapter_find(const char *kind)
{
    for (guint i = 0; i < G_N_ELEMENTS(adapters); i++)
        if (strcmp(adapters[i].kind, kind) == 0)
            return &adapters[i];
    return NULL;
}
