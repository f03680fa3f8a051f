/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gstdio.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "core/error.h"
#include "transports/usb-link.h"
#include "transports/usb-transfer.h"

/* (transfer full) */
static char *
node_of(libusb_device *device)
{
    return g_strdup_printf("/dev/bus/usb/%03u/%03u", libusb_get_bus_number(device),
                           libusb_get_device_address(device));
}

typedef struct {
    char *path;
    GStatBuf file;
} Node;

/* The same file, or another node of the same device: a chroot has nodes of its own. */
static gboolean
is_same(const GStatBuf *a, const GStatBuf *b)
{
    return (a->st_dev == b->st_dev && a->st_ino == b->st_ino) ||
           (S_ISCHR(a->st_mode) && S_ISCHR(b->st_mode) && a->st_rdev == b->st_rdev);
}

/* TRUE when a process has the node open, under a name that ends like it: in a chroot it is longer. */
static gboolean
has_open(const char *pid, const Node *node)
{
    g_autofree char *folder = g_build_filename("/proc", pid, "fd", NULL);
    g_autoptr(GDir) fds = g_dir_open(folder, 0, NULL);
    const char *fd;

    while (fds != NULL && (fd = g_dir_read_name(fds)) != NULL) {
        g_autofree char *entry = g_build_filename(folder, fd, NULL);
        g_autofree char *target = g_file_read_link(entry, NULL);
        GStatBuf file;

        if (target != NULL && g_str_has_suffix(target, node->path) && g_stat(entry, &file) == 0 &&
            is_same(&file, &node->file))
            return TRUE;
    }
    return FALSE;
}

char *
inlay_usb_find_holder(libusb_device *device)
{
    g_autofree char *path = node_of(device);
    g_autofree char *own = g_strdup_printf("%d", getpid());
    g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
    Node node = {.path = path};
    const char *pid;

    if (g_stat(path, &node.file) != 0)
        return NULL;
    while (processes != NULL && (pid = g_dir_read_name(processes)) != NULL) {
        g_autofree char *comm = g_build_filename("/proc", pid, "comm", NULL);
        g_autofree char *name = NULL;

        if (g_ascii_isdigit(pid[0]) && !g_str_equal(pid, own) && has_open(pid, &node) &&
            g_file_get_contents(comm, &name, NULL, NULL))
            return g_strdup_printf("%s (process %s)", g_strchomp(name), pid);
    }
    return NULL;
}

/* "found root:plugdev 0660"; what `ls -l` shows of the node. (transfer full) */
static char *
describe_mode(const char *node)
{
    GStatBuf file;
    const struct passwd *user;
    const struct group *group;

    if (g_stat(node, &file) != 0)
        return g_strdup("found nothing there");
    user = getpwuid(file.st_uid);
    group = getgrgid(file.st_gid);
    return g_strdup_printf("found %s:%s %04o", user != NULL ? user->pw_name : "?",
                           group != NULL ? group->gr_name : "?", file.st_mode & 07777u);
}

static void
set_busy(GError **error, libusb_device *device, const char *address, const char *node)
{
    g_autofree char *holder = inlay_usb_find_holder(device);

    if (holder != NULL)
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_BUSY, "%s: %s has it open", address,
                    holder);
    else
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_BUSY,
                    "%s: a program of another user has it open; `sudo fuser -v %s` names it",
                    address, node);
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
        set_busy(error, device, address, node);
    } else if (code == LIBUSB_ERROR_NO_DEVICE && is_node_withheld(node, address)) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PERMISSION,
                    "%s: %s expected, found nothing there although the kernel has the device: a "
                    "container needs `--device /dev/bus/usb`",
                    address, node);
    } else if (code == LIBUSB_ERROR_ACCESS) {
        const struct passwd *user = getpwuid(geteuid());
        g_autofree char *mode = describe_mode(node);
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PERMISSION,
                    "%s: %s expected to be readable and writable for %s, %s", address, node,
                    user != NULL ? user->pw_name : "this user", mode);
    } else {
        inlay_usb_set_error(error, code, address);
    }
}
