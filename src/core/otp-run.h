/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "option-run.h"

G_BEGIN_DECLS

/* What an OTP_WRITE shall write, from its file or its digits. Errors: FILE, USAGE. */
GBytes *inlay_otp_load(const InlayJob *job, GError **error);

/* OTP_READ, OTP_WRITE. Nothing is written over: every bit that is to be 1 must still be, and the block
 * must not be locked. `bytes`: NULL for OTP_READ.
 * Errors: CHIP_LACKS, USAGE, OTP_TAKEN, UNCONFIRMED, VERIFY_FAILED, those of the target. */
gboolean inlay_otp_run(const InlayBoardRun *run, GBytes *bytes, GError **error);

G_END_DECLS
