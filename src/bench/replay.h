/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A trace that `inlay --trace` has written (docs/trace.md), as what a virtual probe answers from. The
 * host must send what it sent then, byte for byte and in that order. Only reads are free between two
 * commands that change something, as a host may poll more or less often than then: they may be left
 * out, and one that is made again gets the next reply recorded for it, or at the end of the stretch the
 * last one again. Anything else is a deviation, told with the trace's line.
 */
typedef struct BenchReplay BenchReplay;

/* One exchange of the trace. */
typedef struct {
    guint line; /* in the file, from 1 */
    GBytes *command;
    GBytes *out;       /* NULL: no data to the probe */
    GBytes *in;        /* NULL: no reply, or none came */
    const char *error; /* id of what went wrong then; NULL: nothing */
    gboolean reads;    /* changes nothing */
} BenchReplayEntry;

/* Messages begin with file and line. A last line that is cut off is what a crash leaves: it ends the
 * trace. */
BenchReplay *bench_replay_load(const char *path, GError **error);
void bench_replay_free(BenchReplay *replay); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchReplay, bench_replay_free)

/* Of the probe that was traced. */
const char *bench_replay_get_kind(const BenchReplay *replay); /* "V2-1" */
guint16 bench_replay_get_product_id(const BenchReplay *replay);
const char *bench_replay_get_serial(const BenchReplay *replay); /* zeros: it had none */
const char *bench_replay_get_port(const BenchReplay *replay);   /* "1-4" */

/* What was answered to this command; NULL: the host has left the trace. (transfer none) */
const BenchReplayEntry *bench_replay_take(BenchReplay *replay, const guint8 *command, gsize size);

/* Whether the data that came with that command is what came then; if not the host has left it. */
gboolean bench_replay_check_out(BenchReplay *replay,
                                const BenchReplayEntry *entry,
                                const guint8 *out,
                                gsize size);

/* In words: where the host has left the trace, or what of it was not asked for; NULL: it was followed to
 * its end. (transfer full) */
char *bench_replay_describe_trouble(const BenchReplay *replay);

G_END_DECLS
