/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Bootloaders of the family that others wrote, on an STM32F407: what they answer, without a chip that
 * executes them. A polled receiver without a buffer: bytes that come while it computes or while the
 * flash is busy are lost.
 */
typedef struct BenchForeign BenchForeign;

typedef enum {
    BENCH_FOREIGN_PUBLISHED, /* frames of 200 bytes, length with the crc, reply with the command; what
                                it never connected to the flash answers 7F */
    BENCH_FOREIGN_COMPLETE, /* the same, connected: erase, write, protect work */
    BENCH_FOREIGN_OLDER,    /* length without the crc, reply without the command; connected */
} BenchForeignKind;

BenchForeign *bench_foreign_new(BenchForeignKind kind, guint flash_kib);
void bench_foreign_free(BenchForeign *foreign);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchForeign, bench_foreign_free)

guint8 *bench_foreign_get_flash(BenchForeign *foreign, gsize *size); /* (transfer none) */

/* Its clock is the line's. A byte whose stop bit ends at `now_ns`; a byte of its own that is ready to be
 * sent by then, or -1; when it will do something by itself (G_MAXUINT64: never); power off and on. */
void bench_foreign_receive(BenchForeign *foreign, guint8 byte, guint64 now_ns);
int bench_foreign_take(BenchForeign *foreign, guint64 now_ns);
guint64 bench_foreign_next_event_ns(const BenchForeign *foreign);
void bench_foreign_reset(BenchForeign *foreign, guint64 now_ns);

G_END_DECLS
