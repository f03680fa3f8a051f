/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/usb-probes.h"

#include "core/budget.h"
#include "transports/stlink-products.h"
#include "transports/usb-link.h"
#include "transports/usb-transfer.h"

struct InlayUsbProbes {
    libusb_context *context; /* NULL once a link has taken it */
    GPtrArray *devices;      /* of libusb_device, referenced */
    GPtrArray *adapters;     /* of InlayAdapter, in the same order */
};

void
inlay_usb_probes_free(InlayUsbProbes *probes)
{
    if (probes == NULL)
        return;
    g_clear_pointer(&probes->adapters, g_ptr_array_unref);
    g_clear_pointer(&probes->devices, g_ptr_array_unref);
    if (probes->context != NULL)
        libusb_exit(probes->context);
    g_free(probes);
}

/* Opens the device for as long as its serial number takes; claims nothing, as that would get in the
 * way of another process that is about to use it. */
static void
look_inside(InlayUsbProbes *probes,
            libusb_device *device,
            InlayAdapter *adapter,
            gint64 deadline_us)
{
    libusb_device_handle *handle = NULL;
    g_autofree char *holder = NULL;
    int code = libusb_open(device, &handle);

    if (code != LIBUSB_SUCCESS) {
        if (adapter->trouble == NULL)
            inlay_usb_set_open_error(&adapter->trouble, device, adapter->address, code);
        return;
    }
    adapter->serial = inlay_usb_read_serial(probes->context, handle, deadline_us);
    libusb_close(handle);
    holder = inlay_usb_find_holder(device);
    if (holder != NULL && adapter->trouble == NULL)
        inlay_usb_set_open_error(&adapter->trouble, device, adapter->address, LIBUSB_ERROR_BUSY);
}

static void
add_device(InlayUsbProbes *probes, libusb_device *device)
{
    struct libusb_device_descriptor descriptor;
    const InlayStlinkProduct *product;
    InlayAdapter *adapter;
    g_autofree char *path = inlay_usb_path_of(device);
    guint at = 0; /* by address */

    if (path == NULL || libusb_get_device_descriptor(device, &descriptor) != LIBUSB_SUCCESS)
        return;
    product = inlay_stlink_product_find(descriptor.idVendor, descriptor.idProduct);
    if (product == NULL)
        return;
    adapter = g_new0(InlayAdapter, 1);
    adapter->address = g_steal_pointer(&path);
    adapter->kind = g_strdup(product->name);
    inlay_stlink_product_check(product, adapter->address, &adapter->trouble);
    while (at < probes->adapters->len &&
           g_strcmp0(((InlayAdapter *)g_ptr_array_index(probes->adapters, at))->address,
                     adapter->address) < 0)
        at++;
    g_ptr_array_insert(probes->devices, (gint)at, libusb_ref_device(device));
    g_ptr_array_insert(probes->adapters, (gint)at, adapter);
}

/* A mute adapter takes no other's share of the time: each has an equal part of what is left. */
static void
look_inside_all(InlayUsbProbes *probes, gint64 deadline_us)
{
    for (guint i = 0; i < probes->adapters->len; i++) {
        gint64 now_us = g_get_monotonic_time();
        gint64 share_us = (deadline_us - now_us) / (probes->adapters->len - i);

        look_inside(probes, g_ptr_array_index(probes->devices, i),
                    g_ptr_array_index(probes->adapters, i), now_us + share_us);
    }
}

InlayUsbProbes *
inlay_usb_probes_find(gboolean look, GError **error)
{
    gint64 deadline_us = inlay_budget_get_deadline_us(INLAY_BUDGET_FIND_ADAPTER);
    g_autoptr(InlayUsbProbes) probes = g_new0(InlayUsbProbes, 1);
    libusb_device **devices = NULL;
    gssize n;
    int code = libusb_init(&probes->context);

    if (code != LIBUSB_SUCCESS) {
        probes->context = NULL;
        inlay_usb_set_error(error, code, "usb cannot be used");
        return NULL;
    }
    probes->devices = g_ptr_array_new_with_free_func((GDestroyNotify)libusb_unref_device);
    probes->adapters = g_ptr_array_new_with_free_func((GDestroyNotify)inlay_adapter_free);
    n = libusb_get_device_list(probes->context, &devices);
    if (n < 0) {
        inlay_usb_set_error(error, (int)n, "usb devices cannot be listed");
        return NULL;
    }
    for (gssize i = 0; i < n; i++)
        add_device(probes, devices[i]);
    libusb_free_device_list(devices, 1);
    if (look)
        look_inside_all(probes, deadline_us);
    return g_steal_pointer(&probes);
}

const GPtrArray *
inlay_usb_probes_get(const InlayUsbProbes *probes)
{
    return probes->adapters;
}

GPtrArray *
inlay_usb_probes_steal(InlayUsbProbes *probes)
{
    return g_steal_pointer(&probes->adapters);
}

InlayLink *
inlay_usb_probes_open(InlayUsbProbes *probes, guint index, GError **error)
{
    libusb_device *device = g_ptr_array_index(probes->devices, index);
    InlayLink *link = inlay_usb_link_open(probes->context, device, error);

    if (link == NULL)
        return NULL;
    /* The link owns the context from here, and may end it before the probes are freed: the devices
     * must be gone by then. */
    probes->context = NULL;
    g_clear_pointer(&probes->devices, g_ptr_array_unref);
    return link;
}
