/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usb-bus.h"

#include "usb-bus-private.h"
#include "usb-descriptors.h"
#include "usb-node.h"
#include "usb-serial.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <umockdev.h>

#define CONTROLLER "/devices/pci0000:00/0000:00:14.0"
#define FIRST_ADDRESS 2 /* 1 is the root hub */
#define MAX_PORTS 100   /* a bus of hubs holds fewer */

struct BenchUsbPort {
    BenchUsbBus *bus;
    char *path;
    BenchUsbPortConfig config;
    GByteArray *descriptors;
    BenchUsbNode *node; /* NULL: unplugged */
    guint address;
    char *devnode; /* "/dev/bus/usb/001/002" */
    char *syspath;
};

static void
port_free(BenchUsbPort *port)
{
    bench_usb_port_unplug(port);
    g_byte_array_unref(port->descriptors);
    g_free(port->path);
    g_free(port);
}

/* umockdev gives programs a handler for each device node it has none for, and leaks in the program
 * with every node that cannot be opened until it aborts. Without the socket it does neither. The
 * socket is made by a thread, soon. */
static gboolean
remove_default_handler(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "ioctl", "_default", NULL);
    for (guint i = 0; i < 2000; i++) {
        if (g_unlink(path) == 0)
            return TRUE;
        g_usleep(1000);
    }
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "umockdev has not made %s", path);
    return FALSE;
}

BenchUsbBus *
bench_usb_bus_new(GError **error)
{
    g_autoptr(BenchUsbBus) bus = g_new0(BenchUsbBus, 1);
    bus->testbed = umockdev_testbed_new();
    bus->folder = umockdev_testbed_get_root_dir(bus->testbed);
    bus->ports = g_ptr_array_new_with_free_func((GDestroyNotify)port_free);
    bus->serials = bench_usb_serials_new();
    bus->hubs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    /* umockdev looks whether /sys is the testbed's, once: not before there is one. */
    if (!umockdev_in_mock_environment()) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "umockdev's library is not preloaded");
        return NULL;
    }
    if (!remove_default_handler(bus->folder, error))
        return NULL;
    return g_steal_pointer(&bus);
}

void
bench_usb_bus_free(BenchUsbBus *bus)
{
    if (bus == NULL)
        return;
    g_ptr_array_unref(bus->ports); /* which unplug what hangs at them */
    g_ptr_array_unref(bus->serials);
    g_hash_table_unref(bus->hubs);
    g_object_unref(bus->testbed);
    g_free(bus->folder);
    g_free(bus);
}

const char *
bench_usb_bus_get_folder(const BenchUsbBus *bus)
{
    return bus->folder;
}

/* -- devices in /sys -- */

gboolean
bench_usb_bus_add_device(BenchUsbBus *bus, const BenchUsbFacts *facts, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint minor = (facts->bus_number - 1) * 128 + facts->address - 1;

    g_string_append_printf(text, "P: %s\n", facts->devpath);
    g_string_append_printf(text, "E: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\n");
    g_string_append_printf(text, "E: DEVNAME=/dev/bus/usb/%03u/%03u\n", facts->bus_number,
                           facts->address);
    g_string_append_printf(text, "E: BUSNUM=%03u\nE: DEVNUM=%03u\n", facts->bus_number,
                           facts->address);
    g_string_append_printf(text, "E: MAJOR=189\nE: MINOR=%u\nE: PRODUCT=%x/%x/100\n", minor,
                           facts->vendor, facts->product);
    g_string_append_printf(text, "A: dev=189:%u\nA: busnum=%u\\n\nA: devnum=%u\\n\n", minor,
                           facts->bus_number, facts->address);
    g_string_append_printf(text, "A: speed=%u\\n\nA: bConfigurationValue=1\\n\n", facts->speed);
    g_string_append_printf(text, "A: idVendor=%04x\\n\nA: idProduct=%04x\\n\n", facts->vendor,
                           facts->product);
    if (facts->serial != NULL)
        g_string_append_printf(text, "A: serial=%s\\n\n", facts->serial);
    g_string_append_printf(text, "A: product=%s\\n\nA: manufacturer=%s\\n\n", facts->product_name,
                           facts->manufacturer);
    g_string_append(text, "H: descriptors=");
    for (guint i = 0; i < facts->descriptors->len; i++)
        g_string_append_printf(text, "%02X", facts->descriptors->data[i]);
    g_string_append(text, "\n");
    return umockdev_testbed_add_from_string(bus->testbed, text->str, error);
}

