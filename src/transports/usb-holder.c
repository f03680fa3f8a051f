/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <unistd.h>

#include "transports/usb-link.h"

/* TRUE when a process has a file open. */
static gboolean
has_open(const char *pid, const char *path)
{
    g_autofree char *folder = g_build_filename("/proc", pid, "fd", NULL);
    g_autoptr(GDir) fds = g_dir_open(folder, 0, NULL);
    const char *fd;

    while (fds != NULL && (fd = g_dir_read_name(fds)) != NULL) {
        g_autofree char *entry = g_build_filename(folder, fd, NULL);
        g_autofree char *target = g_file_read_link(entry, NULL);

        if (target != NULL && g_str_equal(target, path))
            return TRUE;
    }
    return FALSE;
}

char *
inlay_usb_find_holder(libusb_device *device)
{
    g_autofree char *node = g_strdup_printf("/dev/bus/usb/%03u/%03u", libusb_get_bus_number(device),
                                            libusb_get_device_address(device));
    g_autofree char *own = g_strdup_printf("%d", getpid());
    g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
    const char *pid;

    while (processes != NULL && (pid = g_dir_read_name(processes)) != NULL) {
        g_autofree char *comm = g_build_filename("/proc", pid, "comm", NULL);
        g_autofree char *name = NULL;

        if (g_ascii_isdigit(pid[0]) && !g_str_equal(pid, own) && has_open(pid, node) &&
            g_file_get_contents(comm, &name, NULL, NULL))
            return g_strdup_printf("%s (%s)", g_strchomp(name), pid);
    }
    return NULL;
}
