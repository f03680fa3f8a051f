/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "confirm.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/error.h"
#include "run.h"

/* What the dry run has told. */
typedef struct {
    char *chip;
    char *uid;
    gboolean erases;
    gboolean changes;
    gboolean programs;
} Rehearsal;

static void
watch(JsonObject *event, gpointer user_data)
{
    Rehearsal *rehearsal = user_data;
    const char *kind = json_object_get_string_member(event, "event");

    if (g_strcmp0(kind, "board") == 0 && json_object_has_member(event, "chip")) {
        g_free(rehearsal->chip);
        rehearsal->chip = g_strdup(json_object_get_string_member(event, "chip"));
        g_free(rehearsal->uid);
        rehearsal->uid = g_strdup(json_object_get_string_member_with_default(event, "uid", NULL));
    } else if (g_strcmp0(kind, "options") == 0) {
        JsonArray *fields = json_object_get_array_member(event, "fields");
        rehearsal->erases = json_object_has_member(event, "erases");
        rehearsal->changes = json_array_get_length(fields) > 0;
    } else if (g_strcmp0(kind, "otp") == 0) {
        rehearsal->programs =
            g_strcmp0(json_object_get_string_member(event, "state"), "planned") == 0;
    }
}

static gboolean
is_at_stake(const Rehearsal *rehearsal, InlayConfirmation what)
{
    switch (what) {
    case INLAY_CONFIRMED_ERASE:
        return rehearsal->erases;
    case INLAY_CONFIRMED_FOR_EVER:
        return rehearsal->changes;
    case INLAY_CONFIRMED_OTP:
        return rehearsal->programs;
    case INLAY_CONFIRMED_NOTHING:
        break;
    }
    return FALSE;
}

/* One line from the terminal is what was expected. */
static gboolean
read_answer(const char *expected)
{
    char line[128];

    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL)
        return FALSE;
    return g_ascii_strcasecmp(g_strstrip(line), expected) == 0;
}

static gboolean
ask(const Rehearsal *rehearsal, InlayConfirmation what)
{
    const char *chip = rehearsal->chip != NULL ? rehearsal->chip : _("this chip");
    g_autofree char *phrase = g_strdup_printf("lock %s for ever", chip);

    switch (what) {
    case INLAY_CONFIRMED_ERASE:
        printf(_("Erase the whole flash of %s to unlock it? [yes/no] "), chip);
        return read_answer("yes");
    case INLAY_CONFIRMED_OTP:
        printf(_("Program these bytes, which can never change again? [yes/no] "));
        return read_answer("yes");
    case INLAY_CONFIRMED_FOR_EVER:
        printf(_("No tool can ever debug %s, change its option bytes or unlock it again.\n"
                 "To do it, type: %s\n> "),
               chip, phrase);
        return read_answer(phrase);
    case INLAY_CONFIRMED_NOTHING:
        break;
    }
    return TRUE;
}

static gboolean
can_ask(const InlayOptions *options)
{
    return !options->json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

int
inlay_run_confirmed(InlayJob *job, const InlayOptions *options, InlayConfirmation what)
{
    gboolean is_told = what == INLAY_CONFIRMED_FOR_EVER ? options->really_for_ever : options->yes;
    Rehearsal rehearsal = {0};
    int exit_code;

    if (is_told)
        job->confirmed = what;
    if (is_told || job->dry_run || !can_ask(options))
        return inlay_run_job(job, options->json);
    job->dry_run = TRUE;
    exit_code = inlay_run_rehearsal(job, watch, &rehearsal);
    job->dry_run = FALSE;
    if (exit_code == 0 && is_at_stake(&rehearsal, what)) {
        if (ask(&rehearsal, what))
            job->confirmed = what;
        else
            what = INLAY_CONFIRMED_NOTHING;
    }
    g_free(rehearsal.chip);
    g_free(job->uid);
    job->uid = rehearsal.uid; /* it, and no other that is there by now */
    if (exit_code != 0)
        return exit_code;
    if (what == INLAY_CONFIRMED_NOTHING) {
        g_autoptr(GError) error = g_error_new(INLAY_ERROR, INLAY_ERROR_UNCONFIRMED,
                                              "the answer was not the one asked for");
        return inlay_report_error(error, FALSE);
    }
    return inlay_run_job(job, FALSE);
}

gboolean
inlay_confirm(const char *question, const InlayOptions *options, GError **error)
{
    if (options->yes)
        return TRUE;
    if (!can_ask(options)) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_UNCONFIRMED,
                    "--yes expected, as there is no terminal to ask on");
        return FALSE;
    }
    fputs(question, stdout);
    if (read_answer("yes"))
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_UNCONFIRMED,
                "the answer was not the one asked for");
    return FALSE;
}
