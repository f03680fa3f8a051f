/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/error.h"
#include "transports/node.h"
#include "transports/usb-link.h"
#include "transports/usb-transfer.h"

/* (transfer full) */
static char *
node_of(libusb_device *device)
{
    return g_strdup_printf("/dev/bus/usb/%03u/%03u", libusb_get_bus_number(device),
                           libusb_get_device_address(device));
}

char *
inlay_usb_find_holder(libusb_device *device)
{
    g_autofree char *node = node_of(device);

    return inlay_node_find_holder(node);
}

/* TRUE in a container that was given /sys but not the node: the kernel has the device, this place has
 * not. */
static gboolean
is_node_withheld(const char *node, const char *address)
{
    g_autofree char *known = NULL;

    if (!g_str_has_prefix(address, "usb:"))
        return FALSE;
    known = g_build_filename("/sys/bus/usb/devices", address + strlen("usb:"), NULL);
    return g_file_test(known, G_FILE_TEST_EXISTS) && !g_file_test(node, G_FILE_TEST_EXISTS);
}

void
inlay_usb_set_open_error(GError **error, libusb_device *device, const char *address, int code)
{
    g_autofree char *node = node_of(device);

    if (code == LIBUSB_ERROR_BUSY) {
        inlay_node_set_busy(error, address, node);
    } else if (code == LIBUSB_ERROR_NO_DEVICE && is_node_withheld(node, address)) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PERMISSION,
                    "%s: %s expected, found nothing there although the kernel has the device: a "
                    "container needs `--device /dev/bus/usb`",
                    address, node);
    } else if (code == LIBUSB_ERROR_ACCESS) {
        inlay_node_set_denied(error, address, node);
    } else {
        inlay_usb_set_error(error, code, address);
    }
}
