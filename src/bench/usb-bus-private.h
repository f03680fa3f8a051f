/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "usb-bus.h"

#include <umockdev.h>

G_BEGIN_DECLS

/* The bus as those see it that put devices on it: usb-bus.c the probes, usb-serial.c the ports. */
#define BENCH_USB_LAST_ADDRESS 127

struct BenchUsbBus {
    UMockdevTestbed *testbed;
    char *folder;
    GPtrArray *ports;       /* BenchUsbPort * */
    GPtrArray *serials;     /* BenchUsbSerial * */
    GHashTable *hubs;       /* "usb1", "1-4" -> its device path */
    guint last_address[10]; /* by bus */
    gboolean taken[10][BENCH_USB_LAST_ADDRESS + 1];
};

typedef struct {
    const char *devpath;
    guint bus_number, address;
    guint16 vendor, product;
    guint speed;        /* Mbit/s */
    const char *serial; /* NULL: none */
    const char *product_name, *manufacturer;
    const GByteArray *descriptors;
} BenchUsbFacts;

/* A usb_device in /sys. */
gboolean bench_usb_bus_add_device(BenchUsbBus *bus, const BenchUsbFacts *facts, GError **error);
/* The next that is free. */
guint bench_usb_bus_take_address(BenchUsbBus *bus, guint bus_number);
/* The device path of what is at port `path`; the hubs on the way to it are made. (transfer full) */
char *bench_usb_bus_locate(BenchUsbBus *bus, const char *path, GError **error);
gboolean bench_usb_is_path(const char *path);

G_END_DECLS
