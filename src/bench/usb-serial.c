/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usb-serial.h"

#include "serial-tty.h"
#include "usb-bus-private.h"
#include "usb-descriptors.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the adapters say of themselves; an ST-LINK's port has no device of its own. */
typedef struct {
    const char *kind;   /* as BenchSerialAdapter has it */
    const char *prefix; /* of the names of its ttys */
    guint major;        /* of usb-serial and cdc-acm: Documentation/admin-guide/devices.txt */
    guint interface;
    const char *manufacturer, *product;
} Adapter;

static const Adapter adapters[] = {
    {"FTDI", "ttyUSB", 188, 0, "FTDI", "FT232R USB UART"},
    {"CP210x", "ttyUSB", 188, 0, "Silicon Labs", "CP2102 USB to UART Bridge Controller"},
    {"ST-LINK", "ttyACM", 166, 2, "STMicroelectronics", "STM32 STLink"},
};

typedef struct {
    BenchUsbBus *bus;
    BenchSerialPort *port;
    const Adapter *adapter;
    BenchSerialTty *tty; /* NULL: unplugged */
    guint address;       /* of its own device; 0: a probe's */
    char *devnode;       /* "/dev/ttyUSB0" */
    GPtrArray *syspaths; /* of its devices, the outermost first */
    GPtrArray *links;    /* files: its names in /dev/serial */
} BenchUsbSerial;

static gboolean
is_part_of_probe(const BenchUsbSerial *serial)
{
    return serial->adapter->interface != 0;
}

static void
unplug(BenchUsbSerial *serial)
{
    UMockdevTestbed *testbed = serial->bus->testbed;

    for (guint i = serial->syspaths->len; i-- > 0;) {
        const char *syspath = g_ptr_array_index(serial->syspaths, i);
        umockdev_testbed_uevent(testbed, syspath, "remove");
        umockdev_testbed_remove_device(testbed, syspath);
    }
    g_ptr_array_set_size(serial->syspaths, 0);
    for (guint i = 0; i < serial->links->len; i++)
        g_unlink(g_ptr_array_index(serial->links, i));
    g_ptr_array_set_size(serial->links, 0);
    if (serial->tty != NULL) {
        g_autofree char *node = g_build_filename(serial->bus->folder, serial->devnode, NULL);
        umockdev_testbed_detach_ioctl(testbed, serial->devnode, NULL);
        g_unlink(node);
        bench_serial_tty_close(g_steal_pointer(&serial->tty));
    }
    if (serial->address != 0)
        serial->bus->taken[serial->port->path[0] - '0'][serial->address] = FALSE;
    serial->address = 0;
}

static void
serial_free(BenchUsbSerial *serial)
{
    unplug(serial);
    g_ptr_array_unref(serial->syspaths);
    g_ptr_array_unref(serial->links);
    g_free(serial->devnode);
    g_free(serial);
}

GPtrArray *
bench_usb_serials_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)serial_free);
}

static BenchUsbSerial *
find_serial(BenchUsbBus *bus, const BenchSerialPort *port)
{
    for (guint i = 0; i < bus->serials->len; i++) {
        BenchUsbSerial *serial = g_ptr_array_index(bus->serials, i);
        if (serial->port == port)
            return serial;
    }
    return NULL;
}

static gboolean
fail(GError **error, const BenchSerialPort *port, const char *why)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "port %s: %s", port->tty, why);
    return FALSE;
}

static gboolean
check_place(BenchUsbBus *bus, const BenchUsbSerial *serial, GError **error)
{
    BenchSerialPort *port = serial->port;
    gboolean has_probe = bench_usb_bus_find_port(bus, port->path) != NULL;
    const char *number = port->tty + strlen(serial->adapter->prefix);

    if (!bench_usb_is_path(port->path))
        return fail(error, port, "no path of a USB port (like 1-6 or 1-4.2)");
    if (!g_str_has_prefix(port->tty, serial->adapter->prefix) || *number == '\0' ||
        strspn(number, "0123456789") != strlen(number))
        return fail(error, port, "an FTDI's and a CP210x's are ttyUSB0…, an ST-LINK's ttyACM0…");
    if (is_part_of_probe(serial) && !has_probe)
        return fail(error, port, "no probe is at its USB port");
    if (!is_part_of_probe(serial) && has_probe)
        return fail(error, port, "a probe is at its USB port");
    for (guint i = 0; i < bus->serials->len; i++) {
        const BenchSerialPort *other = ((BenchUsbSerial *)g_ptr_array_index(bus->serials, i))->port;
        if (g_str_equal(other->tty, port->tty) || g_str_equal(other->path, port->path))
            return fail(error, port, "another port has its name or its USB port");
    }
    return TRUE;
}

