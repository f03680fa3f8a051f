/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "transports/serial.h"

/*
 * The chip's end of a stream (docs/protocol.md, section 5), to say exactly which frame is lost: what
 * is written to the port is a frame a call. Only what boot-stream.c and the client's opening ask.
 */
typedef struct {
    gboolean deflates;
    gboolean mute;          /* hears all, says nothing */
    gboolean busy_for_ever; /* an erase that does not end */
    guint erase_ms;         /* how long an erase takes */
    guint fail_at;    /* the stream fails with NOT_BLANK once so many frames are there; 0: never */
    GHashTable *lost; /* of the n-th DATA sent, from 0; NULL: none */
    guint windows_lost; /* every so manieth WINDOW, none of those that answer a POLL; 0: none */

    /* What it saw. */
    GByteArray *bytes; /* in the order of their numbers */
    guint n_data, n_polls, n_closes;
    guint most_under_way; /* DATA frames beyond what had arrived in order */
    guint8 flags;
} StreamChip;

/* A port with the chip behind it; `chip` outlives it. 115200 baud, a tick of 1 ms. */
InlaySerial *stream_chip_open(StreamChip *chip);
void stream_chip_clear(StreamChip *chip);
