/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Serial ports in the programs that the bench starts, in front of umockdev's library. Behind a port is
 * a pseudo terminal, which knows neither parity nor an empty line, and whose terminal functions make
 * their system calls inside the C library, where nobody sees them: here they become ioctl(), which
 * umockdev carries to the bench (serial-tty.c). A name in /dev/serial is opened as the port that it
 * stands for, and a port in exclusive use is busy. The bench hears of a close before it is over.
 */
/* open() and open64() are two functions here. */
#undef _FILE_OFFSET_BITS
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "tty-close.h"

/* What the kernel takes for TCGETS and TCSETS: asm-generic/termbits.h. */
#define KERNEL_N_CC 19
struct kernel_termios {
    tcflag_t c_iflag, c_oflag, c_cflag, c_lflag;
    cc_t c_line, c_cc[KERNEL_N_CC];
};

int
tcgetattr(int fd, struct termios *termios)
{
    struct kernel_termios kernel = {0};

    if (ioctl(fd, TCGETS, &kernel) != 0)
        return -1;
    *termios = (struct termios){
        .c_iflag = kernel.c_iflag,
        .c_oflag = kernel.c_oflag,
        .c_cflag = kernel.c_cflag,
        .c_lflag = kernel.c_lflag,
        .c_line = kernel.c_line,
        .c_ispeed = kernel.c_cflag & (CBAUD | CBAUDEX),
        .c_ospeed = kernel.c_cflag & (CBAUD | CBAUDEX),
    };
    memcpy(termios->c_cc, kernel.c_cc, sizeof kernel.c_cc);
    return 0;
}

int
tcdrain(int fd)
{
    return ioctl(fd, TCSBRK, 1);
}

int
tcflush(int fd, int queue)
{
    return ioctl(fd, TCFLSH, queue);
}

int
tcsetattr(int fd, int when, const struct termios *termios)
{
    struct kernel_termios kernel = {
        .c_iflag = termios->c_iflag,
        .c_oflag = termios->c_oflag,
        .c_cflag = termios->c_cflag,
        .c_lflag = termios->c_lflag,
        .c_line = termios->c_line,
    };
    memcpy(kernel.c_cc, termios->c_cc, sizeof kernel.c_cc);
    switch (when) {
    case TCSANOW:
        return ioctl(fd, TCSETS, &kernel);
    case TCSADRAIN:
        return ioctl(fd, TCSETSW, &kernel);
    case TCSAFLUSH:
        if (tcdrain(fd) != 0 || tcflush(fd, TCIFLUSH) != 0)
            return -1;
        return ioctl(fd, TCSETS, &kernel);
    default:
        errno = EINVAL;
        return -1;
    }
}

/* -- opening -- */

/* "/dev/ttyUSB0" for one of its names in /dev/serial; else `path`. */
static const char *
resolve(const char *path, char *port, size_t size)
{
    char target[NAME_MAX];
    ssize_t length;

    if (path == NULL || strncmp(path, "/dev/serial/", 12) != 0 ||
        (length = readlink(path, target, sizeof target - 1)) <= 0)
        return path;
    target[length] = '\0';
    const char *slash = strrchr(target, '/');
    snprintf(port, size, "/dev/%s", slash != NULL ? slash + 1 : target);
    return port;
}

/* TIOCEXCL keeps out all but root. */
static int
is_busy(const char *path)
{
    const char *root = getenv("UMOCKDEV_DIR");
    char mark[2 * PATH_MAX];

    if (root == NULL || path == NULL || strncmp(path, "/dev/tty", 8) != 0 || geteuid() == 0)
        return 0;
    snprintf(mark, sizeof mark, "%s/exclusive/%s", root, path + 5);
    return access(mark, F_OK) == 0;
}

/* Whose descriptors are ports; a forked program closes only copies. */
#define MAX_FDS 1024
static pid_t openers[MAX_FDS];

static void
remember(int fd, const char *path)
{
    if (fd >= 0 && fd < MAX_FDS && path != NULL && strncmp(path, "/dev/tty", 8) == 0)
        openers[fd] = getpid();
}

int
close(int fd)
{
    static int (*next)(int);

    if (fd >= 0 && fd < MAX_FDS && openers[fd] != 0 && openers[fd] == getpid()) {
        int saved = errno;
        openers[fd] = 0;
        ioctl(fd, BENCH_TTY_CLOSE);
        errno = saved;
    }
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "close");
    return next(fd);
}

static int
open_as(const char *function, const char *path, int flags, mode_t mode)
{
    int (*next)(const char *, int, ...);
    char port[PATH_MAX];
    const char *real = resolve(path, port, sizeof port);

    if (is_busy(real)) {
        errno = EBUSY;
        return -1;
    }
    *(void **)&next = dlsym(RTLD_NEXT, function);
    int fd = next(real, flags, mode);
    remember(fd, real);
    return fd;
}

#define DEFINE_OPEN(name)                           \
    int name(const char *path, int flags, ...)      \
    {                                               \
        mode_t mode = 0;                            \
        if ((flags & (O_CREAT | O_TMPFILE)) != 0) { \
            va_list args;                           \
            va_start(args, flags);                  \
            mode = va_arg(args, mode_t);            \
            va_end(args);                           \
        }                                           \
        return open_as(#name, path, flags, mode);   \
    }

#undef open
#undef open64
DEFINE_OPEN(open)
DEFINE_OPEN(open64)
