/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/content.h"
#include "core/job.h"
#include "core/number.h"
#include "core/yaml.h"

/* A job as a person writes it: docs/jobs.md. */

typedef struct {
    const InlayYaml *yaml;
    const char *folder; /* of the job file: relative paths start there */
    InlayJob *job;
} Reader;

/* How the board is reached: in every job. */
#define ACCESS "adapter", "connect", "clock", "supply", "baud", "baud-max", "wires"

/* Which keys a kind of job has, besides `do`; '!': must be there. */
static const char *const keys_of_kind[][18] = {
    [INLAY_JOB_FLASH] = {"!do", ACCESS, "layout", "!contents", "accept-loss", "accept-clone",
                         "paranoid", NULL},
    [INLAY_JOB_VERIFY] = {"!do", ACCESS, "layout", "!contents", NULL},
    [INLAY_JOB_DIFF] = {"!do", ACCESS, "layout", "!contents", NULL},
    [INLAY_JOB_READ] = {"!do", ACCESS, "layout", "partitions", "ranges", "all", "!output", "format",
                        NULL},
    [INLAY_JOB_ERASE] = {"!do", ACCESS, "layout", "partitions", "ranges", "all", "accept-loss",
                         "accept-clone", "paranoid", NULL},
    [INLAY_JOB_RESET] = {"!do", ACCESS, NULL},
    [INLAY_JOB_INFO] = {"!do", ACCESS, NULL},
    [INLAY_JOB_SELFTEST] = {"!do", ACCESS, "accept-clone", NULL},
    [INLAY_JOB_OPTION_GET] = {"!do", ACCESS, "fields", NULL},
    [INLAY_JOB_OPTION_SET] = {"!do", ACCESS, "!fields", "accept-clone", NULL},
    [INLAY_JOB_PROTECT] = {"!do", ACCESS, "layout", "read", "for-ever", "sectors", "partitions",
                           "all", "confirmed", "accept-clone", NULL},
    [INLAY_JOB_UNLOCK] = {"!do", ACCESS, "layout", "write", "sectors", "partitions", "confirmed",
                          "accept-clone", NULL},
    [INLAY_JOB_OTP_READ] = {"!do", ACCESS, "block", NULL},
    [INLAY_JOB_OTP_WRITE] = {"!do", ACCESS, "!block", "input", "hex", "lock", "confirmed",
                             "accept-clone", NULL},
};

#define OPTION_KEYS \
    "fields", "read", "write", "for-ever", "sectors", "block", "input", "hex", "lock", "confirmed"

static const char *const every_key[] = {
    "!do",    ACCESS,   "layout",      "contents",     "partitions", "ranges",    "all",
    "output", "format", "accept-loss", "accept-clone", "paranoid",   OPTION_KEYS, NULL};
static const char *const file_keys[] = {"!file", "base", NULL};
static const char *const partition_file_keys[] = {"!file", NULL};
static const char *const range_keys[] = {"!base", "!size", NULL};

static char *
read_path(const Reader *reader, struct fy_node *node, GError **error)
{
    g_autofree char *path = inlay_yaml_get_text(reader->yaml, node, "a file name", error);

    return path != NULL ? g_canonicalize_filename(path, reader->folder) : NULL;
}

/* Takes the content, whose path is read from the node. */
static gboolean
add_file(const Reader *reader, InlayContent *content, struct fy_node *node, GError **error)
{
    g_ptr_array_add(reader->job->contents, content);
    content->path = read_path(reader, node, error);
    return content->path != NULL;
}

/* "application1: build/app.elf", "application1: keep" or "application1: {file: build/app.elf}" */
static gboolean
read_partition_content(const Reader *reader,
                       const char *partition,
                       struct fy_node *node,
                       GError **error)
{
    if (node != NULL && fy_node_is_mapping(node)) {
        if (!inlay_yaml_check_mapping(reader->yaml, node, "a content", partition_file_keys, error))
            return FALSE;
        node = inlay_yaml_find(node, "file");
    }
    g_autofree char *text = inlay_yaml_get_text(reader->yaml, node, "a file name or keep", error);
    if (text == NULL)
        return FALSE;
    gboolean keep = strcmp(text, inlay_content_kind_to_string(INLAY_CONTENT_KEEP)) == 0;
    InlayContent *content = inlay_content_new(keep ? INLAY_CONTENT_KEEP : INLAY_CONTENT_FILE);
    content->partition = g_strdup(partition);
    if (!keep)
        return add_file(reader, content, node, error);
    g_ptr_array_add(reader->job->contents, content);
    return TRUE;
}

