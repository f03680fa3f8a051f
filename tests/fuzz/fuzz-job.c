/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/event.h"
#include "core/job.h"
#include "fuzz.h"

static InlayJob *
parse_request(const uint8_t *bytes, size_t size)
{
    g_autoptr(JsonParser) parser = json_parser_new();

    if (!json_parser_load_from_data(parser, (const char *)bytes, (gssize)size, NULL) ||
        json_parser_get_root(parser) == NULL ||
        !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser)))
        return NULL;
    return inlay_job_from_json(json_node_get_object(json_parser_get_root(parser)), NULL);
}

static char *
print_job(const InlayJob *job)
{
    g_autoptr(JsonObject) object = inlay_job_to_json(job);

    return inlay_event_to_line(object);
}

/* As a job file, or else as a worker's request; what is read is the same after a way through JSON. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    g_autoptr(InlayJob) job = inlay_job_parse("/fuzz", (const char *)bytes, size, NULL);

    if (job == NULL && g_utf8_validate_len((const char *)bytes, size, NULL))
        job = parse_request(bytes, size);
    if (job == NULL)
        return 0;
    g_autofree char *line = print_job(job);
    g_autoptr(InlayJob) again = parse_request((const uint8_t *)line, strlen(line));
    g_assert_nonnull(again);
    g_autofree char *line_again = print_job(again);
    g_assert_cmpstr(line, ==, line_again);
    return 0;
}
