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

gboolean
inlay_options_parse(
    InlayOptions *options, const InlayCommandHelp *help, int argc, char **argv, GError **error)
{
    const GOptionEntry all[] = {
        {"adapter", 'a', 0, G_OPTION_ARG_STRING, &options->adapter,
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
    g_option_context_add_main_entries(context, accepted, NULL);
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
    g_free(options->adapter);
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

gboolean
inlay_options_take_places(const InlayOptions *options, InlayJob *job, GError **error)
{
    char **argument = options->arguments;
    job->adapter = g_strdup(options->adapter);
    job->dry_run = options->dry_run;
    job->accept_loss = options->accept_loss;
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
inlay_options_take_contents(const InlayOptions *options, InlayJob *job, GError **error)
{
    char **argument = options->arguments;
    job->adapter = g_strdup(options->adapter);
    job->dry_run = options->dry_run;
    job->accept_loss = options->accept_loss;
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
inlay_options_take_board(const InlayOptions *options, InlayJob *job, GError **error)
{
    job->adapter = g_strdup(options->adapter);
    if (!options->arguments[0])
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "%s takes no arguments, got %s",
                inlay_job_kind_to_string(job->kind), options->arguments[0]);
    return FALSE;
}
