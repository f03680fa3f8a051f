/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/event.h"
#include "core/job.h"

G_BEGIN_DECLS

/* Runs a job in a worker process of its own and shows its events: as lines of JSON, or for people.
 * Ctrl-C asks the worker to stop in a defined state. Returns the exit code of the result event; a worker
 * that dies or falls silent is a result as well (WORKER_DIED). */
int inlay_run_job(const InlayJob *job, gboolean json);

/* Shows a person what a job would do, as its dry run says, and gives `func` the events. */
int inlay_run_rehearsal(const InlayJob *job, InlayEventFunc func, gpointer user_data);

/* For what fails before there is a worker: shows the result event of an error, returns its exit code. */
int inlay_report_error(const GError *error, gboolean json);

G_END_DECLS
