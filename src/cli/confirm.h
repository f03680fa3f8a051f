/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "options.h"

G_BEGIN_DECLS

/*
 * Runs a job that may destroy what nobody can bring back, which `what` names. On a terminal its dry
 * run says what would happen, and a person is asked: the answer holds for that chip alone. --yes
 * answers beforehand. Where there is neither, the job runs unconfirmed, and is refused by the engine
 * if it would destroy something. Returns the exit code.
 */
int inlay_run_confirmed(InlayJob *job, const InlayOptions *options, InlayConfirmation what);

/* Asks a question that is answered yes or no, for a command without a job; --yes answers beforehand. FALSE:
 * UNCONFIRMED, also where nobody can be asked. */
gboolean inlay_confirm(const char *question, const InlayOptions *options, GError **error);

G_END_DECLS
