/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/adapters.h"

#include <string.h>

#include "core/error.h"
#include "transports/serial-port.h"
#include "transports/serial-ports.h"
#include "transports/stlink-target.h"
#include "transports/uart-target.h"
#include "transports/usb-probes.h"

void
inlay_adapter_free(InlayAdapter *adapter)
{
    g_free(adapter->address);
    g_free(adapter->kind);
    g_free(adapter->serial);
    g_clear_error(&adapter->trouble);
    g_free(adapter->usb);
    g_strfreev(adapter->names);
    g_free(adapter);
}

GPtrArray *
inlay_adapters_list(GError **error)
{
    g_autoptr(InlayUsbProbes) probes = inlay_usb_probes_find(TRUE, error);
    GPtrArray *adapters;

    if (probes == NULL)
        return NULL;
    adapters = inlay_usb_probes_steal(probes);
    g_ptr_array_extend_and_steal(adapters, inlay_serial_ports_find(TRUE));
    return adapters;
}

/* -- from a name to an adapter -- */

static gboolean
check_name(const char *name, GError **error)
{
    if (name == NULL || g_str_has_prefix(name, "usb:") || g_str_has_prefix(name, "serial:") ||
        g_str_has_prefix(name, "tty:"))
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                "adapter \"%s\": usb:PATH, serial:NUMBER or tty:/dev/NAME expected", name);
    return FALSE;
}

static gboolean
matches(const InlayAdapter *adapter, const char *name)
{
    if (name == NULL)
        return TRUE;
    if (g_str_has_prefix(name, "usb:"))
        return g_str_equal(adapter->is_port && adapter->usb ? adapter->usb : adapter->address,
                           name);
    name += strlen("serial:");
    return adapter->serial != NULL && g_ascii_strncasecmp(adapter->serial, name, strlen(name)) == 0;
}

/* Adds those that a name fits, all with NULL: "usb:1-4 (ST-LINK/V2-1, serial 066D…), usb:1-5 (…)" */
static void
describe(GString *text, const GPtrArray *adapters, const char *name)
{
    for (guint i = 0; i < adapters->len; i++) {
        const InlayAdapter *adapter = g_ptr_array_index(adapters, i);
        if (!matches(adapter, name))
            continue;
        g_string_append_printf(text, "%s%s (%s", text->len > 0 ? ", " : "", adapter->address,
                               adapter->kind);
        if (adapter->serial != NULL)
            g_string_append_printf(text, ", serial %s", adapter->serial);
        g_string_append_c(text, ')');
    }
}

/* TRUE with the index of the one that fits, or -1 when none does. */
static gboolean
choose(const GPtrArray *adapters, const char *name, int *index, GError **error)
{
    g_autoptr(GString) fitting = g_string_new(NULL);
    guint n = 0;

    *index = -1;
    for (guint i = 0; i < adapters->len; i++) {
        if (!matches(g_ptr_array_index(adapters, i), name))
            continue;
        *index = (int)i;
        n++;
    }
    if (n <= 1)
        return TRUE;
    describe(fitting, adapters, name);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_AMBIGUOUS,
                "%s expected once, connected: %s", name != NULL ? name : "an adapter",
                fitting->str);
    return FALSE;
}

/* Why the serial number of one is not known, which may be the one that is looked for; NULL. */
static const GError *
find_refusal(const GPtrArray *probes)
{
    for (guint i = 0; i < probes->len; i++) {
        const InlayAdapter *adapter = g_ptr_array_index(probes, i);
        if (adapter->serial == NULL && adapter->trouble != NULL)
            return adapter->trouble;
    }
    return NULL;
}

/* `probes`: NULL when a port is looked for. */
static void
set_not_found(GError **error, const char *name, const GPtrArray *probes, const GPtrArray *ports)
{
    const char *sought = name != NULL ? name : probes != NULL ? "an adapter" : "a port";
    g_autoptr(GString) present = g_string_new(NULL);

    if (probes != NULL && name != NULL && g_str_has_prefix(name, "serial:") &&
        find_refusal(probes) != NULL) {
        g_propagate_prefixed_error(error, g_error_copy(find_refusal(probes)),
                                   "%s expected: ", sought);
        return;
    }
    if (probes != NULL)
        describe(present, probes, NULL);
    describe(present, ports, NULL);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_NOT_FOUND, "%s expected, connected: %s",
                sought, present->len > 0 ? present->str : "nothing");
}

/* -- opening -- */

static InlaySerial *
open_named_port(const char *name, guint baud, GError **error)
{
    g_autoptr(InlayAdapter) port = inlay_serial_port_find(name + strlen("tty:"));
    g_autoptr(GPtrArray) ports = NULL;

    if (port != NULL)
        return inlay_serial_port_open(port, baud, error);
    ports = inlay_serial_ports_find(FALSE);
    set_not_found(error, name, NULL, ports);
    return NULL;
}

InlaySerial *
inlay_adapter_open_serial(const char *name, guint baud, GError **error)
{
    g_autoptr(GPtrArray) ports = NULL;
    int index;

    if (!check_name(name, error))
        return NULL;
    if (name != NULL && g_str_has_prefix(name, "tty:"))
        return open_named_port(name, baud, error);
    ports = inlay_serial_ports_find(FALSE);
    if (!choose(ports, name, &index, error))
        return NULL;
    if (index < 0) {
        set_not_found(error, name, NULL, ports);
        return NULL;
    }
    return inlay_serial_port_open(g_ptr_array_index(ports, (guint)index), baud, error);
}

/* Takes the port. */
static InlayTarget *
open_behind_port(InlaySerial *serial, const InlayAccess *access, GError **error)
{
    if (serial == NULL)
        return NULL;
    if (access->trace == NULL)
        return inlay_uart_target_new(serial, access);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                "--trace expected with a probe, found %s: ports are not traced", serial->path);
    inlay_serial_free(serial);
    return NULL;
}

InlayTarget *
inlay_adapter_open(const InlayAccess *access, GCancellable *cancellable, GError **error)
{
    const char *name = access->adapter;
    g_autoptr(InlayUsbProbes) probes = NULL;
    g_autoptr(GPtrArray) ports = NULL;
    InlayLink *link;
    int index;

    if (!check_name(name, error))
        return NULL;
    if (name != NULL && g_str_has_prefix(name, "tty:"))
        return open_behind_port(open_named_port(name, access->baud, error), access, error);
    probes = inlay_usb_probes_find(name == NULL || !g_str_has_prefix(name, "usb:"), error);
    if (probes == NULL || !choose(inlay_usb_probes_get(probes), name, &index, error))
        return NULL;
    if (index >= 0) {
        link = inlay_usb_probes_open(probes, (guint)index, error);
        return link != NULL ? inlay_stlink_target_new(link, access, cancellable, error) : NULL;
    }
    ports = inlay_serial_ports_find(FALSE);
    if (name != NULL && !choose(ports, name, &index, error))
        return NULL;
    if (index < 0) {
        set_not_found(error, name, inlay_usb_probes_get(probes), ports);
        return NULL;
    }
    return open_behind_port(
        inlay_serial_port_open(g_ptr_array_index(ports, (guint)index), access->baud, error), access,
        error);
}
