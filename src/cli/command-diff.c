/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "core/compare.h"
#include "core/content.h"
#include "core/error.h"
#include "core/report.h"
#include "render.h"
#include "run.h"

typedef struct {
    InlayRenderer renderer;
    gboolean json;
} Screen;

static void
show_event(JsonObject *event, gpointer user_data)
{
    Screen *screen = user_data;

    if (screen->json) {
        g_autofree char *line = inlay_event_to_line(event);
        puts(line);
    } else {
        inlay_renderer_show(&screen->renderer, event);
    }
}

static InlayImage *
load_image(const char *argument, GError **error)
{
    InlayContent *content = inlay_content_parse(argument, FALSE, error);

    if (!content)
        return NULL;
    InlayImage *image =
        inlay_image_load(content->path, content->has_addr ? &content->addr : NULL, error);
    inlay_content_free(content);
    return image;
}

/* Two images, no board. */
static gboolean
compare(const char *layout_path, char **arguments, const InlayEventSink *sink, GError **error)
{
    g_autoptr(InlayImage) first = NULL;
    g_autoptr(InlayImage) second = NULL;
    g_autoptr(InlayLayout) layout = NULL;

    if (layout_path && !(layout = inlay_layout_load(layout_path, error)))
        return FALSE;
    return (first = load_image(arguments[0], error)) != NULL &&
           (second = load_image(arguments[1], error)) != NULL &&
           inlay_compare_images(first, second, layout, sink, error);
}

static int
compare_images(const char *layout_path, char **arguments, gboolean json)
{
    Screen screen = {.json = json};
    InlayEventSink sink = {show_event, &screen};
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_DIFF);
    g_autoptr(GError) error = NULL;
    gint64 start = g_get_monotonic_time();

    inlay_renderer_init(&screen.renderer);
    job->layout = g_strdup(layout_path);
    inlay_report_start(&sink, job);
    compare(layout_path, arguments, &sink, &error);
    inlay_event_emit(&sink, inlay_event_new_result(error, (g_get_monotonic_time() - start) / 1000));
    inlay_renderer_clear(&screen.renderer);
    return error ? inlay_error_get_info(error)->exit_code : 0;
}

/* [LAYOUT.yaml] A B: neither is PARTITION=IMAGE. A file that is there counts as one, whatever its name. */
static gboolean
is_image(const char *argument)
{
    return !strchr(argument, '=') || g_file_test(argument, G_FILE_TEST_EXISTS);
}

static int
run(const InlayCommand *command, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_DIFF);
    g_autoptr(GError) error = NULL;

    if (!inlay_options_parse(&options, command, argc, argv, &error))
        return inlay_report_error(error, options.json);
    char **arguments = options.arguments;
    const char *layout =
        arguments[0] && inlay_argument_is_layout(arguments[0]) ? *arguments++ : NULL;
    if (g_strv_length(arguments) == 2 && is_image(arguments[0]) && is_image(arguments[1]))
        return compare_images(layout, arguments, options.json);
    if (!layout && g_strv_length(arguments) > 2)
        g_set_error(&error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "two images, or one to compare with the board, expected after diff, got %u",
                    g_strv_length(arguments));
    if (error || !inlay_options_take_contents(&options, job, &error))
        return inlay_report_error(error, options.json);
    return inlay_run_job(job, options.json);
}

const InlayCommand inlay_command_diff = {
    .name = "diff",
    .brief = N_("where two images differ, or an image and the board"),
    .parameters = N_("IMAGE IMAGE | IMAGE[@ADDRESS] | LAYOUT.yaml PARTITION=IMAGE…"),
    .summary =
        N_("Lists where two images differ, or an image and the board, whose program runs on: "
           "address, length, first bytes of both. What an image does not hold counts as "
           "0xFF."),
    .examples = N_("Examples:\n"
                   "  inlay diff old.elf new.hex\n"
                   "  inlay diff product.yaml old.elf new.elf\n"
                   "      By partition.\n"
                   "  inlay diff app.elf\n"
                   "  inlay diff product.yaml application1=app.elf\n"
                   "      With the board; with a layout the rest of the partition shall be blank.\n"
                   "The exit code is 0 when nothing differs, 17 when something does.\n"),
    .accepts = INLAY_OPTION_BOARD,
    .completes = INLAY_COMPLETES_CONTENTS,
    .run = run,
};
