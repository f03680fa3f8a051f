/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "station.h"
#include "usb-bus.h"

G_BEGIN_DECLS

/*
 * Serial ports on the bus: the adapter, its tty and its names in /sys and /dev, as libserialport,
 * udev and people find them. An ST-LINK's port is a part of the probe at its USB port, and comes and
 * goes with it. Called from the main thread.
 */

GPtrArray *bench_usb_serials_new(void);

/* Unplugged at first. `port` is not owned, and names it in what follows. */
gboolean bench_usb_bus_add_serial(BenchUsbBus *bus, BenchSerialPort *port, GError **error);
gboolean bench_usb_serial_plug(BenchUsbBus *bus, BenchSerialPort *port, GError **error);
void bench_usb_serial_unplug(BenchUsbBus *bus, BenchSerialPort *port);
/* Whether users may open its tty, now and when it is plugged in again. */
gboolean bench_usb_serial_set_denied(BenchUsbBus *bus,
                                     BenchSerialPort *port,
                                     gboolean denied,
                                     GError **error);

/* The probe at this USB port comes or goes. */
gboolean bench_usb_serials_plug_at(BenchUsbBus *bus, const char *path, GError **error);
void bench_usb_serials_unplug_at(BenchUsbBus *bus, const char *path);

G_END_DECLS