static gboolean
read_partition_contents(const Reader *reader, struct fy_node *node, GError **error)
{
    struct fy_node_pair *pair;
    void *iterator = NULL;

    if (!fy_node_is_mapping(node) || fy_node_mapping_is_empty(node))
        return inlay_yaml_fail(reader->yaml, node, error,
                               "expected contents by partition (application1: app.elf), found "
                               "something else");
    while ((pair = fy_node_mapping_iterate(node, &iterator)) != NULL) {
        g_autofree char *partition =
            inlay_yaml_get_text(reader->yaml, fy_node_pair_key(pair), "a partition's name", error);
        if (partition == NULL ||
            !read_partition_content(reader, partition, fy_node_pair_value(pair), error))
            return FALSE;
    }
    return TRUE;
}

/* Without a layout: "- app.elf" or "- {file: app.bin, base: 0x08004000}" */
static gboolean
read_file_content(const Reader *reader, struct fy_node *node, GError **error)
{
    InlayContent *content = inlay_content_new(INLAY_CONTENT_FILE);

    if (!fy_node_is_mapping(node))
        return add_file(reader, content, node, error);
    if (!inlay_yaml_check_mapping(reader->yaml, node, "a content", file_keys, error)) {
        inlay_content_free(content);
        return FALSE;
    }
    struct fy_node *base = inlay_yaml_find(node, "base");
    content->has_addr = base != NULL;
    return add_file(reader, content, inlay_yaml_find(node, "file"), error) &&
           (base == NULL ||
            inlay_yaml_get_number(reader->yaml, base, "an address such as 0x08004000",
                                  &content->addr, error));
}

static gboolean
read_range(const Reader *reader, struct fy_node *node, GError **error)
{
    InlayRange range = {0};

    if (!inlay_yaml_check_mapping(reader->yaml, node, "a range", range_keys, error) ||
        !inlay_yaml_get_number(reader->yaml, inlay_yaml_find(node, "base"),
                               "an address such as 0x08004000", &range.addr, error) ||
        !inlay_yaml_get_number(reader->yaml, inlay_yaml_find(node, "size"),
                               "a size such as 16K or 0x4000", &range.size, error))
        return FALSE;
    if (range.size == 0)
        return inlay_yaml_fail(reader->yaml, inlay_yaml_find(node, "size"), error,
                               "expected a size above 0, found 0");
    g_array_append_val(reader->job->ranges, range);
    return TRUE;
}

static gboolean
read_name(const Reader *reader, struct fy_node *node, GError **error)
{
    char *name = inlay_yaml_get_text(reader->yaml, node, "a partition's name", error);

    if (name != NULL)
        g_ptr_array_add(reader->job->names, name);
    return name != NULL;
}

static gboolean
read_field(const Reader *reader, struct fy_node *node, GError **error)
{
    char *name = inlay_yaml_get_text(reader->yaml, node, "a field's name", error);

    if (name != NULL)
        g_ptr_array_add(reader->job->fields, name);
    return name != NULL;
}

typedef gboolean (*ReadItemFunc)(const Reader *reader, struct fy_node *node, GError **error);