gboolean
bench_usb_bus_add_serial(BenchUsbBus *bus, BenchSerialPort *port, GError **error)
{
    BenchUsbSerial *serial = g_new0(BenchUsbSerial, 1);

    serial->bus = bus;
    serial->port = port;
    for (gsize i = 0; i < G_N_ELEMENTS(adapters); i++)
        if (g_str_equal(adapters[i].kind, port->kind))
            serial->adapter = &adapters[i];
    serial->devnode = g_strconcat("/dev/", port->tty, NULL);
    serial->syspaths = g_ptr_array_new_with_free_func(g_free);
    serial->links = g_ptr_array_new_with_free_func(g_free);
    if (!check_place(bus, serial, error)) {
        serial_free(serial);
        return FALSE;
    }
    g_ptr_array_add(bus->serials, serial);
    return TRUE;
}

/* -- in /sys and /dev -- */

static gboolean
open_tty(BenchUsbSerial *serial, GError **error)
{
    BenchUsbBus *bus = serial->bus;
    g_autofree char *path = g_build_filename(bus->folder, serial->devnode, NULL);
    g_autofree char *mark = g_build_filename(bus->folder, "exclusive", serial->port->tty, NULL);
    BenchSerialTtyConfig config = {.port = serial->port, .path = path, .mark = mark};

    serial->tty = bench_serial_tty_new(&config, error);
    return serial->tty != NULL &&
           bench_serial_tty_set_denied(serial->tty, serial->port->denied, error) &&
           umockdev_testbed_attach_ioctl(bus->testbed, serial->devnode,
                                         bench_serial_tty_get_handler(serial->tty), error);
}

static gboolean
add_from_string(BenchUsbSerial *serial, const char *devpath, const char *text, GError **error)
{
    g_autofree char *all = g_strdup_printf("P: %s\n%s", devpath, text);

    if (!umockdev_testbed_add_from_string(serial->bus->testbed, all, error))
        return FALSE;
    g_ptr_array_add(serial->syspaths, g_strconcat("/sys", devpath, NULL));
    return TRUE;
}

static gboolean
add_own_device(BenchUsbSerial *serial, const char *devpath, GError **error)
{
    const Adapter *adapter = serial->adapter;
    const BenchSerialAdapter *ids = bench_serial_line_get_adapter(serial->port->line);
    guint bus_number = (guint)(serial->port->path[0] - '0');
    g_autoptr(GByteArray) descriptors =
        bench_descriptors_new_serial(ids->vendor_id, ids->product_id, serial->port->serial != NULL);
    BenchUsbFacts facts = {
        .devpath = devpath,
        .bus_number = bus_number,
        .address = bench_usb_bus_take_address(serial->bus, bus_number),
        .vendor = ids->vendor_id,
        .product = ids->product_id,
        .speed = 12,
        .serial = serial->port->serial,
        .product_name = adapter->product,
        .manufacturer = adapter->manufacturer,
        .descriptors = descriptors,
    };
    serial->address = facts.address;
    if (!bench_usb_bus_add_device(serial->bus, &facts, error))
        return FALSE;
    g_ptr_array_add(serial->syspaths, g_strconcat("/sys", devpath, NULL));
    return TRUE;
}

static const char *
get_serial(const BenchUsbSerial *serial)
{
    return is_part_of_probe(serial)
               ? bench_usb_port_get_serial(bench_usb_bus_find_port(serial->bus, serial->port->path))
               : serial->port->serial;
}

/* As udev's usb_id makes it: "FTDI_FT232R_USB_UART_A50285BI". */
static char *
make_id(const BenchUsbSerial *serial)
{
    const char *number = get_serial(serial);
    char *id =
        g_strjoin("_", serial->adapter->manufacturer, serial->adapter->product, number, NULL);

    return g_strdelimit(id, " ", '_');
}

/* As udev's path_id makes it: "pci-0000:00:14.0-usb-0:6:1.0". */
static char *
make_path_id(const BenchUsbSerial *serial)
{
    return g_strdup_printf("pci-0000:00:14.0-usb-0:%s:1.%u", serial->port->path + 2,
                           serial->adapter->interface);
}

/* A name in /dev/serial, for as long as it is plugged in. Of several with the same, the last has it. */
static void
add_link(BenchUsbSerial *serial, const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(serial->bus->folder, "dev/serial", folder, NULL);
    g_autofree char *link = g_build_filename(path, name, NULL);
    g_autofree char *target = g_strconcat("../../", serial->port->tty, NULL);

    g_mkdir_with_parents(path, 0755);
    g_unlink(link);
    if (symlink(target, link) == 0)
        g_ptr_array_add(serial->links, g_steal_pointer(&link));
}

