/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>

#include "boot-verbs.h"
#include "confirm.h"
#include "core/error.h"
#include "core/event.h"
#include "run.h"
#include "transports/adapters.h"
#include "transports/uart-entry.h"

/*
 * The commands of the UART bootloader by name, for bringing one up. In this process: what a job does, and
 * protects, is not wanted here.
 */

typedef struct {
    const InlayBootVerb *verb;
    const InlayOptions *options;
    InlayBootErrand errand;
    GCancellable *cancellable;
    GMainLoop *loop;
    GError *error;
} Session;

static gboolean
talk(Session *session, GError **error)
{
    const InlayAccess *access = &session->options->access;
    const char *connected;
    g_autoptr(InlaySerial) serial =
        inlay_adapter_open_serial(access->adapter, inlay_uart_get_baud(access), error);
    g_autoptr(InlayBoot) boot = NULL;

    if (serial == NULL ||
        (boot = inlay_uart_enter(serial, access, &connected, session->cancellable, error)) == NULL)
        return FALSE;
    g_steal_pointer(&serial);
    return session->verb->perform(boot, &session->errand, session->cancellable, error);
}

static gboolean
on_end_cb(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

static gpointer
talk_in_thread(gpointer user_data)
{
    Session *session = user_data;

    talk(session, &session->error);
    g_idle_add(on_end_cb, session->loop); /* the loop may not run yet */
    return NULL;
}

static gboolean
on_interrupt_cb(gpointer cancellable)
{
    g_cancellable_cancel(cancellable);
    return G_SOURCE_CONTINUE;
}

/* The port in a thread, so that Ctrl-C is seen here. */
static void
run_session(Session *session)
{
    guint interrupt, terminate;
    GThread *thread;

    session->cancellable = g_cancellable_new();
    session->loop = g_main_loop_new(NULL, FALSE);
    interrupt = g_unix_signal_add(SIGINT, on_interrupt_cb, session->cancellable);
    terminate = g_unix_signal_add(SIGTERM, on_interrupt_cb, session->cancellable);
    thread = g_thread_new("port", talk_in_thread, session);
    g_main_loop_run(session->loop);
    g_thread_join(thread);
    g_source_remove(interrupt);
    g_source_remove(terminate);
    g_main_loop_unref(session->loop);
    g_object_unref(session->cancellable);
}

static int
report(Session *session, gint64 ms)
{
    InlayBootErrand *errand = &session->errand;

    if (session->error != NULL)
        return inlay_report_error(session->error, session->options->json);
    if (session->options->json) {
        inlay_command_print_event(g_steal_pointer(&errand->event));
        inlay_command_print_event(inlay_event_new_result(NULL, ms));
    } else {
        fputs(errand->text->str, stdout);
    }
    return 0;
}

static gboolean
confirm(const InlayBootErrand *errand, const InlayOptions *options, GError **error)
{
    if (errand->is_for_ever)
        return inlay_confirm(_("Program these bytes, which can never change again? [yes/no] "),
                             options, error);
    if (errand->is_an_erase)
        return inlay_confirm(_("Erase these sectors? [yes/no] "), options, error);
    return TRUE;
}

static int
run(const InlayCommand *command, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    Session session = {.options = &options,
                       .verb = inlay_boot_verb_find(inlay_command_get_word(command))};
    gint64 start = g_get_monotonic_time();
    g_autoptr(GError) error = NULL;
    int exit_code;

    if (!inlay_options_parse(&options, command, argc, argv, &error))
        return inlay_report_error(error, options.json);
    session.errand.output = options.output;
    if ((session.verb->take == NULL ||
         session.verb->take(&session.errand, options.arguments, &session.error)) &&
        confirm(&session.errand, &options, &session.error)) {
        session.errand.text = g_string_new(NULL);
        session.errand.event = inlay_event_new("boot");
        json_object_set_string_member(session.errand.event, "verb", session.verb->word);
        run_session(&session);
    }
    exit_code = report(&session, (g_get_monotonic_time() - start) / G_TIME_SPAN_MILLISECOND);
    inlay_boot_errand_clear(&session.errand);
    g_clear_error(&session.error);
    return exit_code;
}

#define PORT_OPTIONS \
    (INLAY_OPTION_ADAPTER | INLAY_OPTION_JSON | INLAY_OPTION_BAUD | INLAY_OPTION_WIRE)

static const InlayCommand verbs[] = {
    {
        .name = "boot ver",
        .brief = N_("GET_VER: its version, and how it speaks"),
        .accepts = PORT_OPTIONS,
        .run = run,
    },
    {
        .name = "boot help",
        .brief = N_("GET_HELP: the commands it has"),
        .accepts = PORT_OPTIONS,
        .run = run,
    },
    {
        .name = "boot cid",
        .brief = N_("GET_CID: the chip's id"),
        .accepts = PORT_OPTIONS,
        .run = run,
    },
    {
        .name = "boot rdp",
        .brief = N_("GET_RDP_STATUS: the level of read protection"),
        .accepts = PORT_OPTIONS,
        .run = run,
    },
    {
        .name = "boot go",
        .brief = N_("GO_TO_ADDR: start the program whose vector table is there"),
        .parameters = N_("ADDRESS"),
        .accepts = PORT_OPTIONS,
        .run = run,
    },
    {
        .name = "boot erase",
        .brief = N_("FLASH_ERASE: sectors, or all but the bootloader's"),
        .parameters = N_("FIRST [COUNT] | all"),
        .summary = N_("Erases sectors by their numbers. It asks, or wants --yes."),
        .accepts = PORT_OPTIONS | INLAY_OPTION_YES,
        .words = "all",
        .run = run,
    },
    {
        .name = "boot write",
        .brief = N_("MEM_WRITE: the bytes of a file"),
        .parameters = N_("FILE@ADDRESS"),
        .summary = N_("Writes the bytes of a file into flash that is blank, RAM or OTP; for OTP it "
                      "asks, or wants --yes. `inlay flash` erases, compares and verifies as well."),
        .accepts = PORT_OPTIONS | INLAY_OPTION_YES,
        .completes = INLAY_COMPLETES_FILE,
        .run = run,
    },
    {
        .name = "boot protect",
        .brief = N_("EN_RW_PROTECT: sectors 0 to 7"),
        .parameters = N_("SECTOR,… [write | read-write]"),
        .summary = N_("Protects sectors against writing, from the next reset on."),
        .accepts = PORT_OPTIONS,
        .words = "write read-write",
        .run = run,
    },
    {
        .name = "boot read",
        .brief = N_("MEM_READ: memory, as a dump or into a file"),
        .parameters = N_("ADDRESS SIZE"),
        .accepts = PORT_OPTIONS | INLAY_OPTION_OUTPUT,
        .run = run,
    },
    {
        .name = "boot write-protection",
        .brief = N_("READ_SECTOR_P_STATUS: which sectors are protected"),
        .accepts = PORT_OPTIONS,
        .run = run,
    },
    {
        .name = "boot otp",
        .brief = N_("OTP_READ: a block, and whether it is locked"),
        .parameters = N_("BLOCK"),
        .accepts = PORT_OPTIONS,
        .run = run,
    },
    {
        .name = "boot unprotect",
        .brief = N_("DIS_R_W_PROTECT: end the write protection of all sectors"),
        .accepts = PORT_OPTIONS,
        .run = run,
    },
    {
        .name = "boot capabilities",
        .brief = N_("CAPABILITIES: chip, version and limits, of an extended bootloader"),
        .accepts = PORT_OPTIONS,
        .run = run,
    },
    {
        .name = "boot why",
        .brief = N_("WHY: what was refused last, by an extended bootloader"),
        .accepts = PORT_OPTIONS,
        .run = run,
    },
    {0},
};

const InlayCommand inlay_command_boot = {
    .name = "boot",
    .brief = N_("the UART bootloader's commands, one by one"),
    .summary = N_("Asks a UART bootloader one of its commands, to bring a board up. Firmware is "
                  "written by `inlay flash`, over a port too."),
    .examples = N_("Examples:\n"
                   "  inlay boot ver --adapter tty:/dev/ttyUSB0\n"
                   "  inlay boot read 0x08000000 64\n"
                   "  inlay boot erase 2 --yes\n"
                   "  inlay boot write app.bin@0x08008000\n"),
    .verbs = verbs,
};
