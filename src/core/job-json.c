/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/content.h"
#include "core/error.h"
#include "core/job.h"

/*
 * A job as the worker gets it: one JSON object with the members of InlayJob; absent: NULL, empty or
 * false. It is made by a program, so it is checked, but not explained at length.
 */

static void
set_string(JsonObject *object, const char *member, const char *text)
{
    if (text != NULL)
        json_object_set_string_member(object, member, text);
}

static void
set_boolean(JsonObject *object, const char *member, gboolean value)
{
    if (value)
        json_object_set_boolean_member(object, member, TRUE);
}

/* Takes the array. */
static void
set_array(JsonObject *object, const char *member, JsonArray *array)
{
    if (json_array_get_length(array) > 0)
        json_object_set_array_member(object, member, array);
    else
        json_array_unref(array);
}

static JsonObject *
content_to_json(const InlayContent *content)
{
    JsonObject *object = json_object_new();

    set_string(object, "kind", inlay_content_kind_to_string(content->kind));
    set_string(object, "partition", content->partition);
    set_string(object, "path", content->path);
    if (content->has_addr)
        json_object_set_int_member(object, "addr", content->addr);
    return object;
}

static JsonObject *
range_to_json(InlayRange range)
{
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "addr", range.addr);
    json_object_set_int_member(object, "size", range.size);
    return object;
}

/* What only a serial port has. */
static void
set_serial(JsonObject *object, const InlayAccess *access)
{
    if (access->baud != 0)
        json_object_set_int_member(object, "baud", access->baud);
    if (access->baud_max != 0)
        json_object_set_int_member(object, "baud_max", access->baud_max);
    set_string(object, "dtr_wire", inlay_wire_to_string(access->dtr_wire));
    set_string(object, "rts_wire", inlay_wire_to_string(access->rts_wire));
}

JsonObject *
inlay_job_to_json(const InlayJob *job)
{
    JsonObject *object = json_object_new();
    JsonArray *contents = json_array_new();
    JsonArray *names = json_array_new();
    JsonArray *ranges = json_array_new();
    JsonArray *fields = json_array_new();

    for (guint i = 0; i < job->contents->len; i++)
        json_array_add_object_element(contents, content_to_json(job->contents->pdata[i]));
    for (guint i = 0; i < job->names->len; i++)
        json_array_add_string_element(names, job->names->pdata[i]);
    for (guint i = 0; i < job->fields->len; i++)
        json_array_add_string_element(fields, job->fields->pdata[i]);
    for (guint i = 0; i < job->ranges->len; i++)
        json_array_add_object_element(ranges,
                                      range_to_json(g_array_index(job->ranges, InlayRange, i)));
    set_string(object, "kind", inlay_job_kind_to_string(job->kind));
    set_string(object, "adapter", job->access.adapter);
    if (job->access.connect != INLAY_CONNECT_AUTO)
        set_string(object, "connect", inlay_connect_to_string(job->access.connect));
    if (job->access.clock_khz != 0)
        json_object_set_int_member(object, "clock_khz", job->access.clock_khz);
    if (job->access.supply_mv != 0)
        json_object_set_int_member(object, "supply_mv", job->access.supply_mv);
    set_string(object, "trace", job->access.trace);
    set_serial(object, &job->access);
    set_string(object, "layout", job->layout);
    set_string(object, "output", job->output);
    if (job->format != INLAY_FILE_BY_NAME)
        set_string(object, "format", inlay_file_format_to_string(job->format));
    set_array(object, "contents", contents);
    set_array(object, "names", names);
    set_array(object, "ranges", ranges);
    set_boolean(object, "all", job->all);
    set_boolean(object, "dry_run", job->dry_run);
    set_boolean(object, "accept_loss", job->accept_loss);
    set_boolean(object, "paranoid", job->paranoid);
    set_boolean(object, "accept_clone", job->accept_clone);
    set_array(object, "fields", fields);
    set_boolean(object, "read", job->read);
    set_boolean(object, "for_ever", job->for_ever);
    set_boolean(object, "write", job->write);
    set_string(object, "sectors", job->sectors);
    if (job->has_block)
        json_object_set_int_member(object, "block", job->block);
    set_string(object, "input", job->input);
    set_string(object, "hex", job->hex);
    set_boolean(object, "lock", job->lock);
    if (job->confirmed != INLAY_CONFIRMED_NOTHING)
        set_string(object, "confirmed", inlay_confirmation_to_string(job->confirmed));
    set_string(object, "uid", job->uid);
    return object;
}

