/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/job.h"

#include <string.h>

#include "core/error.h"
#include "core/event.h"

static InlayJob *
parse(const char *text, GError **error)
{
    return inlay_job_parse("/jobs/j.yaml", text, strlen(text), error);
}

/* What a job file says, as the worker would get it. */
static const struct {
    const char *name;
    const char *text;
    const char *json;
} jobs[] = {
    {"flash",
     "do: flash\n"
     "adapter: usb:1-4\n"
     "layout: ../product.yaml\n"
     "contents:\n"
     "  selector: build/selector.elf\n"
     "  application1: {file: /abs/app.bin}\n"
     "  application2: keep\n",
     "{\"kind\":\"flash\",\"adapter\":\"usb:1-4\",\"layout\":\"/product.yaml\",\"contents\":["
     "{\"kind\":\"file\",\"partition\":\"selector\",\"path\":\"/jobs/build/selector.elf\"},"
     "{\"kind\":\"file\",\"partition\":\"application1\",\"path\":\"/abs/app.bin\"},"
     "{\"kind\":\"keep\",\"partition\":\"application2\"}]}"},
    {"verify-without-layout",
     "do: verify\n"
     "contents:\n"
     "  - app.elf\n"
     "  - {file: data.bin, base: 0x08004000}\n",
     "{\"kind\":\"verify\",\"contents\":[{\"kind\":\"file\",\"path\":\"/jobs/app.elf\"},"
     "{\"kind\":\"file\",\"path\":\"/jobs/data.bin\",\"addr\":134234112}]}"},
    {"read", "do: read\nranges: [{base: 0x08000000, size: 16K}]\noutput: dump.bin\n",
     "{\"kind\":\"read\",\"output\":\"/jobs/dump.bin\","
     "\"ranges\":[{\"addr\":134217728,\"size\":16384}]}"},
    {"read-hex", "do: read\nall: true\noutput: dump\nformat: hex\n",
     "{\"kind\":\"read\",\"output\":\"/jobs/dump\",\"format\":\"hex\",\"all\":true}"},
    {"diff", "do: diff\ncontents: [app.hex.gz]\n",
     "{\"kind\":\"diff\",\"contents\":[{\"kind\":\"file\",\"path\":\"/jobs/app.hex.gz\"}]}"},
    {"erase", "do: erase\nlayout: p.yaml\npartitions: [a, b]\n",
     "{\"kind\":\"erase\",\"layout\":\"/jobs/p.yaml\",\"names\":[\"a\",\"b\"]}"},
    {"erase-all", "do: erase\nall: true\n", "{\"kind\":\"erase\",\"all\":true}"},
    {"reset", "do: reset\n", "{\"kind\":\"reset\"}"},
    {"option-set", "do: option-set\nfields: {bor: off, wrp: 0-3}\n",
     "{\"kind\":\"option-set\",\"fields\":[\"bor=off\",\"wrp=0-3\"]}"},
    {"protect", "do: protect\nlayout: p.yaml\npartitions: [boot]\nread: true\nsectors: 4,5\n",
     "{\"kind\":\"protect\",\"layout\":\"/jobs/p.yaml\",\"names\":[\"boot\"],\"read\":true,"
     "\"sectors\":\"4,5\"}"},
    {"unlock", "do: unlock\nconfirmed: erase\n", "{\"kind\":\"unlock\",\"confirmed\":\"erase\"}"},
    {"otp-write", "do: otp-write\nblock: 3\ninput: key.bin\nlock: true\nconfirmed: otp\n",
     "{\"kind\":\"otp-write\",\"block\":3,\"input\":\"/jobs/key.bin\",\"lock\":true,"
     "\"confirmed\":\"otp\"}"},
    {"access", "do: info\nconnect: under-reset\nclock: 480\nsupply: 3.3V\n",
     "{\"kind\":\"info\",\"connect\":\"under-reset\",\"clock_khz\":480,\"supply_mv\":3300}"},
    {"serial",
     "do: info\nadapter: tty:/dev/ttyUSB0\nbaud: 57600\nbaud-max: 921600\n"
     "wires: {nrst: dtr, button: rts}\n",
     "{\"kind\":\"info\",\"adapter\":\"tty:/dev/ttyUSB0\",\"baud\":57600,\"baud_max\":921600,"
     "\"dtr_wire\":\"nrst\",\"rts_wire\":\"button\"}"},
};

