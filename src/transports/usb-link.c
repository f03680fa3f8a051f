/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/usb-link.h"

#include <string.h>

#include "core/budget.h"
#include "core/error.h"
#include "transports/bytes.h"
#include "transports/stlink-products.h"
#include "transports/usb-transfer.h"

#define INTERFACE 0
#define MAX_PACKET 512 /* of high speed; a multiple of full speed's 64 */
#define DRAIN_MS 20    /* a reply that is ready comes in less than one */
#define DRAIN_MAX 16   /* packets of leftovers before an adapter counts as babbling */
/* The part of OPEN_ADAPTER that asking for the serial number may take: the rest is for waking it. */
#define SERIAL_SHARE 6
#define STRING_MAX 255 /* bLength is a byte (USB 2.0, 9.6.7) */

typedef struct {
    InlayLink base;
    libusb_context *context;
    libusb_device_handle *handle;
    const InlayStlinkProduct *product;
    gboolean unread;    /* an exchange was broken off: its reply may still come */
    gboolean abandoned; /* the system keeps a transfer of ours: nothing may be freed */
} UsbLink;

char *
inlay_usb_path_of(libusb_device *device)
{
    guint8 ports[7]; /* the deepest chain of hubs (USB 2.0, 4.1.1) */
    int n = libusb_get_port_numbers(device, ports, G_N_ELEMENTS(ports));
    GString *path;

    if (n <= 0)
        return NULL;
    path = g_string_new(NULL);
    g_string_printf(path, "usb:%u-%u", libusb_get_bus_number(device), ports[0]);
    for (int i = 1; i < n; i++)
        g_string_append_printf(path, ".%u", ports[i]);
    return g_string_free(path, FALSE);
}

/* -- serial numbers -- */

char *
inlay_usb_decode_serial(const guint8 *descriptor, gsize size)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) hex = g_string_new(NULL);
    gboolean printable = TRUE;

    if (size < 2 || descriptor[0] < 4 || descriptor[0] > size || descriptor[1] != LIBUSB_DT_STRING)
        return NULL;
    for (gsize i = 2; i + 1 < descriptor[0]; i += 2) {
        guint16 unit = load16_le(descriptor + i);
        printable = printable && unit < 0x80 && g_ascii_isgraph((char)unit);
        g_string_append_c(text, (char)unit);
        g_string_append_printf(hex, "%02X", unit & 0xffu);
    }
    /* 12 units are the raw bytes of the chip's unique id, which may happen to be printable. */
    if (!printable || hex->len == 24)
        return g_string_free(g_steal_pointer(&hex), FALSE);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* One GET_DESCRIPTOR for a string; returns its size, 0 on any failure: a serial number is a help,
 * never a must. */
static gsize
read_string(libusb_context *context,
            libusb_device_handle *handle,
            guint8 index,
            guint16 langid,
            guint8 *descriptor,
            gint64 deadline_us)
{
    struct libusb_transfer *transfer = libusb_alloc_transfer(0);
    guint8 *buffer = g_malloc0(LIBUSB_CONTROL_SETUP_SIZE + STRING_MAX);
    gboolean abandoned = FALSE;
    gsize size = 0;

    libusb_fill_control_setup(buffer, LIBUSB_ENDPOINT_IN, LIBUSB_REQUEST_GET_DESCRIPTOR,
                              (guint16)(LIBUSB_DT_STRING << 8 | index), langid, STRING_MAX);
    libusb_fill_control_transfer(transfer, handle, buffer, NULL, NULL, 0);
    if (inlay_usb_run(context, &transfer, 1, deadline_us, &abandoned, NULL, NULL)) {
        size = (gsize)transfer->actual_length;
        memcpy(descriptor, libusb_control_transfer_get_data(transfer), size);
    }
    if (!abandoned) {
        libusb_free_transfer(transfer);
        g_free(buffer);
    }
    return size;
}

char *
inlay_usb_read_serial(libusb_context *context, libusb_device_handle *handle, gint64 deadline_us)
{
    struct libusb_device_descriptor device;
    guint8 descriptor[STRING_MAX] = {0};
    gsize size;

    if (libusb_get_device_descriptor(libusb_get_device(handle), &device) != 0 ||
        device.iSerialNumber == 0)
        return NULL;
    size =
        read_string(context, handle, 0, 0, descriptor, deadline_us); /* the languages it speaks */
    if (size < 4)
        return NULL;
    size = read_string(context, handle, device.iSerialNumber, load16_le(descriptor + 2), descriptor,
                       deadline_us);
    return inlay_usb_decode_serial(descriptor, size);
}

/* -- the link -- */

static struct libusb_transfer *
new_transfer(UsbLink *self, guint8 endpoint, guint8 *buffer, gsize size)
{
    struct libusb_transfer *transfer = libusb_alloc_transfer(0);

    libusb_fill_bulk_transfer(transfer, self->handle, endpoint, buffer, (int)size, NULL, NULL, 0);
    return transfer;
}

/* Runs transfers whose buffers are of g_malloc; frees both, unless the system keeps them. */
static gboolean
run(UsbLink *self,
    struct libusb_transfer **transfers,
    guint n,
    guint timeout_ms,
    GCancellable *cancellable,
    GError **error)
{
    gint64 deadline_us = g_get_monotonic_time() + timeout_ms * G_TIME_SPAN_MILLISECOND;

    return inlay_usb_run(self->context, transfers, n, deadline_us, &self->abandoned, cancellable,
                         error);
}

