/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/event.h"
#include "help.h"
#include "run.h"

static const InlayCommand *const commands[] = {
#define X(name) &inlay_command_##name,
    INLAY_COMMANDS(X)
#undef X
};

const InlayCommand *const *
inlay_commands_get(guint *n)
{
    *n = G_N_ELEMENTS(commands);
    return commands;
}

const char *
inlay_command_get_word(const InlayCommand *command)
{
    const char *blank = strrchr(command->name, ' ');

    return blank != NULL ? blank + 1 : command->name;
}

const InlayCommand *
inlay_commands_find(const char *word)
{
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
        if (g_str_equal(commands[i]->name, word))
            return commands[i];
    return NULL;
}

const InlayCommand *
inlay_command_find_verb(const InlayCommand *command, const char *word)
{
    for (const InlayCommand *verb = command->verbs; verb != NULL && verb->name != NULL; verb++)
        if (g_str_equal(inlay_command_get_word(verb), word))
            return verb;
    return NULL;
}

static int
run_verb(const InlayCommand *command, int argc, char **argv)
{
    g_autoptr(GString) names = g_string_new(NULL);
    const InlayCommand *verb = argc > 1 ? inlay_command_find_verb(command, argv[1]) : NULL;
    g_autoptr(GError) error = NULL;

    if (verb != NULL)
        return inlay_command_run(verb, argc - 1, argv + 1);
    if (argc > 1 && (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h"))) {
        inlay_help_print_verbs(command);
        return 0;
    }
    for (verb = command->verbs; verb->name != NULL; verb++)
        g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "",
                               inlay_command_get_word(verb));
    g_set_error(&error, INLAY_ERROR, INLAY_ERROR_USAGE, "one of %s expected after %s, got %s",
                names->str, command->name, argc > 1 ? argv[1] : "nothing");
    return inlay_report_error(error, inlay_options_ask_for_json(argc, argv));
}

int
inlay_command_run(const InlayCommand *command, int argc, char **argv)
{
    return command->verbs != NULL ? run_verb(command, argc, argv)
                                  : command->run(command, argc, argv);
}

int
inlay_command_run_job(const InlayCommand *command, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(InlayJob) job = inlay_job_new(command->kind);
    g_autoptr(GError) error = NULL;

    if (!inlay_options_parse(&options, command, argc, argv, &error) ||
        !command->take(&options, job, &error))
        return inlay_report_error(error, options.json);
    return inlay_run_job(job, options.json);
}

void
inlay_command_print_event(JsonObject *event)
{
    g_autofree char *line = inlay_event_to_line(event);

    puts(line);
    json_object_unref(event);
}