static gboolean
add_tty(BenchUsbSerial *serial, const char *interface, GError **error)
{
    const Adapter *adapter = serial->adapter;
    const BenchSerialAdapter *ids = bench_serial_line_get_adapter(serial->port->line);
    gboolean acm = is_part_of_probe(serial);
    const char *tty = serial->port->tty, *number = get_serial(serial);
    int minor = atoi(tty + strlen(adapter->prefix));
    g_autofree char *id = make_id(serial), *path_id = make_path_id(serial);
    g_autofree char *by_id =
        g_strdup_printf("usb-%s-if%02u%s", id, adapter->interface, acm ? "" : "-port0");
    g_autofree char *by_path = g_strdup_printf("%s%s", path_id, acm ? "" : "-port0");
    g_autofree char *parent = acm ? g_strdup(interface) : g_strdup_printf("%s/%s", interface, tty);
    g_autofree char *base = g_path_get_basename(parent);
    g_autofree char *devpath = g_strdup_printf("%s/tty/%s", parent, tty);
    g_autoptr(GString) text = g_string_new("E: SUBSYSTEM=tty\n");

    if (!acm && !add_from_string(serial, parent, "E: SUBSYSTEM=usb-serial\n", error))
        return FALSE;
    add_link(serial, "by-id", by_id);
    add_link(serial, "by-path", by_path);
    g_string_append_printf(text, "E: DEVNAME=%s\nE: MAJOR=%u\nE: MINOR=%d\n", serial->devnode,
                           adapter->major, minor);
    g_string_append_printf(text, "E: ID_BUS=usb\nE: ID_SERIAL=%s\nE: ID_PATH=%s\n", id, path_id);
    if (number != NULL)
        g_string_append_printf(text, "E: ID_SERIAL_SHORT=%s\n", number);
    g_string_append_printf(text, "E: ID_VENDOR_ID=%04x\nE: ID_MODEL_ID=%04x\n", ids->vendor_id,
                           ids->product_id);
    g_string_append_printf(text, "E: DEVLINKS=/dev/serial/by-id/%s /dev/serial/by-path/%s\n", by_id,
                           by_path);
    g_string_append_printf(text, "A: dev=%u:%d\\n\nL: device=../../../%s\n", adapter->major, minor,
                           base);
    return add_from_string(serial, devpath, text->str, error);
}

/* The node and its handler come first: the tty is announced the moment it is in /sys. */
static gboolean
plug(BenchUsbSerial *serial, GError **error)
{
    g_autofree char *device = bench_usb_bus_locate(serial->bus, serial->port->path, error);
    if (device == NULL || !open_tty(serial, error))
        return FALSE;
    if (!is_part_of_probe(serial) && !add_own_device(serial, device, error))
        return FALSE;
    g_autofree char *interface =
        g_strdup_printf("%s/%s:1.%u", device, serial->port->path, serial->adapter->interface);
    g_autofree char *text =
        g_strdup_printf("E: SUBSYSTEM=usb\nE: DEVTYPE=usb_interface\nA: bInterfaceNumber=%02u\\n\n",
                        serial->adapter->interface);
    return add_from_string(serial, interface, text, error) && add_tty(serial, interface, error);
}

/* -- cables -- */

gboolean
bench_usb_serial_plug(BenchUsbBus *bus, BenchSerialPort *port, GError **error)
{
    BenchUsbSerial *serial = find_serial(bus, port);

    if (serial->tty != NULL)
        return TRUE;
    if (is_part_of_probe(serial) &&
        !bench_usb_port_is_plugged(bench_usb_bus_find_port(bus, port->path)))
        return fail(error, port, "its probe is not plugged in");
    if (plug(serial, error))
        return TRUE;
    g_prefix_error(error, "failed to plug in %s: ", port->tty);
    unplug(serial);
    return FALSE;
}

void
bench_usb_serial_unplug(BenchUsbBus *bus, BenchSerialPort *port)
{
    unplug(find_serial(bus, port));
}

gboolean
bench_usb_serial_set_denied(BenchUsbBus *bus,
                            BenchSerialPort *port,
                            gboolean denied,
                            GError **error)
{
    const BenchUsbSerial *serial = find_serial(bus, port);

    port->denied = denied;
    return serial->tty == NULL || bench_serial_tty_set_denied(serial->tty, denied, error);
}

gboolean
bench_usb_serials_plug_at(BenchUsbBus *bus, const char *path, GError **error)
{
    for (guint i = 0; i < bus->serials->len; i++) {
        BenchUsbSerial *serial = g_ptr_array_index(bus->serials, i);
        if (is_part_of_probe(serial) && g_str_equal(serial->port->path, path) &&
            !bench_usb_serial_plug(bus, serial->port, error))
            return FALSE;
    }
    return TRUE;
}

void
bench_usb_serials_unplug_at(BenchUsbBus *bus, const char *path)
{
    for (guint i = 0; i < bus->serials->len; i++) {
        BenchUsbSerial *serial = g_ptr_array_index(bus->serials, i);
        if (g_str_equal(serial->port->path, path))
            unplug(serial);
    }
}
