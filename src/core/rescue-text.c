/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <json-glib/json-glib.h>
#include <string.h>
#include <zlib.h>

#include "core/error.h"
#include "core/rescue.h"

/*
 * The record as text: a first line with the version and the CRC-32 of everything behind that line,
 * then one JSON object. docs/rescue.md describes its members.
 */

#define HEADER "inlay-rescue 1 0x%08x\n"
#define HEADER_SIZE 26 /* bytes, with the newline */

static const char *const kinds[] = {
    [INLAY_RESCUE_SAVED] = "saved",
    [INLAY_RESCUE_BLANK] = "blank",
    [INLAY_RESCUE_ELSEWHERE] = "in-rescue-file",
    [INLAY_RESCUE_UNFINISHED] = "unfinished",
};

static char *
print_uid(const guint8 *uid)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < 12; i++)
        g_string_append_printf(text, "%02x", uid[i]);
    return g_string_free(text, FALSE);
}

static JsonObject *
piece_to_json(const InlayRescuePiece *piece, gboolean with_bytes)
{
    JsonObject *object = json_object_new();
    InlayRescueKind kind = piece->kind;

    if (kind == INLAY_RESCUE_SAVED && !with_bytes)
        kind = INLAY_RESCUE_ELSEWHERE;
    json_object_set_int_member(object, "addr", piece->range.addr);
    json_object_set_int_member(object, "size", piece->range.size);
    json_object_set_string_member(object, "kind", kinds[kind]);
    if (kind == INLAY_RESCUE_SAVED) {
        gsize size;
        const guint8 *bytes = g_bytes_get_data(piece->bytes, &size);
        g_autofree char *text = g_base64_encode(bytes, size);
        json_object_set_string_member(object, "bytes", text);
    }
    return object;
}

char *
inlay_rescue_to_text(const InlayRescue *rescue, gboolean with_bytes)
{
    g_autoptr(JsonObject) object = json_object_new();
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    g_autofree char *uid = print_uid(rescue->uid);
    g_autofree char *time = g_date_time_format_iso8601(rescue->time);
    JsonArray *pieces = json_array_new();

    for (guint i = 0; i < rescue->pieces->len; i++)
        json_array_add_object_element(
            pieces, piece_to_json(&g_array_index(rescue->pieces, InlayRescuePiece, i), with_bytes));
    json_object_set_int_member(object, "dev_id", rescue->dev_id);
    json_object_set_string_member(object, "uid", uid);
    json_object_set_string_member(object, "time", time);
    json_object_set_array_member(object, "pieces", pieces);
    json_node_set_object(node, object);
    g_autofree char *body = json_to_string(node, FALSE);
    uLong crc = crc32_z(0, (const Bytef *)body, strlen(body));
    return g_strdup_printf(HEADER "%s", (guint)crc, body);
}

static gboolean
fail(const char *path, const char *expected, const char *found, GError **error)
{
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_RESCUE_CORRUPT, "%s: expected %s, found %s", path,
                expected, found);
    return FALSE;
}

static gboolean
check_sum(const char *path, const char *text, gsize size, GError **error)
{
    char expected[HEADER_SIZE + 1];
    uLong crc = 0;

    if (size > HEADER_SIZE)
        crc = crc32_z(0, (const Bytef *)text + HEADER_SIZE, size - HEADER_SIZE);
    g_snprintf(expected, sizeof expected, HEADER, (guint)crc);
    if (size > HEADER_SIZE && memcmp(text, expected, HEADER_SIZE) == 0)
        return TRUE;
    g_autofree char *wanted = g_strchomp(g_strdup(expected));
    g_autofree char *start = g_strndup(text, MIN(size, HEADER_SIZE));
    g_autofree char *found = g_strescape(start, NULL);
    return fail(path, wanted, found, error);
}

static gint64
get_number(JsonObject *object, const char *member)
{
    JsonNode *node = json_object_get_member(object, member);

    return node != NULL && json_node_get_value_type(node) == G_TYPE_INT64 ? json_node_get_int(node)
                                                                          : -1;
}

static const char *
get_text(JsonObject *object, const char *member)
{
    JsonNode *node = json_object_get_member(object, member);

    return node != NULL && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : "";
}

