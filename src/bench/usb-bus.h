/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "stlink.h"

G_BEGIN_DECLS

/*
 * The umockdev front: virtual probes as USB devices that programs started under umockdev's preload
 * library find in /sys and /dev, see come and go, and talk to through libusb. One bus a process;
 * its functions are called from the main thread, and nothing else in the process may use the
 * testbed. The process itself must run under the preload, or it could not send uevents.
 */
typedef struct BenchUsbBus BenchUsbBus;
typedef struct BenchUsbPort BenchUsbPort;

BenchUsbBus *bench_usb_bus_new(GError **error);
void bench_usb_bus_free(BenchUsbBus *bus);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchUsbBus, bench_usb_bus_free)
/* $UMOCKDEV_DIR of the programs to be started. */
const char *bench_usb_bus_get_folder(const BenchUsbBus *bus);

typedef struct {
    const char *path;        /* "1-4", "2-1.3": bus, then ports of the hubs on the way */
    BenchStlink *probe;      /* not owned */
    gboolean denied;         /* nobody may open its device node; root may, as everywhere */
    GMutex *probe_lock;      /* held while the probe (and its board) is used */
    void (*paced)(gpointer); /* after each transfer, without the lock; may wait; NULL: none */
    gpointer user_data;
} BenchUsbPortConfig;

/* A place for a probe, unplugged at first. Owned by the bus. */
BenchUsbPort *
bench_usb_bus_add_port(BenchUsbBus *bus, const BenchUsbPortConfig *config, GError **error);
/* The port of that path, or NULL. */
BenchUsbPort *bench_usb_bus_find_port(BenchUsbBus *bus, const char *path);
gboolean bench_usb_port_plug(BenchUsbPort *port, GError **error);
void bench_usb_port_unplug(BenchUsbPort *port);
gboolean bench_usb_port_is_plugged(const BenchUsbPort *port);
const char *bench_usb_port_get_serial(const BenchUsbPort *port); /* the probe's */
/* Whether users may open its device node, now and when it is plugged in again. */
gboolean bench_usb_port_set_denied(BenchUsbPort *port, gboolean denied, GError **error);

G_END_DECLS
