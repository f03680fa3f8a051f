/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include "control.h"
#include "station.h"
#include "usb-bus.h"
#include "usb-serial.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define UMOCKDEV_PRELOAD "libumockdev-preload.so.0"
#define SELF "/proc/self/exe"
#define EXIT_NOT_STARTED 2
#define EXIT_DEVIATED 3

typedef struct {
    char *setup;  /* or */
    char *replay; /* a trace */
    char *save;   /* NULL: nothing is saved */
    BenchClock clock;
    char **command; /* NULL-terminated; not owned */
} Options;

static gboolean
parse_clock(const char *word, BenchClock *clock)
{
    static const char *const names[] = {"virtual", "free", "real"};
    static const BenchClock clocks[] = {BENCH_CLOCK_VIRTUAL, BENCH_CLOCK_FREE, BENCH_CLOCK_REAL};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(names[i], word)) {
            *clock = clocks[i];
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean
parse_options(int argc, char **argv, Options *options, GError **error)
{
    int i = 0;
    for (; i < argc && g_str_has_prefix(argv[i], "--") && !g_str_equal(argv[i], "--"); i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (g_str_equal(argv[i], "--setup") && value != NULL) {
            options->setup = argv[i + 1];
        } else if (g_str_equal(argv[i], "--replay") && value != NULL) {
            options->replay = argv[i + 1];
        } else if (g_str_equal(argv[i], "--save") && value != NULL) {
            options->save = argv[i + 1];
        } else if (!g_str_equal(argv[i], "--clock") || value == NULL ||
                   !parse_clock(value, &options->clock)) {
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "not understood: %s %s",
                        argv[i], value != NULL ? value : "");
            return FALSE;
        }
    }
    if (i < argc && g_str_equal(argv[i], "--"))
        i++;
    options->command = argv + i;
    if ((options->setup == NULL) == (options->replay == NULL) || i >= argc) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                    "--setup FILE or --replay FILE, and a command are needed");
        return FALSE;
    }
    return TRUE;
}

static gboolean
is_preloaded(void)
{
    const char *preload = g_getenv("LD_PRELOAD");
    return preload != NULL && strstr(preload, UMOCKDEV_PRELOAD) != NULL;
}

/* The bench sends uevents through libudev, which must find the virtual /sys: it starts itself again
 * under the preload library. */
static gboolean
restart_preloaded(int argc, char **argv, GError **error)
{
    g_autoptr(GPtrArray) arguments = g_ptr_array_new();
    const char *preload = g_getenv("LD_PRELOAD");
    g_autofree char *all = preload != NULL && *preload != '\0'
                               ? g_strconcat(preload, ":", UMOCKDEV_PRELOAD, NULL)
                               : g_strdup(UMOCKDEV_PRELOAD);

    g_setenv("LD_PRELOAD", all, TRUE);
    g_ptr_array_add(arguments, (gpointer) "inlay-bench");
    g_ptr_array_add(arguments, (gpointer) "run");
    for (int i = 0; i < argc; i++)
        g_ptr_array_add(arguments, argv[i]);
    g_ptr_array_add(arguments, NULL);
    execv(SELF, (char **)arguments->pdata);
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "failed to start again: %s",
                g_strerror(errno));
    return FALSE;
}

/* AddressSanitizer wants to be the first library, which the preload is. */
static void
allow_sanitizer(void)
{
    const char *set = g_getenv("ASAN_OPTIONS");
    g_autofree char *options =
        g_strconcat(set != NULL ? set : "", set != NULL && *set != '\0' ? ":" : "",
                    "verify_asan_link_order=0", NULL);
    g_setenv("ASAN_OPTIONS", options, TRUE);
}

/* -- the command -- */

typedef struct {
    GMainLoop *loop;
    GPid pid;
    int status; /* as from waitpid() */
} Command;

static void
on_command_ended(GPid pid, int status, gpointer user_data)
{
    Command *command = user_data;
    command->status = status;
    g_main_loop_quit(command->loop);
}

/* An interrupt from the terminal reaches the command by itself; the bench stays for it. */
static gboolean
on_interrupt(gpointer user_data)
{
    return G_SOURCE_CONTINUE;
}

static gboolean
on_terminate(gpointer user_data)
{
    const Command *command = user_data;
    kill(command->pid, SIGTERM);
    return G_SOURCE_CONTINUE;
}

