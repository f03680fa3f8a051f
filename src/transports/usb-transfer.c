/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/usb-transfer.h"

#include "core/error.h"

/* A cancelled transfer comes back as soon as the host controller has let go of it. */
#define REAP_MS 1000

typedef struct {
    guint pending;
    int settled; /* a transfer has failed, or none is pending: libusb returns to us */
} Batch;

static InlayErrorId
id_of(int code)
{
    switch ((enum libusb_error)code) {
    case LIBUSB_ERROR_ACCESS:
        return INLAY_ERROR_ADAPTER_PERMISSION;
    case LIBUSB_ERROR_BUSY:
        return INLAY_ERROR_ADAPTER_BUSY;
    case LIBUSB_ERROR_NO_DEVICE:
    case LIBUSB_ERROR_NOT_FOUND:
    case LIBUSB_ERROR_IO:
        return INLAY_ERROR_ADAPTER_LOST;
    case LIBUSB_ERROR_TIMEOUT:
        return INLAY_ERROR_ADAPTER_MUTE;
    case LIBUSB_ERROR_OVERFLOW:
    case LIBUSB_ERROR_PIPE:
    case LIBUSB_ERROR_INTERRUPTED:
    case LIBUSB_ERROR_OTHER:
        return INLAY_ERROR_ADAPTER_PROTOCOL;
    case LIBUSB_SUCCESS:
    case LIBUSB_ERROR_INVALID_PARAM:
    case LIBUSB_ERROR_NO_MEM:
    case LIBUSB_ERROR_NOT_SUPPORTED:
        return INLAY_ERROR_INTERNAL;
    }
    return INLAY_ERROR_INTERNAL;
}

void
inlay_usb_set_error(GError **error, int code, const char *what)
{
    g_set_error(error, INLAY_ERROR, id_of(code), "%s: %s", what, libusb_error_name(code));
}

static void
on_transfer_done_cb(struct libusb_transfer *transfer)
{
    Batch *batch = transfer->user_data;

    batch->pending--;
    if (batch->pending == 0 || transfer->status != LIBUSB_TRANSFER_COMPLETED)
        batch->settled = 1;
}

static void
handle_events(libusb_context *context, gint64 until_us, int *settled)
{
    gint64 left = until_us - g_get_monotonic_time();
    gint64 slice = CLAMP(left, 0, INLAY_USB_SLICE_MS * G_TIME_SPAN_MILLISECOND);
    struct timeval tv = {.tv_sec = slice / G_USEC_PER_SEC, .tv_usec = slice % G_USEC_PER_SEC};

    libusb_handle_events_timeout_completed(context, &tv, settled);
}

/* Gets back every transfer that is still out; FALSE when the system keeps one. */
static gboolean
reap(libusb_context *context,
     struct libusb_transfer *const *transfers,
     guint n_transfers,
     Batch *batch)
{
    gint64 until_us = g_get_monotonic_time() + REAP_MS * G_TIME_SPAN_MILLISECOND;

    for (guint i = 0; i < n_transfers && batch->pending > 0; i++)
        libusb_cancel_transfer(transfers[i]); /* one that is done already answers NOT_FOUND */
    while (batch->pending > 0 && g_get_monotonic_time() < until_us) {
        batch->settled = 0;
        handle_events(context, until_us, &batch->settled);
    }
    return batch->pending == 0;
}

/* Turns the status of a failed transfer into a libusb error code. A halted endpoint is cleared; a
 * device that does not even take that is gone (pulling the plug shows as a transfer error until the
 * hub has noticed). */
static int
code_of(struct libusb_transfer *transfer)
{
    switch (transfer->status) {
    case LIBUSB_TRANSFER_STALL:
        if (transfer->endpoint != 0) /* a control endpoint recovers by itself */
            libusb_clear_halt(transfer->dev_handle, transfer->endpoint);
        return LIBUSB_ERROR_PIPE;
    case LIBUSB_TRANSFER_ERROR:
        if (transfer->endpoint == 0 ||
            libusb_clear_halt(transfer->dev_handle, transfer->endpoint) != 0)
            return LIBUSB_ERROR_NO_DEVICE;
        return LIBUSB_ERROR_PIPE;
    case LIBUSB_TRANSFER_NO_DEVICE:
        return LIBUSB_ERROR_NO_DEVICE;
    case LIBUSB_TRANSFER_OVERFLOW:
        return LIBUSB_ERROR_OVERFLOW;
    case LIBUSB_TRANSFER_TIMED_OUT:
        return LIBUSB_ERROR_TIMEOUT;
    case LIBUSB_TRANSFER_CANCELLED:
    case LIBUSB_TRANSFER_COMPLETED:
        return LIBUSB_SUCCESS;
    }
    return LIBUSB_ERROR_OTHER;
}

static int
first_failure(struct libusb_transfer *const *transfers, guint n_submitted)
{
    for (guint i = 0; i < n_submitted; i++) {
        int code = code_of(transfers[i]);
        if (code != LIBUSB_SUCCESS)
            return code;
    }
    return LIBUSB_SUCCESS;
}

gboolean
inlay_usb_run(libusb_context *context,
              struct libusb_transfer *const *transfers,
              guint n_transfers,
              gint64 deadline_us,
              gboolean *abandoned,
              GCancellable *cancellable,
              GError **error)
{
    g_autofree Batch *batch = g_new0(Batch, 1);
    int code = LIBUSB_SUCCESS;
    guint n_submitted = 0;
    gboolean late;

    if (g_cancellable_is_cancelled(cancellable)) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_CANCELLED, "cancelled");
        return FALSE;
    }
    for (; n_submitted < n_transfers && code == LIBUSB_SUCCESS; n_submitted++) {
        transfers[n_submitted]->callback = on_transfer_done_cb;
        transfers[n_submitted]->user_data = batch;
        code = libusb_submit_transfer(transfers[n_submitted]);
        if (code != LIBUSB_SUCCESS)
            break;
        batch->pending++;
    }
    while (code == LIBUSB_SUCCESS && !batch->settled && g_get_monotonic_time() < deadline_us &&
           !g_cancellable_is_cancelled(cancellable))
        handle_events(context, deadline_us, &batch->settled);

    late = code == LIBUSB_SUCCESS && !batch->settled;
    if (!reap(context, transfers, n_submitted, batch)) {
        *abandoned = TRUE;
        batch = NULL; /* the system still points at it */
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_MUTE,
                    "a usb transfer cannot be cancelled");
        return FALSE;
    }
    if (code == LIBUSB_SUCCESS)
        code = first_failure(transfers, n_submitted);
    if (code != LIBUSB_SUCCESS) {
        inlay_usb_set_error(error, code, "usb transfer failed");
        return FALSE;
    }
    if (late && g_cancellable_is_cancelled(cancellable)) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_CANCELLED, "cancelled");
        return FALSE;
    }
    if (late) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_MUTE, "no answer in time");
        return FALSE;
    }
    return TRUE;
}