static gboolean
fail(const char *member, const char *expected, GError **error)
{
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_JOB, "member %s: expected %s, found something else",
                member, expected);
    return FALSE;
}

/* Absent members leave *text NULL. */
static gboolean
take_string(JsonObject *object, const char *member, char **text, GError **error)
{
    JsonNode *node = json_object_get_member(object, member);

    if (node == NULL)
        return TRUE;
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
        return fail(member, "a string", error);
    *text = g_strdup(json_node_get_string(node));
    return TRUE;
}

static gboolean
take_boolean(JsonObject *object, const char *member, gboolean *value, GError **error)
{
    JsonNode *node = json_object_get_member(object, member);

    if (node == NULL)
        return TRUE;
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_BOOLEAN)
        return fail(member, "true or false", error);
    *value = json_node_get_boolean(node);
    return TRUE;
}

static gboolean
take_number(
    JsonObject *object, const char *member, gboolean *is_there, guint32 *value, GError **error)
{
    JsonNode *node = json_object_get_member(object, member);

    *is_there = node != NULL;
    if (node == NULL)
        return TRUE;
    gint64 number = JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64
                        ? json_node_get_int(node)
                        : -1;
    if (number < 0 || number > G_MAXUINT32)
        return fail(member, "a number of 32 bits", error);
    *value = (guint32)number;
    return TRUE;
}

/* (transfer none) Absent: an empty list. */
static gboolean
take_nodes(JsonObject *object, const char *member, GList **nodes, GError **error)
{
    JsonNode *node = json_object_get_member(object, member);

    *nodes = NULL;
    if (node == NULL)
        return TRUE;
    if (!JSON_NODE_HOLDS_ARRAY(node))
        return fail(member, "an array", error);
    *nodes = json_array_get_elements(json_node_get_array(node));
    return TRUE;
}

static gboolean
take_content(InlayJob *job, JsonObject *object, GError **error)
{
    InlayContent *content = inlay_content_new(INLAY_CONTENT_FILE);
    g_autofree char *kind = NULL;

    g_ptr_array_add(job->contents, content);
    if (!take_string(object, "kind", &kind, error) ||
        !take_string(object, "partition", &content->partition, error) ||
        !take_string(object, "path", &content->path, error) ||
        !take_number(object, "addr", &content->has_addr, &content->addr, error))
        return FALSE;
    if (kind == NULL || !inlay_content_kind_from_string(kind, &content->kind))
        return fail("kind", "a kind of content", error);
    if (content->kind == INLAY_CONTENT_FILE && content->path == NULL)
        return fail("path", "a path", error);
    if (content->kind == INLAY_CONTENT_KEEP && content->partition == NULL)
        return fail("partition", "a name", error);
    return TRUE;
}

static gboolean
take_range(InlayJob *job, JsonObject *object, GError **error)
{
    InlayRange range = {0};
    gboolean has_addr, has_size;

    if (!take_number(object, "addr", &has_addr, &range.addr, error) ||
        !take_number(object, "size", &has_size, &range.size, error))
        return FALSE;
    if (!has_addr || !has_size || range.size == 0)
        return fail("ranges", "an address and a size above 0", error);
    g_array_append_val(job->ranges, range);
    return TRUE;
}

typedef gboolean (*TakeObjectFunc)(InlayJob *job, JsonObject *object, GError **error);

