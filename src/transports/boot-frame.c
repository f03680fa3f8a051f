/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/boot-frame.h"

#include <string.h>
#include <zlib.h>

#include "transports/boot-crc.h"
#include "transports/bytes.h"

#define BODY_MIN 3u /* command, tag, status */

gsize
inlay_boot_frame_encode(guint8 out[BOOT_FRAME_MAX],
                        gboolean length_has_crc,
                        guint8 command,
                        const guint8 *payload,
                        gsize size)
{
    g_assert(size <= INLAY_BOOT_PAYLOAD_MAX);
    out[0] = (guint8)(1 + size + (length_has_crc ? 4 : 0));
    out[1] = command;
    if (size > 0)
        memcpy(out + 2, payload, size);
    store32_le(out + 2 + size, inlay_boot_crc(out, 2 + size));
    return 2 + size + 4;
}

static guint32
zlib_crc(const guint8 *bytes, gsize size)
{
    return (guint32)crc32(0, bytes, (uInt)size);
}

gsize
inlay_boot_extended_encode(guint8 out[BOOT_BODY_MAX + BOOT_OVERHEAD],
                           guint8 command,
                           guint8 tag,
                           const guint8 *arguments,
                           gsize size)
{
    g_assert(size <= INLAY_BOOT_ARGUMENTS_MAX);
    out[0] = BOOT_MARK_0;
    out[1] = BOOT_MARK_1;
    store16_le(out + 2, (guint16)(2 + size));
    out[4] = command;
    out[5] = tag;
    if (size > 0)
        memcpy(out + 6, arguments, size);
    store32_le(out + 6 + size, zlib_crc(out + 2, 4 + size));
    return 6 + size + 4;
}

InlayBootVerdict
inlay_boot_answer_decode(const guint8 *bytes,
                         gsize size,
                         gboolean has_command,
                         guint8 command,
                         gsize least,
                         gsize most,
                         const guint8 **answer,
                         gsize *n)
{
    gsize head = has_command ? 3 : 2; /* A5, the command, the number of bytes that follow */

    if (size == 0)
        return INLAY_BOOT_MORE;
    if (bytes[0] == BOOT_NACK)
        return size == 1 ? INLAY_BOOT_REFUSAL : INLAY_BOOT_GARBAGE;
    if (bytes[0] != BOOT_ACK || (has_command && size > 1 && bytes[1] != command))
        return INLAY_BOOT_GARBAGE;
    if (size < head)
        return INLAY_BOOT_MORE;
    *n = bytes[head - 1];
    *answer = bytes + head;
    if (*n < least || *n > most || size > head + *n)
        return INLAY_BOOT_GARBAGE;
    return size == head + *n ? INLAY_BOOT_ANSWER : INLAY_BOOT_MORE;
}

gboolean
inlay_boot_version_find(const guint8 *bytes, gsize size, gboolean *has_command, guint8 *version)
{
    for (gsize i = 0; i + 3 <= size; i++) {
        if (bytes[i] != BOOT_ACK)
            continue;
        *has_command = bytes[i + 1] == BOOT_GET_VER && bytes[i + 2] == 1;
        if (*has_command ? i + 4 <= size : bytes[i + 1] == 1) {
            *version = bytes[*has_command ? i + 3 : i + 2];
            return TRUE;
        }
    }
    return FALSE;
}

/* Whether a frame begins here: 0: no; its size otherwise, as far as it can be told. */
static gsize
get_frame_size(const guint8 *bytes, gsize size)
{
    gsize body = size >= 4 ? load16_le(bytes + 2) : BODY_MIN;

    if (bytes[0] != BOOT_MARK_0 || (size > 1 && bytes[1] != BOOT_MARK_1))
        return 0;
    return body >= BODY_MIN && body <= BOOT_ANSWER_MAX ? body + BOOT_OVERHEAD : 0;
}

gsize
inlay_boot_extended_decode(const guint8 *bytes, gsize size, const guint8 **body, gsize *body_size)
{
    *body = NULL;
    *body_size = 0;
    for (gsize i = 0; i < size; i++) {
        gsize frame = get_frame_size(bytes + i, size - i);
        if (frame == 0)
            continue;
        if (frame > size - i)
            return i;
        gsize covered = frame - BOOT_OVERHEAD + 2; /* by the crc: size and body */
        if (zlib_crc(bytes + i + 2, covered) != load32_le(bytes + i + 2 + covered))
            continue;
        *body = bytes + i + 4;
        *body_size = covered - 2;
        return i + frame;
    }
    return size;
}