static gboolean
read_items(const Reader *reader,
           struct fy_node *node,
           const char *what,
           ReadItemFunc read_item,
           GError **error)
{
    struct fy_node *item;
    void *iterator = NULL;

    if (node == NULL)
        return TRUE;
    if (!inlay_yaml_check_sequence(reader->yaml, node, what, error))
        return FALSE;
    while ((item = fy_node_sequence_iterate(node, &iterator)) != NULL) {
        if (!read_item(reader, item, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_contents(const Reader *reader, struct fy_node *node, GError **error)
{
    if (node == NULL)
        return TRUE;
    return reader->job->layout != NULL ? read_partition_contents(reader, node, error)
                                       : read_items(reader, node, "files, for there is no layout",
                                                    read_file_content, error);
}

static gboolean
read_switch(const Reader *reader, const char *key, gboolean *on, GError **error)
{
    struct fy_node *node = inlay_yaml_find(inlay_yaml_get_root(reader->yaml), key);

    if (node == NULL)
        return TRUE;
    g_autofree char *text = inlay_yaml_get_text(reader->yaml, node, "true or false", error);
    if (text == NULL)
        return FALSE;
    *on = strcmp(text, "true") == 0;
    return *on || strcmp(text, "false") == 0 ||
           inlay_yaml_fail(reader->yaml, node, error, "expected true or false, found %s", text);
}

/* READ has one place, ERASE at least one. */
static gboolean
check_places(const Reader *reader, struct fy_node *root, GError **error)
{
    const InlayJob *job = reader->job;
    guint n = job->names->len + job->ranges->len + (job->all ? 1 : 0);

    if (job->names->len > 0 && job->layout == NULL)
        return inlay_yaml_fail(reader->yaml, inlay_yaml_find(root, "partitions"), error,
                               "expected key layout in the job, for partitions are named, found "
                               "none");
    if (job->kind == INLAY_JOB_READ && n != 1)
        return inlay_yaml_fail(reader->yaml, root, error,
                               "expected one place to read (partitions, ranges or all: true), "
                               "found %u",
                               n);
    if (job->kind == INLAY_JOB_ERASE && (n == 0 || (job->all && n > 1)))
        return inlay_yaml_fail(reader->yaml, root, error,
                               "expected places to erase (partitions, ranges), or all: true alone, "
                               "found %u",
                               n);
    return TRUE;
}

static gboolean
read_kind(const Reader *reader, struct fy_node *node, GError **error)
{
    static const char what[] =
        "flash, verify, diff, read, erase, reset, info, option-get, option-set, "
        "protect, unlock, otp-read or otp-write";
    g_autofree char *name = inlay_yaml_get_text(reader->yaml, node, what, error);

    if (name == NULL)
        return FALSE;
    return inlay_job_kind_from_string(name, &reader->job->kind) ||
           inlay_yaml_fail(reader->yaml, node, error, "expected %s, found %s", what, name);
}

static gboolean
read_connect(const Reader *reader, struct fy_node *node, GError **error)
{
    static const char what[] = "auto, normal, under-reset or race";
    g_autofree char *name = inlay_yaml_get_text(reader->yaml, node, what, error);

    if (name == NULL)
        return FALSE;
    return inlay_connect_from_string(name, &reader->job->access.connect) ||
           inlay_yaml_fail(reader->yaml, node, error, "expected %s, found %s", what, name);
}

static gboolean
read_supply(const Reader *reader, struct fy_node *node, GError **error)
{
    static const char what[] = "a supply such as 3.3V or 3300mV";
    g_autofree char *text = inlay_yaml_get_text(reader->yaml, node, what, error);

    if (text == NULL)
        return FALSE;
    return inlay_number_parse_supply(text, &reader->job->access.supply_mv) ||
           inlay_yaml_fail(reader->yaml, node, error, "expected %s, found %s", what, text);
}

static gboolean
read_baud(const Reader *reader, struct fy_node *node, guint *baud, GError **error)
{
    guint32 number = 0;

    if (node == NULL)
        return TRUE;
    if (!inlay_yaml_get_number(reader->yaml, node, "a rate such as 115200", &number, error))
        return FALSE;
    *baud = number;
    return inlay_access_is_baud(number) ||
           inlay_yaml_fail(reader->yaml, node, error, "expected a rate such as 115200, found %u",
                           number);
}

/* "{nrst: dtr, button: rts}" */
static gboolean
read_wires(const Reader *reader, struct fy_node *node, GError **error)
{
    struct fy_node_pair *pair;
    void *iterator = NULL;

    if (node == NULL)
        return TRUE;
    if (!fy_node_is_mapping(node))
        return inlay_yaml_fail(reader->yaml, node, error,
                               "expected lines by wire (nrst: dtr), found something else");
    while ((pair = fy_node_mapping_iterate(node, &iterator)) != NULL) {
        struct fy_node *value = fy_node_pair_value(pair);
        g_autoptr(GError) wrong = NULL;
        g_autofree char *wire =
            inlay_yaml_get_text(reader->yaml, fy_node_pair_key(pair), "a wire", error);
        g_autofree char *line =
            wire != NULL ? inlay_yaml_get_text(reader->yaml, value, "a line: dtr or rts", error)
                         : NULL;
        if (line == NULL)
            return FALSE;
        if (!inlay_access_set_wire(&reader->job->access, wire, line, &wrong))
            return inlay_yaml_fail(reader->yaml, fy_node_pair_key(pair), error, "%s",
                                   wrong->message);
    }
    return TRUE;
}

static gboolean
read_access(const Reader *reader, struct fy_node *root, GError **error)
{
    InlayAccess *access = &reader->job->access;
    struct fy_node *adapter = inlay_yaml_find(root, "adapter");
    struct fy_node *connect = inlay_yaml_find(root, "connect");
    struct fy_node *clock = inlay_yaml_find(root, "clock");
    struct fy_node *supply = inlay_yaml_find(root, "supply");
    guint32 khz = 0;

    if (adapter != NULL &&
        (access->adapter = inlay_yaml_get_text(reader->yaml, adapter, "an adapter", error)) == NULL)
        return FALSE;
    if ((connect != NULL && !read_connect(reader, connect, error)) ||
        (clock != NULL &&
         !inlay_yaml_get_number(reader->yaml, clock, "a clock in kHz such as 480", &khz, error)))
        return FALSE;
    access->clock_khz = khz;
    return (supply == NULL || read_supply(reader, supply, error)) &&
           read_baud(reader, inlay_yaml_find(root, "baud"), &access->baud, error) &&
           read_baud(reader, inlay_yaml_find(root, "baud-max"), &access->baud_max, error) &&
           read_wires(reader, inlay_yaml_find(root, "wires"), error);
}

/* "bor: off": fields and values; a list of fields to get. */
static gboolean
read_fields(const Reader *reader, struct fy_node *node, GError **error)
{
    struct fy_node_pair *pair;
    void *iterator = NULL;

    if (node == NULL)
        return TRUE;
    if (reader->job->kind == INLAY_JOB_OPTION_GET)
        return read_items(reader, node, "fields", read_field, error);
    if (!fy_node_is_mapping(node) || fy_node_mapping_is_empty(node))
        return inlay_yaml_fail(reader->yaml, node, error,
                               "expected values by field (bor: off), found something else");
    while ((pair = fy_node_mapping_iterate(node, &iterator)) != NULL) {
        g_autofree char *name =
            inlay_yaml_get_text(reader->yaml, fy_node_pair_key(pair), "a field's name", error);
        g_autofree char *value = name != NULL
                                     ? inlay_yaml_get_text(reader->yaml, fy_node_pair_value(pair),
                                                           "the field's value", error)
                                     : NULL;
        if (value == NULL)
            return FALSE;
        g_ptr_array_add(reader->job->fields, g_strdup_printf("%s=%s", name, value));
    }
    return TRUE;
}

static gboolean
read_text(const Reader *reader, const char *key, const char *what, char **text, GError **error)
{
    struct fy_node *node = inlay_yaml_find(inlay_yaml_get_root(reader->yaml), key);

    if (node == NULL)
        return TRUE;
    *text = inlay_yaml_get_text(reader->yaml, node, what, error);
    return *text != NULL;
}

static gboolean
read_confirmed(const Reader *reader, struct fy_node *node, GError **error)
{
    static const char what[] = "what is confirmed: erase, for-ever or otp";
    g_autofree char *name = NULL;

    if (node == NULL)
        return TRUE;
    name = inlay_yaml_get_text(reader->yaml, node, what, error);
    return name != NULL &&
           (inlay_confirmation_from_string(name, &reader->job->confirmed) ||
            inlay_yaml_fail(reader->yaml, node, error, "expected %s, found %s", what, name));
}

/* Option bytes, protection, one-time programmable bytes. */
static gboolean
read_options(const Reader *reader, struct fy_node *root, GError **error)
{
    InlayJob *job = reader->job;
    struct fy_node *block = inlay_yaml_find(root, "block");
    struct fy_node *input = inlay_yaml_find(root, "input");

    job->has_block = block != NULL;
    if (block != NULL &&
        !inlay_yaml_get_number(reader->yaml, block, "a block's number", &job->block, error))
        return FALSE;
    if (input != NULL && (job->input = read_path(reader, input, error)) == NULL)
        return FALSE;
    return read_fields(reader, inlay_yaml_find(root, "fields"), error) &&
           read_switch(reader, "read", &job->read, error) &&
           read_switch(reader, "write", &job->write, error) &&
           read_switch(reader, "for-ever", &job->for_ever, error) &&
           read_switch(reader, "lock", &job->lock, error) &&
           read_text(reader, "sectors", "sectors such as 0-3,7", &job->sectors, error) &&
           read_text(reader, "hex", "hexadecimal digits", &job->hex, error) &&
           read_confirmed(reader, inlay_yaml_find(root, "confirmed"), error);
}

static gboolean
read_format(const Reader *reader, struct fy_node *node, GError **error)
{
    static const char what[] = "bin, hex or s19";

    if (node == NULL)
        return TRUE;
    g_autofree char *name = inlay_yaml_get_text(reader->yaml, node, what, error);
    if (name == NULL)
        return FALSE;
    return inlay_file_format_from_string(name, &reader->job->format) ||
           inlay_yaml_fail(reader->yaml, node, error, "expected %s, found %s", what, name);
}

static gboolean
read_job(const Reader *reader, GError **error)
{
    struct fy_node *root = inlay_yaml_get_root(reader->yaml);
    InlayJob *job = reader->job;

    if (!inlay_yaml_check_mapping(reader->yaml, root, "a job", every_key, error) ||
        !read_kind(reader, inlay_yaml_find(root, "do"), error))
        return FALSE;
    g_autofree char *what =
        g_strdup_printf("a job that does %s", inlay_job_kind_to_string(job->kind));
    if (!inlay_yaml_check_mapping(reader->yaml, root, what, keys_of_kind[job->kind], error))
        return FALSE;
    struct fy_node *layout = inlay_yaml_find(root, "layout");
    struct fy_node *output = inlay_yaml_find(root, "output");
    if (!read_access(reader, root, error))
        return FALSE;
    if (layout != NULL && (job->layout = read_path(reader, layout, error)) == NULL)
        return FALSE;
    if (output != NULL && (job->output = read_path(reader, output, error)) == NULL)
        return FALSE;
    return read_format(reader, inlay_yaml_find(root, "format"), error) &&
           read_contents(reader, inlay_yaml_find(root, "contents"), error) &&
           read_items(reader, inlay_yaml_find(root, "partitions"), "partitions", read_name,
                      error) &&
           read_items(reader, inlay_yaml_find(root, "ranges"), "ranges", read_range, error) &&
           read_switch(reader, "all", &job->all, error) &&
           read_switch(reader, "accept-loss", &job->accept_loss, error) &&
           read_switch(reader, "accept-clone", &job->accept_clone, error) &&
           read_switch(reader, "paranoid", &job->paranoid, error) &&
           read_options(reader, root, error) && check_places(reader, root, error);
}

static InlayJob *
job_from_yaml(const char *path, const InlayYaml *yaml, GError **error)
{
    g_autoptr(InlayJob) job = inlay_job_new(INLAY_JOB_INFO);
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *folder = g_path_get_dirname(absolute);
    Reader reader = {.yaml = yaml, .folder = folder, .job = job};

    return read_job(&reader, error) ? g_steal_pointer(&job) : NULL;
}

InlayJob *
inlay_job_parse(const char *path, const char *text, gsize size, GError **error)
{
    g_autoptr(InlayYaml) yaml = inlay_yaml_parse(path, text, size, INLAY_ERROR_JOB, error);

    return yaml != NULL ? job_from_yaml(path, yaml, error) : NULL;
}

InlayJob *
inlay_job_load(const char *path, GError **error)
{
    g_autoptr(InlayYaml) yaml = inlay_yaml_load(path, INLAY_ERROR_JOB, error);

    return yaml != NULL ? job_from_yaml(path, yaml, error) : NULL;
}
