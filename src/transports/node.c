/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/node.h"

#include <glib/gstdio.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "core/error.h"

/* The same file, or another node of the same device: a chroot has nodes of its own. */
static gboolean
is_same(const GStatBuf *a, const GStatBuf *b)
{
    return (a->st_dev == b->st_dev && a->st_ino == b->st_ino) ||
           (S_ISCHR(a->st_mode) && S_ISCHR(b->st_mode) && a->st_rdev == b->st_rdev);
}

typedef struct {
    const char *path;
    char *target; /* what it is a link to; NULL: none */
    GStatBuf file;
} Node;

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

        if (target != NULL &&
            (g_str_has_suffix(target, node->path) || g_strcmp0(target, node->target) == 0) &&
            g_stat(entry, &file) == 0 && is_same(&file, &node->file))
            return TRUE;
    }
    return FALSE;
}

char *
inlay_node_find_holder(const char *path)
{
    g_autofree char *own = g_strdup_printf("%d", getpid());
    g_autofree char *target = g_file_read_link(path, NULL);
    g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
    Node node = {.path = path, .target = target};
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

void
inlay_node_set_busy(GError **error, const char *address, const char *node)
{
    g_autofree char *holder = inlay_node_find_holder(node);

    if (holder != NULL)
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_BUSY, "%s: %s has it open", address,
                    holder);
    else
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_BUSY,
                    "%s: a program of another user has it open; `sudo fuser -v %s` names it",
                    address, node);
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

void
inlay_node_set_denied(GError **error, const char *address, const char *node)
{
    const struct passwd *user = getpwuid(geteuid());
    g_autofree char *mode = describe_mode(node);

    g_set_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_PERMISSION,
                "%s: %s expected to be readable and writable for %s, %s", address, node,
                user != NULL ? user->pw_name : "this user", mode);
}
