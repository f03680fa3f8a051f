/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/replay.h"

#include <glib/gstdio.h>
#include <string.h>

/* What a host may do otherwise than the trace, and what it may not. Commands are named by their
 * letters: of the trace below. */

#define HEADER "{\"trace\":1,\"pid\":\"0x374b\",\"adapter\":\"usb:1-4\"}\n"

static const char trace[] = HEADER
    "{\"us\":1,\"command\":\"f236aa\",\"in\":\"01\",\"took_us\":1}\n" /* a: a read; line 2 */
    "{\"us\":2,\"command\":\"f236aa\",\"in\":\"02\",\"took_us\":1}\n" /* polled */
    "{\"us\":3,\"command\":\"f236bb\",\"in\":\"03\",\"took_us\":1}\n" /* b: another */
    "{\"us\":4,\"command\":\"f235cc\",\"in\":\"04\",\"took_us\":1}\n" /* c: a change; line 5 */
    "{\"us\":5,\"reset\":true,\"took_us\":1}\n"
    "{\"us\":6,\"command\":\"f236aa\",\"in\":\"05\",\"took_us\":1}\n"
    "{\"us\":7,\"command\":\"f208dd\",\"out\":\"0102\",\"took_us\":1}\n"; /* d: with data; line 8 */

static BenchReplay *
load(const char *text, GError **error)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("replay-XXXXXX", &path, NULL);

    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    BenchReplay *replay = bench_replay_load(path, error);
    g_unlink(path);
    return replay;
}

/* What the commands of these letters are answered, as digits; 'x' for one that is not in the trace. */
static char *
follow(BenchReplay *replay, const char *letters)
{
    GString *answers = g_string_new(NULL);

    for (; *letters != '\0'; letters++) {
        guint8 command[3] = {0xf2, 0x36, (guint8)(0xaa + 0x11 * (*letters - 'a'))};
        command[1] = *letters == 'c' ? 0x35 : *letters == 'd' ? 0x08 : 0x36;
        const BenchReplayEntry *entry = bench_replay_take(replay, command, sizeof command);
        if (entry == NULL)
            g_string_append_c(answers, 'x');
        else if (entry->in != NULL)
            g_string_append_printf(answers, "%u",
                                   *(const guint8 *)g_bytes_get_data(entry->in, NULL));
        else
            g_string_append_c(answers, '-');
    }
    return g_string_free(answers, FALSE);
}

static void
test_hosts(void)
{
    static const struct {
        const char *host, *answers, *trouble; /* NULL: none */
    } cases[] = {
        {"aabcad", "12345-", NULL}, /* as it was */
        {"abcd", "134-", NULL},     /* polls less */
        {"aaaabbcaad",
         "1222334"
         "55-",
         NULL},             /* polls more */
        {"cd", "4-", NULL}, /* leaves reads out */
        {"baacad",
         "32"
         "24"
         "5-",
         NULL},                                                        /* in another order */
        {"aabd", "123x", ":5: command f235cc expected, got f208dd"},   /* leaves a change out */
        {"aabcc", "1234x", ":8: command f208dd expected, got f235cc"}, /* makes one twice */
        {"aabcb", "1234x",
         ":7: command f236aa expected, got f236bb"}, /* reads what was not read then */
        {"aaec", "12xx", ":4: command f236bb expected, got f236ee"}, /* nor ever */
        {"aabcada", "12345-x", ":8: at its end nothing more expected, got f236aa"},
        {"aab", "123", ":5: this and what follows was not asked for"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(BenchReplay) replay = load(trace, &error);
        g_assert_no_error(error);
        g_autofree char *answers = follow(replay, cases[i].host);
        g_autofree char *trouble = bench_replay_describe_trouble(replay);
        g_test_message("%s: %s, %s", cases[i].host, answers, trouble);
        g_assert_cmpstr(answers, ==, cases[i].answers);
        if (cases[i].trouble == NULL)
            g_assert_null(trouble);
        else
            g_assert_true(g_str_has_suffix(trouble, cases[i].trouble));
    }
}

static void
test_other_data(void)
{
    static const guint8 command[] = {0xf2, 0x08, 0xdd}, data[] = {1, 2}, other[] = {1, 3};
    g_autoptr(BenchReplay) replay = load(trace, NULL);
    g_autofree char *before = follow(replay, "aabca");
    const BenchReplayEntry *entry = bench_replay_take(replay, command, sizeof command);

    g_assert_cmpstr(before, ==, "12345");
    g_assert_nonnull(entry);
    g_assert_true(bench_replay_check_out(replay, entry, data, sizeof data));
    g_assert_false(bench_replay_check_out(replay, entry, other, sizeof other));
    g_autofree char *trouble = bench_replay_describe_trouble(replay);
    g_assert_true(g_str_has_suffix(trouble, ":8: data 0102 expected, got 0103"));
}

static void
test_damaged_traces(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", ":1: the header of a trace expected, found nothing"},
        {"hello\n", ":1: a JSON object expected"},
        {"{\"trace\":2,\"pid\":\"0x374b\",\"adapter\":\"usb:1-4\"}\n",
         ":1: a trace of version 1 expected"},
        {"{\"trace\":1,\"pid\":\"0x1234\",\"adapter\":\"usb:1-4\"}\n",
         ":1: the product id of an ST-LINK/V2, V2-1 or V3 expected"},
        {HEADER "{\"us\":1}\n", ":2: a command in hex digits expected"},
        {HEADER "{\"us\":1,\"command\":\"f2\",\"in\":\"0\"}\n",
         ":2: hex digits expected in out and in"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(load(cases[i].text, &error));
        g_test_message("%s", error->message);
        g_assert_true(g_str_has_suffix(error->message, cases[i].message));
    }
}

/* A crash cuts the last line: what stands before it is good. */
static void
test_a_cut_line_ends_the_trace(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(BenchReplay) replay = load(
        HEADER "{\"us\":1,\"command\":\"f236aa\",\"in\":\"01\",\"took_us\":1}\n{\"us\":2,\"comma",
        &error);

    g_assert_no_error(error);
    g_autofree char *answers = follow(replay, "a");
    g_assert_cmpstr(answers, ==, "1");
    g_assert_null(bench_replay_describe_trouble(replay));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bench/replay/hosts", test_hosts);
    g_test_add_func("/bench/replay/other-data", test_other_data);
    g_test_add_func("/bench/replay/damaged-traces", test_damaged_traces);
    g_test_add_func("/bench/replay/a-cut-line-ends-the-trace", test_a_cut_line_ends_the_trace);
    return g_test_run();
}
