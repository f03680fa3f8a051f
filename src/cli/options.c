/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "core/error.h"
#include "core/number.h"
#include "help.h"

static void
take_error(GError *found, GError **error)
{
    g_set_error_literal(error, INLAY_ERROR, INLAY_ERROR_USAGE, found->message);
    g_error_free(found);
}

/* GOption stops at the first mistake, perhaps before it has seen --json: look for it by hand, so that
 * whoever parses the output gets an event for that mistake as well. */
gboolean
inlay_options_ask_for_json(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (g_str_equal(argv[i], "--json"))
            return TRUE;
    return FALSE;
}

static gboolean
take_connect(const char *option, const char *value, gpointer data, GError **error)
{
    InlayOptions *options = data;

    if (inlay_connect_from_string(value, &options->access.connect))
        return TRUE;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                "auto, normal, under-reset or race expected after %s, got %s", option, value);
    return FALSE;
}

static gboolean
take_clock(const char *option, const char *value, gpointer data, GError **error)
{
    InlayOptions *options = data;
    guint64 khz;

    if (g_ascii_string_to_unsigned(value, 10, 1, 100000, &khz, NULL)) {
        options->access.clock_khz = (guint)khz;
        return TRUE;
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                "a clock in kHz expected after %s (480), got %s", option, value);
    return FALSE;
}

static gboolean
take_supply(const char *option, const char *value, gpointer data, GError **error)
{
    InlayOptions *options = data;

    if (inlay_number_parse_supply(value, &options->access.supply_mv))
        return TRUE;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                "a supply such as 3.3V or 3300mV expected after %s, got %s", option, value);
    return FALSE;
}

static gboolean
take_baud(const char *option, const char *value, gpointer data, GError **error)
{
    InlayOptions *options = data;
    guint64 baud;

    if (!g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT, &baud, NULL) ||
        !inlay_access_is_baud(baud)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "a rate in baud expected after %s (115200), got %s", option, value);
        return FALSE;
    }
    if (g_str_equal(option, "--baud-max"))
        options->access.baud_max = (guint)baud;
    else
        options->access.baud = (guint)baud;
    return TRUE;
}

/* "nrst=dtr,button=rts" */
static gboolean
take_wire(const char *option, const char *value, gpointer data, GError **error)
{
    InlayOptions *options = data;
    g_auto(GStrv) wires = g_strsplit(value, ",", -1);

    for (char **wire = wires; *wire != NULL; wire++) {
        g_autoptr(GError) wrong = NULL;
        char *line = strchr(*wire, '=');
        if (line != NULL)
            *line++ = '\0';
        if (inlay_access_set_wire(&options->access, *wire, line != NULL ? line : "", &wrong))
            continue;
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "wires such as nrst=dtr,button=rts expected after %s, got %s: %s", option,
                    value, wrong->message);
        return FALSE;
    }
    return TRUE;
}

static gboolean
take_format(const char *option, const char *value, gpointer data, GError **error)
{
    InlayOptions *options = data;

    if (inlay_file_format_from_string(value, &options->format))
        return TRUE;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                "bin, hex or s19 expected after %s, got %s", option, value);
    return FALSE;
}

#define AT(member) .offset = G_STRUCT_OFFSET(InlayOptions, member)

