/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/adapters.h"

#include <string.h>

#include "core/budget.h"
#include "core/error.h"
#include "transports/stlink-products.h"
#include "transports/stlink-target.h"
#include "transports/usb-link.h"
#include "transports/usb-transfer.h"

/* The devices of one look at the bus that are ST-LINKs. */
typedef struct {
    libusb_context *context; /* NULL once a link has taken it */
    GPtrArray *devices;      /* of libusb_device, referenced */
    GPtrArray *adapters;     /* of InlayAdapter, in the same order */
} Bus;

static void
adapter_free(InlayAdapter *adapter)
{
    g_free(adapter->address);
    g_free(adapter->kind);
    g_free(adapter->serial);
    g_clear_error(&adapter->trouble);
    g_free(adapter);
}

static void
bus_clear(Bus *bus)
{
    g_clear_pointer(&bus->adapters, g_ptr_array_unref);
    g_clear_pointer(&bus->devices, g_ptr_array_unref);
    if (bus->context != NULL)
        libusb_exit(bus->context);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bus, bus_clear)

/* Opens the device for as long as its serial number takes; claims nothing, as that would get in the
 * way of another process that is about to use it. */
static void
look_inside(Bus *bus, libusb_device *device, InlayAdapter *adapter, gint64 deadline_us)
{
    libusb_device_handle *handle = NULL;
    g_autofree char *holder = NULL;
    int code = libusb_open(device, &handle);

    if (code != LIBUSB_SUCCESS) {
        if (adapter->trouble == NULL)
            inlay_usb_set_open_error(&adapter->trouble, device, adapter->address, code);
        return;
    }
    adapter->serial = inlay_usb_read_serial(bus->context, handle, deadline_us);
    libusb_close(handle);
    holder = inlay_usb_find_holder(device);
    if (holder != NULL && adapter->trouble == NULL)
        inlay_usb_set_open_error(&adapter->trouble, device, adapter->address, LIBUSB_ERROR_BUSY);
}

static void
add_device(Bus *bus, libusb_device *device)
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
    while (at < bus->adapters->len &&
           g_strcmp0(((InlayAdapter *)g_ptr_array_index(bus->adapters, at))->address,
                     adapter->address) < 0)
        at++;
    g_ptr_array_insert(bus->devices, (gint)at, libusb_ref_device(device));
    g_ptr_array_insert(bus->adapters, (gint)at, adapter);
}

/* A mute adapter takes no other's share of the time: each has an equal part of what is left. */
static void
look_inside_all(Bus *bus, gint64 deadline_us)
{
    for (guint i = 0; i < bus->adapters->len; i++) {
        gint64 now_us = g_get_monotonic_time();
        gint64 share_us = (deadline_us - now_us) / (bus->adapters->len - i);

        look_inside(bus, g_ptr_array_index(bus->devices, i), g_ptr_array_index(bus->adapters, i),
                    now_us + share_us);
    }
}

static gboolean
bus_init(Bus *bus, gboolean look, GError **error)
{
    gint64 deadline_us = inlay_budget_get_deadline_us(INLAY_BUDGET_FIND_ADAPTER);
    libusb_device **devices = NULL;
    gssize n;
    int code = libusb_init(&bus->context);

    if (code != LIBUSB_SUCCESS) {
        bus->context = NULL;
        inlay_usb_set_error(error, code, "usb cannot be used");
        return FALSE;
    }
    bus->devices = g_ptr_array_new_with_free_func((GDestroyNotify)libusb_unref_device);
    bus->adapters = g_ptr_array_new_with_free_func((GDestroyNotify)adapter_free);
    n = libusb_get_device_list(bus->context, &devices);
    if (n < 0) {
        inlay_usb_set_error(error, (int)n, "usb devices cannot be listed");
        return FALSE;
    }
    for (gssize i = 0; i < n; i++)
        add_device(bus, devices[i]);
    libusb_free_device_list(devices, 1);
    if (look)
        look_inside_all(bus, deadline_us);
    return TRUE;
}