/* Behind the last piece, and within one sector. */
static gboolean
check_range(const InlayRescue *rescue, const InlayChip *chip, gint64 addr, gint64 size)
{
    guint n = rescue->pieces->len;

    if (addr < 0 || addr > G_MAXUINT32 || size <= 0 || size > G_MAXUINT32)
        return FALSE;
    InlayRange range = {(guint32)addr, (guint32)size};
    if (n > 0 && addr < (gint64)inlay_range_end(
                            g_array_index(rescue->pieces, InlayRescuePiece, n - 1).range))
        return FALSE;
    for (guint s = 0; s < inlay_chip_get_n_sectors(chip); s++) {
        if (inlay_range_contains(inlay_chip_get_sector(chip, s).range, range))
            return TRUE;
    }
    return FALSE;
}

static gboolean
take_piece(InlayRescue *rescue, const InlayChip *chip, JsonObject *object)
{
    gint64 addr = get_number(object, "addr");
    gint64 size = get_number(object, "size");
    const char *kind_name = get_text(object, "kind");
    g_autoptr(GBytes) bytes = NULL;
    guint kind;

    for (kind = 0; kind < G_N_ELEMENTS(kinds) && strcmp(kinds[kind], kind_name) != 0; kind++)
        ;
    if (kind == G_N_ELEMENTS(kinds) || !check_range(rescue, chip, addr, size))
        return FALSE;
    if (kind == INLAY_RESCUE_SAVED) {
        gsize n = 0;
        guchar *decoded = g_base64_decode(get_text(object, "bytes"), &n);
        bytes = g_bytes_new_take(decoded, n);
        if (n != (gsize)size)
            return FALSE;
    }
    inlay_rescue_add(rescue, (InlayRange){(guint32)addr, (guint32)size}, kind, bytes);
    return TRUE;
}

static gboolean
take_pieces(InlayRescue *rescue,
            const char *path,
            const InlayChip *chip,
            JsonObject *object,
            GError **error)
{
    JsonNode *node = json_object_get_member(object, "pieces");

    if (node == NULL || !JSON_NODE_HOLDS_ARRAY(node))
        return fail(path, "an array of pieces", "something else", error);
    JsonArray *pieces = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(pieces); i++) {
        JsonNode *piece = json_array_get_element(pieces, i);
        if (!JSON_NODE_HOLDS_OBJECT(piece) ||
            !take_piece(rescue, chip, json_node_get_object(piece))) {
            g_autofree char *where = g_strdup_printf("something else in piece %u", i);
            return fail(path, "bytes in a sector of the chip", where, error);
        }
    }
    return TRUE;
}

static InlayRescue *
rescue_from_json(
    const char *path, JsonObject *object, const InlayChip *chip, const guint8 *uid, GError **error)
{
    g_autofree char *expected_uid = print_uid(uid);
    g_autofree char *expected = g_strdup_printf("chip 0x%03x %s", chip->dev_id, expected_uid);
    g_autofree char *found = g_strdup_printf("chip 0x%03x %s", (guint)get_number(object, "dev_id"),
                                             get_text(object, "uid"));
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(get_text(object, "time"), NULL);

    if (strcmp(expected, found) != 0) {
        fail(path, expected, found, error);
        return NULL;
    }
    if (time == NULL) {
        fail(path, "a time", get_text(object, "time"), error);
        return NULL;
    }
    g_autoptr(InlayRescue) rescue = inlay_rescue_new(chip->dev_id, uid, time);
    rescue->path = g_strdup(path);
    return take_pieces(rescue, path, chip, object, error) ? g_steal_pointer(&rescue) : NULL;
}

InlayRescue *
inlay_rescue_parse(const char *path,
                   const char *text,
                   gsize size,
                   const InlayChip *chip,
                   const guint8 *uid,
                   GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();

    if (!check_sum(path, text, size, error))
        return NULL;
    if (!json_parser_load_from_data(parser, text + HEADER_SIZE, (gssize)(size - HEADER_SIZE),
                                    NULL) ||
        !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser))) {
        fail(path, "a JSON object", "something else", error);
        return NULL;
    }
    return rescue_from_json(path, json_node_get_object(json_parser_get_root(parser)), chip, uid,
                            error);
}
