/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/image-gzip.h"

#include <zlib.h>

#include "core/error.h"

#define BLOCK (64 * 1024)   /* bytes that the output grows by */
#define GZIP_WINDOW 15 + 16 /* zlib: the largest window, and a gzip header around it */

typedef struct {
    const char *name;
    const guint8 *file;
    gsize size;
    gsize done; /* of the file */
    gsize limit;
    GByteArray *out;
} Unpacker;

static gboolean
has_magic(const guint8 *bytes, gsize size)
{
    return size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

gboolean
inlay_gzip_is(GBytes *file)
{
    gsize size;
    const guint8 *bytes = g_bytes_get_data(file, &size);

    return has_magic(bytes, size);
}

static gboolean G_GNUC_PRINTF(3, 4)
    corrupt(const Unpacker *unpacker, GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *detail = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_CORRUPT,
                "%s: gzip: offset 0x%" G_GSIZE_MODIFIER "x: %s", unpacker->name, unpacker->done,
                detail);
    return FALSE;
}

/* One call of zlib: at most a block more of output. Sets *ended at the end of the member. */
static gboolean
unpack_block(Unpacker *unpacker, z_stream *stream, gboolean *ended, GError **error)
{
    guint had = unpacker->out->len;
    gsize left = unpacker->size - unpacker->done;

    /* one byte beyond the limit, to tell a file that just fits from one that goes on */
    gsize room = MIN(BLOCK, unpacker->limit + 1 - had);
    g_byte_array_set_size(unpacker->out, had + (guint)room);
    stream->next_in = (Bytef *)(unpacker->file + unpacker->done);
    stream->avail_in = (uInt)MIN(left, G_MAXINT);
    stream->next_out = unpacker->out->data + had;
    stream->avail_out = (uInt)room;
    uInt had_in = stream->avail_in;
    int status = inflate(stream, Z_NO_FLUSH);
    unpacker->done += had_in - stream->avail_in;
    g_byte_array_set_size(unpacker->out, had + (guint)(room - stream->avail_out));
    *ended = status == Z_STREAM_END;
    if (unpacker->out->len > unpacker->limit)
        return corrupt(unpacker, error,
                       "expected %" G_GSIZE_FORMAT " bytes at most when unpacked, found more",
                       unpacker->limit);
    if (status == Z_OK || status == Z_STREAM_END)
        return TRUE;
    if (status == Z_BUF_ERROR)
        return corrupt(unpacker, error, "expected more compressed data, found the end of the file");
    return corrupt(unpacker, error, "expected sound compressed data, found %s",
                   stream->msg != NULL ? stream->msg : zError(status));
}

static gboolean
unpack_member(Unpacker *unpacker, GError **error)
{
    z_stream stream = {0};
    gboolean ok, ended = FALSE;

    if (!has_magic(unpacker->file + unpacker->done, unpacker->size - unpacker->done))
        return corrupt(unpacker, error, "expected the end of the file, found more");
    ok = inflateInit2(&stream, GZIP_WINDOW) == Z_OK;
    if (!ok)
        return corrupt(unpacker, error, "expected memory for zlib, found none");
    while (ok && !ended)
        ok = unpack_block(unpacker, &stream, &ended, error);
    inflateEnd(&stream);
    return ok;
}

GBytes *
inlay_gzip_unpack(const char *name, GBytes *file, gsize limit, GError **error)
{
    Unpacker unpacker = {.name = name, .limit = limit};

    unpacker.file = g_bytes_get_data(file, &unpacker.size);
    g_autoptr(GByteArray) out = unpacker.out = g_byte_array_new();
    do {
        if (!unpack_member(&unpacker, error))
            return NULL;
    } while (unpacker.done < unpacker.size);
    return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}
