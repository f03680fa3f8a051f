/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replay.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define VERSION 1

struct BenchReplay {
    char *path;
    guint16 product_id;
    char *serial;
    char *port;
    GArray *entries; /* of BenchReplayEntry */
    guint n_lines;
    guint next;      /* entry */
    char *deviation; /* the first; NULL: none */
};

static void
entry_clear(gpointer pointer)
{
    BenchReplayEntry *entry = pointer;
    g_bytes_unref(entry->command);
    g_clear_pointer(&entry->out, g_bytes_unref);
    g_clear_pointer(&entry->in, g_bytes_unref);
}

void
bench_replay_free(BenchReplay *replay)
{
    if (replay == NULL)
        return;
    g_array_unref(replay->entries);
    g_free(replay->path);
    g_free(replay->serial);
    g_free(replay->port);
    g_free(replay->deviation);
    g_free(replay);
}

/* -- loading -- */

/* Which of our probes is like it; NULL: none. */
static const char *
find_kind(guint16 product_id)
{
    static const struct {
        guint16 product_id;
        const char *kind;
    } rows[] = {
        {0x3748, "V2"}, {0x374b, "V2-1"}, {0x3752, "V2-1"}, {0x374e, "V3"},
        {0x374f, "V3"}, {0x3753, "V3"},   {0x3754, "V3"},   {0x3757, "V3"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].product_id == product_id)
            return rows[i].kind;
    return NULL;
}

static gboolean
fail(const BenchReplay *replay, guint line, GError **error, const char *what)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:%u: %s", replay->path, line, what);
    return FALSE;
}

static const char *
find_string(JsonObject *object, const char *member)
{
    JsonNode *node = json_object_get_member(object, member);
    if (node == NULL || json_node_get_value_type(node) != G_TYPE_STRING)
        return NULL;
    return json_node_get_string(node);
}

/* NULL when it is not there; *ok FALSE when it is no hex. */
static GBytes *
find_bytes(JsonObject *object, const char *member, gboolean *ok)
{
    const char *hex = find_string(object, member);
    gsize size = hex != NULL ? strlen(hex) : 0;

    if (hex == NULL)
        return NULL;
    if (size == 0 || size % 2 != 0 || strspn(hex, "0123456789abcdefABCDEF") != size) {
        *ok = FALSE;
        return NULL;
    }
    g_autofree guint8 *bytes = g_malloc(size / 2);
    for (gsize i = 0; i < size / 2; i++)
        bytes[i] =
            (guint8)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
    return g_bytes_new_take(g_steal_pointer(&bytes), size / 2);
}

/* Commands that ask and change nothing, by their first bytes: version, mode, voltage; words and blocks of
 * memory, their status, the ids of the debug port, the list of clocks. */
static gboolean
only_reads(GBytes *command)
{
    static const guint8 of_debug[] = {0x07, 0x0c, 0x31, 0x36, 0x3b, 0x3e, 0x47, 0x54, 0x62};
    static const guint8 of_probe[] = {0xf1, 0xf5, 0xf7, 0xfb};
    gsize size;
    const guint8 *bytes = g_bytes_get_data(command, &size);

    if (bytes[0] == 0xf2)
        return size > 1 && memchr(of_debug, bytes[1], sizeof of_debug) != NULL;
    return memchr(of_probe, bytes[0], sizeof of_probe) != NULL;
}

static gboolean
read_header(BenchReplay *replay, JsonObject *object, GError **error)
{
    JsonNode *version = json_object_get_member(object, "trace");
    const char *pid = find_string(object, "pid");
    const char *serial = find_string(object, "serial");
    const char *adapter = find_string(object, "adapter");

    if (version == NULL || json_node_get_value_type(version) != G_TYPE_INT64 || pid == NULL ||
        adapter == NULL || !g_str_has_prefix(adapter, "usb:"))
        return fail(replay, 1, error, "the header of a trace expected (trace, pid, adapter)");
    if (json_node_get_int(version) != VERSION)
        return fail(replay, 1, error, "a trace of version 1 expected");
    replay->product_id = (guint16)g_ascii_strtoull(pid, NULL, 0);
    if (find_kind(replay->product_id) == NULL)
        return fail(replay, 1, error, "the product id of an ST-LINK/V2, V2-1 or V3 expected");
    replay->serial = g_strdup(serial != NULL ? serial : "000000000000000000000000");
    replay->port = g_strdup(adapter + strlen("usb:"));
    return TRUE;
}

static gboolean
read_exchange(BenchReplay *replay, guint line, JsonObject *object, GError **error)
{
    gboolean ok = TRUE;
    BenchReplayEntry entry = {.line = line};

    if (json_object_has_member(object, "reset"))
        return TRUE; /* a new start of the probe, which is no exchange */
    entry.command = find_bytes(object, "command", &ok);
    if (entry.command == NULL)
        return fail(replay, line, error, "a command in hex digits expected");
    entry.out = find_bytes(object, "out", &ok);
    entry.in = find_bytes(object, "in", &ok);
    entry.error = g_intern_string(find_string(object, "error"));
    entry.reads = only_reads(entry.command);
    g_array_append_val(replay->entries, entry);
    return ok || fail(replay, line, error, "hex digits expected in out and in");
}

