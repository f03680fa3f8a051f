/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/yaml.h"

#include <string.h>

#include "core/number.h"

#define LONGEST_LINE_SHOWN 160    /* characters */
#define LONGEST_MESSAGE_SHOWN 400 /* characters; what was found may be a whole text */

struct InlayYaml {
    char *path;
    char *text; /* libfyaml points into it */
    InlayErrorId id;
    struct fy_diag *diag;
    struct fy_parser *parser;
    struct fy_document *document;
};

typedef struct {
    guint line; /* both from 1 */
    guint column;
} Position;

/* The source line with a caret below the column, or nothing when there is no such line to show. */
static char *
show_line(const InlayYaml *yaml, Position at)
{
    g_auto(GStrv) lines = g_strsplit(yaml->text, "\n", (int)MIN(at.line, G_MAXINT - 1) + 1);

    if (at.line == 0 || at.line > g_strv_length(lines))
        return g_strdup("");
    const char *line = g_strchomp(lines[at.line - 1]);
    if (*line == '\0' || !g_utf8_validate(line, -1, NULL) ||
        g_utf8_strlen(line, -1) > LONGEST_LINE_SHOWN)
        return g_strdup("");
    GString *caret = g_string_new(NULL);
    const char *c = line;
    for (guint i = 1; i < at.column && *c != '\0'; i++, c = g_utf8_next_char(c))
        g_string_append_c(caret, *c == '\t' ? '\t' : ' ');
    char *shown = g_strdup_printf("\n  %s\n  %s^", line, caret->str);
    g_string_free(caret, TRUE);
    return shown;
}

static gboolean
fail_at(const InlayYaml *yaml, Position at, const char *message, GError **error)
{
    g_autofree char *shown = show_line(yaml, at);
    g_autofree char *one_line = g_utf8_strlen(message, -1) > LONGEST_MESSAGE_SHOWN
                                    ? g_utf8_substring(message, 0, LONGEST_MESSAGE_SHOWN)
                                    : g_strdup(message);

    g_strdelimit(one_line, "\t\r\n", ' ');
    g_set_error(error, INLAY_ERROR, (int)yaml->id, "%s:%u:%u: %s%s", yaml->path, at.line, at.column,
                one_line, shown);
    return FALSE;
}

/* A mapping or sequence has no token of its own: it is where its first scalar is. */
static struct fy_token *
find_token(struct fy_node *node)
{
    void *iterator = NULL;

    while (node != NULL && !fy_node_is_scalar(node)) {
        iterator = NULL;
        if (fy_node_is_mapping(node))
            node = fy_node_pair_key(fy_node_mapping_iterate(node, &iterator));
        else
            node = fy_node_sequence_iterate(node, &iterator);
    }
    return node != NULL ? fy_node_get_scalar_token(node) : NULL;
}

static Position
find_position(struct fy_node *node)
{
    struct fy_token *token = NULL;

    for (; node != NULL && token == NULL; node = fy_node_get_parent(node))
        token = find_token(node);
    const struct fy_mark *mark = token != NULL ? fy_token_start_mark(token) : NULL;
    if (mark == NULL)
        return (Position){1, 1};
    return (Position){(guint)mark->line + 1, (guint)mark->column + 1};
}

guint
inlay_yaml_get_line(struct fy_node *node)
{
    return find_position(node).line;
}

gboolean
inlay_yaml_fail(
    const InlayYaml *yaml, struct fy_node *node, GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    return fail_at(yaml, find_position(node), message, error);
}

static gboolean
fail_syntax(const InlayYaml *yaml, GError **error)
{
    void *iterator = NULL;
    const struct fy_diag_error *first = fy_diag_errors_iterate(yaml->diag, &iterator);

    if (first == NULL)
        return fail_at(yaml, (Position){1, 1}, "expected a YAML document, found none", error);
    Position at = {(guint)MAX(first->line, 1), (guint)MAX(first->column, 1)};
    return fail_at(yaml, at, first->msg, error);
}

static void
discard_output(struct fy_diag *diag, void *user, const char *text, size_t size)
{
}

