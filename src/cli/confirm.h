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

G_END_DECLS