static gboolean
read_line(BenchReplay *replay, guint line, const char *text, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonObject *object;

    if (!json_parser_load_from_data(parser, text, -1, NULL) ||
        !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser)))
        return fail(replay, line, error, "a JSON object expected");
    object = json_node_get_object(json_parser_get_root(parser));
    return line == 1 ? read_header(replay, object, error)
                     : read_exchange(replay, line, object, error);
}

BenchReplay *
bench_replay_load(const char *path, GError **error)
{
    g_autoptr(BenchReplay) replay = g_new0(BenchReplay, 1);
    g_autofree char *text = NULL;

    replay->path = g_strdup(path);
    replay->entries = g_array_new(FALSE, FALSE, sizeof(BenchReplayEntry));
    g_array_set_clear_func(replay->entries, entry_clear);
    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++) {
        replay->n_lines = i + 1;
        if (!read_line(replay, i + 1, lines[i], error))
            return NULL;
    }
    if (replay->port == NULL) {
        fail(replay, 1, error, "the header of a trace expected, found nothing");
        return NULL;
    }
    return g_steal_pointer(&replay);
}

guint16
bench_replay_get_product_id(const BenchReplay *replay)
{
    return replay->product_id;
}

const char *
bench_replay_get_serial(const BenchReplay *replay)
{
    return replay->serial;
}

const char *
bench_replay_get_port(const BenchReplay *replay)
{
    return replay->port;
}

const char *
bench_replay_get_kind(const BenchReplay *replay)
{
    return find_kind(replay->product_id);
}

/* -- following -- */

static const BenchReplayEntry *
entry_at(const BenchReplay *replay, guint i)
{
    return &g_array_index(replay->entries, BenchReplayEntry, i);
}

static char *
to_hex(const guint8 *bytes, gsize size)
{
    GString *text = g_string_new(NULL);
    for (gsize i = 0; i < MIN(size, 32); i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    if (size > 32)
        g_string_append_printf(text, "… (%" G_GSIZE_FORMAT " bytes)", size);
    return g_string_free(text, FALSE);
}

static void
deviate(BenchReplay *replay,
        guint line,
        const char *what,
        GBytes *expected,
        const guint8 *got,
        gsize size)
{
    gsize expected_size = 0;
    const guint8 *bytes = expected != NULL ? g_bytes_get_data(expected, &expected_size) : NULL;
    g_autofree char *wanted = to_hex(bytes, expected_size);
    g_autofree char *found = to_hex(got, size);

    if (replay->deviation == NULL)
        replay->deviation =
            g_strdup_printf("%s:%u: %s %s expected, got %s", replay->path, line, what,
                            expected != NULL ? wanted : "nothing more", found);
}

/* The first entry that changes something, from `next` on; or the number of entries. */
static guint
find_change(const BenchReplay *replay)
{
    guint i = replay->next;
    while (i < replay->entries->len && entry_at(replay, i)->reads)
        i++;
    return i;
}

static gboolean
is_command(const BenchReplayEntry *entry, GBytes *command)
{
    return g_bytes_equal(entry->command, command);
}

static const BenchReplayEntry *
take_read(BenchReplay *replay, GBytes *command)
{
    guint end = find_change(replay);
    for (guint i = replay->next; i < end; i++) {
        if (is_command(entry_at(replay, i), command)) {
            replay->next = i + 1;
            return entry_at(replay, i);
        }
    }
    for (guint i = replay->next; i > 0 && entry_at(replay, i - 1)->reads; i--)
        if (is_command(entry_at(replay, i - 1), command))
            return entry_at(replay, i - 1);
    return NULL;
}

static const BenchReplayEntry *
take_change(BenchReplay *replay, GBytes *command)
{
    guint i = find_change(replay);
    if (i == replay->entries->len || !is_command(entry_at(replay, i), command))
        return NULL;
    replay->next = i + 1;
    return entry_at(replay, i);
}

const BenchReplayEntry *
bench_replay_take(BenchReplay *replay, const guint8 *command, gsize size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(command, size);
    if (replay->deviation != NULL)
        return NULL; /* the rest would mean nothing */
    const BenchReplayEntry *entry =
        only_reads(bytes) ? take_read(replay, bytes) : take_change(replay, bytes);
    guint expected = only_reads(bytes) ? replay->next : find_change(replay);

    if (entry == NULL && expected < replay->entries->len)
        deviate(replay, entry_at(replay, expected)->line, "command",
                entry_at(replay, expected)->command, command, size);
    else if (entry == NULL)
        deviate(replay, replay->n_lines, "at its end", NULL, command, size);
    return entry;
}

gboolean
bench_replay_check_out(BenchReplay *replay,
                       const BenchReplayEntry *entry,
                       const guint8 *out,
                       gsize size)
{
    gsize expected_size;
    const guint8 *expected = g_bytes_get_data(entry->out, &expected_size);

    if (size == expected_size && memcmp(out, expected, size) == 0)
        return TRUE;
    deviate(replay, entry->line, "data", entry->out, out, size);
    return FALSE;
}

char *
bench_replay_describe_trouble(const BenchReplay *replay)
{
    guint left = find_change(replay);
    if (replay->deviation != NULL)
        return g_strdup(replay->deviation);
    if (left == replay->entries->len)
        return NULL;
    return g_strdup_printf("%s:%u: this and what follows was not asked for", replay->path,
                           entry_at(replay, left)->line);
}