static const InlayOption table[] = {
    {
        .flag = INLAY_OPTION_ADAPTER,
        .name = "adapter",
        .letter = 'a',
        .value = N_("ADAPTER"),
        .help =
            N_("The adapter, as `inlay list` shows it: usb:1-4, serial:066DFF48, tty:/dev/ttyUSB0"),
        .completes = INLAY_COMPLETES_ADAPTER,
        .arg = G_OPTION_ARG_STRING,
        AT(access.adapter),
    },
    {
        .flag = INLAY_OPTION_ADAPTERS,
        .name = "adapter",
        .letter = 'a',
        .value = N_("PORT"),
        .help =
            N_("A port, as `inlay list` shows it: tty:/dev/ttyUSB0; may be given several times"),
        .completes = INLAY_COMPLETES_ADAPTER,
        .arg = G_OPTION_ARG_STRING_ARRAY,
        AT(adapters),
    },
    {
        .flag = INLAY_OPTION_RECONNECT,
        .name = "reconnect",
        .help = N_("Wait for a port that was unplugged"),
        AT(reconnect),
    },
    {
        .flag = INLAY_OPTION_TEST_BOARD,
        .name = "board",
        .help = N_("Test the board that is connected"),
        AT(board),
    },
    {
        .flag = INLAY_OPTION_JSON,
        .name = "json",
        .help = N_("Print one event a line, as JSON, and nothing else"),
        AT(json),
    },
    {
        .flag = INLAY_OPTION_DRY_RUN,
        .name = "dry-run",
        .letter = 'n',
        .help = N_("Print the plan and its time budget; change no flash (the board is reset)"),
        AT(dry_run),
    },
    {
        .flag = INLAY_OPTION_ALL,
        .name = "all",
        .help = N_("The whole flash"),
        AT(all),
    },
    {
        .flag = INLAY_OPTION_OUTPUT,
        .name = "output",
        .letter = 'o',
        .value = N_("FILE"),
        .help = N_("The file to write"),
        .completes = INLAY_COMPLETES_FILE,
        .arg = G_OPTION_ARG_FILENAME,
        AT(output),
    },
    {
        .flag = INLAY_OPTION_ACCEPT_LOSS,
        .name = "accept-loss",
        .help = N_("Go on without the rescue file of a run that was cut: its bytes are lost"),
        AT(accept_loss),
    },
    {
        .flag = INLAY_OPTION_CONNECT,
        .name = "connect",
        .value = N_("HOW"),
        .help = N_("How to get at the chip: auto, normal, under-reset or race"),
        .words = "auto normal under-reset race",
        .arg = G_OPTION_ARG_CALLBACK,
        .take = take_connect,
    },
    {
        .flag = INLAY_OPTION_CLOCK,
        .name = "clock",
        .value = N_("KHZ"),
        .help = N_("The SWD clock at most, in kHz; it is lowered when the wires need it"),
        .words = "4000 1800 950 480 240 100 50",
        .arg = G_OPTION_ARG_CALLBACK,
        .take = take_clock,
    },
    {
        .flag = INLAY_OPTION_SUPPLY,
        .name = "supply",
        .value = N_("VOLTS"),
        .help = N_("The board's supply (3.3V), for a probe that cannot measure it"),
        .words = "3.3V 3.0V 1.8V",
        .arg = G_OPTION_ARG_CALLBACK,
        .take = take_supply,
    },
    {
        .flag = INLAY_OPTION_BAUD,
        .name = "baud",
        .value = N_("N"),
        .help = N_("The rate of a serial port; with a bootloader, the one to begin with"),
        .words = "115200 57600 38400 19200 9600",
        .arg = G_OPTION_ARG_CALLBACK,
        .take = take_baud,
    },
    {
        .flag = INLAY_OPTION_BAUD_MAX,
        .name = "baud-max",
        .value = N_("N"),
        .help = N_("The rate that a serial port is raised to at most"),
        .words = "115200 230400 460800 921600",
        .arg = G_OPTION_ARG_CALLBACK,
        .take = take_baud,
    },
    {
        .flag = INLAY_OPTION_WIRE,
        .name = "wire",
        .value = N_("WIRE=LINE"),
        .help = N_("What DTR and RTS of a serial port are wired to: nrst=dtr,button=rts"),
        .words = "nrst=dtr nrst=dtr,boot0=rts nrst=dtr,button=rts",
        .arg = G_OPTION_ARG_CALLBACK,
        .take = take_wire,
    },
    {
        .flag = INLAY_OPTION_TRACE,
        .name = "trace",
        .value = N_("FILE"),
        .help = N_("Write every transfer to FILE, which the bench can replay"),
        .completes = INLAY_COMPLETES_FILE,
        .arg = G_OPTION_ARG_FILENAME,
        AT(access.trace),
    },
    {
        .flag = INLAY_OPTION_ACCEPT_CLONE,
        .name = "accept-clone",
        .help = N_("Go on with a copy of the chip by another maker"),
        AT(accept_clone),
    },
    {
        .flag = INLAY_OPTION_PARANOID,
        .name = "paranoid",
        .help = N_("Read the whole flash before and after, where a bootloader cannot sum it up"),
        AT(paranoid),
    },
    {
        .flag = INLAY_OPTION_YES,
        .name = "yes",
        .letter = 'y',
        .help = N_("Do it without asking"),
        AT(yes),
    },
    {
        .flag = INLAY_OPTION_FORMAT,
        .name = "format",
        .value = N_("FORMAT"),
        .help = N_("The format to write: bin, hex or s19; otherwise the one of the file's name"),
        .words = "bin hex s19",
        .arg = G_OPTION_ARG_CALLBACK,
        .take = take_format,
    },
    {
        .flag = INLAY_OPTION_CHIP,
        .name = "chip",
        .value = N_("CHIP"),
        .help = N_("The chip whose flash and RAM are meant: STM32F411xE"),
        .completes = INLAY_COMPLETES_CHIP,
        .arg = G_OPTION_ARG_STRING,
        AT(chip),
    },
    {
        .flag = INLAY_OPTION_READ,
        .name = "read",
        .help = N_("Against reading, level 1: debuggers cannot read the flash"),
        AT(read),
    },
    {
        .flag = INLAY_OPTION_WRITE,
        .name = "write",
        .help = N_("Write protection: of the sectors or partitions named"),
        AT(write),
    },
    {
        .flag = INLAY_OPTION_FOR_EVER,
        .name = "for-ever",
        .help =
            N_("Against reading, level 2: nobody can ever debug, unlock or change the chip again"),
        AT(for_ever),
    },
    {
        .flag = INLAY_OPTION_REALLY_FOR_EVER,
        .name = "yes-lock-for-ever-no-way-back",
        .help = N_("With --for-ever: do it without asking"),
        AT(really_for_ever),
    },
    {
        .flag = INLAY_OPTION_LOCK,
        .name = "lock",
        .help = N_("Lock the block: its other bytes can never be programmed either"),
        AT(lock),
    },
    {
        .flag = INLAY_OPTION_HEX,
        .name = "hex",
        .value = N_("DIGITS"),
        .help = N_("The bytes, as pairs of hexadecimal digits"),
        .arg = G_OPTION_ARG_STRING,
        AT(hex),
    },
};

