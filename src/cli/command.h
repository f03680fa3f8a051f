/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "options.h"

G_BEGIN_DECLS

/* One file a subcommand, each with one of these functions; main.c has the table. argv[0] is the
 * subcommand's name. Returns the process's exit code. */
int inlay_command_batch(const char *job_path, int argc, char **argv);
int inlay_command_erase(int argc, char **argv);
int inlay_command_errors(int argc, char **argv);
int inlay_command_flash(int argc, char **argv);
int inlay_command_info(int argc, char **argv);
int inlay_command_layout(int argc, char **argv);
int inlay_command_list(int argc, char **argv);
int inlay_command_read(int argc, char **argv);
int inlay_command_reset(int argc, char **argv);
int inlay_command_verify(int argc, char **argv);
int inlay_command_worker(int argc, char **argv);

/* What most of them are: options that make a job, and its run. */
typedef gboolean (*InlayTakeFunc)(InlayOptions *options, InlayJob *job, GError **error);
int inlay_command_run_job(
    const InlayCommandHelp *help, InlayJobKind kind, InlayTakeFunc take, int argc, char **argv);

G_END_DECLS
