/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* `inlay-bench run`; arguments without program and subcommand. Returns the exit code: COMMAND's,
 * 128 and the signal that killed it, 2 when the bench could not start it, or 3 when it has left a trace that is replayed. */
int bench_run_main(int argc, char **argv);

G_END_DECLS