const InlayOption *
inlay_options_get(guint *n)
{
    *n = G_N_ELEMENTS(table);
    return table;
}

/* What GOption needs to parse the options that a command accepts. */
static void
fill_entries(GOptionEntry *entries, InlayOptions *options, InlayOptionFlags accepts)
{
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        const InlayOption *option = &table[i];
        if ((accepts & option->flag) == 0)
            continue;
        *entries++ = (GOptionEntry){
            .long_name = option->name,
            .short_name = option->letter,
            .arg = option->arg,
            .arg_data = option->take != NULL ? (gpointer)option->take
                                             : G_STRUCT_MEMBER_P(options, option->offset),
            .description = option->help,
            .arg_description = option->value,
        };
    }
    *entries = (GOptionEntry){
        .long_name = G_OPTION_REMAINING,
        .arg = G_OPTION_ARG_FILENAME_ARRAY,
        .arg_data = &options->arguments,
    };
}

static GOptionContext *
new_context(InlayOptions *options, const InlayCommand *command)
{
    GOptionContext *context = g_option_context_new(NULL);
    /* A group of its own, as the callbacks are given its data. */
    GOptionGroup *group = g_option_group_new(NULL, NULL, NULL, options, NULL);
    GOptionEntry entries[G_N_ELEMENTS(table) + 2] = {0};

    fill_entries(entries, options, command->accepts);
    g_option_group_add_entries(group, entries);
    g_option_context_set_main_group(context, group);
    g_option_context_set_help_enabled(context, FALSE); /* help.c has it */
    return context;
}

static gboolean
asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && !g_str_equal(argv[i], "--"); i++)
        if (g_str_equal(argv[i], "--help") || g_str_equal(argv[i], "-h"))
            return TRUE;
    return FALSE;
}

gboolean
inlay_options_parse(
    InlayOptions *options, const InlayCommand *command, int argc, char **argv, GError **error)
{
    g_autoptr(GOptionContext) context = new_context(options, command);
    GError *found = NULL;
    gboolean parsed;

    options->json = inlay_options_ask_for_json(argc, argv);
    if (asks_for_help(argc, argv)) {
        inlay_help_print_command(command);
        exit(0);
    }
    parsed = g_option_context_parse(context, &argc, &argv, &found);
    if (!parsed) {
        take_error(found, error);
        g_prefix_error(error, "%s: ", command->name);
        return FALSE;
    }
    if (!options->arguments)
        options->arguments = g_new0(char *, 1);
    if (command->parameters == NULL && options->arguments[0] != NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "%s takes no arguments, got %s",
                    command->name, options->arguments[0]);
        return FALSE;
    }
    return TRUE;
}

