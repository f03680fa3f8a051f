/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <stdio.h>

#include "complete.h"

/* For the scripts in data/completions/ alone: `inlay complete -- WORD…`. */
static int
run(const InlayCommand *command, int argc, char **argv)
{
    g_autofree char *offers =
        argc > 1 && g_str_equal(argv[1], "--") ? inlay_complete(argv + 2) : NULL;

    fputs(offers != NULL ? offers : "", stdout);
    return 0;
}

const InlayCommand inlay_command_complete = {
    .name = "complete",
    .run = run,
};