static gboolean
parse(InlayYaml *yaml, gsize size, GError **error)
{
    struct fy_diag_cfg diag_config;

    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    diag_config.output_fn = discard_output;
    diag_config.colorize = FALSE;
    yaml->diag = fy_diag_create(&diag_config);
    fy_diag_set_collect_errors(yaml->diag, true);
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_JSON_NONE, .diag = yaml->diag};
    yaml->parser = fy_parser_create(&config);
    if (yaml->parser == NULL || fy_parser_set_string(yaml->parser, yaml->text, size) != 0)
        return fail_syntax(yaml, error);
    yaml->document = fy_parse_load_document(yaml->parser);
    if (yaml->document == NULL || fy_document_root(yaml->document) == NULL)
        return fail_syntax(yaml, error);
    struct fy_document *second = fy_parse_load_document(yaml->parser);
    if (second != NULL) {
        Position at = find_position(fy_document_root(second));
        fy_parse_document_destroy(yaml->parser, second);
        return fail_at(yaml, at, "expected one document, found a second", error);
    }
    return fy_diag_got_error(yaml->diag) ? fail_syntax(yaml, error) : TRUE;
}

/* What libfyaml 0.7 must not see: on some bytes that are no UTF-8 it never ends, and on some tabs
 * behind an indicator it frees memory twice. */
static gboolean
check_text(const InlayYaml *yaml, const char *text, gsize size, GError **error)
{
    Position at = {1, 1};
    const char *end;
    gboolean is_utf8 = g_utf8_validate_len(text, size, &end);
    const char *tab = memchr(text, '\t', (gsize)(end - text));

    if (is_utf8 && tab == NULL)
        return TRUE;
    if (tab != NULL)
        end = tab;
    for (const char *c = text; c < end; c = g_utf8_next_char(c)) {
        at.column = *c == '\n' ? 1 : at.column + 1;
        at.line += *c == '\n';
    }
    if (tab != NULL)
        return fail_at(yaml, at, "expected spaces, found a tab", error);
    g_autofree char *message =
        g_strdup_printf("expected text in UTF-8, found a byte 0x%02x", (guint8)*end);
    return fail_at(yaml, at, message, error);
}

InlayYaml *
inlay_yaml_parse(const char *path, const char *text, gsize size, InlayErrorId id, GError **error)
{
    g_autoptr(InlayYaml) yaml = g_new0(InlayYaml, 1);

    yaml->path = g_strdup(path);
    yaml->text = g_strndup(text, size);
    yaml->id = id;
    if (!check_text(yaml, text, size, error))
        return NULL;
    return parse(yaml, size, error) ? g_steal_pointer(&yaml) : NULL;
}

InlayYaml *
inlay_yaml_load(const char *path, InlayErrorId id, GError **error)
{
    g_autoptr(GError) file_error = NULL;
    g_autofree char *text = NULL;
    gsize size = 0;

    if (!g_file_get_contents(path, &text, &size, &file_error)) {
        g_set_error_literal(error, INLAY_ERROR, INLAY_ERROR_FILE, file_error->message);
        return NULL;
    }
    return inlay_yaml_parse(path, text, size, id, error);
}

void
inlay_yaml_free(InlayYaml *yaml)
{
    if (yaml == NULL)
        return;
    if (yaml->document != NULL)
        fy_parse_document_destroy(yaml->parser, yaml->document);
    if (yaml->parser != NULL)
        fy_parser_destroy(yaml->parser);
    if (yaml->diag != NULL)
        fy_diag_destroy(yaml->diag);
    g_free(yaml->path);
    g_free(yaml->text);
    g_free(yaml);
}

struct fy_node *
inlay_yaml_get_root(const InlayYaml *yaml)
{
    return fy_document_root(yaml->document);
}

/* (transfer full) The scalar's text; NULL when it is no plain scalar or holds a zero byte. */
static char *
dup_scalar(struct fy_node *node)
{
    size_t size = 0;
    const char *text = node != NULL && fy_node_is_scalar(node) && !fy_node_is_alias(node)
                           ? fy_node_get_scalar(node, &size)
                           : NULL;

    if (text == NULL || memchr(text, '\0', size) != NULL)
        return NULL;
    return g_strndup(text, size);
}

/* What was found, for a message. */
static char *
describe(struct fy_node *node)
{
    if (node == NULL)
        return g_strdup("nothing");
    if (fy_node_is_mapping(node))
        return g_strdup("a mapping");
    if (fy_node_is_sequence(node))
        return g_strdup("a list");
    if (fy_node_is_alias(node))
        return g_strdup("an alias");
    char *text = dup_scalar(node);
    if (text == NULL || *text == '\0') {
        g_free(text);
        return g_strdup("nothing");
    }
    return text;
}

