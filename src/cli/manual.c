/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manual.h"

#include <glib/gi18n.h>
#include <string.h>

#include "core/error.h"
#include "help.h"

/* -- text -- */

/* Text as roff: what is between backquotes is bold, and no line begins with a control character. */
static void
append(GString *page, const char *text)
{
    gboolean bold = FALSE, begins = TRUE;

    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);
        if (begins && (c == '.' || c == '\''))
            g_string_append(page, "\\&");
        begins = c == '\n';
        if (c == '`')
            g_string_append(page, (bold = !bold) ? "\\fB" : "\\fR");
        else if (c == '\\')
            g_string_append(page, "\\e");
        else if (c == '-')
            g_string_append(page, "\\-");
        else if (c > 0x7e)
            g_string_append_printf(page, "\\[u%04X]", c);
        else
            g_string_append_c(page, (char)c);
    }
}

static void
append_line(GString *page, const char *text)
{
    append(page, text);
    if (page->str[page->len - 1] != '\n')
        g_string_append_c(page, '\n');
}

static void
append_item(GString *page, const char *title, const char *text)
{
    g_string_append(page, ".TP\n.B ");
    append_line(page, title);
    append_line(page, text);
}

static void
append_verbatim(GString *page, const char *text)
{
    g_string_append(page, ".nf\n");
    append_line(page, text);
    g_string_append(page, ".fi\n");
}

/* "Examples:" stands in the section's title already. */
static void
append_examples(GString *page, const char *examples)
{
    const char *title = _("Examples:\n");

    if (examples == NULL)
        return;
    if (g_str_has_prefix(examples, title)) {
        g_string_append(page, ".SH EXAMPLES\n");
        append_verbatim(page, examples + strlen(title));
    } else if (g_str_has_prefix(examples, _("Example:\n"))) {
        g_string_append(page, ".SH EXAMPLE\n");
        append_verbatim(page, examples + strlen(_("Example:\n")));
    } else {
        g_string_append(page, ".SH NOTES\n");
        append_line(page, examples);
    }
}

static void
begin_page(GString *page, const InlayCommand *command, const char *brief)
{
    g_autofree char *name = inlay_manual_get_name(command);
    g_autofree char *title = g_ascii_strup(name, -1);

    g_string_append_printf(page, ".\\\" SPDX-License-Identifier: GPL-2.0-or-later\n.TH ");
    append(page, title);
    g_string_append_printf(page, " 1 \"\" \"inlay %s\" \"Inlay\"\n.SH NAME\n", INLAY_VERSION);
    append(page, name);
    g_string_append(page, " \\- ");
    append_line(page, brief);
}

/* -- a command's page -- */

static void
append_synopsis(GString *page, const InlayCommand *command)
{
    g_string_append(page, ".PP\n.B inlay ");
    append(page, command->name);
    g_string_append(page, "\n");
    if (command->accepts != 0)
        append_line(page, _("[OPTION…]"));
    if (command->parameters != NULL)
        append_line(page, _(command->parameters));
}

static void
append_options(GString *page, InlayOptionFlags accepts)
{
    guint n;
    const InlayOption *options = inlay_options_get(&n);

    for (guint i = 0; i < n; i++) {
        const InlayOption *option = &options[i];
        g_autoptr(GString) title = g_string_new(NULL);
        if ((accepts & option->flag) == 0)
            continue;
        if (option->letter != '\0')
            g_string_append_printf(title, "-%c, ", option->letter);
        g_string_append_printf(title, "--%s", option->name);
        if (option->value != NULL)
            g_string_append_printf(title, "=%s", _(option->value));
        append_item(page, title->str, _(option->help));
    }
}

static void
append_verbs(GString *page, const InlayCommand *command)
{
    for (const InlayCommand *verb = command->verbs; verb->name != NULL; verb++) {
        g_string_append(page, ".SS inlay ");
        append_line(page, verb->name);
        append_line(page, _(verb->summary != NULL ? verb->summary : verb->brief));
        append_options(page, verb->accepts);
        if (verb->examples != NULL)
            append_verbatim(page, _(verb->examples));
    }
}

