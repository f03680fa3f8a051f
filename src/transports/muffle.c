/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/muffle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/error.h"

#define HEARD_MAX 4096

static void
close_all(InlayMuffle *muffle)
{
    for (int i = 0; i < 2; i++) {
        if (muffle->streams[i] >= 0)
            close(muffle->streams[i]);
    }
    if (muffle->file >= 0)
        close(muffle->file);
}

gboolean
inlay_muffle_begin(InlayMuffle *muffle, GError **error)
{
    fflush(stdout);
    fflush(stderr);
    muffle->file = memfd_create("libstlink", MFD_CLOEXEC);
    for (int i = 0; i < 2; i++)
        muffle->streams[i] = fcntl(STDOUT_FILENO + i, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (muffle->file >= 0 && muffle->streams[0] >= 0 && muffle->streams[1] >= 0 &&
        dup2(muffle->file, STDOUT_FILENO) >= 0 && dup2(muffle->file, STDERR_FILENO) >= 0)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_INTERNAL,
                "libstlink's output cannot be redirected: %s", g_strerror(errno));
    if (muffle->streams[0] >= 0)
        dup2(muffle->streams[0], STDOUT_FILENO);
    close_all(muffle);
    return FALSE;
}

char *
inlay_muffle_end(InlayMuffle *muffle)
{
    char *heard = g_malloc(HEARD_MAX + 1);
    ssize_t size;

    fflush(stdout);
    fflush(stderr);
    for (int i = 0; i < 2; i++)
        dup2(muffle->streams[i], STDOUT_FILENO + i);
    size = pread(muffle->file, heard, HEARD_MAX, 0);
    heard[size > 0 ? size : 0] = '\0';
    close_all(muffle);
    return heard;
}