/* Edits that make one word of the other; enough for spelling mistakes of short keys. */
static guint
edit_distance(const char *a, const char *b)
{
    guint n = (guint)strlen(b);
    g_autofree guint *row = g_new(guint, n + 1);

    for (guint j = 0; j <= n; j++)
        row[j] = j;
    for (guint i = 1; a[i - 1] != '\0'; i++) {
        guint diagonal = row[0];
        row[0] = i;
        for (guint j = 1; j <= n; j++) {
            guint above = row[j];
            guint change = diagonal + (a[i - 1] != b[j - 1]);
            row[j] = MIN(change, MIN(above, row[j - 1]) + 1);
            diagonal = above;
        }
    }
    return row[n];
}

static const char *
key_name(const char *key)
{
    return *key == '!' ? key + 1 : key;
}

static gboolean
is_known(const char *const *keys, const char *name)
{
    for (; *keys != NULL; keys++) {
        if (strcmp(key_name(*keys), name) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean
fail_unknown_key(const InlayYaml *yaml,
                 struct fy_node *key,
                 const char *name,
                 const char *what,
                 const char *const *keys,
                 GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);
    const char *nearest = NULL;
    guint nearest_distance = (guint)MIN(strlen(name), 30) / 3 + 2;

    for (guint i = 0; keys[i] != NULL; i++) {
        guint distance = strlen(name) < 64 ? edit_distance(name, key_name(keys[i])) : G_MAXUINT;
        if (distance < nearest_distance) {
            nearest_distance = distance;
            nearest = key_name(keys[i]);
        }
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", key_name(keys[i]));
    }
    if (nearest != NULL)
        return inlay_yaml_fail(yaml, key, error, "expected a key of %s, found %s; meant is %s?",
                               what, name, nearest);
    return inlay_yaml_fail(yaml, key, error, "expected a key of %s (%s), found %s", what,
                           known->str, name);
}

gboolean
inlay_yaml_check_mapping(const InlayYaml *yaml,
                         struct fy_node *node,
                         const char *what,
                         const char *const *keys,
                         GError **error)
{
    g_autofree char *found = describe(node);
    struct fy_node_pair *pair;
    void *iterator = NULL;

    if (!fy_node_is_mapping(node))
        return inlay_yaml_fail(yaml, node, error, "expected %s as a mapping, found %s", what,
                               found);
    while ((pair = fy_node_mapping_iterate(node, &iterator)) != NULL) {
        struct fy_node *key = fy_node_pair_key(pair);
        g_autofree char *name = dup_scalar(key);
        if (name == NULL || !is_known(keys, name))
            return fail_unknown_key(yaml, key != NULL ? key : node, name != NULL ? name : "none",
                                    what, keys, error);
    }
    for (; *keys != NULL; keys++) {
        if (**keys == '!' && inlay_yaml_find(node, key_name(*keys)) == NULL)
            return inlay_yaml_fail(yaml, node, error, "expected key %s in %s, found none",
                                   key_name(*keys), what);
    }
    return TRUE;
}

gboolean
inlay_yaml_check_sequence(const InlayYaml *yaml,
                          struct fy_node *node,
                          const char *what,
                          GError **error)
{
    g_autofree char *found = describe(node);

    if (!fy_node_is_sequence(node))
        return inlay_yaml_fail(yaml, node, error, "expected a list of %s, found %s", what, found);
    if (fy_node_sequence_is_empty(node))
        return inlay_yaml_fail(yaml, node, error, "expected a list of %s, found an empty one",
                               what);
    return TRUE;
}

struct fy_node *
inlay_yaml_find(struct fy_node *mapping, const char *key)
{
    return fy_node_mapping_lookup_value_by_simple_key(mapping, key, strlen(key));
}

char *
inlay_yaml_get_text(const InlayYaml *yaml, struct fy_node *node, const char *what, GError **error)
{
    g_autofree char *text = dup_scalar(node);

    if (text != NULL && *text != '\0')
        return g_steal_pointer(&text);
    g_autofree char *found = describe(node);
    inlay_yaml_fail(yaml, node, error, "expected %s, found %s", what, found);
    return NULL;
}

gboolean
inlay_yaml_get_number(
    const InlayYaml *yaml, struct fy_node *node, const char *what, guint32 *value, GError **error)
{
    g_autofree char *text = inlay_yaml_get_text(yaml, node, what, error);

    if (text == NULL)
        return FALSE;
    if (inlay_number_parse(text, value))
        return TRUE;
    return inlay_yaml_fail(yaml, node, error, "expected %s, found %s", what, text);
}