static gboolean
take_objects(
    InlayJob *job, JsonObject *object, const char *member, TakeObjectFunc take, GError **error)
{
    g_autoptr(GList) nodes = NULL;

    if (!take_nodes(object, member, &nodes, error))
        return FALSE;
    for (GList *i = nodes; i != NULL; i = i->next) {
        if (!JSON_NODE_HOLDS_OBJECT((JsonNode *)i->data))
            return fail(member, "objects", error);
        if (!take(job, json_node_get_object(i->data), error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
take_strings(JsonObject *object, const char *member, GPtrArray *strings, GError **error)
{
    g_autoptr(GList) nodes = NULL;

    if (!take_nodes(object, member, &nodes, error))
        return FALSE;
    for (GList *i = nodes; i != NULL; i = i->next) {
        if (!JSON_NODE_HOLDS_VALUE((JsonNode *)i->data) ||
            json_node_get_value_type(i->data) != G_TYPE_STRING)
            return fail(member, "strings", error);
        g_ptr_array_add(strings, g_strdup(json_node_get_string(i->data)));
    }
    return TRUE;
}

static gboolean
take_wire(JsonObject *object, const char *member, InlayWire *wire, GError **error)
{
    g_autofree char *name = NULL;

    return take_string(object, member, &name, error) &&
           (name == NULL || inlay_wire_from_string(name, wire) || fail(member, "a wire", error));
}

static gboolean
take_baud(JsonObject *object, const char *member, guint *baud, GError **error)
{
    guint32 number = 0;
    gboolean is_there;

    if (!take_number(object, member, &is_there, &number, error))
        return FALSE;
    *baud = number;
    return !is_there || inlay_access_is_baud(number) || fail(member, "a rate in baud", error);
}

static gboolean
take_access(JsonObject *object, InlayAccess *access, GError **error)
{
    g_autofree char *connect = NULL;
    gboolean has_clock, has_supply;

    if (!take_string(object, "adapter", &access->adapter, error) ||
        !take_string(object, "connect", &connect, error) ||
        !take_number(object, "clock_khz", &has_clock, &access->clock_khz, error) ||
        !take_number(object, "supply_mv", &has_supply, &access->supply_mv, error) ||
        !take_string(object, "trace", &access->trace, error) ||
        !take_baud(object, "baud", &access->baud, error) ||
        !take_baud(object, "baud_max", &access->baud_max, error) ||
        !take_wire(object, "dtr_wire", &access->dtr_wire, error) ||
        !take_wire(object, "rts_wire", &access->rts_wire, error))
        return FALSE;
    return connect == NULL || inlay_connect_from_string(connect, &access->connect) ||
           fail("connect", "a way to connect", error);
}

static gboolean
take_output(JsonObject *object, InlayJob *job, GError **error)
{
    g_autofree char *format = NULL;

    if (!take_string(object, "output", &job->output, error) ||
        !take_string(object, "format", &format, error))
        return FALSE;
    return format == NULL || inlay_file_format_from_string(format, &job->format) ||
           fail("format", "bin, hex or s19", error);
}

/* What the kinds about option bytes and one-time programmable bytes have. */
static gboolean
take_options(InlayJob *job, JsonObject *object, GError **error)
{
    g_autofree char *confirmed = NULL;

    if (!take_strings(object, "fields", job->fields, error) ||
        !take_boolean(object, "read", &job->read, error) ||
        !take_boolean(object, "for_ever", &job->for_ever, error) ||
        !take_boolean(object, "write", &job->write, error) ||
        !take_string(object, "sectors", &job->sectors, error) ||
        !take_number(object, "block", &job->has_block, &job->block, error) ||
        !take_string(object, "input", &job->input, error) ||
        !take_string(object, "hex", &job->hex, error) ||
        !take_boolean(object, "lock", &job->lock, error) ||
        !take_string(object, "confirmed", &confirmed, error) ||
        !take_string(object, "uid", &job->uid, error))
        return FALSE;
    return confirmed == NULL || inlay_confirmation_from_string(confirmed, &job->confirmed) ||
           fail("confirmed", "what was confirmed", error);
}

InlayJob *
inlay_job_from_json(JsonObject *object, GError **error)
{
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_INFO);
    g_autofree char *kind = NULL;

    if (!take_string(object, "kind", &kind, error))
        return NULL;
    if (kind == NULL || !inlay_job_kind_from_string(kind, &job->kind)) {
        fail("kind", "a kind of job", error);
        return NULL;
    }
    gboolean ok =
        take_access(object, &job->access, error) &&
        take_string(object, "layout", &job->layout, error) && take_output(object, job, error) &&
        take_boolean(object, "all", &job->all, error) &&
        take_boolean(object, "dry_run", &job->dry_run, error) &&
        take_boolean(object, "accept_loss", &job->accept_loss, error) &&
        take_boolean(object, "paranoid", &job->paranoid, error) &&
        take_boolean(object, "accept_clone", &job->accept_clone, error) &&
        take_objects(job, object, "contents", take_content, error) &&
        take_objects(job, object, "ranges", take_range, error) &&
        take_strings(object, "names", job->names, error) && take_options(job, object, error);
    return ok ? g_steal_pointer(&job) : NULL;
}