/* As Linux does: the next that is free, from the start again after the last. */
guint
bench_usb_bus_take_address(BenchUsbBus *bus, guint bus_number)
{
    guint address = bus->last_address[bus_number];
    do
        address = address < FIRST_ADDRESS || address >= BENCH_USB_LAST_ADDRESS ? FIRST_ADDRESS
                                                                               : address + 1;
    while (bus->taken[bus_number][address]);
    bus->last_address[bus_number] = address;
    bus->taken[bus_number][address] = TRUE;
    return address;
}

/* The device path of a hub, made when it is new: "usb1" a root hub, else one on the way. */
static const char *
ensure_hub(BenchUsbBus *bus, guint bus_number, const char *name, GError **error)
{
    const char *known = g_hash_table_lookup(bus->hubs, name);
    if (known != NULL)
        return known;

    gboolean is_root = g_str_has_prefix(name, "usb");
    g_autofree char *devpath = NULL;
    if (is_root) {
        devpath = g_strdup_printf("%s/%s", CONTROLLER, name);
    } else {
        const char *dot = strrchr(name, '.');
        g_autofree char *upper = dot != NULL ? g_strndup(name, (gsize)(dot - name))
                                             : g_strdup_printf("usb%u", bus_number);
        const char *parent = ensure_hub(bus, bus_number, upper, error);
        if (parent == NULL)
            return NULL;
        devpath = g_strdup_printf("%s/%s", parent, name);
    }
    g_autoptr(GByteArray) descriptors = bench_descriptors_new_hub();
    BenchUsbFacts facts = {
        .devpath = devpath,
        .bus_number = bus_number,
        .address = is_root ? 1 : bench_usb_bus_take_address(bus, bus_number),
        .vendor = 0x1d6b,
        .product = 0x0002,
        .speed = 480,
        .serial = "inlay-bench",
        .product_name = "virtual hub",
        .manufacturer = "inlay-bench",
        .descriptors = descriptors,
    };
    if (!bench_usb_bus_add_device(bus, &facts, error))
        return NULL;
    g_hash_table_insert(bus->hubs, g_strdup(name), g_strdup(devpath));
    return g_hash_table_lookup(bus->hubs, name);
}

char *
bench_usb_bus_locate(BenchUsbBus *bus, const char *path, GError **error)
{
    guint bus_number = (guint)(path[0] - '0');
    const char *dot = strrchr(path, '.');
    g_autofree char *hub =
        dot != NULL ? g_strndup(path, (gsize)(dot - path)) : g_strdup_printf("usb%u", bus_number);
    const char *parent = ensure_hub(bus, bus_number, hub, error);

    return parent != NULL ? g_strdup_printf("%s/%s", parent, path) : NULL;
}

/* -- ports -- */

gboolean
bench_usb_is_path(const char *path)
{
    g_autoptr(GRegex) regex = g_regex_new("^[1-9]-[1-9][0-9]?(\\.[1-9][0-9]?){0,5}$", 0, 0, NULL);
    return g_regex_match(regex, path, 0, NULL);
}

BenchUsbPort *
bench_usb_bus_find_port(BenchUsbBus *bus, const char *path)
{
    for (guint i = 0; i < bus->ports->len; i++) {
        BenchUsbPort *port = g_ptr_array_index(bus->ports, i);
        if (g_str_equal(port->path, path))
            return port;
    }
    return NULL;
}

BenchUsbPort *
bench_usb_bus_add_port(BenchUsbBus *bus, const BenchUsbPortConfig *config, GError **error)
{
    if (!bench_usb_is_path(config->path)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    "no path of a USB port: %s (like 1-4 or 1-4.2)", config->path);
        return NULL;
    }
    if (bench_usb_bus_find_port(bus, config->path) != NULL) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS, "port %s is taken", config->path);
        return NULL;
    }
    if (bus->ports->len >= MAX_PORTS) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "more than %d ports", MAX_PORTS);
        return NULL;
    }
    BenchUsbPort *port = g_new0(BenchUsbPort, 1);
    port->bus = bus;
    port->path = g_strdup(config->path);
    port->config = *config;
    port->config.path = port->path;
    port->descriptors = bench_descriptors_new_stlink(config->probe);
    g_ptr_array_add(bus->ports, port);
    return port;
}

static gboolean
on_gone_in_main(gpointer user_data)
{
    BenchUsbPort *port = user_data;
    g_mutex_lock(port->config.probe_lock);
    gboolean gone = !bench_stlink_is_plugged(port->config.probe);
    g_mutex_unlock(port->config.probe_lock);
    if (gone)
        bench_usb_port_unplug(port);
    return G_SOURCE_REMOVE;
}

static void
on_gone(gpointer user_data)
{
    g_idle_add_full(G_PRIORITY_HIGH, on_gone_in_main, user_data, NULL);
}

static void
on_paced(gpointer user_data)
{
    BenchUsbPort *port = user_data;
    if (port->config.paced != NULL)
        port->config.paced(port->config.user_data);
}

