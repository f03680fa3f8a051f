/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "options.h"

G_BEGIN_DECLS

/*
 * The table of commands, from which `--help`, the man pages and the shells' completion are made. To
 * add one: command-NAME.c with `const InlayCommand inlay_command_NAME`, a line in INLAY_COMMANDS (the
 * order of `inlay --help`), and the file's name in meson.build and po/POTFILES. A command with verbs
 * (`layout check`) has `verbs`, each a command with its name in full ("layout check"), arguments and
 * options of its own, and no `run`; its own `examples` then stand below the list of its verbs.
 */
#define INLAY_COMMANDS(X) \
    X(list)               \
    X(monitor)            \
    X(info)               \
    X(flash)              \
    X(verify)             \
    X(diff)               \
    X(read)               \
    X(erase)              \
    X(reset)              \
    X(size)               \
    X(option)             \
    X(protect)            \
    X(unlock)             \
    X(otp)                \
    X(boot)               \
    X(layout)             \
    X(udev)               \
    X(selftest)           \
    X(errors)             \
    X(batch)              \
    X(completion)         \
    X(complete)           \
    X(manual)             \
    X(worker)

typedef gboolean (*InlayTakeFunc)(InlayOptions *options, InlayJob *job, GError **error);

struct InlayCommand {
    const char *name;       /* "erase"; of a verb: "layout check" */
    const char *brief;      /* in lists: "reset the board and let it run"; NULL: not for people */
    const char *parameters; /* "LAYOUT PARTITION=IMAGE…"; NULL: none */
    const char *summary;    /* one or two sentences; of verbs: NULL says the brief again */
    const char *examples;   /* with what they do; NULL: none */
    const InlayCommand *verbs; /* ends with a name of NULL; NULL: it has none */
    InlayOptionFlags accepts;  /* which options */
    InlayCompletion completes; /* what the arguments are */
    const char *words;         /* what they may be, blanks between: "bash zsh fish"; NULL */

    /* Does it; argv[0] is the last word of its name. Returns the process's exit code. */
    int (*run)(const InlayCommand *command, int argc, char **argv);
    InlayJobKind kind;  /* for inlay_command_run_job */
    InlayTakeFunc take; /* for inlay_command_run_job: makes the job of the arguments */
};

#define X(name) extern const InlayCommand inlay_command_##name;
INLAY_COMMANDS(X)
#undef X

/* All of them, in the order of the table; `n` out. */
const InlayCommand *const *inlay_commands_get(guint *n);

/* The command of this table, or the verb of a command, that is called `word`; NULL. */
const InlayCommand *inlay_commands_find(const char *word);
const InlayCommand *inlay_command_find_verb(const InlayCommand *command, const char *word);

/* The last word of its name: "check" of "layout check". */
const char *inlay_command_get_word(const InlayCommand *command);

/* Runs it, or the verb that argv[1] says. Returns the process's exit code. */
int inlay_command_run(const InlayCommand *command, int argc, char **argv);

/* `run` of most: options and arguments make a job, which a worker does. */
int inlay_command_run_job(const InlayCommand *command, int argc, char **argv);

/* Prints an event as one line of JSON, for commands that need no worker. Takes the event. */
void inlay_command_print_event(JsonObject *event);

G_END_DECLS