static void
free_transfers(UsbLink *self, struct libusb_transfer **transfers, guint n)
{
    for (guint i = 0; i < n && !self->abandoned; i++) {
        g_free(transfers[i]->buffer);
        libusb_free_transfer(transfers[i]);
    }
}

/* Reads away what a broken-off exchange has left, so that the next reply is the next command's. */
static void
drain(UsbLink *self)
{
    gboolean more = TRUE;

    for (guint i = 0; more && i < DRAIN_MAX; i++) {
        struct libusb_transfer *transfer =
            new_transfer(self, self->product->in, g_malloc(MAX_PACKET), MAX_PACKET);
        more = run(self, &transfer, 1, DRAIN_MS, NULL, NULL);
        free_transfers(self, &transfer, 1);
    }
    self->unread = FALSE;
}

static gboolean
usb_link_exchange(InlayLink *link,
                  const guint8 *command,
                  gsize command_size,
                  const guint8 *out,
                  gsize out_size,
                  guint8 *in,
                  gsize in_size,
                  guint timeout_ms,
                  GCancellable *cancellable,
                  GError **error)
{
    UsbLink *self = (UsbLink *)link;
    struct libusb_transfer *transfers[3];
    gboolean ok;
    guint n = 0;

    if (self->abandoned) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_MUTE,
                    "a usb transfer cannot be cancelled");
        return FALSE;
    }
    if (self->unread)
        drain(self);
    transfers[n++] =
        new_transfer(self, self->product->out, g_memdup2(command, command_size), command_size);
    if (out_size > 0)
        transfers[n++] = new_transfer(self, self->product->out, g_memdup2(out, out_size), out_size);
    if (in_size > 0)
        transfers[n++] = new_transfer(self, self->product->in, g_malloc0(in_size), in_size);

    ok = run(self, transfers, n, timeout_ms, cancellable, error);
    self->unread = !ok;
    if (ok && in_size > 0) {
        gsize got = (gsize)transfers[n - 1]->actual_length;
        memcpy(in, transfers[n - 1]->buffer, MIN(got, in_size));
        if (got != in_size) {
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                        "reply to command 0x%02x%02x: %" G_GSIZE_FORMAT
                        " bytes expected, got %" G_GSIZE_FORMAT,
                        command[0], command_size > 1 ? command[1] : 0u, in_size, got);
            self->unread = TRUE;
            ok = FALSE;
        }
    } else if (!ok) {
        g_prefix_error(error, "command 0x%02x%02x: ", command[0],
                       command_size > 1 ? command[1] : 0u);
    }
    free_transfers(self, transfers, n);
    return ok;
}

static gboolean
usb_link_reset(InlayLink *link, GError **error)
{
    UsbLink *self = (UsbLink *)link;
    int code = libusb_reset_device(self->handle);

    self->unread = TRUE;
    if (code != LIBUSB_SUCCESS) {
        inlay_usb_set_error(error, code, "usb reset failed");
        return FALSE;
    }
    return TRUE;
}

static void
usb_link_free(InlayLink *link)
{
    UsbLink *self = (UsbLink *)link;

    if (self->handle != NULL && !self->abandoned) {
        libusb_release_interface(self->handle, INTERFACE);
        libusb_close(self->handle);
    }
    if (self->context != NULL && !self->abandoned)
        libusb_exit(self->context);
    g_free(link->path);
    g_free(link->serial);
    g_free(self);
}

static const InlayLinkOps usb_link_ops = {
    .exchange = usb_link_exchange,
    .reset = usb_link_reset,
    .free = usb_link_free,
};

static gboolean
open_device(UsbLink *self, libusb_device *device, GError **error)
{
    int code = libusb_open(device, &self->handle);

    if (code != LIBUSB_SUCCESS) {
        inlay_usb_set_open_error(error, device, self->base.path, code);
        return FALSE;
    }
    libusb_set_auto_detach_kernel_driver(self->handle, 1);
    code = libusb_claim_interface(self->handle, INTERFACE);
    if (code == LIBUSB_SUCCESS)
        return TRUE;
    inlay_usb_set_open_error(error, device, self->base.path, code);
    libusb_close(g_steal_pointer(&self->handle));
    return FALSE;
}

InlayLink *
inlay_usb_link_open(libusb_context *context, libusb_device *device, GError **error)
{
    UsbLink *self = g_new0(UsbLink, 1);
    struct libusb_device_descriptor descriptor = {0};
    gint64 serial_ms = inlay_budget_get_ms(INLAY_BUDGET_OPEN_ADAPTER) / SERIAL_SHARE;

    self->base.ops = &usb_link_ops;
    self->base.path = inlay_usb_path_of(device);
    libusb_get_device_descriptor(device, &descriptor);
    self->product = inlay_stlink_product_find(descriptor.idVendor, descriptor.idProduct);
    self->base.product_id = descriptor.idProduct;
    if (self->product == NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PROTOCOL,
                    "%s: usb product 0x%04x is no st-link", self->base.path, descriptor.idProduct);
        usb_link_free(&self->base);
        return NULL;
    }
    if (!inlay_stlink_product_check(self->product, self->base.path, error) ||
        !open_device(self, device, error)) {
        usb_link_free(&self->base);
        return NULL;
    }
    self->context = context;
    self->base.serial = inlay_usb_read_serial(
        context, self->handle, g_get_monotonic_time() + serial_ms * G_TIME_SPAN_MILLISECOND);
    return &self->base;
}
