/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <glib/gi18n.h>
#include <stdlib.h>

#include "core/error.h"

static void
take_error(GError *found, GError **error)
{
    g_set_error_literal(error, INLAY_ERROR, INLAY_ERROR_USAGE, found->message);
    g_error_free(found);
}

/* GOption stops at the first mistake, perhaps before it has seen --json: look for it by hand, so that
 * whoever parses the output gets an event for that mistake as well. */
static gboolean
asks_for_json(int argc, char **argv)
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

gboolean
inlay_options_parse(
    InlayOptions *options, const InlayCommandHelp *help, int argc, char **argv, GError **error)
{
    const GOptionEntry all[] = {
        {"adapter", 'a', 0, G_OPTION_ARG_STRING, &options->access.adapter,
         N_("The adapter, as `inlay list` shows it: usb:1-4 or serial:066DFF48"), N_("ADAPTER")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options->json,
         N_("Print one event a line, as JSON, and nothing else"), NULL},
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &options->dry_run,
         N_("Print the plan and its time budget; change no flash (the board is reset)"), NULL},
        {"all", 0, 0, G_OPTION_ARG_NONE, &options->all, N_("The whole flash"), NULL},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output, N_("The file to write"),
         N_("FILE")},
        {"accept-loss", 0, 0, G_OPTION_ARG_NONE, &options->accept_loss,
         N_("Go on without the rescue file of a run that was cut: its bytes are lost"), NULL},
        {"connect", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer)take_connect,
         N_("How to get at the chip: auto, normal, under-reset or race"), N_("HOW")},
        {"clock", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer)take_clock,
         N_("The SWD clock at most, in kHz; it is lowered when the wires need it"), N_("KHZ")},
        {"trace", 0, 0, G_OPTION_ARG_FILENAME, &options->access.trace,
         N_("Write every transfer to FILE, which the bench can replay"), N_("FILE")},
        {"accept-clone", 0, 0, G_OPTION_ARG_NONE, &options->accept_clone,
         N_("Go on with a copy of the chip by another maker"), NULL},
        {"yes", 'y', 0, G_OPTION_ARG_NONE, &options->yes, N_("Do it without asking"), NULL},
    };
    GOptionEntry accepted[G_N_ELEMENTS(all) + 2] = {0};
    guint n = 0;
    for (guint i = 0; i < G_N_ELEMENTS(all); i++)
        if (help->accepts & (1u << i))
            accepted[n++] = all[i];
    accepted[n] = (GOptionEntry){G_OPTION_REMAINING,  0,    0,   G_OPTION_ARG_FILENAME_ARRAY,
                                 &options->arguments, NULL, NULL};

    options->json = asks_for_json(argc, argv);
    g_autoptr(GOptionContext) context =
        g_option_context_new(*help->parameters != '\0' ? _(help->parameters) : NULL);
    g_option_context_set_summary(context, _(help->summary));
    g_option_context_set_description(context, _(help->examples));
    /* A group of its own, as the callbacks are given its data. */
    GOptionGroup *group = g_option_group_new(NULL, NULL, NULL, options, NULL);
    g_option_group_add_entries(group, accepted);
    g_option_context_set_main_group(context, group);
    g_autofree char *program = g_strdup_printf("inlay %s", help->name);
    g_set_prgname(program);
    GError *found = NULL;
    gboolean parsed = g_option_context_parse(context, &argc, &argv, &found);
    g_set_prgname("inlay");
    if (!parsed) {
        take_error(found, error);
        g_prefix_error(error, "%s: ", help->name);
        return FALSE;
    }
    if (!options->arguments)
        options->arguments = g_new0(char *, 1);
    return TRUE;
}

void
inlay_options_clear(InlayOptions *options)
{
    inlay_access_clear(&options->access);
    g_free(options->output);
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
}

gboolean
inlay_options_take_places(InlayOptions *options, InlayJob *job, GError **error)
{
    char **argument = options->arguments;
    inlay_options_take_common(options, job);
    job->output = g_strdup(options->output);
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
    if (!options->arguments[0])
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "%s takes no arguments, got %s",
                inlay_job_kind_to_string(job->kind), options->arguments[0]);
    return FALSE;
}
