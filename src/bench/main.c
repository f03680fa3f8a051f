/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control.h"
#include "run.h"

#include <locale.h>

static const char usage[] =
    "Usage: inlay-bench run --setup FILE [--save DIR] [--clock virtual|free|real] -- COMMAND…\n"
    "       inlay-bench run --replay TRACE -- COMMAND…\n"
    "       inlay-bench ctl VERB …\n"
    "\n"
    "A virtual station: COMMAND, and all that it starts, finds the ST-LINKs and boards of the\n"
    "setup as if they were plugged in, and exits with its own code. docs/bench.md tells more.\n"
    "\n"
    "  --setup FILE   the boards and probes, in YAML\n"
    "  --replay TRACE one probe that answers from what `inlay --trace` has written\n"
    "  --save DIR     leave each board's flash, UART output and events, and all counters there\n"
    "  --clock KIND   virtual: modelled time, which only the probes' transfers advance (default)\n"
    "                 free: transfers and flash operations take no time\n"
    "                 real: modelled time at the pace of the wall clock\n"
    "\n"
    "Verbs of ctl, for use in COMMAND:\n";

int
main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    if (argc > 1 && g_str_equal(argv[1], "run"))
        return bench_run_main(argc - 2, argv + 2);
    if (argc > 1 && g_str_equal(argv[1], "ctl"))
        return bench_ctl_main(argc - 2, argv + 2);
    if (argc > 1 && g_str_equal(argv[1], "--version")) {
        g_print("inlay-bench %s\n", INLAY_VERSION);
        return 0;
    }
    g_autofree char *verbs = bench_control_describe_verbs();
    if (argc > 1 && g_str_equal(argv[1], "--help")) {
        g_print("%s%s", usage, verbs);
        return 0;
    }
    g_printerr("inlay-bench: run or ctl expected; see inlay-bench --help\n");
    return 2;
}
