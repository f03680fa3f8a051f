/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/event.h"

#include "core/error.h"

void
inlay_event_emit(const InlayEventSink *sink, JsonObject *event)
{
    if (sink != NULL && sink->func != NULL)
        sink->func(event, sink->user_data);
    json_object_unref(event);
}

JsonObject *
inlay_event_new(const char *kind)
{
    JsonObject *event = json_object_new();

    json_object_set_string_member(event, "event", kind);
    return event;
}

void
inlay_event_set_hex(JsonObject *event, const char *member, guint64 value, guint digits)
{
    g_autofree char *text = g_strdup_printf("0x%0*" G_GINT64_MODIFIER "x", (int)digits, value);

    json_object_set_string_member(event, member, text);
}

void
inlay_event_set_error(JsonObject *object, const GError *error)
{
    const InlayErrorInfo *info = inlay_error_get_info(error);

    json_object_set_string_member(object, "id", info->id);
    json_object_set_int_member(object, "exit", info->exit_code);
    json_object_set_string_member(object, "sentence", info->sentence);
    json_object_set_string_member(object, "remedy", info->remedy);
    json_object_set_string_member(object, "detail", error->message);
}

JsonObject *
inlay_event_new_result(const GError *error, gint64 ms)
{
    JsonObject *event = inlay_event_new("result");

    json_object_set_boolean_member(event, "ok", error == NULL);
    if (error == NULL) {
        json_object_set_string_member(event, "id", "ok");
        json_object_set_int_member(event, "exit", 0);
    } else {
        inlay_event_set_error(event, error);
    }
    json_object_set_int_member(event, "ms", ms);
    return event;
}

char *
inlay_event_to_line(JsonObject *event)
{
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);

    json_node_set_object(node, event);
    return json_to_string(node, FALSE);
}

JsonObject *
inlay_event_from_line(const char *line)
{
    g_autoptr(JsonNode) node = json_from_string(line, NULL);

    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node))
        return NULL;
    JsonObject *event = json_node_get_object(node);
    JsonNode *kind = json_object_get_member(event, "event");
    if (kind == NULL || json_node_get_value_type(kind) != G_TYPE_STRING)
        return NULL;
    return json_object_ref(event);
}
