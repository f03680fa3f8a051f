/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gi18n.h>

#include "command.h"
#include "core/error.h"

static gboolean
take_fields(InlayOptions *options, InlayJob *job, GError **error)
{
    inlay_options_take_common(options, job);
    for (char **argument = options->arguments; *argument != NULL; argument++)
        g_ptr_array_add(job->fields, g_strdup(*argument));
    if (job->kind == INLAY_JOB_OPTION_GET || job->fields->len > 0)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "FIELD=VALUE expected after option set");
    return FALSE;
}

static const InlayCommand verbs[] = {
    {
        .name = "option get",
        .brief = N_("print the option bytes as named fields; the program runs on"),
        .parameters = N_("[FIELD…]"),
        .summary =
            N_("Prints the option bytes as the chip has loaded them: field, value, meaning."),
        .examples = N_("Examples:\n"
                       "  inlay option get\n"
                       "  inlay option get bor wrp --json\n"),
        .accepts = INLAY_OPTION_BOARD,
        .completes = INLAY_COMPLETES_FIELDS,
        .run = inlay_command_run_job,
        .kind = INLAY_JOB_OPTION_GET,
        .take = take_fields,
    },
    {
        .name = "option set",
        .brief = N_("change fields of the option bytes; all others stay"),
        .parameters = N_("FIELD=VALUE…"),
        .summary = N_("Changes fields of the option bytes, and reads them back after a reset. All "
                      "other bits stay as they are. For read protection there are `inlay protect` "
                      "and `inlay unlock`."),
        .examples = N_("Examples:\n"
                       "  inlay option set bor=2.7V wdg_sw=hardware\n"
                       "  inlay option set wrp=0-3,7\n"
                       "  inlay option set wrp=none --dry-run\n"),
        .accepts = INLAY_OPTION_BOARD | INLAY_OPTION_DRY_RUN | INLAY_OPTION_ACCEPT_CLONE,
        .completes = INLAY_COMPLETES_ASSIGNMENTS,
        .run = inlay_command_run_job,
        .kind = INLAY_JOB_OPTION_SET,
        .take = take_fields,
    },
    {0},
};

const InlayCommand inlay_command_option = {
    .name = "option",
    .brief = N_("read and change the chip's option bytes, as named fields"),
    .summary = N_("Reads and changes the chip's option bytes. docs/options.md lists the fields."),
    .verbs = verbs,
};
