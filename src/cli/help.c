/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help.h"

#include <glib/gi18n.h>
#include <stdio.h>

const char inlay_help_about[] =
    N_("Inlay lays firmware into STM32 flash: every image at its base address, verified, "
       "and nothing else changed.\n");

const char inlay_help_start[] =
    N_("Start here:\n"
       "  inlay list                       what is connected\n"
       "  inlay flash firmware.elf         one image, no layout needed\n"
       "  inlay flash product.yaml bootloader=boot.elf application1=app.bin\n"
       "  inlay --batch job.yaml           for test stations: one unit, then exit\n");

void
inlay_help_print(void)
{
    guint n;
    const InlayCommand *const *commands = inlay_commands_get(&n);

    printf("%s\n%s\n%s\n", _(inlay_help_about), _(inlay_help_start),
           _("Commands (each has --help with examples, and a man page):"));
    for (guint i = 0; i < n; i++)
        if (commands[i]->brief != NULL)
            printf("  %-10s %s\n", commands[i]->name, _(commands[i]->brief));
    printf("%s",
           _("\nMost take --adapter usb:1-4 to choose a board and --json for one event a line.\n"
             "The exit code is 0 on success and otherwise says what failed: see "
             "`inlay errors`.\n"));
}

void
inlay_help_print_verbs(const InlayCommand *command)
{
    printf("%s\n", _("Usage:"));
    for (const InlayCommand *verb = command->verbs; verb->name != NULL; verb++)
        printf("  inlay %s%s%s%s\n      %s\n", verb->name,
               verb->accepts != 0 ? _(" [OPTION…]") : "", verb->parameters != NULL ? " " : "",
               verb->parameters != NULL ? _(verb->parameters) : "", _(verb->brief));
    printf("\n%s\n", _(command->summary));
    if (command->examples != NULL)
        printf("\n%s", _(command->examples));
}
