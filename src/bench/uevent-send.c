/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * umockdev aborts when one of the programs that listened for uevents has ended in the meantime,
 * which is what programs do when their probe is unplugged. Such a listener has simply missed it.
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t sendmsg(int fd, const struct msghdr *message, int flags);

/* Takes the place of the C library's for the libraries of this program. */
ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
    ssize_t sent = syscall(SYS_sendmsg, fd, message, flags);

    if (sent >= 0 || (errno != ECONNREFUSED && errno != ENOENT))
        return sent;
    sent = 0;
    for (size_t i = 0; i < message->msg_iovlen; i++)
        sent += (ssize_t)message->msg_iov[i].iov_len;
    return sent;
}