GPtrArray *
inlay_adapters_list(GError **error)
{
    g_auto(Bus) bus = {0};

    if (!bus_init(&bus, TRUE, error))
        return NULL;
    return g_steal_pointer(&bus.adapters);
}

static gboolean
matches(const InlayAdapter *adapter, const char *name)
{
    if (name == NULL)
        return TRUE;
    if (g_str_has_prefix(name, "usb:"))
        return g_str_equal(adapter->address, name);
    name += strlen("serial:");
    return adapter->serial != NULL && g_ascii_strncasecmp(adapter->serial, name, strlen(name)) == 0;
}

/* Those that a name fits, all with NULL: "usb:1-4 (ST-LINK/V2-1, serial 066D…), usb:1-5 (…)" */
static char *
describe_bus(const Bus *bus, const char *name)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < bus->adapters->len; i++) {
        const InlayAdapter *adapter = g_ptr_array_index(bus->adapters, i);
        if (!matches(adapter, name))
            continue;
        g_string_append_printf(text, "%s%s (%s", text->len > 0 ? ", " : "", adapter->address,
                               adapter->kind);
        if (adapter->serial != NULL)
            g_string_append_printf(text, ", serial %s", adapter->serial);
        g_string_append_c(text, ')');
    }
    if (text->len == 0)
        g_string_append(text, "nothing");
    return g_string_free(text, FALSE);
}

/* Why the serial number of one is not known, which may be the one that is looked for; NULL. */
static const GError *
find_refusal(const Bus *bus)
{
    for (guint i = 0; i < bus->adapters->len; i++) {
        const InlayAdapter *adapter = g_ptr_array_index(bus->adapters, i);
        if (adapter->serial == NULL && adapter->trouble != NULL)
            return adapter->trouble;
    }
    return NULL;
}

static libusb_device *
choose(const Bus *bus, const char *name, GError **error)
{
    g_autofree char *present = describe_bus(bus, NULL);
    g_autofree char *fitting = describe_bus(bus, name);
    libusb_device *chosen = NULL;
    guint n = 0;

    for (guint i = 0; i < bus->adapters->len; i++) {
        if (!matches(g_ptr_array_index(bus->adapters, i), name))
            continue;
        chosen = g_ptr_array_index(bus->devices, i);
        n++;
    }
    if (n == 1)
        return chosen;
    if (n > 1)
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_AMBIGUOUS,
                    "%s expected once, connected: %s", name != NULL ? name : "an adapter", fitting);
    else if (name != NULL && g_str_has_prefix(name, "serial:") && find_refusal(bus) != NULL)
        g_propagate_prefixed_error(error, g_error_copy(find_refusal(bus)), "%s expected: ", name);
    else
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_NOT_FOUND, "%s expected, connected: %s",
                    name != NULL ? name : "an adapter", present);
    return NULL;
}

InlayTarget *
inlay_adapter_open(const InlayAccess *access, GCancellable *cancellable, GError **error)
{
    const char *adapter = access->adapter;
    g_auto(Bus) bus = {0};
    libusb_device *device;
    InlayLink *link;

    if (adapter != NULL && !g_str_has_prefix(adapter, "usb:") &&
        !g_str_has_prefix(adapter, "serial:")) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "adapter \"%s\": usb:PATH or serial:NUMBER expected", adapter);
        return NULL;
    }
    if (!bus_init(&bus, adapter == NULL || !g_str_has_prefix(adapter, "usb:"), error))
        return NULL;
    device = choose(&bus, adapter, error);
    if (device == NULL)
        return NULL;
    link = inlay_usb_link_open(bus.context, device, error);
    if (link == NULL)
        return NULL;
    /* The link owns the context from here, and ends it when the target cannot be opened: the devices
     * must be gone by then. */
    bus.context = NULL;
    g_clear_pointer(&bus.devices, g_ptr_array_unref);
    return inlay_stlink_target_new(link, access, cancellable, error);
}