static void
test_job(gconstpointer index)
{
    guint i = GPOINTER_TO_UINT(index);
    g_autoptr(GError) error = NULL;
    g_autoptr(InlayJob) job = parse(jobs[i].text, &error);

    g_assert_no_error(error);
    g_autoptr(JsonObject) json = inlay_job_to_json(job);
    g_autofree char *text = inlay_event_to_line(json);
    g_assert_cmpstr(text, ==, jobs[i].json);

    g_autoptr(InlayJob) again = inlay_job_from_json(json, &error);
    g_assert_no_error(error);
    g_autoptr(JsonObject) json_again = inlay_job_to_json(again);
    g_autofree char *text_again = inlay_event_to_line(json_again);
    g_assert_cmpstr(text_again, ==, jobs[i].json);
}

static const struct {
    const char *name;
    const char *text;
    const char *message;
} errors[] = {
    {"unknown-kind", "do: burn\n",
     "/jobs/j.yaml:1:5: expected flash, verify, diff, read, erase, reset, info, option-get, "
     "option-set, protect, unlock, otp-read or otp-write, found burn\n"
     "  do: burn\n"
     "      ^"},
    {"key-of-another-kind", "do: reset\nlayout: p.yaml\n",
     "/jobs/j.yaml:2:1: expected a key of a job that does reset (do, adapter, connect, clock, "
     "supply, baud, baud-max, wires), found layout\n"
     "  layout: p.yaml\n"
     "  ^"},
    {"unknown-key", "do: flash\ncontent: []\n",
     "/jobs/j.yaml:2:1: expected a key of a job, found content; meant is contents?\n"
     "  content: []\n"
     "  ^"},
    {"partitions-without-layout", "do: erase\npartitions: [a]\n",
     "/jobs/j.yaml:2:14: expected key layout in the job, for partitions are named, found none\n"
     "  partitions: [a]\n"
     "               ^"},
    {"contents-by-name-without-layout", "do: flash\ncontents: {a: a.elf}\n",
     "/jobs/j.yaml:2:12: expected a list of files, for there is no layout, found a mapping\n"
     "  contents: {a: a.elf}\n"
     "             ^"},
    {"partition-twice", "do: flash\nlayout: p.yaml\ncontents:\n  a: x\n  a: y\n",
     "/jobs/j.yaml:5:3: duplicate key\n"
     "    a: y\n"
     "    ^"},
    {"base-in-a-layout", "do: flash\nlayout: p.yaml\ncontents:\n  a: {file: x, base: 0}\n",
     "/jobs/j.yaml:4:16: expected a key of a content (file), found base\n"
     "    a: {file: x, base: 0}\n"
     "                 ^"},
    {"two-places-to-read",
     "do: read\noutput: o\nranges: [{base: 0, size: 4}, {base: 8, size: 4}]\n",
     "/jobs/j.yaml:1:1: expected one place to read (partitions, ranges or all: true), found 2\n"
     "  do: read\n"
     "  ^"},
    {"baud", "do: info\nbaud-max: 299\n",
     "/jobs/j.yaml:2:11: expected a rate such as 115200, found 299\n"
     "  baud-max: 299\n"
     "            ^"},
    {"wire-to-nothing", "do: info\nwires: {reset: dtr}\n",
     "/jobs/j.yaml:2:9: expected a wire (nrst, boot0, button), found reset\n"
     "  wires: {reset: dtr}\n"
     "          ^"},
    {"wires-as-a-list", "do: info\nwires: [dtr]\n",
     "/jobs/j.yaml:2:9: expected lines by wire (nrst: dtr), found something else\n"
     "  wires: [dtr]\n"
     "          ^"},
    {"nothing-to-erase", "do: erase\n",
     "/jobs/j.yaml:1:1: expected places to erase (partitions, ranges), or all: true alone, found "
     "0\n"
     "  do: erase\n"
     "  ^"},
};