static char *
get_command_page(const InlayCommand *command)
{
    GString *page = g_string_new(NULL);

    begin_page(page, command, _(command->brief));
    g_string_append(page, ".SH SYNOPSIS\n");
    if (command->verbs == NULL)
        append_synopsis(page, command);
    for (const InlayCommand *verb = command->verbs; verb != NULL && verb->name != NULL; verb++)
        append_synopsis(page, verb);
    g_string_append(page, ".SH DESCRIPTION\n");
    append_line(page, _(command->summary));
    if (command->verbs != NULL)
        append_verbs(page, command);
    if (command->accepts != 0) {
        g_string_append(page, ".SH OPTIONS\n");
        append_options(page, command->accepts);
    }
    append_examples(page, command->examples != NULL ? _(command->examples) : NULL);
    g_string_append(page, ".SH \"EXIT STATUS\"\n");
    append_line(page, _("0 on success; the others stand in inlay(1)."));
    g_string_append(page, ".SH \"SEE ALSO\"\n.BR inlay (1)\n");
    return g_string_free(page, FALSE);
}

/* -- the page about all -- */

static void
append_commands(GString *page)
{
    guint n;
    const InlayCommand *const *commands = inlay_commands_get(&n);

    for (guint i = 0; i < n; i++) {
        g_autofree char *name = inlay_manual_get_name(commands[i]);
        if (commands[i]->brief == NULL)
            continue;
        g_string_append(page, ".TP\n.BR ");
        append(page, name);
        g_string_append(page, " (1)\n");
        append_line(page, _(commands[i]->brief));
    }
}

static void
append_errors(GString *page)
{
    append_item(page, "0 ok", _("It succeeded."));
    for (InlayErrorId id = 0; id < INLAY_N_ERRORS; id++) {
        const InlayErrorInfo *info = inlay_error_info_by_id(id);
        g_autofree char *title = g_strdup_printf("%d %s", info->exit_code, info->id);
        g_autofree char *text = g_strdup_printf("%s\n%s", _(info->sentence), _(info->remedy));
        append_item(page, title, text);
    }
}

static char *
get_main_page(void)
{
    GString *page = g_string_new(NULL);

    begin_page(page, NULL, _("lays firmware into STM32 flash"));
    g_string_append(page, ".SH SYNOPSIS\n");
    append_line(page, "`inlay` COMMAND [OPTION…] [ARGUMENT…]");
    g_string_append(page, ".SH DESCRIPTION\n");
    append_line(page, _(inlay_help_about));
    g_string_append(page, ".PP\n");
    append_verbatim(page, _(inlay_help_start));
    g_string_append(page, ".SH COMMANDS\n");
    append_commands(page);
    g_string_append(page, ".SH OPTIONS\n");
    append_line(page,
                _("Each command has --help, and a page of its own with all that it takes. These "
                  "are common to those that touch a board:"));
    append_options(page, INLAY_OPTION_BOARD);
    g_string_append(page, ".SH \"EXIT STATUS\"\n");
    append_errors(page);
    g_string_append(page, ".SH ENVIRONMENT\n");
    append_item(page, "INLAY_RESCUE_DIR",
                _("Where the bytes are kept that a power cut may not take; without it "
                  "`inlay/rescue` in $XDG_STATE_HOME or ~/.local/state."));
    g_string_append(page, ".SH \"SEE ALSO\"\n");
    append_line(page,
                _("`inlay errors` prints the table of errors; the documentation of layouts, jobs "
                  "and events comes with the sources, in docs/."));
    return g_string_free(page, FALSE);
}

char *
inlay_manual_get_name(const InlayCommand *command)
{
    const char *name = command != NULL ? command->name : NULL;

    if (name == NULL)
        return g_strdup("inlay");
    return g_strconcat("inlay-", name + strspn(name, "-"), NULL);
}

char *
inlay_manual_get_page(const InlayCommand *command)
{
    return command != NULL ? get_command_page(command) : get_main_page();
}
