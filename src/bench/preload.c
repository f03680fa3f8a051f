/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A library in front of umockdev's, in the programs that the bench starts. umockdev gives each
 * socket for uevents the name $UMOCKDEV_DIR/event<descriptor>, so that two programs whose sockets
 * have the same descriptor take each other's events. Here the name also says whose it is; the
 * sender takes any name of that form.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

int bind(int fd, const struct sockaddr *address, socklen_t size);

/* umockdev has made the netlink socket a local one. */
static int
is_mocked(int fd, const struct sockaddr *address)
{
    int domain = 0;
    socklen_t size = sizeof domain;
    return address != NULL && address->sa_family == AF_NETLINK && getenv("UMOCKDEV_DIR") != NULL &&
           getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

int
bind(int fd, const struct sockaddr *address, socklen_t size)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int (*next)(int, const struct sockaddr *, socklen_t);

    if (!is_mocked(fd, address)) {
        *(void **)&next = dlsym(RTLD_NEXT, "bind");
        return next(fd, address, size);
    }
    int length = snprintf(name.sun_path, sizeof name.sun_path, "%s/event%d.%ld",
                          getenv("UMOCKDEV_DIR"), fd, (long)getpid());
    if (length >= (int)sizeof name.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    unlink(name.sun_path);
    return (int)syscall(SYS_bind, fd, &name, sizeof name);
}
