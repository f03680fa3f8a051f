/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>

#include "core/error.h"

static gboolean
take(InlayOptions *options, InlayJob *job, GError **error)
{
    inlay_options_take_common(options, job);
    if (options->board)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                "selftest needs --board: it resets the board, and writes to a blank sector of it");
    return FALSE;
}

const InlayCommand inlay_command_selftest = {
    .name = "selftest",
    .brief = N_("a safe round on a board: read, compare, write where it is blank"),
    .summary =
        N_("Proves probe, wires and chip on a board, and prints a row for docs/hardware.md. "
           "All of the flash is read twice and compared with what the chip sums up; in the "
           "last blank sector a pattern is programmed and erased again; all others must be as "
           "before. The board is reset."),
    .examples = N_("Examples:\n"
                   "  inlay selftest --board\n"
                   "  inlay selftest --board --dry-run\n"
                   "      The same without the blank sector: nothing is written.\n"
                   "What cannot be checked is skipped and named; it never counts as passed.\n"),
    .accepts = INLAY_OPTION_TEST_BOARD | INLAY_OPTION_BOARD | INLAY_OPTION_DRY_RUN |
               INLAY_OPTION_ACCEPT_CLONE,
    .run = inlay_command_run_job,
    .kind = INLAY_JOB_SELFTEST,
    .take = take,
};
