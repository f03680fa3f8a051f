/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/job.h"

#include <string.h>

#include "core/error.h"

static const char *const kind_names[] = {
    [INLAY_JOB_FLASH] = "flash",
    [INLAY_JOB_VERIFY] = "verify",
    [INLAY_JOB_READ] = "read",
    [INLAY_JOB_DIFF] = "diff",
    [INLAY_JOB_ERASE] = "erase",
    [INLAY_JOB_RESET] = "reset",
    [INLAY_JOB_INFO] = "info",
    [INLAY_JOB_SELFTEST] = "selftest",
    [INLAY_JOB_OPTION_GET] = "option-get",
    [INLAY_JOB_OPTION_SET] = "option-set",
    [INLAY_JOB_PROTECT] = "protect",
    [INLAY_JOB_UNLOCK] = "unlock",
    [INLAY_JOB_OTP_READ] = "otp-read",
    [INLAY_JOB_OTP_WRITE] = "otp-write",
};

static const char *const confirmation_names[] = {
    [INLAY_CONFIRMED_NOTHING] = "nothing",
    [INLAY_CONFIRMED_ERASE] = "erase",
    [INLAY_CONFIRMED_FOR_EVER] = "for-ever",
    [INLAY_CONFIRMED_OTP] = "otp",
};

InlayJob *
inlay_job_new(InlayJobKind kind)
{
    InlayJob *job = g_new0(InlayJob, 1);

    job->kind = kind;
    job->contents = g_ptr_array_new_with_free_func((GDestroyNotify)inlay_content_free);
    job->fields = g_ptr_array_new_with_free_func(g_free);
    job->names = g_ptr_array_new_with_free_func(g_free);
    job->ranges = g_array_new(FALSE, FALSE, sizeof(InlayRange));
    return job;
}

void
inlay_job_free(InlayJob *job)
{
    if (job == NULL)
        return;
    inlay_access_clear(&job->access);
    g_free(job->layout);
    g_free(job->output);
    g_free(job->sectors);
    g_free(job->input);
    g_free(job->hex);
    g_free(job->uid);
    g_ptr_array_unref(job->fields);
    g_ptr_array_unref(job->contents);
    g_ptr_array_unref(job->names);
    g_array_unref(job->ranges);
    g_free(job);
}

const char *
inlay_job_kind_to_string(InlayJobKind kind)
{
    g_return_val_if_fail(kind < G_N_ELEMENTS(kind_names), NULL);
    return kind_names[kind];
}

gboolean
inlay_job_kind_from_string(const char *name, InlayJobKind *kind)
{
    for (guint i = 0; i < G_N_ELEMENTS(kind_names); i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            *kind = i;
            return TRUE;
        }
    }
    return FALSE;
}

const char *
inlay_confirmation_to_string(InlayConfirmation confirmed)
{
    g_return_val_if_fail(confirmed < G_N_ELEMENTS(confirmation_names), NULL);
    return confirmation_names[confirmed];
}

gboolean
inlay_confirmation_from_string(const char *name, InlayConfirmation *confirmed)
{
    for (guint i = 0; i < G_N_ELEMENTS(confirmation_names); i++) {
        if (strcmp(name, confirmation_names[i]) == 0) {
            *confirmed = i;
            return TRUE;
        }
    }
    return FALSE;
}