/* The node and its handler come first: the device is announced the moment it is in /sys. */
static gboolean
open_node(BenchUsbPort *port, guint bus_number, GError **error)
{
    BenchUsbBus *bus = port->bus;
    port->devnode = g_strdup_printf("/dev/bus/usb/%03u/%03u", bus_number, port->address);
    g_autofree char *fifo = g_build_filename(bus->folder, port->devnode, NULL);
    BenchUsbNodeConfig config = {
        .probe = port->config.probe,
        .probe_lock = port->config.probe_lock,
        .descriptors = port->descriptors,
        .path = fifo,
        .paced = on_paced,
        .gone = on_gone,
        .user_data = port,
    };
    port->node = bench_usb_node_new(&config, error);
    return port->node != NULL && bench_usb_port_set_denied(port, port->config.denied, error) &&
           umockdev_testbed_attach_ioctl(bus->testbed, port->devnode,
                                         bench_usb_node_get_handler(port->node), error);
}

static gboolean
announce(BenchUsbPort *port, guint bus_number, GError **error)
{
    const BenchStlinkKind *kind = bench_stlink_get_kind(port->config.probe);
    g_autofree char *devpath = bench_usb_bus_locate(port->bus, port->path, error);
    if (devpath == NULL)
        return FALSE;
    BenchUsbFacts facts = {
        .devpath = devpath,
        .bus_number = bus_number,
        .address = port->address,
        .vendor = 0x0483,
        .product = kind->product_id,
        .speed = kind->max_packet == 512 ? 480 : 12,
        .serial = bench_stlink_get_serial(port->config.probe),
        .product_name = bench_descriptors_get_product(kind),
        .manufacturer = bench_descriptors_get_manufacturer(),
        .descriptors = port->descriptors,
    };
    port->syspath = g_strdup_printf("/sys%s", devpath);
    return bench_usb_bus_add_device(port->bus, &facts, error);
}

static guint
bus_number_of(const BenchUsbPort *port)
{
    return (guint)(port->path[0] - '0');
}

gboolean
bench_usb_port_plug(BenchUsbPort *port, GError **error)
{
    if (port->node != NULL)
        return TRUE;
    port->address = bench_usb_bus_take_address(port->bus, bus_number_of(port));
    g_mutex_lock(port->config.probe_lock);
    bench_stlink_plug(port->config.probe);
    g_mutex_unlock(port->config.probe_lock);
    if (open_node(port, bus_number_of(port), error) && announce(port, bus_number_of(port), error) &&
        bench_usb_serials_plug_at(port->bus, port->path, error))
        return TRUE;
    g_prefix_error(error, "failed to plug in %s: ", port->path);
    bench_usb_port_unplug(port);
    return FALSE;
}

static void
remove_node(BenchUsbPort *port)
{
    g_autofree char *fifo = g_build_filename(port->bus->folder, port->devnode, NULL);
    bench_usb_node_unplug(port->node);
    umockdev_testbed_detach_ioctl(port->bus->testbed, port->devnode, NULL);
    g_unlink(fifo);
    bench_usb_node_close(port->node);
    port->node = NULL;
}

void
bench_usb_port_unplug(BenchUsbPort *port)
{
    UMockdevTestbed *testbed = port->bus->testbed;
    if (port->address == 0)
        return;
    bench_usb_serials_unplug_at(port->bus, port->path);
    g_mutex_lock(port->config.probe_lock);
    bench_stlink_unplug(port->config.probe);
    g_mutex_unlock(port->config.probe_lock);
    if (port->syspath != NULL) {
        umockdev_testbed_uevent(testbed, port->syspath, "remove");
        umockdev_testbed_remove_device(testbed, port->syspath);
    }
    if (port->node != NULL)
        remove_node(port);
    port->bus->taken[bus_number_of(port)][port->address] = FALSE;
    port->address = 0;
    g_clear_pointer(&port->devnode, g_free);
    g_clear_pointer(&port->syspath, g_free);
}

gboolean
bench_usb_port_is_plugged(const BenchUsbPort *port)
{
    return port->node != NULL;
}

const char *
bench_usb_port_get_serial(const BenchUsbPort *port)
{
    return bench_stlink_get_serial(port->config.probe);
}

gboolean
bench_usb_port_set_denied(BenchUsbPort *port, gboolean denied, GError **error)
{
    port->config.denied = denied;
    if (port->node == NULL)
        return TRUE;
    g_autofree char *fifo = g_build_filename(port->bus->folder, port->devnode, NULL);
    if (g_chmod(fifo, denied ? 0 : 0666) == 0)
        return TRUE;
    int saved = errno;
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(saved), "failed to change %s: %s",
                port->devnode, g_strerror(saved));
    return FALSE;
}
