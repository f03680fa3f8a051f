/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gi18n.h>

#include "command.h"
#include "confirm.h"
#include "core/error.h"
#include "run.h"

static gboolean
take_block(const char *argument, InlayJob *job, GError **error)
{
    guint64 block;

    job->has_block = TRUE;
    if (!g_ascii_string_to_unsigned(argument, 10, 0, G_MAXUINT8, &block, NULL)) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "a block's number expected, got %s",
                    argument);
        return FALSE;
    }
    job->block = (guint32)block;
    return TRUE;
}

static gboolean
take_read(InlayOptions *options, InlayJob *job, GError **error)
{
    char **arguments = options->arguments;

    inlay_options_take_common(options, job);
    if (arguments[0] == NULL || arguments[1] == NULL)
        return arguments[0] == NULL || take_block(arguments[0], job, error);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "one block or none expected, got more");
    return FALSE;
}

static gboolean
take_write(InlayOptions *options, InlayJob *job, GError **error)
{
    char **arguments = options->arguments;
    guint expected = options->hex != NULL ? 1 : 2;

    inlay_options_take_common(options, job);
    job->hex = g_strdup(options->hex);
    job->lock = options->lock;
    if (g_strv_length(arguments) != expected) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "BLOCK FILE, or BLOCK --hex DIGITS, expected after otp write");
        return FALSE;
    }
    job->input = g_strdup(arguments[1]);
    return take_block(arguments[0], job, error);
}

static int
run_write(const InlayCommand *command, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(InlayJob) job = inlay_job_new(command->kind);
    g_autoptr(GError) error = NULL;

    if (!inlay_options_parse(&options, command, argc, argv, &error) ||
        !command->take(&options, job, &error))
        return inlay_report_error(error, options.json);
    return inlay_run_confirmed(job, &options, INLAY_CONFIRMED_OTP);
}

static const InlayCommand verbs[] = {
    {
        .name = "otp read",
        .brief = N_("print blocks and whether they are locked; the program runs on"),
        .parameters = N_("[BLOCK]"),
        .summary = N_("Prints the one-time programmable bytes, a block a line."),
        .examples = N_("Example:\n"
                       "  inlay otp read 0\n"),
        .accepts = INLAY_OPTION_BOARD,
        .run = inlay_command_run_job,
        .kind = INLAY_JOB_OTP_READ,
        .take = take_read,
    },
    {
        .name = "otp write",
        .brief = N_("program a block, for ever"),
        .parameters = N_("BLOCK FILE | BLOCK --hex DIGITS"),
        .summary =
            N_("Programs a block of one-time programmable bytes from its beginning, for ever. "
               "Bits that are 0 already are never written over; it asks, or wants --yes."),
        .examples = N_("Examples:\n"
                       "  inlay otp write 3 --hex 00112233\n"
                       "  inlay otp write 4 key.bin --lock --yes\n"),
        .accepts = INLAY_OPTION_BOARD | INLAY_OPTION_DRY_RUN | INLAY_OPTION_YES | INLAY_OPTION_HEX |
                   INLAY_OPTION_LOCK | INLAY_OPTION_ACCEPT_CLONE,
        .completes = INLAY_COMPLETES_FILE,
        .run = run_write,
        .kind = INLAY_JOB_OTP_WRITE,
        .take = take_write,
    },
    {0},
};

const InlayCommand inlay_command_otp = {
    .name = "otp",
    .brief = N_("read and program one-time programmable bytes"),
    .summary = N_("Reads and programs the chip's one-time programmable bytes."),
    .verbs = verbs,
};