void
inlay_options_clear(InlayOptions *options)
{
    inlay_access_clear(&options->access);
    g_free(options->output);
    g_free(options->chip);
    g_strfreev(options->adapters);
    g_free(options->hex);
    g_strfreev(options->arguments);
    *options = (InlayOptions){0};
}

gboolean
inlay_argument_is_layout(const char *argument)
{
    return g_str_has_suffix(argument, ".yaml") || g_str_has_suffix(argument, ".yml");
}

/* "0x08004000:16K", "0x08004000:0x200" */
static gboolean
parse_range(const char *argument, InlayRange *range, GError **error)
{
    char *end;
    guint64 addr = g_ascii_strtoull(argument, &end, 0);
    guint64 size = 0;
    gboolean ok = end != argument && *end == ':' && g_ascii_isdigit(end[1]);
    if (ok) {
        size = g_ascii_strtoull(end + 1, &end, 0);
        if (*end == 'K' || *end == 'M')
            size *= *end++ == 'K' ? 1024 : 1024 * 1024;
        ok = *end == '\0' && size > 0 && addr <= G_MAXUINT32 && size <= G_MAXUINT32;
    }
    if (!ok) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "ADDRESS:SIZE expected (0x08004000:16K), got %s", argument);
        return FALSE;
    }
    *range = (InlayRange){(guint32)addr, (guint32)size};
    return TRUE;
}

void
inlay_options_take_common(InlayOptions *options, InlayJob *job)
{
    inlay_access_clear(&job->access);
    job->access = options->access;
    options->access = (InlayAccess){0};
    job->dry_run = options->dry_run;
    job->accept_loss = options->accept_loss;
    job->accept_clone = options->accept_clone;
    job->paranoid = options->paranoid;
}

gboolean
inlay_options_take_places(InlayOptions *options, InlayJob *job, GError **error)
{
    char **argument = options->arguments;
    inlay_options_take_common(options, job);
    job->output = g_strdup(options->output);
    job->format = options->format;
    job->all = options->all;
    if (*argument && inlay_argument_is_layout(*argument))
        job->layout = g_strdup(*argument++);
    for (; *argument; argument++) {
        InlayRange range;
        if (!strchr(*argument, ':')) {
            if (!job->layout) {
                g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                            "a partition needs its layout before it (LAYOUT.yaml %s); a range is "
                            "ADDRESS:SIZE",
                            *argument);
                return FALSE;
            }
            g_ptr_array_add(job->names, g_strdup(*argument));
        } else if (parse_range(*argument, &range, error)) {
            g_array_append_val(job->ranges, range);
        } else {
            return FALSE;
        }
    }
    guint places = job->names->len + job->ranges->len;
    if (job->kind == INLAY_JOB_READ && (!job->output || places > 1)) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "one place and -o FILE expected: inlay read -o FILE --all");
        return FALSE;
    }
    if (job->all ? places > 0 : places == 0) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "name what to %s: LAYOUT.yaml PARTITION…, ADDRESS:SIZE…, or --all",
                    inlay_job_kind_to_string(job->kind));
        return FALSE;
    }
    return TRUE;
}

gboolean
inlay_options_take_contents(InlayOptions *options, InlayJob *job, GError **error)
{
    char **argument = options->arguments;
    inlay_options_take_common(options, job);
    if (*argument && inlay_argument_is_layout(*argument))
        job->layout = g_strdup(*argument++);
    if (!*argument) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "%s expected after %s, found nothing",
                    job->layout ? "PARTITION=IMAGE" : "LAYOUT.yaml or an image",
                    job->layout ? job->layout : inlay_job_kind_to_string(job->kind));
        return FALSE;
    }
    for (; *argument; argument++) {
        InlayContent *content = inlay_content_parse(*argument, job->layout != NULL, error);
        if (!content)
            return FALSE;
        g_ptr_array_add(job->contents, content);
    }
    return TRUE;
}

gboolean
inlay_options_take_board(InlayOptions *options, InlayJob *job, GError **error)
{
    inlay_options_take_common(options, job);
    return TRUE;
}
