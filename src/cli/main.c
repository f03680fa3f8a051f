/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "core/error.h"
#include "run.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary; /* NULL: not for people */
} commands[] = {
    {"list", inlay_command_list, N_("the adapters that are connected")},
    {"info", inlay_command_info, N_("which probe and chip; the program runs on")},
    {"flash", inlay_command_flash, N_("write images, verify them, start the board")},
    {"verify", inlay_command_verify, N_("check that the flash holds these images")},
    {"read", inlay_command_read, N_("read flash into a file; the program runs on")},
    {"erase", inlay_command_erase, N_("erase partitions, ranges or everything")},
    {"reset", inlay_command_reset, N_("reset the board and let it run")},
    {"layout", inlay_command_layout, N_("check a layout; export it for the firmware's build")},
    {"errors", inlay_command_errors, N_("the table of ids, exit codes and remedies")},
    {"worker", inlay_command_worker, NULL},
};

static void
print_help(void)
{
    printf("%s",
           _("Inlay lays firmware into STM32 flash: every image at its base address, verified, "
             "and nothing else changed.\n\n"
             "Start here:\n"
             "  inlay list                       what is connected\n"
             "  inlay flash firmware.elf         one image, no layout needed\n"
             "  inlay flash product.yaml bootloader=boot.elf application1=app.bin\n"
             "  inlay --batch job.yaml           for test stations: one unit, then exit\n\n"
             "Commands (each has --help with examples):\n"));
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
        if (commands[i].summary)
            printf("  %-8s %s\n", commands[i].name, _(commands[i].summary));
    printf("%s",
           _("\nMost take --adapter usb:1-4 to choose a board and --json for one event a line.\n"
             "The exit code is 0 on success and otherwise says what failed: see "
             "`inlay errors`.\n"));
}

static int
run_batch(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc >= 3 && argv[2][0] != '-')
        return inlay_command_batch(argv[2], argc - 2, argv + 2);
    error = g_error_new(INLAY_ERROR, INLAY_ERROR_USAGE, "a job file expected after --batch");
    return inlay_report_error(error, FALSE);
}

int
main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    bindtextdomain("inlay", INLAY_LOCALE_DIR);
    bind_textdomain_codeset("inlay", "UTF-8");
    textdomain("inlay");
    g_set_prgname("inlay");
    const char *name = argc > 1 ? argv[1] : "--help";
    if (g_str_equal(name, "--help") || g_str_equal(name, "-h") || g_str_equal(name, "help")) {
        print_help();
        return 0;
    }
    if (g_str_equal(name, "--version")) {
        printf("inlay %s\n", INLAY_VERSION);
        return 0;
    }
    if (g_str_equal(name, "--batch"))
        return run_batch(argc, argv);
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
        if (g_str_equal(name, commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
    g_autoptr(GError) error = g_error_new(INLAY_ERROR, INLAY_ERROR_USAGE, "no command %s", name);
    return inlay_report_error(error, FALSE);
}
