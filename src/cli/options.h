/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/job.h"

G_BEGIN_DECLS

/* The options that subcommands share, and what is left after them. */
typedef struct {
    InlayAccess access;
    gboolean json;
    gboolean dry_run;
    gboolean all;
    gboolean accept_loss;
    gboolean accept_clone;
    gboolean paranoid;
    gboolean yes;
    gboolean board; /* selftest --board */
    gboolean read, write, for_ever, really_for_ever;
    gboolean lock;
    gboolean reconnect;
    char **adapters; /* of a command that takes several; NULL: none */
    char *hex;
    char *output;
    char *chip;
    InlayFileFormat format;
    char **arguments; /* NULL-terminated, never NULL after parsing */
} InlayOptions;

typedef enum {
    INLAY_OPTION_ADAPTER = 1 << 0,
    INLAY_OPTION_JSON = 1 << 1,
    INLAY_OPTION_DRY_RUN = 1 << 2,
    INLAY_OPTION_ALL = 1 << 3,
    INLAY_OPTION_OUTPUT = 1 << 4,
    INLAY_OPTION_ACCEPT_LOSS = 1 << 5,
    INLAY_OPTION_CONNECT = 1 << 6,
    INLAY_OPTION_CLOCK = 1 << 7,
    INLAY_OPTION_TRACE = 1 << 8,
    INLAY_OPTION_ACCEPT_CLONE = 1 << 9,
    INLAY_OPTION_YES = 1 << 10,
    INLAY_OPTION_FORMAT = 1 << 11,
    INLAY_OPTION_CHIP = 1 << 12,
    INLAY_OPTION_READ = 1 << 13,
    INLAY_OPTION_WRITE = 1 << 14,
    INLAY_OPTION_FOR_EVER = 1 << 15,
    INLAY_OPTION_REALLY_FOR_EVER = 1 << 16,
    INLAY_OPTION_LOCK = 1 << 17,
    INLAY_OPTION_HEX = 1 << 18,
    INLAY_OPTION_SUPPLY = 1 << 19,
    INLAY_OPTION_TEST_BOARD = 1 << 20,
    INLAY_OPTION_BAUD = 1 << 21,
    INLAY_OPTION_BAUD_MAX = 1 << 22,
    INLAY_OPTION_WIRE = 1 << 23,
    INLAY_OPTION_ADAPTERS = 1 << 24,
    INLAY_OPTION_RECONNECT = 1 << 25,
    INLAY_OPTION_PARANOID = 1 << 26,

    /* how a serial port is used */
    INLAY_OPTION_SERIAL = INLAY_OPTION_BAUD | INLAY_OPTION_BAUD_MAX | INLAY_OPTION_WIRE,

    /* what every command that touches a board takes */
    INLAY_OPTION_BOARD = INLAY_OPTION_ADAPTER | INLAY_OPTION_JSON | INLAY_OPTION_CONNECT |
                         INLAY_OPTION_CLOCK | INLAY_OPTION_SUPPLY | INLAY_OPTION_TRACE |
                         INLAY_OPTION_SERIAL,
} InlayOptionFlags;

/* What a word of the command line is, for the shells' completion. */
typedef enum {
    INLAY_COMPLETES_NOTHING,    /* or the words given beside it */
    INLAY_COMPLETES_FILE,       /* any file: images have no suffix in common */
    INLAY_COMPLETES_YAML,       /* a layout or a job */
    INLAY_COMPLETES_PARTITIONS, /* [LAYOUT.yaml] PARTITION… */
    INLAY_COMPLETES_CONTENTS,   /* LAYOUT.yaml PARTITION=FILE… | FILE… */
    INLAY_COMPLETES_ADAPTER,
    INLAY_COMPLETES_CHIP,
    INLAY_COMPLETES_FIELDS,      /* FIELD… of option bytes */
    INLAY_COMPLETES_ASSIGNMENTS, /* FIELD=VALUE… */
} InlayCompletion;

/* An option, as help, man pages and completion need it. To add one: a flag above, its place in
 * InlayOptions, and a row of the table in options.c. */
typedef struct {
    InlayOptionFlags flag;
    const char *name;
    char letter;               /* 0: none */
    const char *value;         /* msgid, "FILE"; NULL: it takes none */
    const char *help;          /* msgid */
    InlayCompletion completes; /* what the value is */
    const char *words;         /* what it may be, blanks between: "auto normal"; NULL */
    GOptionArg arg;            /* how the value is parsed */
    gsize offset;              /* of its place in InlayOptions */
    GOptionArgFunc take;       /* of G_OPTION_ARG_CALLBACK, given the InlayOptions */
} InlayOption;

const InlayOption *inlay_options_get(guint *n);

typedef struct InlayCommand InlayCommand; /* command.h */

/* Prints the help and exits with 0 when asked to. Errors: USAGE, also for arguments to a command without
 * parameters; options->json is valid even then. */
gboolean inlay_options_parse(
    InlayOptions *options, const InlayCommand *command, int argc, char **argv, GError **error);

/* TRUE when --json is somewhere there: for mistakes that are found before the options are parsed. */
gboolean inlay_options_ask_for_json(int argc, char **argv);
void inlay_options_clear(InlayOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(InlayOptions, inlay_options_clear)

/* TRUE for a layout file's name; what is not one is an image, a partition or a range. */
gboolean inlay_argument_is_layout(const char *argument);

/* Fills job->layout, ->names, ->ranges and ->all of a READ or ERASE from "[LAYOUT] PARTITION…" or
 * "ADDRESS:SIZE…". Errors: USAGE. */
gboolean inlay_options_take_places(InlayOptions *options, InlayJob *job, GError **error);

/* Fills job->layout and ->contents of a FLASH, VERIFY or DIFF from "LAYOUT PARTITION=IMAGE…" or
 * "FILE[@ADDRESS]…". Errors: USAGE. */
gboolean inlay_options_take_contents(InlayOptions *options, InlayJob *job, GError **error);

/* Moves what is the same in every job (how to reach the board, dry run, what is accepted) into it. */
void inlay_options_take_common(InlayOptions *options, InlayJob *job);

/* For a job that takes nothing else. */
gboolean inlay_options_take_board(InlayOptions *options, InlayJob *job, GError **error);

G_END_DECLS
