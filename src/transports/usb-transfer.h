/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>
#include <libusb.h>

G_BEGIN_DECLS

/*
 * libusb, bounded: asynchronous transfers that are waited for until a deadline, in slices that
 * watch a cancellable, and the one mapping of libusb's errors to ours.
 */

#define INLAY_USB_SLICE_MS 250 /* the longest wait that does not look at the cancellable */

/* Sets an INLAY_ERROR for a libusb error code: "`what`: reason". */
void inlay_usb_set_error(GError **error, int code, const char *what);

/* Submits transfers together, in order, and waits until all have completed. At the first one that
 * fails, at the deadline (monotonic microseconds) and on a cancel the rest is cancelled and reaped.
 * Sets user_data and callback of each; its timeout must be 0. Errors: ADAPTER_LOST, ADAPTER_MUTE
 * (deadline), ADAPTER_PROTOCOL (a stall, cleared already), CANCELLED.
 *
 * *abandoned is set when the system does not give a cancelled transfer back: then the transfers,
 * their buffers, the handle and the context must not be freed. */
gboolean inlay_usb_run(libusb_context *context,
                       struct libusb_transfer *const *transfers,
                       guint n_transfers,
                       gint64 deadline_us,
                       gboolean *abandoned,
                       GCancellable *cancellable,
                       GError **error);

G_END_DECLS
