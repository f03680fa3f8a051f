/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "core/error.h"

/* docs/errors.md is this output. */
int
inlay_command_errors(int argc, char **argv)
{
    printf(
        "<!-- SPDX-License-Identifier: GPL-2.0-or-later -->\n"
        "# Errors\n\n"
        "Each failure has one id, one exit code and one remedy, the same on the screen, in the "
        "event stream, in the record and for the shell. The numbers never change their meaning.\n"
        "`inlay errors` prints this page.\n\n"
        "| exit | id | what | what to do |\n|---|---|---|---|\n"
        "| 0 | ok | It succeeded. | |\n");
    for (InlayErrorId id = 0; id < INLAY_N_ERRORS; id++) {
        const InlayErrorInfo *info = inlay_error_info_by_id(id);
        printf("| %d | %s | %s | %s |\n", info->exit_code, info->id, _(info->sentence),
               _(info->remedy));
    }
    return 0;
}
