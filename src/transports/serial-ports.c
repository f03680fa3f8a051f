/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/serial-ports.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/error.h"
#include "transports/node.h"
#include "transports/stlink-products.h"

#define CLASS "/sys/class/tty"
#define MAX_LINKS 8 /* from a name to a node; a loop ends there */

/* Where the device of a tty is in /sys: "/sys/devices/…/usb1/1-6/1-6:1.0/ttyUSB0/tty/ttyUSB0"; NULL:
 * no such tty. (transfer full) */
static char *
find_device(const char *tty)
{
    g_autofree char *entry = g_build_filename(CLASS, tty, NULL);
    g_autofree char *link = g_file_read_link(entry, NULL);

    return link != NULL ? g_canonicalize_filename(link, CLASS) : NULL;
}

/* The folder of the USB device that a tty is of, without its interface ("1-6:1.0"); NULL: another
 * kind. (transfer full) */
static char *
find_usb_device(const char *device)
{
    g_autoptr(GRegex) usb = g_regex_new("^.*/[0-9]+-[0-9.]+(?=/[0-9]+-[0-9.]+:)", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;

    return g_regex_match(usb, device, 0, &match) ? g_match_info_fetch(match, 0) : NULL;
}

/* (transfer full), NULL when it is not there or empty */
static char *
read_attribute(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    g_strstrip(text);
    return *text != '\0' ? g_utf8_make_valid(text, -1) : NULL;
}

static guint16
read_id(const char *folder, const char *name)
{
    g_autofree char *text = read_attribute(folder, name);

    return text != NULL ? (guint16)g_ascii_strtoull(text, NULL, 16) : 0;
}

/* "FTDI FT232R USB UART": what the adapter calls itself. */
static char *
describe_usb(const char *folder, guint16 vendor, guint16 product_id)
{
    g_autofree char *maker = read_attribute(folder, "manufacturer");
    g_autofree char *product = read_attribute(folder, "product");

    if (product == NULL)
        return g_strdup_printf("USB serial port %04x:%04x", vendor, product_id);
    if (maker == NULL || g_str_has_prefix(product, maker))
        return g_steal_pointer(&product);
    return g_strconcat(maker, " ", product, NULL);
}

static void
fill_usb(InlayAdapter *port, const char *folder)
{
    guint16 vendor = read_id(folder, "idVendor");
    guint16 product_id = read_id(folder, "idProduct");
    const InlayStlinkProduct *stlink = inlay_stlink_product_find(vendor, product_id);
    const char *place = strrchr(folder, '/') + 1;

    port->usb = g_strconcat("usb:", place, NULL);
    port->serial = read_attribute(folder, "serial");
    port->is_stlink = stlink != NULL;
    port->kind = stlink != NULL ? g_strdup(stlink->name) : describe_usb(folder, vendor, product_id);
}

/* The links of a folder that udev keeps and that lead to this tty. */
static void
add_names(GPtrArray *names, const char *folder, const char *tty)
{
    g_autoptr(GDir) links = g_dir_open(folder, 0, NULL);
    const char *link;

    while (links != NULL && (link = g_dir_read_name(links)) != NULL) {
        g_autofree char *path = g_build_filename(folder, link, NULL);
        g_autofree char *target = g_file_read_link(path, NULL);
        g_autofree char *found = target != NULL ? g_path_get_basename(target) : NULL;

        if (g_strcmp0(found, tty) == 0)
            g_ptr_array_add(names, g_strconcat("tty:", path, NULL));
    }
}

static char **
find_names(const char *tty)
{
    GPtrArray *names = g_ptr_array_new();

    add_names(names, "/dev/serial/by-id", tty);
    add_names(names, "/dev/serial/by-path", tty);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

/* NULL: no such tty. */
static InlayAdapter *
new_port(const char *tty)
{
    g_autofree char *device = find_device(tty);
    g_autofree char *usb = device != NULL ? find_usb_device(device) : NULL;
    InlayAdapter *port;

    if (device == NULL)
        return NULL;
    port = g_new0(InlayAdapter, 1);
    port->is_port = TRUE;
    port->address = g_strconcat("tty:/dev/", tty, NULL);
    port->names = find_names(tty);
    if (usb != NULL)
        fill_usb(port, usb);
    else
        port->kind = g_strdup("serial port");
    return port;
}

/* Does not open it: that raises DTR and RTS, which may be wired to a board's reset. */
static void
look_at(InlayAdapter *port)
{
    const char *node = port->address + strlen("tty:");
    g_autofree char *holder = NULL;

    if (access(node, R_OK | W_OK) != 0) {
        inlay_node_set_denied(&port->trouble, port->address, node);
        return;
    }
    holder = inlay_node_find_holder(node);
    if (holder != NULL)
        inlay_node_set_busy(&port->trouble, port->address, node);
}

static int
compare_ports(gconstpointer a, gconstpointer b)
{
    const InlayAdapter *const *one = a, *const *other = b;

    return strverscmp((*one)->address, (*other)->address);
}

GPtrArray *
inlay_serial_ports_find(gboolean look)
{
    GPtrArray *ports = g_ptr_array_new_with_free_func((GDestroyNotify)inlay_adapter_free);
    g_autoptr(GDir) ttys = g_dir_open(CLASS, 0, NULL);
    const char *tty;

    while (ttys != NULL && (tty = g_dir_read_name(ttys)) != NULL) {
        g_autoptr(InlayAdapter) port = new_port(tty);

        if (port == NULL || port->usb == NULL)
            continue;
        if (look)
            look_at(port);
        g_ptr_array_add(ports, g_steal_pointer(&port));
    }
    g_ptr_array_sort(ports, compare_ports);
    return ports;
}

InlayAdapter *
inlay_serial_port_find(const char *path)
{
    g_autofree char *node = g_canonicalize_filename(path, "/dev");

    for (guint i = 0; i < MAX_LINKS; i++) {
        g_autofree char *folder = g_path_get_dirname(node);
        g_autofree char *tty = g_path_get_basename(node);
        g_autofree char *link = NULL;
        InlayAdapter *port = g_str_equal(folder, "/dev") ? new_port(tty) : NULL;

        if (port != NULL)
            return port;
        link = g_file_read_link(node, NULL);
        if (link == NULL)
            return NULL;
        g_free(node);
        node = g_canonicalize_filename(link, folder);
    }
    return NULL;
}
