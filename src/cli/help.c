/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 80          /* columns */
#define MAX_NAME_WIDTH 26 /* of an option, for its help to stand beside it */

const char inlay_help_about[] =
    N_("Inlay lays firmware into STM32 flash: every image at its base address, verified, "
       "and nothing else changed.\n");

const char inlay_help_start[] =
    N_("Start here:\n"
       "  inlay list                       what is connected\n"
       "  inlay flash firmware.elf         one image, no layout needed\n"
       "  inlay flash product.yaml bootloader=boot.elf application1=app.bin\n"
       "  inlay --batch job.yaml           for test stations: one unit, then exit\n");

/* How many bytes of a line go on the screen before it is broken: all of it, or up to the last blank that
 * leaves room for `column` columns to its left. A word that is too long stays whole. */
static gsize
find_break(const char *line, gsize length, guint column)
{
    gsize last = 0;

    if (column + (gsize)g_utf8_strlen(line, (gssize)length) <= WIDTH)
        return length;
    for (gsize i = strspn(line, " "); i < length; i++) {
        if (line[i] != ' ')
            continue;
        if (last > 0 && column + (gsize)g_utf8_strlen(line, (gssize)i) > WIDTH)
            return last;
        last = i;
    }
    return last > 0 && column + (gsize)g_utf8_strlen(line, (gssize)length) > WIDTH ? last : length;
}

/* Prints a text whose first line begins at `column`, as do the rest of lines that are too long; those
 * keep the indent that they have besides. */
static void
print_wrapped(const char *text, guint column)
{
    while (*text != '\0') {
        gsize length = strcspn(text, "\n");
        gsize indent = strspn(text, " ");
        gsize n = find_break(text, length, column);
        printf("%.*s\n", (int)n, text);
        while (n < length) {
            text += n + 1;
            length -= n + 1;
            n = find_break(text, length, column + (guint)indent);
            printf("%*s%.*s\n", (int)(column + indent), "", (int)n, text);
        }
        text += length + (text[length] == '\n');
        if (*text != '\0' && *text != '\n')
            printf("%*s", (int)column, "");
    }
}

void
inlay_help_print(void)
{
    guint n;
    const InlayCommand *const *commands = inlay_commands_get(&n);

    print_wrapped(_(inlay_help_about), 0);
    printf("\n%s\n%s\n", _(inlay_help_start),
           _("Commands (each has --help with examples, and a man page):"));
    for (guint i = 0; i < n; i++)
        if (commands[i]->brief != NULL)
            printf("  %-10s  %s\n", commands[i]->name, _(commands[i]->brief));
    printf("\n%s",
           _("Most take --adapter usb:1-4 to choose a board and --json for one event a line.\n"
             "The exit code is 0 on success, else it says what failed: see `inlay errors`.\n"));
}

static char *
describe_option(const InlayOption *option)
{
    g_autofree char *letter =
        option->letter != '\0' ? g_strdup_printf("-%c, ", option->letter) : g_strdup("    ");

    return g_strdup_printf("  %s--%s%s%s", letter, option->name, option->value != NULL ? "=" : "",
                           option->value != NULL ? _(option->value) : "");
}

static void
print_option(const char *name, const char *help, guint column)
{
    guint width = (guint)g_utf8_strlen(name, -1);

    if (width < column)
        printf("%s%*s", name, (int)(column - width), "");
    else
        printf("%s\n%*s", name, (int)column, "");
    print_wrapped(help, column);
}

static void
print_options(InlayOptionFlags accepts)
{
    const char *help = "  -h, --help";
    guint n, column = (guint)strlen(help) + 2;
    const InlayOption *options = inlay_options_get(&n);

    for (guint i = 0; i < n; i++) {
        g_autofree char *name = describe_option(&options[i]);
        guint width = (guint)g_utf8_strlen(name, -1);
        if ((accepts & options[i].flag) != 0 && width <= MAX_NAME_WIDTH)
            column = MAX(column, width + 2);
    }
    printf("\n%s\n", _("Options:"));
    for (guint i = 0; i < n; i++) {
        g_autofree char *name = describe_option(&options[i]);
        if ((accepts & options[i].flag) != 0)
            print_option(name, _(options[i].help), column);
    }
    print_option(help, _("Show this page"), column);
}

static void
print_usage(const InlayCommand *command)
{
    g_autofree char *usage =
        g_strconcat("inlay ", command->name, command->accepts != 0 ? _(" [OPTION…]") : "",
                    command->parameters != NULL ? " " : "",
                    command->parameters != NULL ? _(command->parameters) : "", NULL);

    printf("  ");
    print_wrapped(usage, 10);
}

static void
print_examples(const InlayCommand *command)
{
    if (command->examples == NULL)
        return;
    printf("\n");
    print_wrapped(_(command->examples), 0);
}

void
inlay_help_print_command(const InlayCommand *command)
{
    const char *summary = command->summary != NULL ? command->summary : command->brief;

    printf("%s\n", _("Usage:"));
    print_usage(command);
    if (summary != NULL) {
        printf("\n");
        print_wrapped(_(summary), 0);
    }
    print_options(command->accepts);
    print_examples(command);
}

void
inlay_help_print_verbs(const InlayCommand *command)
{
    printf("%s\n", _("Usage:"));
    for (const InlayCommand *verb = command->verbs; verb->name != NULL; verb++) {
        print_usage(verb);
        printf("      ");
        print_wrapped(_(verb->brief), 6);
    }
    printf("\n");
    print_wrapped(_(command->summary), 0);
    print_examples(command);
    printf("\n%s\n", _("Each has a page of its own: `--help` behind it."));
}
