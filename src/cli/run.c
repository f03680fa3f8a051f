/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "core/budget.h"
#include "core/error.h"
#include "render.h"

typedef struct {
    GMainLoop *loop;
    GSubprocess *worker;
    GDataInputStream *events;
    InlayRenderer renderer;
    InlayEventSink watcher; /* is given each event as well */
    gboolean json;
    gboolean has_result;
    int exit_code;
    guint silence; /* source of the silence deadline */
    guint end;     /* source of the deadline after a cancel */
    gboolean cancelled;
    guint limit_ms;    /* what is in hand may take so much longer to end */
    const char *death; /* why there is no result */
    int noise_fd;      /* an unlinked file: what libraries print in the worker */
} Run;

static void
show(Run *run, JsonObject *event)
{
    if (run->watcher.func != NULL)
        run->watcher.func(event, run->watcher.user_data);
    if (run->json) {
        g_autofree char *line = inlay_event_to_line(event);
        puts(line);
        fflush(stdout);
    } else {
        inlay_renderer_show(&run->renderer, event);
    }
    if (g_strcmp0(json_object_get_string_member(event, "event"), "result") == 0) {
        run->has_result = TRUE;
        run->exit_code = (int)json_object_get_int_member(event, "exit");
    }
}

static void
show_error(Run *run, const GError *error)
{
    JsonObject *event = inlay_event_new_result(error, 0);
    show(run, event);
    json_object_unref(event);
}

static gboolean
on_silence_cb(gpointer user_data)
{
    Run *run = user_data;
    run->silence = 0;
    run->death = "it fell silent and was ended";
    g_subprocess_force_exit(run->worker);
    return G_SOURCE_REMOVE;
}

static gboolean
on_end_cb(gpointer user_data)
{
    Run *run = user_data;
    run->end = 0;
    run->death = "it was cancelled, did not stop in time and was ended";
    g_subprocess_force_exit(run->worker);
    return G_SOURCE_REMOVE;
}

static void
watch_end(Run *run)
{
    if (run->end)
        g_source_remove(run->end);
    run->end =
        g_timeout_add(inlay_budget_get_ms(INLAY_BUDGET_CANCEL) + run->limit_ms, on_end_cb, run);
}

/* What is in hand changes with the phase, and with it how long a cancelled worker may take. */
static void
note_phase(Run *run, JsonObject *event)
{
    if (g_strcmp0(json_object_get_string_member(event, "event"), "phase") != 0)
        return;
    run->limit_ms = (guint)json_object_get_int_member_with_default(event, "limit_ms", 0);
    if (run->cancelled)
        watch_end(run);
}

static void
watch_silence(Run *run, guint ms)
{
    if (run->silence)
        g_source_remove(run->silence);
    run->silence = g_timeout_add(ms, on_silence_cb, run);
}

/* The worker treats the end of its standard input as a cancel; so it stops in a defined state even when
 * this process is killed. A second Ctrl-C does not make it stop any less carefully. */
static gboolean
on_interrupt_cb(gpointer user_data)
{
    Run *run = user_data;
    g_output_stream_close(g_subprocess_get_stdin_pipe(run->worker), NULL, NULL);
    if (!run->cancelled)
        watch_end(run);
    run->cancelled = TRUE;
    return G_SOURCE_CONTINUE;
}

static void
on_line_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Run *run = user_data;
    g_autofree char *line =
        g_data_input_stream_read_line_finish(G_DATA_INPUT_STREAM(source), result, NULL, NULL);
    if (!line) {
        g_main_loop_quit(run->loop);
        return;
    }
    JsonObject *event = inlay_event_from_line(line);
    if (event && !run->has_result) {
        note_phase(run, event);
        watch_silence(run, inlay_budget_get_ms(INLAY_BUDGET_SILENCE) + run->limit_ms);
        show(run, event);
    }
    if (event)
        json_object_unref(event);
    g_data_input_stream_read_line_async(run->events, G_PRIORITY_DEFAULT, NULL, on_line_cb, run);
}

static gboolean
send_request(Run *run, const InlayJob *job, GError **error)
{
    JsonObject *request = inlay_job_to_json(job);
    g_autofree char *line = inlay_event_to_line(request);
    g_autofree char *text = g_strconcat(line, "\n", NULL);
    json_object_unref(request);
    return g_output_stream_write_all(g_subprocess_get_stdin_pipe(run->worker), text, strlen(text),
                                     NULL, NULL, error);
}

