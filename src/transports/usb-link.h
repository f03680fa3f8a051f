/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <libusb.h>

#include "transports/link.h"

G_BEGIN_DECLS

/* ST-LINKs on USB: where they are, who they are, and the link to one. */

/* "usb:1-4.2": bus and ports, as the kernel names them; the root hubs themselves have none (NULL).
 * (transfer full) */
char *inlay_usb_path_of(libusb_device *device);

/* The serial number of an open device as it is printed: 24 hex digits for every ST-LINK, though old
 * V2s store 12 raw bytes; NULL when it has none or does not say until the deadline (monotonic
 * microseconds). (transfer full) */
char *
inlay_usb_read_serial(libusb_context *context, libusb_device_handle *handle, gint64 deadline_us);

/* What a string descriptor says, in the form above; exposed for its test. */
char *inlay_usb_decode_serial(const guint8 *descriptor, gsize size);

/* Which other process has the device open, as far as this user may see: "openocd (process 4711)";
 * NULL. (transfer full) */
char *inlay_usb_find_holder(libusb_device *device);

/* Says why a device cannot be had: who may open its node, or who has it. `code` is libusb's,
 * `address` ours. */
void inlay_usb_set_open_error(GError **error, libusb_device *device, const char *address, int code);

/* Opens a device. On success the link takes the context: they live and die together.
 * Errors: ADAPTER_PERMISSION, ADAPTER_BUSY (naming who holds it), ADAPTER_LOST, ADAPTER_UNSUPPORTED,
 * ADAPTER_DFU. */
InlayLink *inlay_usb_link_open(libusb_context *context, libusb_device *device, GError **error);

G_END_DECLS