static void
reset_signals(gpointer user_data)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

/* What the command starts under: our own library in front of umockdev's. */
static void
set_environment(const char *socket)
{
    g_autofree char *preload = g_strconcat(BENCH_PRELOAD, ":", g_getenv("LD_PRELOAD"), NULL);
    g_setenv("LD_PRELOAD", preload, TRUE);
    g_setenv(BENCH_CONTROL_ENV, socket, TRUE);
}

static gboolean
run_command(char **arguments, int *status, GError **error)
{
    Command command = {.loop = g_main_loop_new(NULL, FALSE)};
    guint interrupt = g_unix_signal_add(SIGINT, on_interrupt, NULL);
    guint terminate = g_unix_signal_add(SIGTERM, on_terminate, &command);

    gboolean ok = g_spawn_async(NULL, arguments, NULL,
                                G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                    G_SPAWN_CHILD_INHERITS_STDIN,
                                reset_signals, NULL, &command.pid, error);
    if (ok) {
        g_child_watch_add(command.pid, on_command_ended, &command);
        g_main_loop_run(command.loop);
        *status = command.status;
    }
    g_source_remove(interrupt);
    g_source_remove(terminate);
    g_main_loop_unref(command.loop);
    return ok;
}

/* -- all together -- */

static void
on_paced(gpointer user_data)
{
    BenchDock *dock = user_data;
    if (dock->seat != NULL)
        bench_seat_pace(dock->seat);
}

static gboolean
plug_probes(BenchStation *station, BenchUsbBus *bus, GError **error)
{
    for (guint i = 0; i < station->docks->len; i++) {
        BenchDock *dock = g_ptr_array_index(station->docks, i);
        BenchUsbPortConfig config = {
            .path = dock->port,
            .probe = dock->probe,
            .probe_lock = dock->lock,
            .denied = dock->denied,
            .paced = on_paced,
            .user_data = dock,
        };
        BenchUsbPort *port = bench_usb_bus_add_port(bus, &config, error);
        if (port == NULL || !bench_usb_port_plug(port, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
plug_serials(BenchStation *station, BenchUsbBus *bus, GError **error)
{
    for (guint i = 0; i < station->ports->len; i++) {
        BenchSerialPort *port = g_ptr_array_index(station->ports, i);
        if (!bench_usb_bus_add_serial(bus, port, error) || !bench_usb_serial_plug(bus, port, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
run(const Options *options, int *status, char **deviations, GError **error)
{
    g_autoptr(BenchSetup) setup = options->replay != NULL ? bench_setup_new_replay(options->replay)
                                                          : bench_setup_load(options->setup, error);
    if (setup == NULL)
        return FALSE;
    g_autoptr(BenchStation) station = bench_station_new(setup, options->clock, error);
    if (station == NULL)
        return FALSE;
    g_autoptr(BenchUsbBus) bus = bench_usb_bus_new(error);
    if (bus == NULL || !plug_probes(station, bus, error) || !plug_serials(station, bus, error))
        return FALSE;
    g_autofree char *socket = g_build_filename(bench_usb_bus_get_folder(bus), "control", NULL);
    g_autoptr(BenchControl) control = bench_control_new(station, bus, socket, error);
    if (control == NULL)
        return FALSE;
    set_environment(socket);
    if (!run_command(options->command, status, error))
        return FALSE;
    *deviations = bench_station_describe_deviations(station);
    return options->save == NULL || bench_station_save(station, options->save, error);
}

int
bench_run_main(int argc, char **argv)
{
    Options options = {.clock = BENCH_CLOCK_VIRTUAL};
    g_autoptr(GError) error = NULL;
    g_autofree char *deviations = NULL;
    int status = 0;

    gboolean ok = parse_options(argc, argv, &options, &error);
    if (ok && !is_preloaded()) {
        /* umockdev sleeps for nothing after each ioctl; by default that takes 50 us. */
        prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
        allow_sanitizer();
        ok = restart_preloaded(argc, argv, &error);
    }
    ok = ok && run(&options, &status, &deviations, &error);
    if (!ok) {
        g_printerr("inlay-bench: %s\n", error->message);
        return EXIT_NOT_STARTED;
    }
    if (deviations != NULL) {
        g_printerr("inlay-bench: %s\n", deviations);
        return EXIT_DEVIATED;
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
