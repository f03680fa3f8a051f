/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "station.h"
#include "usb-bus.h"

G_BEGIN_DECLS

/*
 * The hands at the virtual station: `inlay-bench ctl VERB …` sends its arguments to the socket that
 * $INLAY_BENCH names, where `inlay-bench run` listens, and prints the answer. A request is the
 * arguments, each ended by a NUL; an answer is '0' and the output, or '1' and the error.
 */
#define BENCH_CONTROL_ENV "INLAY_BENCH"

typedef struct BenchControl BenchControl;

/* Listens at `path` from the main loop. */
BenchControl *
bench_control_new(BenchStation *station, BenchUsbBus *bus, const char *path, GError **error);
void bench_control_free(BenchControl *control);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchControl, bench_control_free)

/* `inlay-bench ctl`; arguments without program and subcommand. Returns the exit code. */
int bench_ctl_main(int argc, char **argv);
/* One line a verb, for --help. (transfer full) */
char *bench_control_describe_verbs(void);

G_END_DECLS