static void
test_error(gconstpointer index)
{
    guint i = GPOINTER_TO_UINT(index);
    g_autoptr(GError) error = NULL;

    g_assert_null(parse(errors[i].text, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_JOB);
    g_assert_cmpstr(error->message, ==, errors[i].message);
}

static void
test_requests_that_are_no_jobs(void)
{
    static const char *const lines[] = {
        "{}",
        "{\"kind\":1}",
        "{\"kind\":\"burn\"}",
        "{\"kind\":\"flash\",\"contents\":{}}",
        "{\"kind\":\"flash\",\"contents\":[1]}",
        "{\"kind\":\"flash\",\"contents\":[{}]}",
        "{\"kind\":\"flash\",\"contents\":[{\"kind\":\"file\"}]}",
        "{\"kind\":\"flash\",\"contents\":[{\"kind\":\"file\",\"path\":\"x\",\"addr\":-1}]}",
        "{\"kind\":\"erase\",\"ranges\":[{\"addr\":0,\"size\":4294967296}]}",
        "{\"kind\":\"erase\",\"ranges\":[{\"addr\":0}]}",
        "{\"kind\":\"erase\",\"names\":[null]}",
        "{\"kind\":\"erase\",\"all\":\"yes\"}",
        "{\"kind\":\"info\",\"baud\":0}",
        "{\"kind\":\"info\",\"rts_wire\":\"boot1\"}",
    };

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(JsonNode) node = json_from_string(lines[i], NULL);
        g_autoptr(GError) error = NULL;
        g_test_message("%s", lines[i]);
        g_assert_null(inlay_job_from_json(json_node_get_object(node), &error));
        g_assert_error(error, INLAY_ERROR, INLAY_ERROR_JOB);
    }
}

static void
test_arguments(void)
{
    static const struct {
        const char *argument;
        gboolean has_layout;
        const char *expected; /* "partition|path|address"; NULL: refused */
    } cases[] = {
        {"application1=app.elf", TRUE, "application1|app.elf|"},
        {"a=b=c", TRUE, "a|b=c|"},
        {"a=keep", TRUE, "a|keep|"},
        {"app.elf", TRUE, NULL},
        {"=app.elf", TRUE, NULL},
        {"a=", TRUE, NULL},
        {"app.elf", FALSE, "|app.elf|"},
        {"app.bin@0x08004000", FALSE, "|app.bin|08004000"},
        {"app.bin@16K", FALSE, "|app.bin|00004000"},
        {"app@home.bin", FALSE, "|app@home.bin|"},
        {"app@home.bin@0x10", FALSE, "|app@home.bin|00000010"},
        {"app.bin@0xzz", FALSE, NULL},
        {"@0x10", FALSE, NULL},
        {"", FALSE, NULL},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        InlayContent *content = inlay_content_parse(cases[i].argument, cases[i].has_layout, &error);
        g_test_message("%s", cases[i].argument);
        if (cases[i].expected == NULL) {
            g_assert_null(content);
            g_assert_error(error, INLAY_ERROR, INLAY_ERROR_USAGE);
            continue;
        }
        g_assert_no_error(error);
        g_autofree char *addr =
            content->has_addr ? g_strdup_printf("%08x", content->addr) : g_strdup("");
        g_autofree char *found =
            g_strdup_printf("%s|%s|%s", content->partition != NULL ? content->partition : "",
                            content->kind == INLAY_CONTENT_KEEP ? "keep" : content->path, addr);
        g_assert_cmpstr(found, ==, cases[i].expected);
        inlay_content_free(content);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(jobs); i++) {
        g_autofree char *path = g_strdup_printf("/core/job/file/%s", jobs[i].name);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_job);
    }
    for (guint i = 0; i < G_N_ELEMENTS(errors); i++) {
        g_autofree char *path = g_strdup_printf("/core/job/error/%s", errors[i].name);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_error);
    }
    g_test_add_func("/core/job/requests-that-are-no-jobs", test_requests_that_are_no_jobs);
    g_test_add_func("/core/job/arguments", test_arguments);
    return g_test_run();
}
