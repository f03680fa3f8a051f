/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The kinds of serial adapters that the bench has. */
typedef struct {
    const char *kind; /* "FTDI", "CP210x", "ST-LINK" */
    guint16 vendor_id, product_id;
    const char *name;
    guint tick_us, low_latency_tick_us;
    guint packet; /* bytes that do not wait for the tick */
    guint max_baud;
} BenchSerialAdapter;

/* NULL: no such kind. */
const BenchSerialAdapter *bench_serial_adapter_find(const char *kind);

G_END_DECLS
