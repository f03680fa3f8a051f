/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <stdio.h>
#include <unistd.h>

#include "core/engine.h"
#include "core/error.h"
#include "transports/adapters.h"

/*
 * The process that touches one board for one job: a request on stdin, events on what was stdout.
 * A crash, a hang or a kill of it costs one unit. docs/events.md says how to drive it from a program.
 */

static void
write_event(JsonObject *event, gpointer user_data)
{
    FILE *stream = user_data;
    g_autofree char *line = inlay_event_to_line(event);
    fprintf(stream, "%s\n", line);
    fflush(stream);
}

/* Anything after the request means *stop in a defined state*: a line {"cancel": …}, or the end of the
 * stream when whoever started us is gone. */
static gpointer
watch_for_cancel(gpointer user_data)
{
    int unused = fgetc(stdin);
    (void)unused;
    g_cancellable_cancel(user_data);
    return NULL;
}

static InlayJob *
read_request(GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    char *line = NULL;
    size_t room = 0;
    ssize_t length = getline(&line, &room, stdin);
    InlayJob *job = NULL;
    if (length > 0 && json_parser_load_from_data(parser, line, length, NULL) &&
        JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser)))
        job = inlay_job_from_json(json_node_get_object(json_parser_get_root(parser)), error);
    else
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_JOB,
                    "one line with a JSON object expected on standard input, found something else");
    free(line);
    return job;
}

static int
run(const InlayCommand *command, int argc, char **argv)
{
    /* First of all: no library may write into the stream of events. */
    FILE *stream = fdopen(dup(STDOUT_FILENO), "w");
    if (!stream || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return inlay_error_info_by_id(INLAY_ERROR_INTERNAL)->exit_code;

    InlayEventSink sink = {write_event, stream};
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(InlayJob) job = read_request(&error);
    if (job) {
        g_thread_unref(g_thread_new("cancel", watch_for_cancel, cancellable));
        inlay_engine_run(job, inlay_adapter_open, &sink, cancellable, &error);
    } else {
        inlay_event_emit(&sink, inlay_event_new_result(error, 0));
    }
    fflush(stream);
    /* The watching thread still reads stdin: leave without waiting for it. */
    _exit(error ? inlay_error_get_info(error)->exit_code : 0);
}

const InlayCommand inlay_command_worker = {
    .name = "worker",
    .run = run,
};
