/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control.h"

#include "control-verbs.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <stdio.h>
#include <string.h>

#define MAX_REQUEST 16384
#define CLIENT_TIMEOUT_S 5

struct BenchControl {
    BenchHands hands;
    GSocketService *service;
};

/* All until the client has closed its sending half. */
static GByteArray *
read_request(GInputStream *in, GError **error)
{
    g_autoptr(GByteArray) request = g_byte_array_new();
    guint8 chunk[1024];
    gssize got;
    while ((got = g_input_stream_read(in, chunk, sizeof chunk, NULL, error)) > 0 &&
           request->len < MAX_REQUEST)
        g_byte_array_append(request, chunk, (guint)got);
    return got < 0 ? NULL : g_steal_pointer(&request);
}

static GPtrArray *
split_request(const GByteArray *request)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    const char *at = (const char *)request->data, *end = at + request->len;
    while (at < end) {
        gsize length = strnlen(at, (gsize)(end - at));
        g_ptr_array_add(words, g_strndup(at, length));
        at += length + 1;
    }
    return words;
}

static gboolean
on_incoming(GSocketService *service,
            GSocketConnection *connection,
            GObject *source,
            gpointer user_data)
{
    BenchControl *control = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) output = g_string_new("0");

    g_socket_set_timeout(g_socket_connection_get_socket(connection), CLIENT_TIMEOUT_S);
    g_autoptr(GByteArray) request =
        read_request(g_io_stream_get_input_stream(G_IO_STREAM(connection)), &error);
    if (request == NULL)
        return TRUE;
    g_autoptr(GPtrArray) words = split_request(request);
    if (!bench_hands_do(&control->hands, words, output, &error))
        g_string_assign(output, "1"), g_string_append(output, error->message);
    g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection)), output->str,
                              output->len, NULL, NULL, NULL);
    return TRUE;
}

BenchControl *
bench_control_new(BenchStation *station, BenchUsbBus *bus, const char *path, GError **error)
{
    g_autoptr(BenchControl) control = g_new0(BenchControl, 1);
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);

    control->hands = (BenchHands){station, bus};
    control->service = g_socket_service_new();
    g_signal_connect(control->service, "incoming", G_CALLBACK(on_incoming), control);
    if (!g_socket_listener_add_address(G_SOCKET_LISTENER(control->service), address,
                                       G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL,
                                       error))
        return NULL;
    return g_steal_pointer(&control);
}

void
bench_control_free(BenchControl *control)
{
    if (control == NULL)
        return;
    g_socket_service_stop(control->service);
    g_socket_listener_close(G_SOCKET_LISTENER(control->service));
    g_object_unref(control->service);
    g_free(control);
}

/* -- the other end -- */

/* Names of files are for this process's folder, not for the bench's. */
static GByteArray *
build_request(int argc, char **argv)
{
    GByteArray *request = g_byte_array_new();
    for (int i = 0; i < argc; i++) {
        gboolean is_file =
            i == 2 && (g_str_equal(argv[0], "flash") || g_str_equal(argv[0], "load"));
        g_autofree char *word =
            is_file ? g_canonicalize_filename(argv[i], NULL) : g_strdup(argv[i]);
        g_byte_array_append(request, (const guint8 *)word, (guint)strlen(word) + 1);
    }
    return request;
}

static GBytes *
exchange(const char *path, const GByteArray *request, GError **error)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    g_autoptr(GSocketConnection) connection =
        g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL, error);
    if (connection == NULL)
        return NULL;
    GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
    GInputStream *in = g_io_stream_get_input_stream(G_IO_STREAM(connection));
    g_autoptr(GOutputStream) answer = g_memory_output_stream_new_resizable();

    if (!g_output_stream_write_all(out, request->data, request->len, NULL, NULL, error) ||
        !g_socket_shutdown(g_socket_connection_get_socket(connection), FALSE, TRUE, error) ||
        g_output_stream_splice(answer, in, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, error) < 0)
        return NULL;
    return g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(answer));
}

int
bench_ctl_main(int argc, char **argv)
{
    const char *path = g_getenv(BENCH_CONTROL_ENV);
    g_autoptr(GError) error = NULL;

    if (argc == 0 || g_str_equal(argv[0], "--help")) {
        g_autofree char *verbs = bench_control_describe_verbs();
        g_print("Usage: inlay-bench ctl VERB …\n\n%s", verbs);
        return argc == 0;
    }
    if (path == NULL) {
        g_printerr("inlay-bench: $" BENCH_CONTROL_ENV " is not set: ctl works in commands that "
                   "`inlay-bench run` has started\n");
        return 1;
    }
    g_autoptr(GByteArray) request = build_request(argc, argv);
    g_autoptr(GBytes) answer = exchange(path, request, &error);
    if (answer == NULL || g_bytes_get_size(answer) == 0) {
        g_printerr("inlay-bench: no answer from the bench%s%s\n", error != NULL ? ": " : "",
                   error != NULL ? error->message : "");
        return 1;
    }
    gsize size;
    const char *text = g_bytes_get_data(answer, &size);
    gboolean ok = text[0] == '0';
    if (ok)
        fwrite(text + 1, 1, size - 1, stdout);
    else
        g_printerr("inlay-bench: %.*s\n", (int)size - 1, text + 1);
    return ok ? 0 : 1;
}