/* The end of what was printed in the worker. It belongs to nobody's stream, and is shown only when the
 * worker died of it. */
static char *
read_noise(const Run *run)
{
    char noise[4096];
    off_t size = lseek(run->noise_fd, 0, SEEK_END);
    ssize_t got = pread(run->noise_fd, noise, sizeof noise, MAX(size - (off_t)sizeof noise, 0));
    return g_strchomp(g_utf8_make_valid(noise, MAX(got, 0)));
}

static void
report_death(Run *run)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *said = read_noise(run);
    g_autofree char *why = NULL;
    g_subprocess_wait(run->worker, NULL, NULL);
    if (run->death)
        why = g_strdup(run->death);
    else if (g_subprocess_get_if_signaled(run->worker))
        why = g_strdup_printf("killed by signal %d (%s)", g_subprocess_get_term_sig(run->worker),
                              g_strsignal(g_subprocess_get_term_sig(run->worker)));
    else
        why = g_strdup_printf("it exited with %d", g_subprocess_get_status(run->worker));
    g_set_error(&error, INLAY_ERROR, INLAY_ERROR_WORKER_DIED, "%s%s%s", why, *said ? "\n" : "",
                said);
    show_error(run, error);
}

static void
follow(Run *run)
{
    guint interrupt = g_unix_signal_add(SIGINT, on_interrupt_cb, run);
    guint terminate = g_unix_signal_add(SIGTERM, on_interrupt_cb, run);
    run->loop = g_main_loop_new(NULL, FALSE);
    run->events = g_data_input_stream_new(g_subprocess_get_stdout_pipe(run->worker));
    watch_silence(run, inlay_budget_get_ms(INLAY_BUDGET_SILENCE));
    g_data_input_stream_read_line_async(run->events, G_PRIORITY_DEFAULT, NULL, on_line_cb, run);
    g_main_loop_run(run->loop);
    if (run->silence)
        g_source_remove(run->silence);
    if (run->end)
        g_source_remove(run->end);
    g_source_remove(interrupt);
    g_source_remove(terminate);
    g_object_unref(run->events);
    g_main_loop_unref(run->loop);
}

static gboolean
start(Run *run, const InlayJob *job, GError **error)
{
    g_autofree char *noise_path = NULL;
    g_autofree char *self = g_file_read_link("/proc/self/exe", error);
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    if (!self)
        return FALSE;
    run->noise_fd = g_file_open_tmp("inlay-XXXXXX", &noise_path, error);
    if (run->noise_fd < 0)
        return FALSE;
    unlink(noise_path);
    g_subprocess_launcher_take_stderr_fd(launcher, dup(run->noise_fd));
    run->worker = g_subprocess_launcher_spawn(launcher, error, self, "worker", NULL);
    return run->worker && send_request(run, job, error);
}

static int
run_job(const InlayJob *job, gboolean json, InlayEventSink watcher)
{
    Run run = {.json = json, .watcher = watcher, .exit_code = -1, .noise_fd = -1};
    g_autoptr(GError) error = NULL;
    inlay_renderer_init(&run.renderer);
    run.renderer.is_rehearsal = watcher.func != NULL;
    signal(SIGPIPE, SIG_IGN);
    if (!start(&run, job, &error)) {
        g_autoptr(GError) internal = g_error_new(INLAY_ERROR, INLAY_ERROR_INTERNAL,
                                                 "failed to start the worker: %s", error->message);
        show_error(&run, internal);
    } else {
        follow(&run);
        if (!run.has_result)
            report_death(&run);
    }
    g_clear_object(&run.worker);
    if (run.noise_fd >= 0)
        close(run.noise_fd);
    inlay_renderer_clear(&run.renderer);
    return run.exit_code;
}

int
inlay_run_job(const InlayJob *job, gboolean json)
{
    return run_job(job, json, (InlayEventSink){0});
}

int
inlay_run_rehearsal(const InlayJob *job, InlayEventFunc func, gpointer user_data)
{
    return run_job(job, FALSE, (InlayEventSink){func, user_data});
}

int
inlay_report_error(const GError *error, gboolean json)
{
    Run run = {.json = json};
    inlay_renderer_init(&run.renderer);
    show_error(&run, error);
    inlay_renderer_clear(&run.renderer);
    return run.exit_code;
}
